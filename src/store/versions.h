/** @file
 *  What this program was built from, for people and for result files. */
#ifndef RWW_STORE_VERSIONS_H
#define RWW_STORE_VERSIONS_H

#include <stddef.h>

typedef struct rww_version {
  const char *name, *value; /* as an attribute of a file: program_version, git_revision, compiler, hdf5, ... */
} rww_version;

/** All but the MPI library's, which a rank knows (rww_comm_library). Valid for ever; *n tells how many. */
const rww_version *rww_versions_get(size_t *n);

#endif
