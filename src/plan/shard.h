/** @file
 *  Parts of a stage that jobs of their own compute, each into a file of its own. */
#ifndef RWW_PLAN_SHARD_H
#define RWW_PLAN_SHARD_H

#include "base/status.h"
#include <stdint.h>

/** The index-th, from 1, of n shards. All zero is none: the whole. */
typedef struct rww_shard {
  uint32_t index, n;
} rww_shard;

/** Reads "3/8". Errors: RWW_ERR_USAGE. */
RWW_MUST_CHECK rww_status rww_shard_parse(const char *text, rww_shard *shard);

/** "3/8"; empty for the whole. */
#define RWW_SHARD_TEXT_SIZE 24
void rww_shard_format(rww_shard shard, char text[RWW_SHARD_TEXT_SIZE]);

/** Numbers from `first` up to, but without, `end`. */
typedef struct rww_span {
  uint64_t first, end;
} rww_span;

/** Which of n points or restarts are the shard's: neighbours, as many as in every other shard or one more. It has none
 *  where there are fewer than shards. The whole has all. */
rww_span rww_shard_span(rww_shard shard, uint64_t n);

#endif
