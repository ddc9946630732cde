/** @file
 *  Paths and whole files. */
#ifndef RWW_BASE_FILES_H
#define RWW_BASE_FILES_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

/** Whole file in *text, with a final zero that *n_bytes does not count; owned by the caller.
 *  Errors: RWW_ERR_INPUT naming the path and the reason, also above `limit_bytes`. */
RWW_MUST_CHECK rww_status rww_file_read(const char *path, size_t limit_bytes, char **text, size_t *n_bytes);

bool rww_file_exists(const char *path);

/** directory/name in *path, owned by the caller; name alone where it is absolute or directory is ".", "" or NULL. */
RWW_MUST_CHECK rww_status rww_path_join(const char *directory, const char *name, char **path);

/** The part of `path` before its last slash ("." if none) in *directory, owned by the caller. */
RWW_MUST_CHECK rww_status rww_path_directory(const char *path, char **directory);

/** Makes the directory and its parents. Errors: RWW_ERR_OUTPUT naming the first part that could not be made. */
RWW_MUST_CHECK rww_status rww_directory_create(const char *path);

/** fsync of the directory itself, so that names created or renamed in it survive a power failure. */
RWW_MUST_CHECK rww_status rww_directory_sync(const char *path);

#endif
