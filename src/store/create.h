/** @file
 *  Making a result file with everything in it at full size. */
#ifndef RWW_STORE_CREATE_H
#define RWW_STORE_CREATE_H

#include "store/rows.h"
#include "store/store.h"

/** Puts a new file at `path`, replacing what is there only once the new one is complete on disk; on an error nothing is
 *  left behind. Rank 0 alone. Errors: RWW_ERR_OUTPUT where the disk refuses, RWW_ERR_SHAPE where the spec is at odds
 *  with itself. */
RWW_MUST_CHECK rww_status rww_store_create_file(const rww_comm *comm, const rww_file_spec *spec, const char *path);

/** The same for the whole that a shard belongs to, described as the file of the shard is, with no row filled. */
RWW_MUST_CHECK rww_status rww_store_create_whole(const rww_rows *shard, const char *path);

/** The layout that a new file would have, without making it. */
RWW_MUST_CHECK rww_status rww_store_lay_out(const rww_comm *comm, const rww_file_spec *spec, rww_layout *layout);

#endif
