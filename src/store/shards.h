/** @file
 *  Files of shards: which they are, and which of their rows are their own. */
#ifndef RWW_STORE_SHARDS_H
#define RWW_STORE_SHARDS_H

#include "store/store.h"

#define RWW_ATTRIBUTE_SHARD "shard" /* of the root: "3/8" */

/** Takes the name <stem>.shard-I-of-N.h5 apart; false where it is no such name. */
bool rww_shards_parse_name(const char *name, size_t *n_stem, rww_shard *shard);

/** Files of shards in a directory, those of one whole by their number; of one stage and key, or of all where `stage` is
 *  NULL. None where there is no directory. Errors: RWW_ERR_OUTPUT. */
typedef struct rww_shard_files {
  size_t n;
  char **paths; /* [n], owned */
} rww_shard_files;
RWW_MUST_CHECK rww_status rww_shards_find(const char *directory, const char *stage, const char *key,
                                          rww_shard_files *found);
void rww_shards_free(rww_shard_files *found);

/** Whether a file may be opened as what `spec` describes: it is of that shard, and the directory has shards of no other
 *  number of its key. Errors: RWW_ERR_STORE, RWW_ERR_USAGE. */
RWW_MUST_CHECK rww_status rww_shards_check_file(const rww_reader *reader, const char *path, const rww_file_spec *spec);
RWW_MUST_CHECK rww_status rww_shards_check_directory(const rww_file_spec *spec);

/** Rows of the file that are to be computed into it. */
uint64_t rww_shards_count_rows(const rww_file_spec *spec);

/** Puts down the slots [n_rows] of all other rows as RWW_ELSEWHERE; how many were not yet. */
uint64_t rww_shards_mark(const rww_file_spec *spec, rww_slot *slots);

#endif
