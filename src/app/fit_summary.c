#include "app/fit_summary.h"

#include "app/fit_file.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A dataset of numbers as a whole; the shape is what the fit's configuration says. */
static rww_status read_all(const rww_reader *reader, const char *name, double **values) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  return rww_reader_dataset(reader, name, values, shape, &n_dimensions);
}

static rww_status print_ends(const rww_reader *reader, const rww_fit_config *fit) {
  double *ends;
  uint64_t n[RWW_N_RESTART_ENDS] = {0};
  RWW_TRY(read_all(reader, "end", &ends));
  for (uint64_t r = 0; r < fit->n_restarts; r++) n[(size_t)ends[r] % RWW_N_RESTART_ENDS]++;
  free(ends);
  printf("  restarts %" PRIu64 " done, %" PRIu64 " converged, %" PRIu64 " diverged", n[RWW_RESTART_DONE],
         n[RWW_RESTART_CONVERGED], n[RWW_RESTART_DIVERGED]);
  if (fit->halve_every > 0) printf(", %" PRIu64 " left behind", n[RWW_RESTART_LEFT]);
  putchar('\n');
  return RWW_OK;
}

/* "model.w 0.21", or of a regional one its range. */
static void print_values(const char *name, const double *values, size_t n) {
  double low = values[0], high = values[0];
  for (size_t i = 1; i < n; i++) {
    low = fmin(low, values[i]);
    high = fmax(high, values[i]);
  }
  if (n == 1)
    printf("%s %.6g", name, low);
  else
    printf("%s %.3g to %.3g", name, low, high);
}

static rww_status print_parameters(const rww_run *run, const rww_stage *stage, const rww_reader *reader,
                                   uint64_t restart, rww_entry entry) {
  rww_fit_parameters parameters = rww_fit_list_parameters(run->experiment, stage);
  printf("  at       ");
  for (size_t k = 0; k < parameters.n_free + parameters.n_fixed; k++) {
    const rww_free *parameter = &parameters.list[k];
    size_t n = rww_free_count_rows(parameter, 1, run->experiment->connectome.n_nodes);
    double *values;
    RWW_TRY(rww_fit_read_values(reader, parameter->parameter, k < parameters.n_free, entry, n, &values));
    if (k > 0) printf(", ");
    print_values(rww_parameter_get(parameter->parameter)->name, values + restart * n, n);
    free(values);
  }
  putchar('\n');
  return RWW_OK;
}

/* Losses of the start and the final entry of the best restart, and of its best one where the losses of steps compare.
 */
static rww_status print_losses(const rww_reader *reader, const rww_fit_config *fit, uint64_t restart) {
  static const char *const names[] = {"start", "final", "best"};
  double *loss = NULL, *fc_corr = NULL, *final_step = NULL, *best_step = NULL;
  rww_status status = read_all(reader, "loss", &loss);
  if (status == RWW_OK) status = read_all(reader, "fc_corr", &fc_corr);
  if (status == RWW_OK) status = read_all(reader, "final_step", &final_step);
  if (status == RWW_OK) status = read_all(reader, "best_step", &best_step);
  int n_shown = fit->seeds.n_blocks > 1 ? 2 : 3;
  for (int k = 0; status == RWW_OK && k < n_shown; k++) {
    uint64_t step = k == 0 ? 0 : (uint64_t)(k == 1 ? final_step : best_step)[restart];
    uint64_t row = restart * (fit->n_steps + 1) + step;
    printf("  %-8s loss %.6f  fc_corr %.4f  restart %" PRIu64 ", step %" PRIu64 "\n", names[k], loss[row], fc_corr[row],
           restart, step);
  }
  free(loss);
  free(fc_corr);
  free(final_step);
  free(best_step);
  return status;
}

/* A loss that is no entry's: of the average, or on the validation seeds. */
static rww_status print_other_loss(const rww_reader *reader, const char *name, uint64_t restart) {
  rww_text dataset = {0};
  double *losses;
  rww_text_add(&dataset, "%s_loss", name);
  rww_status status = read_all(reader, dataset.chars, &losses);
  rww_text_free(&dataset);
  RWW_TRY(status);
  printf("  %-8s loss %.6f  restart %" PRIu64 "\n", name, losses[restart], restart);
  free(losses);
  return RWW_OK;
}

static rww_status print_result(const rww_work *work, const rww_reader *reader) {
  const rww_fit_config *fit = work->stage->fit;
  double best_restart;
  RWW_TRY(rww_reader_scalar(reader, "best_restart", &best_restart));
  uint64_t restart = (uint64_t)best_restart % fit->n_restarts;
  RWW_TRY(print_ends(reader, fit));
  RWW_TRY(print_losses(reader, fit, restart));
  if (fit->average > 0) RWW_TRY(print_other_loss(reader, "average", restart));
  if (fit->validation.n_per_step > 0) RWW_TRY(print_other_loss(reader, "validation", restart));
  return print_parameters(work->run, work->stage, reader, restart, fit->entry);
}

static rww_status count_done(const rww_reader *reader, uint64_t *n_done, uint64_t *n_entries, bool *is_complete) {
  rww_slot *slots;
  uint64_t n = rww_reader_n_rows(reader);
  RWW_TRY(rww_reader_slots(reader, &slots));
  *n_done = 0;
  *n_entries = 0;
  for (uint64_t row = 0; row + 1 < n; row++) {
    bool is_own = slots[row].outcome != RWW_ELSEWHERE;
    *n_entries += is_own;
    *n_done += is_own && slots[row].outcome > RWW_STARTED;
  }
  *is_complete = slots[n - 1].outcome == RWW_DONE;
  free(slots);
  return RWW_OK;
}

static rww_status print_from(const rww_work *work, uint64_t n_stored, const rww_effort *effort,
                             const rww_reader *reader) {
  const rww_fit_config *fit = work->stage->fit;
  uint64_t n_done, n_entries;
  bool is_complete;
  RWW_TRY(count_done(reader, &n_done, &n_entries, &is_complete));
  printf("%s: %" PRIu64 " restart%s of %" PRIu64 " steps", fit->name, fit->n_restarts, fit->n_restarts == 1 ? "" : "s",
         fit->n_steps);
  if (effort->n_computed > 0)
    rww_stage_print_rate(work->run, effort, work->calls->unit, work->run->experiment->config->integration.duration_ms);
  else if (is_complete)
    printf(" taken from the cache of %s\n", rww_reader_attribute(reader, "created"));
  else
    putchar('\n');
  if (effort->n_computed > 0 && n_stored > 0) printf("  cache   %" PRIu64 " entries were there already\n", n_stored);
  if (is_complete)
    RWW_TRY(print_result(work, reader));
  else
    printf("  entries %" PRIu64 " of %" PRIu64 "\n", n_done, n_entries);
  return rww_stage_print_file(work->run, work->stage);
}

rww_status rww_fit_print_summary(const rww_work *work, uint64_t n_stored, const rww_effort *effort) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(work->run, work->stage, work->run->options->shard, &reader));
  rww_status status = print_from(work, n_stored, effort, reader);
  rww_reader_close(reader);
  return status;
}
