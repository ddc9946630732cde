#include "plan/shard.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define MOST 1000000

rww_status rww_shard_parse(const char *text, rww_shard *shard) {
  int end = 0;
  bool is_pair = sscanf(text, "%7" SCNu32 "/%7" SCNu32 "%n", &shard->index, &shard->n, &end) == 2 && text[end] == 0;
  if (is_pair && shard->index >= 1 && shard->index <= shard->n && shard->n <= MOST) return RWW_OK;
  return rww_raise(RWW_ERR_USAGE, "--shard %s: expected I/N, the I-th of N shards, I from 1 to N (3/8)", text);
}

void rww_shard_format(rww_shard shard, char text[RWW_SHARD_TEXT_SIZE]) {
  text[0] = 0;
  if (shard.n > 0) snprintf(text, RWW_SHARD_TEXT_SIZE, "%" PRIu32 "/%" PRIu32, shard.index, shard.n);
}

rww_span rww_shard_span(rww_shard shard, uint64_t n) {
  if (shard.n == 0) return (rww_span){0, n};
  return (rww_span){n * (shard.index - 1) / shard.n, n * shard.index / shard.n};
}
