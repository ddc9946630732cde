#include "check.h"
#include "plan/shard.h"

/* Every unit belongs to one shard, and no shard has two more than another. */
static void shards_part_what_there_is(uint64_t n, uint32_t n_shards) {
  uint64_t end = 0, least = n, most = 0;
  for (uint32_t index = 1; index <= n_shards; index++) {
    rww_span own = rww_shard_span((rww_shard){index, n_shards}, n);
    CHECK(own.first == end && own.end >= own.first);
    end = own.end;
    least = own.end - own.first < least ? own.end - own.first : least;
    most = own.end - own.first > most ? own.end - own.first : most;
  }
  CHECK(end == n && most - least <= 1);
}

static void the_whole_has_all(void) {
  rww_span all = rww_shard_span((rww_shard){0}, 7);
  CHECK(all.first == 0 && all.end == 7);
}

static void a_shard_reads_as_it_is_written(void) {
  char text[RWW_SHARD_TEXT_SIZE];
  rww_shard shard;
  CHECK_OK(rww_shard_parse("3/8", &shard));
  CHECK(shard.index == 3 && shard.n == 8);
  rww_shard_format(shard, text);
  CHECK(strcmp(text, "3/8") == 0);
  rww_shard_format((rww_shard){0}, text);
  CHECK(text[0] == 0);
}

static void what_is_no_shard_is_refused(void) {
  static const char *const wrong[] = {"5/4",   "0/4",  "x/4",  "1/0",  "4",         "",
                                      "1/2/3", "1/4x", "-1/4", "1/-4", "1/99999999"};
  rww_shard shard;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) CHECK(rww_shard_parse(wrong[i], &shard) == RWW_ERR_USAGE);
}

int main(void) {
  shards_part_what_there_is(4096, 4);
  shards_part_what_there_is(35, 4);
  shards_part_what_there_is(16, 3);
  shards_part_what_there_is(3, 8);
  shards_part_what_there_is(100000000000, 999999);
  the_whole_has_all();
  a_shard_reads_as_it_is_written();
  what_is_no_shard_is_refused();
  return check_report();
}
