#include "store/shards.h"

#include "base/files.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rww_shards_parse_name(const char *name, size_t *n_stem, rww_shard *shard) {
  const char *at = strstr(name, ".shard-");
  int end = 0;
  if (!at || sscanf(at, ".shard-%7" SCNu32 "-of-%7" SCNu32 ".h5%n", &shard->index, &shard->n, &end) != 2) return false;
  *n_stem = (size_t)(at - name);
  return end > 0 && at[end] == 0;
}

static int is_shard(const struct dirent *entry) {
  size_t n_stem;
  rww_shard shard;
  return rww_shards_parse_name(entry->d_name, &n_stem, &shard);
}

/* Shards of one file behind one another, the first one first. */
static int by_shard(const struct dirent **a, const struct dirent **b) {
  size_t n_a, n_b;
  rww_shard x, y;
  if (!rww_shards_parse_name((*a)->d_name, &n_a, &x) || !rww_shards_parse_name((*b)->d_name, &n_b, &y)) return 0;
  int stems = strncmp((*a)->d_name, (*b)->d_name, n_a < n_b ? n_a : n_b);
  if (stems != 0 || n_a != n_b) return stems ? stems : n_a < n_b ? -1 : 1;
  if (x.n != y.n) return x.n < y.n ? -1 : 1;
  return x.index < y.index ? -1 : x.index > y.index;
}

rww_status rww_shards_find(const char *directory, const char *stage, const char *key, rww_shard_files *found) {
  struct dirent **entries;
  char stem[256] = "";
  *found = (rww_shard_files){0};
  if (stage) snprintf(stem, sizeof stem, "%s-%.16s.shard-", stage, key);
  int n = scandir(directory[0] ? directory : ".", &entries, is_shard, by_shard);
  if (n < 0) return errno == ENOENT ? RWW_OK : rww_raise(RWW_ERR_OUTPUT, "%s: %s", directory, strerror(errno));
  rww_status status = RWW_NEW(&found->paths, (size_t)n);
  for (int i = 0; i < n; i++) {
    bool wanted = strncmp(entries[i]->d_name, stem, strlen(stem)) == 0;
    if (status == RWW_OK && wanted) {
      status = rww_path_join(directory, entries[i]->d_name, &found->paths[found->n]);
      found->n += status == RWW_OK;
    }
    free(entries[i]);
  }
  free(entries);
  if (status != RWW_OK) rww_shards_free(found);
  return status;
}

void rww_shards_free(rww_shard_files *found) {
  for (size_t i = 0; i < found->n; i++) free(found->paths[i]);
  free(found->paths);
  *found = (rww_shard_files){0};
}

static rww_status check_number(const rww_file_spec *spec, const rww_shard_files *files) {
  size_t n_stem;
  rww_shard found;
  for (size_t i = 0; i < files->n; i++)
    if (rww_shards_parse_name(files->paths[i], &n_stem, &found) && found.n != spec->shard.n)
      return rww_raise(RWW_ERR_USAGE,
                       "--shard %" PRIu32 "/%" PRIu32 ": %s is one of %" PRIu32
                       " shards of the same results. Go on with %" PRIu32
                       " shards, or merge or remove those that are there, or use another output directory",
                       spec->shard.index, spec->shard.n, files->paths[i], found.n, found.n);
  return RWW_OK;
}

rww_status rww_shards_check_directory(const rww_file_spec *spec) {
  rww_shard_files files;
  if (spec->shard.n == 0) return RWW_OK;
  RWW_TRY(rww_shards_find(spec->directory, spec->stage, spec->key, &files));
  rww_status status = check_number(spec, &files);
  rww_shards_free(&files);
  return status;
}

rww_status rww_shards_check_file(const rww_reader *reader, const char *path, const rww_file_spec *spec) {
  char expected[RWW_SHARD_TEXT_SIZE];
  const char *found = rww_reader_attribute(reader, RWW_ATTRIBUTE_SHARD);
  rww_shard_format(spec->shard, expected);
  if (strcmp(found ? found : "", expected) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: holds shard %s; expected %s%s. It is untouched; move it away", path,
                   found ? found : "(none, but the whole)", expected[0] ? "shard " : "the whole", expected);
}

static rww_span find_own(const rww_file_spec *spec) {
  uint64_t n_unit = spec->n_unit_rows ? spec->n_unit_rows : 1;
  rww_span units = rww_shard_span(spec->shard, (spec->n_rows - (spec->n_summary_datasets > 0)) / n_unit);
  return (rww_span){units.first * n_unit, units.end * n_unit};
}

uint64_t rww_shards_count_rows(const rww_file_spec *spec) {
  rww_span own = find_own(spec);
  return spec->shard.n ? own.end - own.first : spec->n_rows;
}

uint64_t rww_shards_mark(const rww_file_spec *spec, rww_slot *slots) {
  rww_span own = find_own(spec);
  uint64_t n_marked = 0;
  if (spec->shard.n == 0) return 0;
  for (uint64_t row = 0; row < spec->n_rows; row++) {
    if ((row >= own.first && row < own.end) || slots[row].outcome == RWW_ELSEWHERE) continue;
    slots[row] = (rww_slot){.outcome = RWW_ELSEWHERE};
    n_marked++;
  }
  return n_marked;
}
