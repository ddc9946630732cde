#include "app/fit_outcome.h"
#include "app/fit_summary.h"
#include "app/stages.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "schedule/rehearsal.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum phase { WAITING, FITTING, JUDGING, FINISHED } phase;

/* Rank 0 leads a fit and alone writes its file; the other ranks evaluate. */
typedef struct rww_stage_state {
  const rww_fit_config *fit;
  rww_span own; /* restarts of this run: all of them, or those of its shard */
  rww_fit_file file;
  rww_comm *comm; /* of rank 0 by itself */
  rww_store *store;
  phase phase;
  rww_fit_starts starts;
  rww_fit_seeds seeds;
  rww_fit_rules rules;
  rww_restart *restarts; /* [n_restarts] */
  bool *has_ended;       /* [n_restarts], and the rest of its entries is skipped */
  rww_fit_source *source;
  rww_fit_judge judge; /* once the restarts have ended */
  double *begun_s;     /* [n_restarts], when the entry in work was asked for */
  uint64_t n_stored, n_shown;
} fit_work;

static uint64_t count_entries(const fit_work *self) {
  return (self->own.end - self->own.first) * (self->fit->n_steps + 1);
}

/* A restart that the source calls the r-th. */
static size_t number(const fit_work *self, size_t r) {
  return self->own.first + r;
}

/* An entry as an earlier run left it. Where its parameters are not those that this run comes to, the file was written
 * by other numerics, and is not believed. */
static rww_status recall(void *context, size_t r, uint64_t entry, const double *parameters, rww_fit_found *found,
                         rww_recall *known) {
  fit_work *self = context;
  rww_fit_file *file = &self->file;
  size_t restart = number(self, r);
  const rww_slot *slot = &rww_store_slots(self->store)[rww_fit_file_row(file, restart, entry)];
  rww_row_task task = rww_slot_task(slot);
  *known = task == RWW_ROW_COMPUTE_ALONE ? RWW_RECALL_SUSPECT : RWW_RECALL_NOTHING;
  if (task == RWW_ROW_PASS_OVER) {
    *found = (rww_fit_found){.loss = NAN, .outcome = RWW_FAILED};
    *known = RWW_RECALL_FOUND;
  }
  if (task != RWW_ROW_TAKE || slot->outcome == RWW_SKIPPED) return RWW_OK;
  RWW_TRY(rww_fit_file_read(file, self->store, restart, entry));
  if (memcmp(parameters, file->values, file->parameters.n_rows * sizeof *parameters) != 0) return RWW_OK;
  *known = RWW_RECALL_FOUND;
  *found = (rww_fit_found){.loss = file->items[RWW_ENTRY_LOSS],
                           .rmse = file->items[RWW_ENTRY_RMSE],
                           .fc_corr = file->items[RWW_ENTRY_FC_CORR],
                           .fc_corr_triangle = file->items[RWW_ENTRY_FC_CORR_TRIANGLE],
                           .gradient = entry < self->fit->n_steps ? file->gradient : NULL,
                           .outcome = (rww_outcome)slot->outcome};
  return RWW_OK;
}

static rww_status begin_entry(void *context, size_t r, uint64_t entry) {
  fit_work *self = context;
  size_t restart = number(self, r);
  uint64_t row = rww_fit_file_row(&self->file, restart, entry);
  self->begun_s[restart] = rww_clock_s();
  return rww_store_start_rows(self->store, &row, 1);
}

static void hold_entry(fit_work *self, const double *parameters, const rww_fit_found *found, double gradient_norm) {
  rww_fit_file *file = &self->file;
  file->items[RWW_ENTRY_LOSS] = found->loss;
  file->items[RWW_ENTRY_RMSE] = found->rmse;
  file->items[RWW_ENTRY_FC_CORR] = found->fc_corr;
  file->items[RWW_ENTRY_FC_CORR_TRIANGLE] = found->fc_corr_triangle;
  file->items[RWW_ENTRY_GRADIENT_NORM] = gradient_norm;
  for (size_t row = 0; row < file->parameters.n_rows; row++) {
    file->values[row] = parameters ? parameters[row] : NAN;
    file->gradient[row] = found->gradient ? found->gradient[row] : NAN;
  }
}

/* Entries that a restart will not come to, since it has ended. */
static rww_status skip_rest(fit_work *self, size_t restart) {
  static const rww_fit_found nothing = {NAN, NAN, NAN, NAN, NULL, RWW_SKIPPED};
  uint64_t first = rww_restart_get_entry(&self->restarts[restart]);
  for (uint64_t entry = first; entry <= self->fit->n_steps; entry++) {
    uint64_t row = rww_fit_file_row(&self->file, restart, entry);
    if (rww_store_slots(self->store)[row].outcome == RWW_SKIPPED) continue;
    hold_entry(self, NULL, &nothing, NAN);
    RWW_TRY(rww_store_start_rows(self->store, &row, 1));
    RWW_TRY(rww_fit_file_write(&self->file, self->store, restart, entry, RWW_SKIPPED, 0));
  }
  return RWW_OK;
}

/* The least loss of the restart so far; of its latest entry where each has other seeds, for those do not compare. */
static double get_loss_shown(const fit_work *self, const rww_restart *restart) {
  uint64_t entry;
  double loss;
  if (self->fit->seeds.n_blocks > 1) return rww_restart_get_loss(restart);
  return rww_restart_get_best(restart, &entry, &loss) ? loss : NAN;
}

/* A line every so many steps, when the slowest restart has made them. */
static void show_steps(fit_work *self) {
  uint64_t slowest = UINT64_MAX;
  double best = INFINITY;
  if (self->file.run->options->progress == RWW_PROGRESS_NONE) return;
  for (size_t r = self->own.first; r < self->own.end; r++) {
    const rww_restart *restart = &self->restarts[r];
    uint64_t entry = rww_restart_get_entry(restart);
    bool goes_on = rww_restart_get_end(restart) == RWW_RESTART_GOES_ON;
    if (goes_on && entry < slowest) slowest = entry;
    best = fmin(best, get_loss_shown(self, restart));
  }
  if (slowest == UINT64_MAX || slowest < self->n_shown + self->fit->print_every) return;
  self->n_shown = slowest - slowest % self->fit->print_every;
  rww_log(RWW_LOG_INFO, "%s: step %" PRIu64 " of %" PRIu64 ", %sloss %.6f", self->fit->name, self->n_shown,
          self->fit->n_steps, self->fit->seeds.n_blocks > 1 ? "" : "best ", best);
}

static rww_status keep_entry(void *context, size_t r, uint64_t entry, const double *parameters,
                             const rww_fit_found *found, double gradient_norm) {
  fit_work *self = context;
  size_t restart = number(self, r);
  hold_entry(self, parameters, found, gradient_norm);
  RWW_TRY(rww_fit_file_write(&self->file, self->store, restart, entry, found->outcome,
                             rww_clock_s() - self->begun_s[restart]));
  show_steps(self);
  return RWW_OK;
}

static rww_status create_restarts(fit_work *self) {
  const rww_fit_config *fit = self->fit;
  self->rules = (rww_fit_rules){.n_rows = self->file.parameters.n_rows,
                                .n_steps = fit->n_steps,
                                .optimizer = fit->optimizer,
                                .bounds = self->starts.bounds,
                                .bounding = fit->bounding,
                                .tolerance = fit->tolerance,
                                .patience = fit->patience,
                                .max_recoveries = fit->max_recoveries};
  RWW_TRY(RWW_NEW(&self->restarts, fit->n_restarts));
  RWW_TRY(RWW_NEW(&self->begun_s, fit->n_restarts));
  RWW_TRY(RWW_NEW(&self->has_ended, fit->n_restarts));
  for (size_t r = 0; r < fit->n_restarts; r++)
    RWW_TRY(rww_restart_create(&self->rules, self->starts.start + r * self->rules.n_rows, &self->restarts[r]));
  return RWW_OK;
}

static rww_status create_source(rww_work *work) {
  fit_work *self = work->self;
  const rww_fit_parameters *parameters = &self->file.parameters;
  rww_fit_source_spec spec = {.source = work->source,
                              .n_free = parameters->n_free,
                              .n_fixed = parameters->n_fixed,
                              .free = parameters->list,
                              .n_fixed_rows = parameters->n_fixed_rows,
                              .fixed = self->starts.fixed + self->own.first * parameters->n_fixed_rows,
                              .seeds = self->seeds,
                              .n_restarts = self->own.end - self->own.first,
                              .restarts = self->restarts + self->own.first,
                              .halve_every = self->fit->halve_every,
                              .record = {self, recall, begin_entry, keep_entry}};
  return rww_fit_source_create(&spec, &self->source);
}

/* The stage that this one starts from is finished. */
static rww_status begin_fitting(rww_work *work) {
  fit_work *self = work->self;
  RWW_TRY(rww_fit_find_starts(work, &self->file.parameters, &self->starts));
  RWW_TRY(create_restarts(self));
  RWW_TRY(create_source(work));
  self->phase = FITTING;
  return RWW_OK;
}

static rww_status store_summary(fit_work *self, rww_objective *objective, rww_fit_summary *summary) {
  uint64_t row = rww_fit_file_summary_row(&self->file);
  double begin_s = rww_clock_s();
  RWW_TRY(rww_store_start_rows(self->store, &row, 1));
  RWW_TRY(rww_fit_sum_up(&self->file, self->store, self->restarts, &self->judge, objective, summary));
  return rww_fit_file_write_summary(&self->file, self->store, summary, rww_clock_s() - begin_s);
}

static rww_status skip_rest_of_ended(fit_work *self) {
  for (size_t r = self->own.first; r < self->own.end; r++) {
    if (self->has_ended[r] || rww_restart_get_end(&self->restarts[r]) == RWW_RESTART_GOES_ON) continue;
    RWW_TRY(skip_rest(self, r));
    self->has_ended[r] = true;
  }
  return RWW_OK;
}

/* Of all restarts: the shards of a fit leave that to the run after their merge. */
static rww_status begin_judging(rww_work *work) {
  fit_work *self = work->self;
  bool is_shard = work->run->options->shard.n > 0;
  self->phase = is_shard ? FINISHED : JUDGING;
  if (is_shard) return RWW_OK;
  return rww_fit_judge_create(&self->file, self->store, work->source, self->restarts, self->starts.fixed, &self->judge);
}

static rww_status finish_fitting(fit_work *self, rww_objective *objective) {
  rww_fit_summary summary;
  rww_status status = rww_fit_summary_create(&self->file, &summary);
  if (status == RWW_OK) status = store_summary(self, objective, &summary);
  rww_fit_summary_free(&summary);
  if (status == RWW_OK) self->phase = FINISHED;
  return status;
}

static rww_status advance(rww_work *work, rww_objective *objective) {
  fit_work *self = work->self;
  if (self->phase == WAITING && rww_sweep_may_begin(work)) RWW_TRY(begin_fitting(work));
  if (self->phase == FITTING) RWW_TRY(skip_rest_of_ended(self));
  if (self->phase == FITTING && rww_fit_source_is_finished(self->source)) RWW_TRY(begin_judging(work));
  if (self->phase == JUDGING && objective && rww_row_source_count_left(self->judge.source) == 0)
    return finish_fitting(self, objective);
  return RWW_OK;
}

static rww_work_source get_source(const rww_work *work) {
  const fit_work *self = work->self;
  if (self->phase == FITTING) return rww_fit_source_work(self->source);
  if (self->phase == JUDGING) return rww_row_source_work(self->judge.source);
  return (rww_work_source){0};
}

static uint64_t count_beside(const rww_work *work) {
  const fit_work *self = work->self;
  uint64_t n_fitting = (count_entries(self) - self->n_stored) * self->seeds.n_per_entry;
  uint64_t n_judged = work->run->options->shard.n > 0 ? 0 : rww_fit_count_judged(self->fit);
  return (self->phase == FITTING ? 0 : n_fitting) + (self->phase == JUDGING ? 0 : n_judged);
}

static uint64_t count_final_entries(const fit_work *self) {
  uint64_t n = 0;
  const rww_slot *slots = rww_store_slots(self->store) + rww_fit_file_row(&self->file, self->own.first, 0);
  uint64_t n_entries = count_entries(self);
  for (uint64_t row = 0; row < n_entries; row++) n += rww_slot_task(&slots[row]) >= RWW_N_ROWS_TO_COMPUTE;
  return n;
}

static rww_status open_file(rww_work *work) {
  fit_work *self = work->self;
  rww_run alone = *work->run;
  RWW_TRY(rww_comm_begin_self(work->run->comm, &self->comm));
  alone.comm = self->comm;
  self->file.run = &alone;
  rww_status status = rww_fit_file_use(&self->file, rww_file_use_open, &self->store);
  self->file.run = work->run;
  RWW_TRY(status);
  self->n_stored = count_final_entries(self);
  uint8_t summary = rww_store_slots(self->store)[rww_fit_file_summary_row(&self->file)].outcome;
  if (self->n_stored == count_entries(self) && summary > RWW_STARTED) self->phase = FINISHED;
  return RWW_OK;
}

static rww_status begin(rww_work *work) {
  bool leads = rww_comm_rank(work->run->comm) == 0;
  rww_status status = RWW_NEW(&work->self, 1);
  if (status == RWW_OK) {
    work->self->fit = work->stage->fit;
    work->self->own = rww_shard_span(work->run->options->shard, work->stage->fit->n_restarts);
    work->self->seeds = (rww_fit_seeds){work->stage->fit->seeds.n_per_step, work->stage->fit->seeds.n_blocks,
                                        work->stage->fit->seeds.seeds};
    status = rww_fit_file_create(work->run, work->stage, &work->self->file);
  }
  if (status == RWW_OK && leads) status = open_file(work);
  return rww_comm_agree(work->run->comm, status);
}

/* The results of a unit, a lane each, without its gradients. */
static void fill_results(const rww_unit *unit, const rww_evaluation *found, double elapsed_s, rww_result *results) {
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    double *gradient = results[lane].gradient;
    results[lane] = (rww_result){.row = unit->rows[lane],
                                 .loss = found->loss[lane],
                                 .rmse = found->rmse[lane],
                                 .fc_corr = found->fc_corr[lane],
                                 .fc_corr_triangle = found->fc_corr_triangle[lane],
                                 .elapsed_s = elapsed_s,
                                 .gradient = gradient,
                                 .outcome = (uint32_t)found->outcome[lane]};
    for (size_t row = 0; gradient && row < unit->n_value_rows; row++)
      gradient[row] = found->gradient[row * unit->n_lanes + lane];
  }
}

static rww_status evaluate_into(rww_objective *objective, const rww_unit *unit, const rww_evaluation *found,
                                rww_result *results) {
  rww_batch batch = rww_unit_batch(unit);
  double begin_s = rww_clock_s();
  RWW_TRY(rww_objective_evaluate(objective, &batch, found));
  fill_results(unit, found, (rww_clock_s() - begin_s) / (double)unit->n_lanes, results);
  return RWW_OK;
}

static rww_status evaluate(rww_work *work, rww_objective *objective, const rww_unit *unit, rww_result *results) {
  size_t n = unit->n_lanes, n_gradient = unit->with_gradient ? unit->n_value_rows * n : 0;
  double *values;
  rww_outcome *outcomes = NULL;
  rww_status status = RWW_NEW(&values, 4 * n + n_gradient);
  if (status == RWW_OK) status = RWW_NEW(&outcomes, n);
  rww_evaluation found = {.loss = values,
                          .rmse = values + n,
                          .fc_corr = values + 2 * n,
                          .fc_corr_triangle = values + 3 * n,
                          .outcome = outcomes,
                          .weights = &work->stage->fit->loss,
                          .adjoint_damping = work->stage->fit->adjoint_damping,
                          .gradient = unit->with_gradient ? values + 4 * n : NULL};
  if (status == RWW_OK) status = evaluate_into(objective, unit, &found, results);
  free(values);
  free(outcomes);
  return status;
}

static bool is_finished(const rww_work *work) {
  return work->self->phase == FINISHED;
}

static uint64_t count_stored(const rww_work *work) {
  return work->self->n_stored * work->self->seeds.n_per_entry;
}

static rww_status end(rww_work *work) {
  fit_work *self = work->self;
  rww_status status = self && self->store ? rww_store_close(self->store) : RWW_OK;
  if (self) self->store = NULL;
  return rww_comm_agree(work->run->comm, status);
}

static rww_status print(const rww_work *work, const rww_effort *effort) {
  return rww_fit_print_summary(work, work->self->n_stored, effort);
}

static void release(rww_work *work) {
  fit_work *self = work->self;
  if (!self) return;
  rww_fit_source_destroy(self->source);
  for (size_t r = 0; self->restarts && r < self->fit->n_restarts; r++) rww_restart_free(&self->restarts[r]);
  free(self->restarts);
  free(self->begun_s);
  free(self->has_ended);
  rww_fit_judge_free(&self->judge);
  rww_fit_starts_free(&self->starts);
  rww_fit_file_free(&self->file);
  if (self->comm) rww_comm_end(self->comm);
  free(self);
}

const rww_stage_calls rww_fit_calls = {"evaluations", true,         begin,    advance, is_finished, count_stored,
                                       get_source,    count_beside, evaluate, end,     print,       release};

static rww_status look(const rww_run *run, const rww_stage *stage, rww_forecast *found) {
  rww_fit_file file;
  rww_status status = rww_fit_file_create(run, stage, &file);
  if (status == RWW_OK) status = rww_fit_file_use(&file, rww_file_use_forecast, found);
  rww_fit_file_free(&file);
  return status;
}

static rww_status estimate(const rww_run *run, const rww_stage *stage, const rww_forecast *found,
                           const rww_speed *speed, size_t n_ranks, rww_cost *cost) {
  rww_unit_sizes sizes = rww_experiment_unit_sizes(run->experiment);
  const rww_fit_config *fit = stage->fit;
  rww_span own = rww_shard_span(run->options->shard, fit->n_restarts);
  uint64_t n_restarts = own.end - own.first, n_entries = n_restarts * (fit->n_steps + 1);
  *cost = (rww_cost){0};
  if (found->n_done >= found->n_rows) return RWW_OK;
  uint64_t n_entries_left = n_entries - (found->n_done < n_entries ? found->n_done : n_entries);
  uint64_t n_steps_left = (n_entries_left + n_restarts - 1) / n_restarts;
  return rww_rehearse_steps(&sizes, speed, n_steps_left, n_restarts * fit->seeds.n_per_step,
                            fit->seeds.n_per_step * fit->seeds.n_blocks, n_ranks, cost);
}

const rww_stage_forecast rww_fit_forecast = {look, estimate};
