#include "app/evaluate_file.h"
#include "app/evaluate_summary.h"
#include "app/stages.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plan/row_source.h"
#include "schedule/rehearsal.h"
#include <stdlib.h>

typedef struct rww_stage_state {
  rww_evaluate_file file;
  rww_store *store;
  rww_integration_config integration; /* the experiment's with a duration of its own */
  rww_objective *objective;           /* of a rank that has evaluated something */
  rww_row_source *source;             /* rank 0: NULL until the sets are found, or where nothing is left to do */
  uint64_t n_left, n_stored;          /* rank 0: rows when it began */
  bool is_complete;                   /* rank 0: when it began */
} evaluation;

static void get_row(const void *context, uint64_t row, double *values, uint64_t *seed) {
  const rww_evaluate_file *file = context;
  const rww_evaluate_sets *sets = &file->sets;
  const double *set = sets->values + row / file->n_seeds * sets->n_rows;
  *seed = file->run->experiment->config->evaluate.seeds.seeds[row % file->n_seeds];
  for (size_t k = 0; k < sets->n_rows; k++) values[k] = set[k];
}

static rww_status create_source(rww_work *work) {
  evaluation *self = work->self;
  uint64_t n = rww_evaluate_file_count_rows(&self->file), *rows;
  RWW_TRY(RWW_NEW(&rows, n));
  rww_row_source_spec spec = {.source = work->source,
                              .n_free = self->file.sets.n_free,
                              .n_values = self->file.sets.n_rows,
                              .free = self->file.sets.free,
                              .get = get_row,
                              .context = &self->file,
                              .rows = rww_stage_list_left(rww_store_slots(self->store), n, rows)};
  rww_status status = rww_row_source_create(&spec, &self->source);
  free(rows);
  return status;
}

static bool has_summary(const evaluation *self) {
  uint64_t row = rww_evaluate_file_count_rows(&self->file);
  return rww_slot_task(&rww_store_slots(self->store)[row]) == RWW_ROW_TAKE;
}

static rww_status advance(rww_work *work, rww_objective *objective) {
  evaluation *self = work->self;
  (void)objective;
  if (self->is_complete || self->source || !rww_sweep_may_begin(work)) return RWW_OK;
  RWW_TRY(rww_evaluate_find_sets(work, &self->file.sets));
  if (!has_summary(self)) RWW_TRY(rww_evaluate_file_write_summary(&self->file, self->store));
  return create_source(work);
}

static rww_status begin(rww_work *work) {
  rww_comm *comm = work->run->comm;
  size_t n_lanes = rww_experiment_count_lanes(work->run->experiment);
  rww_status status = RWW_NEW(&work->self, 1);
  evaluation *self = work->self;
  if (status == RWW_OK) status = rww_evaluate_file_create(work->run, work->stage, n_lanes, &self->file);
  RWW_TRY(rww_comm_agree(comm, status));
  self->integration = work->run->experiment->config->integration;
  self->integration.duration_ms = work->run->experiment->config->evaluate.duration_ms;
  RWW_TRY(rww_evaluate_file_use(&self->file, rww_file_use_open, &self->store));
  if (rww_comm_rank(comm) > 0) return RWW_OK;
  uint64_t n = rww_evaluate_file_count_rows(&self->file);
  for (uint64_t row = 0; row < n; row++) {
    rww_row_task task = rww_slot_task(&rww_store_slots(self->store)[row]);
    self->n_stored += task == RWW_ROW_TAKE || task == RWW_ROW_PASS_OVER;
  }
  self->n_left = n - self->n_stored;
  self->is_complete = self->n_left == 0 && has_summary(self);
  return RWW_OK;
}

static bool is_finished(const rww_work *work) {
  const evaluation *self = work->self;
  return self->is_complete || (self->source && rww_row_source_count_left(self->source) == 0);
}

static uint64_t count_stored(const rww_work *work) {
  return work->self->n_stored;
}

static rww_work_source get_source(const rww_work *work) {
  return work->self->source ? rww_row_source_work(work->self->source) : (rww_work_source){0};
}

static uint64_t count_beside(const rww_work *work) {
  return work->self->source ? 0 : work->self->n_left;
}

static rww_status prepare_objective(rww_work *work) {
  evaluation *self = work->self;
  if (self->objective) return RWW_OK;
  rww_objective_spec spec = rww_experiment_objective(work->run->experiment);
  spec.integration = &self->integration;
  return rww_objective_create(&spec, &self->objective);
}

static rww_status evaluate(rww_work *work, rww_objective *objective, const rww_unit *unit, rww_result *results) {
  evaluation *self = work->self;
  rww_batch batch = rww_unit_batch(unit);
  rww_evaluation found = rww_evaluate_file_evaluation(&self->file);
  (void)objective;
  RWW_TRY(prepare_objective(work));
  double begin_s = rww_clock_s();
  RWW_TRY(rww_store_start_rows(self->store, unit->rows, unit->n_lanes));
  RWW_TRY(rww_objective_evaluate(self->objective, &batch, &found));
  double elapsed_s = (rww_clock_s() - begin_s) / (double)unit->n_lanes;
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    RWW_TRY(rww_evaluate_file_write(&self->file, self->store, lane, unit->rows[lane], elapsed_s));
    results[lane] =
        (rww_result){.row = unit->rows[lane], .elapsed_s = elapsed_s, .outcome = (uint32_t)found.outcome[lane]};
  }
  return RWW_OK;
}

static rww_status end(rww_work *work) {
  if (!work->self || !work->self->store) return RWW_OK;
  rww_status status = rww_store_close(work->self->store);
  work->self->store = NULL;
  return status;
}

static rww_status print(const rww_work *work, const rww_effort *effort) {
  return rww_evaluate_print_summary(work, work->self->n_stored, effort);
}

static void release(rww_work *work) {
  if (!work->self) return;
  rww_row_source_destroy(work->self->source);
  rww_objective_destroy(work->self->objective);
  rww_evaluate_file_free(&work->self->file);
  free(work->self);
}

const rww_stage_calls rww_evaluate_calls = {"evaluations", false,        begin,    advance, is_finished, count_stored,
                                            get_source,    count_beside, evaluate, end,     print,       release};

static rww_status look(const rww_run *run, const rww_stage *stage, rww_forecast *found) {
  rww_evaluate_file file;
  rww_status status = rww_evaluate_file_create(run, stage, 1, &file);
  if (status == RWW_OK) status = rww_evaluate_file_use(&file, rww_file_use_forecast, found);
  rww_evaluate_file_free(&file);
  return status;
}

static rww_status estimate(const rww_run *run, const rww_stage *stage, const rww_forecast *found,
                           const rww_speed *speed, size_t n_ranks, rww_cost *cost) {
  rww_unit_sizes sizes = rww_experiment_unit_sizes(run->experiment);
  (void)stage;
  uint64_t n_left = found->n_rows - found->n_done;
  if (found->n_done < found->n_rows) n_left--; /* the summary */
  return rww_rehearse_points(&sizes, speed, n_left, run->experiment->config->evaluate.seeds.n_per_step, n_ranks, cost);
}

const rww_stage_forecast rww_evaluate_forecast = {look, estimate};
