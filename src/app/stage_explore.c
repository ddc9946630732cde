#include "app/stages.h"

#include "app/stopping.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plan/grid_source.h"
#include "report/progress.h"
#include "schedule/schedule.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a point yields, in the order of its row. */
typedef enum point_item { LOSS, RMSE, FC_CORR, FC_CORR_TRIANGLE, FC, BOLD, N_ITEMS } point_item;

static const struct {
  const char *name, *unit, *description;
  const char *dimensions[2]; /* behind the axes */
} items[N_ITEMS] = {
    [LOSS] = {"loss", "1", "Loss", {0}},
    [RMSE] = {"rmse", "1", "Root mean square difference of FC and target", {0}},
    [FC_CORR] = {"fc_corr", "1", "Correlation of FC and target, all entries", {0}},
    [FC_CORR_TRIANGLE] = {"fc_corr_triangle", "1", "Correlation of FC and target, strict upper triangle", {0}},
    [FC] = {"fc", "1", "Functional connectivity", {"node", "node_source"}},
    [BOLD] = {"bold", "1", "BOLD signal, all samples", {"time", "node"}},
};

typedef struct exploration {
  const rww_run *run;
  const rww_grid *grid;
  size_t n_samples, max_lanes;
  point_item kept[N_ITEMS]; /* [n_kept], the items of a row */
  size_t n_kept;
  size_t n_elements[N_ITEMS]; /* of an item, a point */
  double *item[N_ITEMS];      /* [max_lanes][n_elements], NULL where not kept */
  rww_outcome *outcomes;      /* [max_lanes] */
  double *sample_times_s;     /* [n_samples] */
  rww_objective *objective;
  rww_store *store;
  rww_progress_display display;
} exploration;

/* What a run found in the file, and what it added. */
typedef struct tally {
  uint64_t n_points, n_stored, n_computed;
  double elapsed_s;
} tally;

static void exploration_free(exploration *explore) {
  rww_objective_destroy(explore->objective);
  for (int k = 0; k < N_ITEMS; k++) free(explore->item[k]);
  free(explore->outcomes);
  free(explore->sample_times_s);
}

static rww_status exploration_create(const rww_run *run, exploration *explore) {
  const rww_config *config = run->experiment->config;
  size_t n = run->experiment->connectome.n_nodes;
  size_t n_samples = rww_objective_count_samples(&config->integration, &config->monitors);
  *explore = (exploration){.run = run, .grid = &run->experiment->grid, .n_samples = n_samples};
  explore->max_lanes = run->experiment->backend->preferred_lanes;
  for (point_item k = 0; k < N_ITEMS; k++) {
    if ((k == FC && !config->explore.keep_fc) || (k == BOLD && !config->explore.keep_bold)) continue;
    explore->kept[explore->n_kept++] = k;
    explore->n_elements[k] = k == FC ? n * n : k == BOLD ? n_samples * n : 1;
    RWW_TRY(RWW_NEW(&explore->item[k], explore->max_lanes * explore->n_elements[k]));
  }
  RWW_TRY(RWW_NEW(&explore->outcomes, explore->max_lanes));
  return rww_stage_count_times(n_samples, 0, config->monitors.bold_period_ms / 1000, &explore->sample_times_s);
}

static rww_status store_lane(exploration *explore, const rww_unit *unit, size_t lane, double elapsed_s) {
  const void *row[N_ITEMS];
  for (size_t i = 0; i < explore->n_kept; i++) {
    point_item k = explore->kept[i];
    row[i] = explore->item[k] + lane * explore->n_elements[k];
  }
  return rww_store_write_row(explore->store, unit->rows[lane], row, explore->outcomes[lane], elapsed_s);
}

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  exploration *explore = context;
  double **item = explore->item, begin_s = rww_clock_s();
  rww_batch batch = rww_unit_batch(unit);
  rww_evaluation evaluation = {.loss = item[LOSS],
                               .rmse = item[RMSE],
                               .fc_corr = item[FC_CORR],
                               .fc_corr_triangle = item[FC_CORR_TRIANGLE],
                               .outcome = explore->outcomes,
                               .fc = item[FC],
                               .bold = item[BOLD]};
  RWW_TRY(rww_store_start_rows(explore->store, unit->rows, unit->n_lanes));
  RWW_TRY(rww_objective_evaluate(explore->objective, &batch, &evaluation));
  double elapsed_s = (rww_clock_s() - begin_s) / (double)unit->n_lanes;
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    RWW_TRY(store_lane(explore, unit, lane, elapsed_s));
    results[lane] = (rww_result){.row = unit->rows[lane],
                                 .loss = item[LOSS][lane],
                                 .rmse = item[RMSE][lane],
                                 .fc_corr = item[FC_CORR][lane],
                                 .fc_corr_triangle = item[FC_CORR_TRIANGLE][lane],
                                 .elapsed_s = elapsed_s,
                                 .outcome = (uint32_t)explore->outcomes[lane]};
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

/* Dimensions of the file: the axes, and those of what a point may keep. Returns how many. */
static size_t describe_dimensions(const exploration *explore, rww_text *names, rww_dimension *dimensions) {
  const rww_grid *grid = explore->grid;
  const rww_experiment *experiment = explore->run->experiment;
  size_t n = grid->n_axes;
  for (size_t k = 0; k < n; k++) {
    const rww_axis *axis = &grid->axes[k];
    const rww_parameter_info *info = rww_parameter_get(axis->parameter);
    rww_text_add(&names[k], "%s", info->name);
    *strchr(names[k].chars, '.') = '_';
    dimensions[k] = (rww_dimension){names[k].chars,
                                    axis->n,
                                    axis->seeds ? RWW_UINT64 : RWW_REAL64,
                                    axis->seeds ? (const void *)axis->seeds : axis->values,
                                    info->unit,
                                    info->help};
  }
  dimensions[n++] = rww_stage_describe_nodes(experiment, "node");
  dimensions[n++] = rww_stage_describe_nodes(experiment, "node_source");
  dimensions[n++] = rww_stage_describe_times("time", explore->n_samples, explore->sample_times_s);
  return n;
}

static void describe_datasets(const exploration *explore, const rww_dimension *dimensions, rww_dataset *datasets) {
  size_t n_axes = explore->grid->n_axes;
  for (size_t i = 0; i < explore->n_kept; i++) {
    point_item k = explore->kept[i];
    rww_dataset *dataset = &datasets[i];
    *dataset = (rww_dataset){.name = items[k].name, .type = RWW_REAL64, .n_row_dimensions = n_axes};
    dataset->unit = items[k].unit;
    dataset->description = items[k].description;
    for (size_t d = 0; d < n_axes; d++) dataset->dimensions[dataset->n_dimensions++] = dimensions[d].name;
    for (size_t d = 0; d < 2 && items[k].dimensions[d]; d++)
      dataset->dimensions[dataset->n_dimensions++] = items[k].dimensions[d];
  }
}

static rww_status open_store(exploration *explore) {
  const rww_run *run = explore->run;
  rww_text names[RWW_MAX_DIMENSIONS] = {{0}};
  rww_dimension dimensions[RWW_MAX_DIMENSIONS + 3];
  rww_dataset datasets[N_ITEMS];
  rww_file_spec spec = rww_stage_describe_file(run, "explore", RWW_MEANING_EXPLORE);
  bool created;
  spec.base_key = run->experiment->meaning[RWW_MEANING_POINT].key;
  spec.n_dimensions = describe_dimensions(explore, names, dimensions);
  spec.dimensions = dimensions;
  describe_datasets(explore, dimensions, datasets);
  spec.n_datasets = explore->n_kept;
  spec.datasets = datasets;
  spec.n_rows = explore->grid->n_points;
  rww_status status = rww_store_open(run->comm, &spec, &created, &explore->store);
  for (size_t k = 0; k < RWW_MAX_DIMENSIONS; k++) rww_text_free(&names[k]);
  return status;
}

/* What the slots leave to be done, as a source of work; rank 0 alone. */
static rww_status create_source(const exploration *explore, tally *counts, rww_grid_source **source) {
  const rww_slot *slots = rww_store_slots(explore->store);
  uint64_t n = explore->grid->n_points, n_pending = 0, n_alone = 0, *pending = NULL, *alone = NULL;
  rww_status status = RWW_NEW(&pending, n);
  if (status == RWW_OK) status = RWW_NEW(&alone, n);
  for (uint64_t point = 0; status == RWW_OK && point < n; point++) {
    rww_row_task task = rww_slot_task(&slots[point]);
    if (task == RWW_ROW_COMPUTE) pending[n_pending++] = point;
    if (task == RWW_ROW_COMPUTE_ALONE) alone[n_alone++] = point;
  }
  counts->n_points = n;
  counts->n_stored = n - n_pending - n_alone;
  if (status == RWW_OK)
    status = rww_grid_source_create(explore->grid, explore->run->experiment->config->base.seed, 0, pending, n_pending,
                                    alone, n_alone, source);
  free(pending);
  free(alone);
  return status;
}

static rww_progress_form choose_form(rww_progress_style style) {
  if (style == RWW_PROGRESS_AUTO) return isatty(STDERR_FILENO) ? RWW_FORM_BAR : RWW_FORM_LINE;
  return style == RWW_PROGRESS_BAR ? RWW_FORM_BAR : style == RWW_PROGRESS_LINE ? RWW_FORM_LINE : RWW_FORM_NONE;
}

static rww_status schedule(exploration *explore, const rww_work_source *source, tally *counts) {
  const rww_run *run = explore->run;
  rww_schedule_calls calls = {explore, evaluate, stop, progress};
  rww_schedule_options options = {
      .max_lanes = explore->max_lanes, .silence_warning_s = INFINITY, .slow_rank = run->options->slow_rank};
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

static rww_status compute(exploration *explore, tally *counts) {
  rww_comm *comm = explore->run->comm;
  rww_grid_source *source = NULL;
  rww_status status = RWW_OK;
  if (rww_comm_rank(comm) == 0) status = create_source(explore, counts, &source);
  RWW_TRY(rww_comm_agree(comm, status));
  uint64_t n_left = counts->n_points - counts->n_stored;
  status = share_count(comm, &n_left);
  if (status == RWW_OK && n_left > 0) {
    rww_objective_spec spec = rww_experiment_objective(explore->run->experiment);
    rww_work_source work = source ? rww_grid_source_work(source) : (rww_work_source){0};
    status = rww_comm_agree(comm, rww_objective_create(&spec, &explore->objective));
    if (status == RWW_OK) status = schedule(explore, source ? &work : NULL, counts);
  }
  rww_grid_source_destroy(source);
  return status;
}

static void print_rate(const rww_run *run, const tally *counts) {
  const rww_config *config = run->experiment->config;
  char elapsed[RWW_DURATION_SIZE];
  double rate = (double)counts->n_computed / counts->elapsed_s;
  double node_steps =
      (double)run->experiment->connectome.n_nodes * config->integration.duration_ms / config->integration.step_size_ms;
  int n_ranks = rww_comm_size(run->comm);
  rww_clock_format_duration(counts->elapsed_s, elapsed);
  printf("explore: %" PRIu64 " points in %s on %d rank%s (%.3g points/s, %.2g node-steps/s)\n", counts->n_computed,
         elapsed, n_ranks, n_ranks == 1 ? "" : "s", rate, rate * node_steps);
  if (counts->n_stored > 0) printf("  cache   %" PRIu64 " points were there already\n", counts->n_stored);
}

static rww_status print_outcomes(const rww_reader *reader) {
  uint64_t n_outcomes[RWW_N_OUTCOMES] = {0};
  rww_slot *slots;
  RWW_TRY(rww_reader_slots(reader, &slots));
  for (uint64_t row = 0; row < rww_reader_n_rows(reader); row++) n_outcomes[slots[row].outcome]++;
  free(slots);
  printf("  points  ");
  for (int k = RWW_N_OUTCOMES - 1; k > RWW_STARTED; k--)
    printf("%" PRIu64 " %s%s", n_outcomes[RWW_N_OUTCOMES + RWW_STARTED - k],
           rww_outcome_name((rww_outcome)(RWW_N_OUTCOMES + RWW_STARTED - k)), k > RWW_STARTED + 1 ? ", " : "\n");
  return RWW_OK;
}

static rww_status print_best(const rww_reader *reader) {
  double *loss, best = INFINITY, fc_corr;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  uint64_t row = 0;
  (void)fc_corr;
  RWW_TRY(rww_reader_dataset(reader, "loss", &loss, shape, &n_dimensions));
  for (uint64_t i = 0; i < rww_reader_n_rows(reader); i++)
    if (loss[i] < best) {
      best = loss[i];
      row = i;
    }
  free(loss);
  if (isinf(best)) return RWW_OK;
  rww_text where = {0};
  rww_status status = rww_reader_describe_row(reader, row, &where);
  if (status == RWW_OK) printf("  best    loss %.6f at %s\n", best, where.chars);
  rww_text_free(&where);
  return status;
}

static rww_status print_summary(const rww_run *run, const tally *counts) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(run, "explore", RWW_MEANING_EXPLORE, &reader));
  if (counts->n_computed > 0)
    print_rate(run, counts);
  else
    printf("explore: %" PRIu64 " points taken from the cache of %s\n", counts->n_points,
           rww_reader_attribute(reader, "created"));
  rww_status status = print_outcomes(reader);
  if (status == RWW_OK) status = print_best(reader);
  if (status == RWW_OK) status = rww_stage_print_file(run, "explore", RWW_MEANING_EXPLORE);
  rww_reader_close(reader);
  return status;
}

static rww_status run_explore(const rww_run *run) {
  exploration explore = {0};
  tally counts = {0};
  rww_status status = rww_comm_agree(run->comm, exploration_create(run, &explore));
  if (status == RWW_OK) status = open_store(&explore);
  if (status == RWW_OK) {
    status = compute(&explore, &counts);
    rww_status closed = rww_store_close(explore.store);
    if (status == RWW_OK) status = closed;
  }
  exploration_free(&explore);
  if (rww_comm_rank(run->comm) == 0 && (status == RWW_OK || status == RWW_STOPPED)) {
    rww_status printed = print_summary(run, &counts);
    if (status == RWW_OK) status = printed;
  }
  return rww_comm_agree(run->comm, status);
}

static bool is_wanted(const rww_experiment *experiment) {
  return experiment->grid.n_axes > 0;
}

const rww_stage rww_stage_explore = {"explore", is_wanted, run_explore};
