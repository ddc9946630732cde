/** @file
 *  One file of the files of shards. */
#ifndef RWW_STORE_MERGE_H
#define RWW_STORE_MERGE_H

#include "store/shards.h"

/** What a merge came to. */
typedef struct rww_merged {
  char *path; /* of the whole */
  char stage[256];
  uint64_t n_rows, n_finished; /* of the whole, without its summary */
  uint64_t n_taken;            /* rows that the whole had not before; 0: it was left as it was */
  bool lacks_summary;          /* which the next run computes */
} rww_merged;

/** Puts the finished rows of the shards, and of the whole where there is one already, into a new file in the place of
 *  the whole: in `directory`, or beside the first shard where it is NULL. Every checksum is compared. Without
 * `partial`, rows that nobody has finished are an error that says which shards to run. The shards stay as they are. Not
 * collective. Errors: RWW_ERR_USAGE (shards of other keys or numbers, rows left), RWW_ERR_LOCKED (a shard or the whole
 * is being written), RWW_ERR_STORE, RWW_ERR_OUTPUT. */
RWW_MUST_CHECK rww_status rww_store_merge(const char *const *shards, size_t n_shards, const char *directory,
                                          bool partial, rww_merged *merged);
void rww_merged_free(rww_merged *merged);

#endif
