#include "app/fit_judge.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t count_of_average(const rww_fit_config *fit) {
  return fit->average > 0 ? fit->seeds.n_per_step : 0;
}

uint64_t rww_fit_count_judged(const rww_fit_config *fit) {
  return fit->n_restarts * (count_of_average(fit) + fit->validation.n_per_step);
}

/* Mean of the last entries [n_rows] that have a loss; the final one where none of them has. */
static rww_status take_average(rww_fit_file *file, const rww_store *store, size_t restart, uint64_t final,
                               double *mean) {
  size_t n_rows = file->parameters.n_rows, n = 0;
  uint64_t n_taken = (uint64_t)ceil(file->stage->fit->average * ((double) final + 1));
  memset(mean, 0, n_rows * sizeof *mean);
  for (uint64_t entry = final + 1 - n_taken; entry <= final; entry++) {
    RWW_TRY(rww_fit_file_read(file, store, restart, entry));
    if (!isfinite(file->items[RWW_ENTRY_LOSS])) continue;
    n++;
    for (size_t row = 0; row < n_rows; row++) mean[row] += file->values[row];
  }
  for (size_t row = 0; row < n_rows; row++) mean[row] = n > 0 ? mean[row] / (double)n : file->values[row];
  return RWW_OK;
}

static rww_status take_reported(rww_fit_file *file, const rww_store *store, const rww_restart *of, size_t restart,
                                const double *average, double *reported) {
  uint64_t entry = rww_restart_get_entry(of) - 1;
  double loss;
  size_t n_bytes = file->parameters.n_rows * sizeof *reported;
  if (file->stage->fit->entry == RWW_ENTRY_BEST) rww_restart_get_best(of, &entry, &loss);
  RWW_TRY(rww_fit_file_read(file, store, restart, entry));
  memcpy(reported, file->stage->fit->entry == RWW_ENTRY_AVERAGE ? average : file->values, n_bytes);
  return RWW_OK;
}

static rww_status take_sets(rww_fit_file *file, const rww_store *store, const rww_restart *restarts,
                            const rww_fit_judge *judge) {
  size_t n_rows = file->parameters.n_rows;
  for (size_t r = 0; r < file->stage->fit->n_restarts; r++) {
    double *average = judge->averages + r * n_rows;
    uint64_t final = rww_restart_get_entry(&restarts[r]) - 1;
    if (judge->n_of_average > 0) RWW_TRY(take_average(file, store, r, final, average));
    RWW_TRY(take_reported(file, store, &restarts[r], r, average, judge->reported + r * n_rows));
  }
  return RWW_OK;
}

/* A row is a restart on one of the seeds: those of the last step, then those of the validation. */
static void get_row(const void *context, uint64_t row, double *values, uint64_t *seed) {
  const rww_fit_judge *judge = context;
  const rww_fit_config *fit = judge->file->stage->fit;
  const rww_fit_parameters *parameters = &judge->file->parameters;
  size_t n = judge->n_of_average + judge->n_of_validation, restart = row / n, at = row % n;
  bool of_average = at < judge->n_of_average;
  const double *set = (of_average ? judge->averages : judge->reported) + restart * parameters->n_rows;
  const uint64_t *last = fit->seeds.seeds + fit->n_steps % fit->seeds.n_blocks * fit->seeds.n_per_step;
  *seed = of_average ? last[at] : fit->validation.seeds[at - judge->n_of_average];
  for (size_t k = 0; k < parameters->n_rows; k++) values[k] = set[k];
  for (size_t k = 0; k < parameters->n_fixed_rows; k++)
    values[parameters->n_rows + k] = judge->fixed[restart * parameters->n_fixed_rows + k];
}

static void note_loss(void *context, const rww_result *result) {
  const rww_fit_judge *judge = context;
  judge->losses[result->row] = result->loss;
}

static rww_status create_source(uint64_t index, rww_fit_judge *judge) {
  const rww_fit_parameters *parameters = &judge->file->parameters;
  uint64_t n = rww_fit_count_judged(judge->file->stage->fit), *rows;
  RWW_TRY(RWW_NEW(&judge->losses, n));
  RWW_TRY(RWW_NEW(&rows, n));
  for (uint64_t row = 0; row < n; row++) rows[row] = row;
  rww_row_source_spec spec = {.source = index,
                              .n_free = parameters->n_free + parameters->n_fixed,
                              .n_values = parameters->n_rows + parameters->n_fixed_rows,
                              .free = parameters->list,
                              .get = get_row,
                              .context = judge,
                              .rows = {.rows = rows, .n_plain = n},
                              .note = note_loss,
                              .taker = judge};
  rww_status status = rww_row_source_create(&spec, &judge->source);
  free(rows);
  return status;
}

rww_status rww_fit_judge_create(rww_fit_file *file, const rww_store *store, uint64_t source,
                                const rww_restart *restarts, const double *fixed, rww_fit_judge *judge) {
  const rww_fit_config *fit = file->stage->fit;
  *judge = (rww_fit_judge){.file = file, .fixed = fixed};
  judge->n_of_average = count_of_average(fit);
  judge->n_of_validation = fit->validation.n_per_step;
  RWW_TRY(RWW_NEW(&judge->averages, fit->n_restarts * file->parameters.n_rows));
  RWW_TRY(RWW_NEW(&judge->reported, fit->n_restarts * file->parameters.n_rows));
  RWW_TRY(take_sets(file, store, restarts, judge));
  return create_source(source, judge);
}

void rww_fit_judge_free(rww_fit_judge *judge) {
  free(judge->averages);
  free(judge->reported);
  free(judge->losses);
  rww_row_source_destroy(judge->source);
}

/* In the order of the seeds, whatever order they came back in. */
static double mean_loss(const rww_fit_judge *judge, size_t restart, size_t first, size_t n) {
  const double *losses = judge->losses + restart * (judge->n_of_average + judge->n_of_validation) + first;
  double mean = 0;
  for (size_t k = 0; k < n; k++) mean += losses[k] / (double)n;
  return n > 0 ? mean : NAN;
}

double rww_fit_judge_average_loss(const rww_fit_judge *judge, size_t restart) {
  return mean_loss(judge, restart, 0, judge->n_of_average);
}

double rww_fit_judge_validation_loss(const rww_fit_judge *judge, size_t restart) {
  return mean_loss(judge, restart, judge->n_of_average, judge->n_of_validation);
}
