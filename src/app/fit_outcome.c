#include "app/fit_outcome.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From rows of one restart [n_rows] to the places of that restart among all: [parameter][restart][1 or n_nodes]. */
static void scatter(const rww_fit_file *file, const rww_free *parameters, size_t n, const double *rows, size_t restart,
                    double *all) {
  for (size_t k = 0; k < n; k++) {
    size_t n_values = rww_free_count_rows(&parameters[k], 1, file->n_nodes);
    memcpy(all + restart * n_values, rows, n_values * sizeof *all);
    rows += n_values;
    all += file->stage->fit->n_restarts * n_values;
  }
}

static rww_status sum_up_restart(rww_fit_file *file, const rww_store *store, const rww_restart *of, size_t restart,
                                 const rww_fit_judge *judge, rww_fit_summary *summary) {
  const rww_fit_parameters *parameters = &file->parameters;
  uint64_t final = rww_restart_get_entry(of) - 1, best = final;
  double least = NAN;
  rww_restart_get_best(of, &best, &least);
  summary->end[restart] = (uint8_t)rww_restart_get_end(of);
  summary->final_step[restart] = final;
  summary->best_step[restart] = best;
  summary->best_loss[restart] = least;
  RWW_TRY(rww_fit_file_read(file, store, restart, best));
  scatter(file, parameters->list, parameters->n_free, file->values, restart, summary->best_values);
  RWW_TRY(rww_fit_file_read(file, store, restart, final));
  scatter(file, parameters->list, parameters->n_free, file->values, restart, summary->final_values);
  summary->final_loss[restart] = file->items[RWW_ENTRY_LOSS];
  scatter(file, parameters->list, parameters->n_free, judge->averages + restart * parameters->n_rows, restart,
          summary->average_values);
  summary->average_loss[restart] = rww_fit_judge_average_loss(judge, restart);
  summary->validation_loss[restart] = rww_fit_judge_validation_loss(judge, restart);
  scatter(file, parameters->list + parameters->n_free, parameters->n_fixed,
          judge->fixed + restart * parameters->n_fixed_rows, restart, summary->fixed);
  return RWW_OK;
}

/* The first one where no loss is finite. One that was left behind has fewer steps, on other seeds perhaps. */
static uint64_t find_best_restart(const rww_fit_config *fit, const rww_fit_summary *summary) {
  const double *const of_entry[RWW_N_ENTRIES] = {summary->best_loss, summary->final_loss, summary->average_loss};
  const double *losses = fit->validation.n_per_step > 0 ? summary->validation_loss : of_entry[fit->entry];
  double least = INFINITY;
  uint64_t best = 0;
  for (uint64_t r = 0; r < fit->n_restarts; r++)
    if (summary->end[r] != RWW_RESTART_LEFT && losses[r] < least) least = losses[best = r];
  return best;
}

/* A lane for each of the entries that are shown, and the average. */
static rww_status fill_lanes(rww_fit_file *file, const rww_store *store, const rww_fit_judge *judge,
                             const rww_fit_summary *summary, double *values) {
  uint64_t restart = summary->best_restart;
  const uint64_t steps[] = {0, summary->final_step[restart], summary->best_step[restart]};
  size_t n_rows = file->parameters.n_rows, n_fixed = file->parameters.n_fixed_rows;
  size_t n_lanes = rww_fit_file_count_shown(file);
  for (size_t lane = 0; lane < n_lanes; lane++) {
    bool is_entry = lane < sizeof steps / sizeof *steps;
    if (is_entry) RWW_TRY(rww_fit_file_read(file, store, restart, steps[lane]));
    const double *set = is_entry ? file->values : judge->averages + restart * n_rows;
    for (size_t row = 0; row < n_rows; row++) values[row * n_lanes + lane] = set[row];
    for (size_t row = 0; row < n_fixed; row++)
      values[(n_rows + row) * n_lanes + lane] = judge->fixed[restart * n_fixed + row];
  }
  return RWW_OK;
}

static rww_status evaluate_shown(const rww_fit_file *file, const double *values, rww_objective *objective,
                                 rww_fit_summary *summary) {
  uint64_t seeds[RWW_MAX_SHOWN_ENTRIES];
  rww_outcome outcomes[RWW_MAX_SHOWN_ENTRIES];
  for (size_t lane = 0; lane < RWW_MAX_SHOWN_ENTRIES; lane++) seeds[lane] = file->stage->fit->seeds.seeds[0];
  rww_batch batch = {.n_lanes = rww_fit_file_count_shown(file),
                     .n_free = file->parameters.n_free + file->parameters.n_fixed,
                     .free = file->parameters.list,
                     .values = values,
                     .seeds = seeds};
  rww_evaluation found = {.outcome = outcomes, .fc = summary->fc, .bold = summary->bold};
  return rww_objective_evaluate(objective, &batch, &found);
}

rww_status rww_fit_sum_up(rww_fit_file *file, const rww_store *store, const rww_restart *restarts,
                          const rww_fit_judge *judge, rww_objective *objective, rww_fit_summary *summary) {
  double *values;
  for (size_t r = 0; r < file->stage->fit->n_restarts; r++)
    RWW_TRY(sum_up_restart(file, store, &restarts[r], r, judge, summary));
  summary->best_restart = find_best_restart(file->stage->fit, summary);
  RWW_TRY(RWW_NEW(&values, RWW_MAX_SHOWN_ENTRIES * (file->parameters.n_rows + file->parameters.n_fixed_rows)));
  rww_status status = fill_lanes(file, store, judge, summary, values);
  if (status == RWW_OK) status = evaluate_shown(file, values, objective, summary);
  free(values);
  return status;
}
