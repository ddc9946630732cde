#include "app/commands.h"

#include "app/results.h"
#include "report/diff.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
  rww_reader *a, *b;
} pair;

static rww_status open_pair(const char *path_a, const char *path_b, pair *files) {
  RWW_TRY(rww_reader_open(path_a, &files->a));
  rww_status status = rww_reader_open(path_b, &files->b);
  if (status != RWW_OK) rww_reader_close(files->a);
  return status;
}

static void close_pair(const pair *files) {
  rww_reader_close(files->a);
  rww_reader_close(files->b);
}

static bool are_of_one_stage(const pair *files) {
  const char *a = rww_reader_attribute(files->a, "stage"), *b = rww_reader_attribute(files->b, "stage");
  return a && b && strcmp(a, b) == 0;
}

static rww_status diff_if_of_one_stage(const char *path_a, const char *path_b, size_t *n_common) {
  pair files;
  RWW_TRY(open_pair(path_a, path_b, &files));
  rww_status status = RWW_OK;
  if (are_of_one_stage(&files)) {
    if ((*n_common)++ > 0) putchar('\n');
    printf("%s:\n", rww_reader_attribute(files.a, "stage"));
    status = rww_report_diff(files.a, files.b);
  }
  close_pair(&files);
  return status;
}

/* Every stage that both have, in the order of the first. */
static rww_status diff_all(const rww_options *options, const rww_results *a, const rww_results *b) {
  size_t n_common = 0;
  for (size_t i = 0; i < a->n; i++)
    for (size_t j = 0; j < b->n; j++) RWW_TRY(diff_if_of_one_stage(a->paths[i], b->paths[j], &n_common));
  if (n_common > 0) return RWW_OK;
  return rww_raise(RWW_ERR_USAGE, "%s and %s have no stage in common; expected results of the same", options->paths[0],
                   options->paths[1]);
}

rww_status rww_command_diff(const rww_options *options) {
  rww_results a, b = {0};
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_WHOLE, &a));
  rww_status status = rww_results_find(options, options->paths[1], RWW_RESULTS_WHOLE, &b);
  if (status == RWW_OK) status = diff_all(options, &a, &b);
  rww_results_free(&a);
  rww_results_free(&b);
  return status;
}
