#include "app/explore_summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static rww_status print_outcomes(const rww_reader *reader) {
  uint64_t n_outcomes[RWW_N_OUTCOMES] = {0}, n_rows = rww_reader_n_rows(reader);
  rww_slot *slots;
  RWW_TRY(rww_reader_slots(reader, &slots));
  for (uint64_t row = 0; row < n_rows; row++) n_outcomes[slots[row].outcome]++;
  free(slots);
  printf("  points  ");
  for (rww_outcome k = RWW_DONE; k <= RWW_FAILED; k++)
    printf("%s%" PRIu64 " %s", k == RWW_DONE ? "" : ", ", n_outcomes[k], rww_outcome_name(k));
  uint64_t n_left = n_outcomes[RWW_PENDING] + n_outcomes[RWW_STARTED];
  if (n_left > 0) printf(", %" PRIu64 " left", n_left);
  putchar('\n');
  return RWW_OK;
}

/* Row of the smallest loss; false where none is finite. */
static bool find_best(const double *losses, uint64_t n, uint64_t *best) {
  double least = INFINITY;
  for (uint64_t row = 0; row < n; row++)
    if (losses[row] < least) least = losses[ *best = row];
  return isfinite(least);
}

static rww_status print_best(const rww_reader *reader) {
  double *losses;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  uint64_t best = 0;
  RWW_TRY(rww_reader_dataset(reader, "loss", &losses, shape, &n_dimensions));
  bool found = find_best(losses, rww_reader_n_rows(reader), &best);
  double loss = losses[best];
  free(losses);
  if (!found) return RWW_OK;
  rww_text where = {0};
  rww_status status = rww_reader_describe_row(reader, best, &where);
  if (status == RWW_OK) printf("  best    loss %.6f at %s\n", loss, where.chars);
  rww_text_free(&where);
  return status;
}

static rww_status print_from(const rww_work *work, uint64_t n_stored, const rww_effort *effort,
                             const rww_reader *reader) {
  if (effort->n_computed > 0) {
    printf("explore: %" PRIu64 " points", effort->n_computed);
    rww_stage_print_rate(work->run, effort, "points", work->run->experiment->config->integration.duration_ms);
    if (n_stored > 0) printf("  cache   %" PRIu64 " points were there already\n", n_stored);
  } else
    printf("explore: %" PRIu64 " points taken from the cache of %s\n", n_stored,
           rww_reader_attribute(reader, "created"));
  RWW_TRY(print_outcomes(reader));
  RWW_TRY(print_best(reader));
  return rww_stage_print_file(work->run, work->stage);
}

rww_status rww_explore_print_summary(const rww_work *work, uint64_t n_stored, const rww_effort *effort) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(work->run, work->stage, work->run->options->shard, &reader));
  rww_status status = print_from(work, n_stored, effort, reader);
  rww_reader_close(reader);
  return status;
}
