#include "app/explore_file.h"
#include "app/explore_summary.h"
#include "app/stages.h"
#include "app/stopping.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plan/grid_source.h"
#include "report/progress.h"
#include "schedule/schedule.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct exploration {
  const rww_run *run;
  rww_point_rows rows; /* of the unit in work */
  rww_store *store;
  rww_objective *objective;
  rww_progress_display display;
} exploration;

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  exploration *explore = context;
  rww_batch batch = rww_unit_batch(unit);
  rww_evaluation found = rww_point_rows_evaluation(&explore->rows);
  double begin_s = rww_clock_s();
  RWW_TRY(rww_store_start_rows(explore->store, unit->rows, unit->n_lanes));
  RWW_TRY(rww_objective_evaluate(explore->objective, &batch, &found));
  double elapsed_s = (rww_clock_s() - begin_s) / (double)unit->n_lanes;
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    RWW_TRY(rww_point_rows_store(&explore->rows, lane, unit->rows[lane], elapsed_s, explore->store));
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

static rww_stop stop(void *context) {
  (void)context;
  return rww_stopping_asked();
}

static void progress(void *context, const rww_progress *now) {
  exploration *explore = context;
  rww_progress_show(&explore->display, now->n_done, now->n_total, now->elapsed_s, now->rate_per_s, now->remaining_s);
}

/* What the slots leave to be done, as a source of work; rank 0 alone. */
static rww_status create_source(const exploration *explore, rww_explore_counts *counts, rww_grid_source **source) {
  const rww_experiment *experiment = explore->run->experiment;
  const rww_slot *slots = rww_store_slots(explore->store);
  uint64_t n = experiment->grid.n_points, n_pending = 0, n_alone = 0, *pending = NULL, *alone = NULL;
  rww_status status = RWW_NEW(&pending, n);
  if (status == RWW_OK) status = RWW_NEW(&alone, n);
  for (uint64_t point = 0; status == RWW_OK && point < n; point++) {
    rww_row_task task = rww_slot_task(&slots[point]);
    if (task == RWW_ROW_COMPUTE) pending[n_pending++] = point;
    if (task == RWW_ROW_COMPUTE_ALONE) alone[n_alone++] = point;
  }
  *counts = (rww_explore_counts){.n_points = n, .n_stored = n - n_pending - n_alone};
  if (status == RWW_OK)
    status = rww_grid_source_create(&experiment->grid, experiment->config->base.seed, 0, pending, n_pending, alone,
                                    n_alone, source);
  free(pending);
  free(alone);
  return status;
}

static rww_progress_form choose_form(rww_progress_style style) {
  static const rww_progress_form forms[] = {
      [RWW_PROGRESS_BAR] = RWW_FORM_BAR, [RWW_PROGRESS_LINE] = RWW_FORM_LINE, [RWW_PROGRESS_NONE] = RWW_FORM_NONE};
  return style != RWW_PROGRESS_AUTO ? forms[style] : isatty(STDERR_FILENO) ? RWW_FORM_BAR : RWW_FORM_LINE;
}

static rww_status schedule(exploration *explore, const rww_work_source *source, rww_explore_counts *counts) {
  const rww_run *run = explore->run;
  rww_schedule_calls calls = {explore, evaluate, stop, progress};
  rww_schedule_options options = {.max_lanes = explore->rows.n_lanes,
                                  .lane_step = run->experiment->backend->is_vectorised ? explore->rows.n_lanes : 1,
                                  .silence_warning_s = run->options->silence_s,
                                  .slow_rank = run->options->slow_rank};
  rww_schedule_summary summary = {0};
  explore->display = (rww_progress_display){
      .form = choose_form(run->options->progress), .stage = "explore", .unit = "points", .n_stored = counts->n_stored};
  rww_status status = rww_schedule_run(run->comm, source, source ? 1 : 0, &calls, &options, &summary);
  rww_progress_end(&explore->display);
  counts->n_computed = summary.n_lanes;
  counts->elapsed_s = summary.elapsed_s;
  free(summary.lanes_of_rank);
  return status;
}

/* The number of points left is the leader's to know; the others learn it. */
static rww_status share_count(rww_comm *comm, uint64_t *count) {
  void *bytes = rww_comm_rank(comm) == 0 ? count : NULL;
  size_t n_bytes = sizeof *count;
  RWW_TRY(rww_comm_broadcast(comm, &bytes, &n_bytes));
  if (rww_comm_rank(comm) == 0) return RWW_OK;
  memcpy(count, bytes, sizeof *count);
  free(bytes);
  return RWW_OK;
}

static rww_status compute_left(exploration *explore, rww_grid_source *source, rww_explore_counts *counts) {
  rww_comm *comm = explore->run->comm;
  rww_objective_spec spec = rww_experiment_objective(explore->run->experiment);
  uint64_t n_left = counts->n_points - counts->n_stored;
  RWW_TRY(share_count(comm, &n_left));
  if (n_left == 0) return RWW_OK;
  RWW_TRY(rww_comm_agree(comm, rww_objective_create(&spec, &explore->objective)));
  rww_work_source work = source ? rww_grid_source_work(source) : (rww_work_source){0};
  return schedule(explore, source ? &work : NULL, counts);
}

static rww_status compute(exploration *explore, rww_explore_counts *counts) {
  bool leads = rww_comm_rank(explore->run->comm) == 0;
  rww_grid_source *source = NULL;
  rww_status status = rww_comm_agree(explore->run->comm, leads ? create_source(explore, counts, &source) : RWW_OK);
  if (status == RWW_OK) status = compute_left(explore, source, counts);
  rww_grid_source_destroy(source);
  return status;
}

static rww_status compute_and_store(exploration *explore, rww_explore_counts *counts) {
  const rww_run *run = explore->run;
  size_t n_lanes = rww_experiment_count_lanes(run->experiment);
  RWW_TRY(rww_comm_agree(run->comm, rww_point_rows_create(run->experiment, n_lanes, &explore->rows)));
  RWW_TRY(rww_explore_use_file(run, &explore->rows, rww_file_use_open, &explore->store));
  rww_status status = compute(explore, counts), closed = rww_store_close(explore->store);
  return status != RWW_OK ? status : closed;
}

static rww_status run_explore(const rww_run *run) {
  exploration explore = {.run = run};
  rww_explore_counts counts = {0};
  rww_status status = compute_and_store(&explore, &counts), printed = RWW_OK;
  rww_objective_destroy(explore.objective);
  rww_point_rows_free(&explore.rows);
  if (rww_comm_rank(run->comm) == 0 && (status == RWW_OK || status == RWW_STOPPED))
    printed = rww_explore_print_summary(run, &counts);
  return rww_comm_agree(run->comm, status != RWW_OK ? status : printed);
}

static rww_status forecast(const rww_run *run, rww_forecast *found) {
  rww_point_rows rows;
  rww_status status = rww_point_rows_create(run->experiment, 1, &rows);
  if (status == RWW_OK) status = rww_explore_use_file(run, &rows, rww_file_use_forecast, found);
  rww_point_rows_free(&rows);
  return status;
}

static rww_cost estimate(const rww_run *run, const rww_forecast *found, const rww_speed *speed, size_t n_ranks) {
  const rww_grid *grid = &run->experiment->grid;
  uint64_t n_seeds = 1;
  for (size_t k = 0; k < grid->n_axes; k++)
    if (grid->axes[k].seeds) n_seeds = grid->axes[k].n;
  return rww_cost_of_points(speed, found->n_rows - found->n_done, n_seeds, n_ranks);
}

static bool is_wanted(const rww_experiment *experiment) {
  return experiment->grid.n_axes > 0;
}

const rww_stage rww_stage_explore = {"explore", RWW_MEANING_EXPLORE, is_wanted, run_explore, forecast, estimate};
