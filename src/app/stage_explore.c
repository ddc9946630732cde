#include "app/stage_explore.h"
#include "app/explore_file.h"
#include "app/explore_summary.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plan/grid_source.h"
#include "schedule/rehearsal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct rww_stage_state {
  rww_point_rows rows; /* of the unit in work */
  rww_store *store;
  rww_grid_source *source; /* rank 0, as what follows */
  double *losses;          /* [n_points] where other stages need them, as far as they are known; else NULL */
  uint64_t n_stored;
} exploration;

/* Losses of rows that are not finished are not results. */
static rww_status recall_from(const rww_reader *reader, double **losses) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  uint64_t n = rww_reader_n_rows(reader);
  rww_slot *slots;
  RWW_TRY(rww_reader_slots(reader, &slots));
  rww_status status = rww_reader_dataset(reader, "loss", losses, shape, &n_dimensions);
  for (uint64_t row = 0; status == RWW_OK && row < n; row++)
    if (rww_slot_task(&slots[row]) != RWW_ROW_TAKE) (*losses)[row] = NAN;
  free(slots);
  return status;
}

static rww_status recall_losses(const rww_run *run, const rww_stage *stage, double **losses) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(run, stage, (rww_shard){0}, &reader));
  rww_status status = recall_from(reader, losses);
  rww_reader_close(reader);
  return status;
}

rww_status rww_explore_copy_losses(const rww_work *work, const rww_stage *explore, double **losses) {
  const rww_work *running = rww_sweep_find(work, explore);
  uint64_t n = work->run->experiment->grid.n_points;
  if (!running) return recall_losses(work->run, explore, losses);
  RWW_TRY(RWW_NEW(losses, n));
  memcpy(*losses, running->self->losses, n * sizeof **losses);
  return RWW_OK;
}

static rww_status evaluate(rww_work *work, rww_objective *objective, const rww_unit *unit, rww_result *results) {
  exploration *self = work->self;
  rww_batch batch = rww_unit_batch(unit);
  rww_evaluation found = rww_point_rows_evaluation(&self->rows);
  double begin_s = rww_clock_s();
  RWW_TRY(rww_store_start_rows(self->store, unit->rows, unit->n_lanes));
  RWW_TRY(rww_objective_evaluate(objective, &batch, &found));
  double elapsed_s = (rww_clock_s() - begin_s) / (double)unit->n_lanes;
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    RWW_TRY(rww_point_rows_store(&self->rows, lane, unit->rows[lane], elapsed_s, self->store));
    results[lane] = (rww_result){.row = unit->rows[lane],
                                 .loss = found.loss[lane],
                                 .rmse = found.rmse[lane],
                                 .fc_corr = found.fc_corr[lane],
                                 .fc_corr_triangle = found.fc_corr_triangle[lane],
                                 .elapsed_s = elapsed_s,
                                 .outcome = (uint32_t)found.outcome[lane]};
  }
  return RWW_OK;
}

/* What the slots leave to be done, as a source of work. */
static rww_status create_source(const rww_work *work) {
  exploration *self = work->self;
  const rww_experiment *experiment = work->run->experiment;
  const rww_slot *slots = rww_store_slots(self->store);
  uint64_t n = experiment->grid.n_points, n_elsewhere = 0, *points;
  RWW_TRY(RWW_NEW(&points, n));
  rww_row_list left = rww_stage_list_left(slots, n, points);
  for (uint64_t point = 0; point < n; point++) n_elsewhere += slots[point].outcome == RWW_ELSEWHERE;
  self->n_stored = n - n_elsewhere - (left.n_plain + left.n_apart + left.n_alone);
  rww_status status =
      rww_grid_source_create(&experiment->grid, experiment->config->base.seed, work->source, &left, &self->source);
  free(points);
  return status;
}

static bool keeps_losses(const rww_run *run, const rww_stage *stage) {
  const rww_experiment *experiment = run->experiment;
  for (size_t i = 0; i < experiment->n_stages; i++)
    if (rww_stage_builds_on(&experiment->stages[i], stage)) return run->options->shard.n == 0;
  return false;
}

static rww_status begin_leading(rww_work *work) {
  exploration *self = work->self;
  RWW_TRY(create_source(work));
  if (!keeps_losses(work->run, work->stage)) return RWW_OK;
  RWW_TRY(recall_losses(work->run, work->stage, &self->losses));
  rww_grid_source_note_losses(self->source, self->losses);
  return RWW_OK;
}

static rww_status begin(rww_work *work) {
  const rww_run *run = work->run;
  size_t n_lanes = rww_experiment_count_lanes(run->experiment);
  bool leads = rww_comm_rank(run->comm) == 0;
  rww_status status = RWW_NEW(&work->self, 1);
  if (status == RWW_OK) status = rww_point_rows_create(run->experiment, n_lanes, &work->self->rows);
  RWW_TRY(rww_comm_agree(run->comm, status));
  RWW_TRY(rww_explore_use_file(run, work->stage, &work->self->rows, rww_file_use_open, &work->self->store));
  return rww_comm_agree(run->comm, leads ? begin_leading(work) : RWW_OK);
}

static rww_status advance(rww_work *work, rww_objective *objective) {
  (void)work, (void)objective;
  return RWW_OK;
}

static bool is_finished(const rww_work *work) {
  return rww_grid_source_count_left(work->self->source) == 0;
}

static uint64_t count_stored(const rww_work *work) {
  return work->self->n_stored;
}

static rww_work_source get_source(const rww_work *work) {
  return rww_grid_source_work(work->self->source);
}

static rww_status end(rww_work *work) {
  if (!work->self || !work->self->store) return RWW_OK;
  rww_status status = rww_store_close(work->self->store);
  work->self->store = NULL;
  return status;
}

static rww_status print(const rww_work *work, const rww_effort *effort) {
  return rww_explore_print_summary(work, work->self->n_stored, effort);
}

static void release(rww_work *work) {
  if (!work->self) return;
  rww_grid_source_destroy(work->self->source);
  rww_point_rows_free(&work->self->rows);
  free(work->self->losses);
  free(work->self);
}

static uint64_t count_beside(const rww_work *work) {
  (void)work;
  return 0;
}

const rww_stage_calls rww_explore_calls = {"points",   false,        begin,    advance, is_finished, count_stored,
                                           get_source, count_beside, evaluate, end,     print,       release};

/* Points that are left (twice, while they are listed), losses, and the rows of a unit. */
static uint64_t count_resident_bytes(const rww_run *run, const rww_stage *stage, const rww_point_rows *rows,
                                     const rww_forecast *found) {
  uint64_t n = 2 * (found->n_rows - found->n_done) + (keeps_losses(run, stage) ? found->n_rows : 0);
  for (size_t i = 0; i < rows->n_kept; i++)
    n += rows->n_elements[rows->kept[i]] * rww_experiment_count_lanes(run->experiment);
  return n * sizeof(uint64_t);
}

static rww_status look(const rww_run *run, const rww_stage *stage, rww_forecast *found) {
  rww_point_rows rows;
  rww_status status = rww_point_rows_create(run->experiment, 1, &rows);
  if (status == RWW_OK) status = rww_explore_use_file(run, stage, &rows, rww_file_use_forecast, found);
  if (status == RWW_OK) found->n_resident_bytes += count_resident_bytes(run, stage, &rows, found);
  rww_point_rows_free(&rows);
  return status;
}

static rww_status estimate(const rww_run *run, const rww_stage *stage, const rww_forecast *found,
                           const rww_speed *speed, size_t n_ranks, rww_cost *cost) {
  rww_unit_sizes sizes = rww_experiment_unit_sizes(run->experiment);
  (void)stage;
  return rww_rehearse_points(&sizes, speed, found->n_rows - found->n_done, rww_grid_count_seeds(&run->experiment->grid),
                             n_ranks, cost);
}

const rww_stage_forecast rww_explore_forecast = {look, estimate};
