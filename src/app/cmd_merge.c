#include "app/commands.h"

#include "app/results.h"
#include "store/merge.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_merged(const rww_merged *merged, size_t n_shards) {
  printf("%s: %zu shard%s, %" PRIu64 " of %" PRIu64 " rows", merged->stage, n_shards, n_shards == 1 ? "" : "s",
         merged->n_finished, merged->n_rows);
  if (merged->n_taken == 0)
    puts(", all of them merged already");
  else if (merged->n_taken < merged->n_finished)
    printf(", %" PRIu64 " of them new\n", merged->n_taken);
  else
    putchar('\n');
  if (merged->lacks_summary) puts("  summary left to the next run");
  printf("  file    %s\n", merged->path);
}

static rww_status merge(const rww_options *options, const char *const *shards, size_t n) {
  rww_merged merged;
  RWW_TRY(rww_store_merge(shards, n, options->output, options->partial, &merged));
  print_merged(&merged, n);
  rww_merged_free(&merged);
  return RWW_OK;
}

/* Whether two shards are of one whole, by their names. */
static bool are_siblings(const char *a, const char *b) {
  size_t n_a, n_b;
  rww_shard shard;
  return rww_shards_parse_name(a, &n_a, &shard) && rww_shards_parse_name(b, &n_b, &shard) && n_a == n_b &&
         strncmp(a, b, n_a) == 0;
}

/* Of a directory or a configuration: every whole by itself. */
static rww_status merge_all(const rww_options *options, const rww_results *found) {
  for (size_t first = 0, end; first < found->n; first = end) {
    for (end = first + 1; end < found->n && are_siblings(found->paths[first], found->paths[end]); end++) continue;
    RWW_TRY(merge(options, (const char *const *)found->paths + first, end - first));
  }
  return RWW_OK;
}

rww_status rww_command_merge(const rww_options *options) {
  rww_results found;
  if (options->n_paths > 1) return merge(options, options->paths, options->n_paths);
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_SHARDS, &found));
  rww_status status = merge_all(options, &found);
  rww_results_free(&found);
  return status;
}
