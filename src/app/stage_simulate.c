#include "app/stages.h"

#include "base/clock.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What the file of the base run holds, in this order; the raw traces only where they were asked for. */
typedef enum base_item {
  LOSS,
  RMSE,
  FC_CORR,
  FC_CORR_TRIANGLE,
  BOLD,
  FC,
  WARMUP_LAST,
  LAST,
  BOLD_FULL,
  RAW_WARMUP,
  RAW,
  N_ITEMS
} base_item;

static const rww_dataset datasets[N_ITEMS] = {
    [LOSS] = {"loss", RWW_REAL64, 0, {0}, 0, "1", "Loss", NULL},
    [RMSE] = {"rmse", RWW_REAL64, 0, {0}, 0, "1", "Root mean square difference of FC and target", NULL},
    [FC_CORR] = {"fc_corr", RWW_REAL64, 0, {0}, 0, "1", "Correlation of FC and target, all entries", NULL},
    [FC_CORR_TRIANGLE] =
        {"fc_corr_triangle", RWW_REAL64, 0, {0}, 0, "1", "Correlation of FC and target, upper triangle", NULL},
    [BOLD] = {"bold", RWW_REAL64, 2, {"time", "node"}, 0, "1", "BOLD signal", NULL},
    [FC] = {"fc", RWW_REAL64, 2, {"node", "node_source"}, 0, "1", "Functional connectivity", NULL},
    [WARMUP_LAST] = {"warmup_last_state", RWW_REAL64, 1, {"node"}, 0, "1", "S after the warm-up", NULL},
    [LAST] = {"last_state", RWW_REAL64, 1, {"node"}, 0, "1", "S after the main run", NULL},
    [BOLD_FULL] = {"bold_full", RWW_REAL64, 2, {"full_time", "node"}, 0, "1", "BOLD signal at full resolution", NULL},
    [RAW_WARMUP] =
        {"raw_warmup", RWW_REAL64, 2, {"raw_time", "node"}, 0, "1", "S in the last part of the warm-up", NULL},
    [RAW] = {"raw", RWW_REAL64, 2, {"raw_time", "node"}, 0, "1", "S in the last part of the main run", NULL},
};

typedef struct base_run {
  size_t n_samples, n_full, n_raw, n_items;
  double *sample_times_s, *full_times_s, *raw_times_s;
  double *item[N_ITEMS];
} base_run;

static void base_run_free(base_run *base) {
  for (int k = 0; k < N_ITEMS; k++) free(base->item[k]);
  free(base->sample_times_s);
  free(base->full_times_s);
  free(base->raw_times_s);
}

static rww_status fill_times(const rww_config *config, base_run *base) {
  double step_s = config->integration.step_size_ms / 1000;
  size_t n_steps = (size_t)llround(config->integration.duration_ms / config->integration.step_size_ms);
  double period_s = config->monitors.bold_period_ms / 1000, interim_s = RWW_INTERIM_PERIOD_MS / 1000;
  RWW_TRY(rww_stage_count_times(base->n_samples, 0, period_s, &base->sample_times_s));
  RWW_TRY(rww_stage_count_times(base->n_full, 0, interim_s, &base->full_times_s));
  return rww_stage_count_times(base->n_raw, n_steps - base->n_raw, step_s, &base->raw_times_s);
}

static rww_status base_run_create(const rww_experiment *experiment, base_run *base) {
  const rww_config *config = experiment->config;
  const rww_integration_config *integration = &config->integration;
  size_t n = experiment->connectome.n_nodes;
  double raw_ms = fmin(config->monitors.raw_last_ms, integration->duration_ms);
  *base = (base_run){.n_samples = rww_objective_count_samples(integration, &config->monitors)};
  base->n_raw = (size_t)llround(raw_ms / integration->step_size_ms);
  base->n_full = base->n_raw > 0 ? (size_t)floor(integration->duration_ms / RWW_INTERIM_PERIOD_MS) : 0;
  base->n_items = base->n_raw > 0 ? N_ITEMS : BOLD_FULL;
  const size_t n_elements[N_ITEMS] = {
      1, 1, 1, 1, base->n_samples * n, n * n, n, n, base->n_full * n, base->n_raw * n, base->n_raw * n};
  RWW_TRY(fill_times(config, base));
  for (size_t k = 0; k < base->n_items; k++) RWW_TRY(RWW_NEW(&base->item[k], n_elements[k]));
  return RWW_OK;
}

static rww_status evaluate_base(const rww_experiment *experiment, double **item, rww_outcome *outcome) {
  rww_objective_spec spec = rww_experiment_objective(experiment);
  rww_evaluation evaluation = {.loss = item[LOSS],
                               .rmse = item[RMSE],
                               .fc_corr = item[FC_CORR],
                               .fc_corr_triangle = item[FC_CORR_TRIANGLE],
                               .outcome = outcome,
                               .fc = item[FC],
                               .bold = item[BOLD]};
  rww_base_traces traces = {.raw_warmup = item[RAW_WARMUP],
                            .raw_main = item[RAW],
                            .last_state_warmup = item[WARMUP_LAST],
                            .last_state_main = item[LAST],
                            .bold_full = item[BOLD_FULL]};
  rww_objective *objective;
  RWW_TRY(rww_objective_create(&spec, &objective));
  rww_status status = rww_objective_run_base(objective, &evaluation, &traces);
  rww_objective_destroy(objective);
  return status;
}

static rww_status compute(const rww_experiment *experiment, rww_store *store, base_run *base) {
  static const uint64_t row = 0;
  const void *values[N_ITEMS];
  rww_outcome outcome = RWW_PENDING;
  double begin_s = rww_clock_s();
  RWW_TRY(rww_store_start_rows(store, &row, 1));
  RWW_TRY(evaluate_base(experiment, base->item, &outcome));
  for (size_t k = 0; k < base->n_items; k++) values[k] = base->item[k];
  return rww_store_write_row(store, row, values, outcome, rww_clock_s() - begin_s);
}

static rww_status use_file(const rww_run *run, const rww_stage *stage, const base_run *base, rww_file_use use,
                           void *result) {
  const rww_dimension dimensions[] = {
      rww_stage_describe_times("time", base->n_samples, base->sample_times_s),
      rww_stage_describe_nodes(run->experiment, "node"),
      rww_stage_describe_nodes(run->experiment, "node_source"),
      rww_stage_describe_times("full_time", base->n_full, base->full_times_s),
      rww_stage_describe_times("raw_time", base->n_raw, base->raw_times_s),
  };
  rww_file_spec spec = rww_stage_describe_file(run, stage);
  spec.n_dimensions = sizeof dimensions / sizeof *dimensions;
  spec.dimensions = dimensions;
  spec.n_datasets = base->n_items;
  spec.datasets = datasets;
  spec.n_rows = 1;
  return use(run, &spec, result);
}

static bool is_pending(const rww_store *store) {
  return rww_slot_task(&rww_store_slots(store)[0]) < RWW_N_ROWS_TO_COMPUTE;
}

/* From the file, so that a cached and a fresh run say the same. */
static rww_status print_summary(const rww_run *run, const rww_stage *stage, bool computed) {
  rww_reader *reader;
  double rmse = NAN, fc_corr = NAN;
  RWW_TRY(rww_stage_open_result(run, stage, run->options->shard, &reader));
  rww_status status = rww_reader_scalar(reader, "rmse", &rmse);
  if (status == RWW_OK) status = rww_reader_scalar(reader, "fc_corr", &fc_corr);
  if (computed)
    puts("simulate: base run done");
  else
    printf("simulate: taken from the cache of %s\n", rww_reader_attribute(reader, "created"));
  if (!isnan(rmse)) printf("  base    rmse %.6f  fc_corr %.4f\n", rmse, fc_corr);
  rww_reader_close(reader);
  return status == RWW_OK ? rww_stage_print_file(run, stage) : status;
}

rww_status rww_simulate_run(const rww_run *run, const rww_stage *stage) {
  base_run base;
  rww_store *store;
  bool leads = rww_comm_rank(run->comm) == 0, computed = false;
  rww_status status = base_run_create(run->experiment, &base);
  if (status == RWW_OK) status = use_file(run, stage, &base, rww_file_use_open, &store);
  if (status == RWW_OK) {
    computed = leads && is_pending(store);
    status = rww_comm_agree(run->comm, computed ? compute(run->experiment, store, &base) : RWW_OK);
    rww_status closed = rww_store_close(store);
    if (status == RWW_OK) status = closed;
  }
  base_run_free(&base);
  if (status == RWW_OK && leads) status = print_summary(run, stage, computed);
  return rww_comm_agree(run->comm, status);
}

static rww_status look(const rww_run *run, const rww_stage *stage, rww_forecast *found) {
  base_run base;
  rww_status status = base_run_create(run->experiment, &base);
  if (status == RWW_OK) status = use_file(run, stage, &base, rww_file_use_forecast, found);
  base_run_free(&base);
  return status;
}

static rww_status estimate(const rww_run *run, const rww_stage *stage, const rww_forecast *found,
                           const rww_speed *speed, size_t n_ranks, rww_cost *cost) {
  (void)run, (void)stage;
  *cost = found->n_done < found->n_rows ? rww_cost_of_one(speed, n_ranks) : (rww_cost){0};
  return RWW_OK;
}

const rww_stage_forecast rww_simulate_forecast = {look, estimate};
