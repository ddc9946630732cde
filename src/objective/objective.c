#include "objective/objective.h"

#include "base/memory.h"
#include "objective/internal.h"
#include "observe/fc.h"
#include "observe/loss.h"
#include "simulate/noise.h"
#include "simulate/packing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WARMUPS_BYTES ((size_t)16 << 20)

rww_status rww_objective_simulate(rww_objective *objective, const rww_batch *batch, double *state, rww_sink sink) {
  rww_lane_values values;
  RWW_TRY(rww_lane_values_create(objective, batch, &values));
  rww_status status = objective->spec.backend->run(objective->integrator, &values.lanes, state, sink);
  rww_lane_values_free(&values);
  return status;
}

void rww_objective_begin_state(const rww_objective *objective, size_t n_lanes, double *state) {
  const rww_values *initial = &objective->spec.base->initial_S;
  for (size_t i = 0; i < objective->simulation.n_nodes; i++)
    for (size_t lane = 0; lane < n_lanes; lane++) state[i * n_lanes + lane] = initial->values[initial->n > 1 ? i : 0];
}

/* Keeps the last state and the history of each lane of a warm-up. */
static rww_status keep_warmups(rww_objective *objective, const rww_batch *batch, const double *state,
                               const rww_bold *bold) {
  size_t n_nodes = objective->simulation.n_nodes;
  for (size_t lane = 0; lane < batch->n_lanes; lane++) {
    double *entry;
    RWW_TRY(rww_warmups_add(&objective->warmups, batch->seeds[lane], &entry));
    for (size_t i = 0; i < n_nodes; i++) entry[i] = state[i * batch->n_lanes + lane];
    rww_bold_save(bold, lane, entry + n_nodes);
  }
  return RWW_OK;
}

/* State and BOLD of a number of lanes. */
typedef struct lanes_state {
  double *state; /* [node][n_lanes] */
  rww_bold *bold;
} lanes_state;

static void lanes_state_free(lanes_state *lanes) {
  free(lanes->state);
  rww_bold_destroy(lanes->bold);
}

static rww_status lanes_state_create(const rww_objective *objective, size_t n_lanes, lanes_state *lanes) {
  *lanes = (lanes_state){0};
  rww_status status = RWW_NEW(&lanes->state, objective->simulation.n_nodes * n_lanes);
  if (status == RWW_OK)
    status = rww_bold_create(&objective->bold_plan, n_lanes, objective->spec.precision, &lanes->bold);
  if (status != RWW_OK) lanes_state_free(lanes);
  return status;
}

static rww_status run_warmups(rww_objective *objective, const rww_batch *batch) {
  lanes_state lanes;
  RWW_TRY(lanes_state_create(objective, batch->n_lanes, &lanes));
  rww_objective_begin_state(objective, batch->n_lanes, lanes.state);
  rww_bold_begin_warmup(lanes.bold);
  rww_status status = rww_objective_simulate(objective, batch, lanes.state, (rww_sink){rww_bold_take, lanes.bold});
  if (status == RWW_OK) status = keep_warmups(objective, batch, lanes.state, lanes.bold);
  lanes_state_free(&lanes);
  return status;
}

static bool contains(const uint64_t *seeds, size_t n, uint64_t seed) {
  for (size_t k = 0; k < n; k++)
    if (seeds[k] == seed) return true;
  return false;
}

/* Sees to it that the warm-up of every seed is kept; none of these gives way to another one of them. */
static rww_status ensure_warmups(rww_objective *objective, const uint64_t *seeds, size_t n_seeds) {
  uint64_t *missing;
  size_t n_missing = 0;
  if (objective->warmups.limit < n_seeds) objective->warmups.limit = n_seeds;
  RWW_TRY(RWW_NEW(&missing, n_seeds));
  for (size_t k = 0; k < n_seeds; k++)
    if (!rww_warmups_find(&objective->warmups, seeds[k]) && !contains(missing, n_missing, seeds[k]))
      missing[n_missing++] = seeds[k];
  rww_batch batch = {.n_lanes = n_missing, .seeds = missing};
  rww_status status = n_missing ? run_warmups(objective, &batch) : RWW_OK;
  free(missing);
  return status;
}

static void start_from_warmups(rww_objective *objective, const rww_batch *batch, lanes_state *lanes) {
  size_t n_nodes = objective->simulation.n_nodes;
  for (size_t lane = 0; lane < batch->n_lanes; lane++) {
    const double *entry = rww_warmups_find(&objective->warmups, batch->seeds[lane]);
    for (size_t i = 0; i < n_nodes; i++) lanes->state[i * batch->n_lanes + lane] = entry[i];
    rww_bold_load(lanes->bold, lane, entry + n_nodes);
  }
}

static bool is_finite_lane(const double *state, size_t n_nodes, size_t n_lanes, size_t lane) {
  for (size_t i = 0; i < n_nodes; i++)
    if (!isfinite(state[i * n_lanes + lane])) return false;
  return true;
}

static void fill(double *values, size_t n, double value) {
  for (size_t i = 0; i < n; i++) values[i] = value;
}

static void store(double *values, size_t lane, double value) {
  if (values) values[lane] = value;
}

const rww_loss_weights *rww_objective_weights(const rww_objective *objective, const rww_evaluation *evaluation) {
  return evaluation->weights ? evaluation->weights : &objective->spec.observation->loss;
}

double *rww_objective_fc_of_lane(const rww_objective *objective, size_t lane, const rww_evaluation *evaluation) {
  size_t n = objective->simulation.n_nodes;
  return evaluation->fc ? evaluation->fc + lane * n * n : objective->fc;
}

/* Losses of one lane; an outcome that leaves no loss leaves NaN everywhere. */
static rww_outcome judge(const rww_objective *objective, rww_outcome outcome, const double *fc, size_t lane,
                         const rww_evaluation *evaluation) {
  const rww_loss_weights *weights = rww_objective_weights(objective, evaluation);
  const double *target = objective->spec.target->fc;
  size_t n = objective->simulation.n_nodes;
  double rmse = NAN, fc_corr = NAN, triangle = NAN, loss = NAN;
  if (outcome == RWW_DONE && target) {
    rmse = rww_loss_rmse(n, fc, target);
    fc_corr = rww_loss_fc_corr(n, fc, target);
    triangle = rww_loss_fc_corr_triangle(n, fc, target);
    loss = rww_loss_combine(weights->rmse, rmse, weights->fc_corr, fc_corr);
    if (!isfinite(loss)) outcome = RWW_DEGENERATE;
  }
  bool is_done = outcome == RWW_DONE;
  store(evaluation->loss, lane, is_done ? loss : NAN);
  store(evaluation->rmse, lane, is_done ? rmse : NAN);
  store(evaluation->fc_corr, lane, is_done ? fc_corr : NAN);
  store(evaluation->fc_corr_triangle, lane, is_done ? triangle : NAN);
  return outcome;
}

void rww_objective_observe(rww_objective *objective, const rww_bold *bold, const double *state, size_t n_lanes,
                           size_t lane, const rww_evaluation *evaluation) {
  size_t n = objective->simulation.n_nodes, n_samples = objective->bold_plan.n_samples;
  size_t skip = objective->spec.observation->fc_skip;
  double *samples = evaluation->bold ? evaluation->bold + lane * n_samples * n : objective->samples;
  double *fc = rww_objective_fc_of_lane(objective, lane, evaluation);
  rww_bold_extract(bold, lane, samples);
  rww_outcome outcome = RWW_DIVERGED;
  if (is_finite_lane(state, n, n_lanes, lane))
    outcome = rww_fc_compute(n_samples - skip, n, samples + skip * n, objective->scores, objective->norm, fc);
  if (outcome != RWW_DONE) fill(fc, n * n, NAN);
  evaluation->outcome[lane] = judge(objective, outcome, fc, lane, evaluation);
}

static rww_status run_main(rww_objective *objective, const rww_batch *batch, const lanes_state *lanes,
                           const rww_evaluation *evaluation) {
  RWW_TRY(rww_objective_simulate(objective, batch, lanes->state, (rww_sink){rww_bold_take, lanes->bold}));
  for (size_t lane = 0; lane < batch->n_lanes; lane++)
    rww_objective_observe(objective, lanes->bold, lanes->state, batch->n_lanes, lane, evaluation);
  return RWW_OK;
}

rww_status rww_objective_evaluate(rww_objective *objective, const rww_batch *batch, const rww_evaluation *evaluation) {
  lanes_state lanes;
  RWW_TRY(ensure_warmups(objective, batch->seeds, batch->n_lanes));
  RWW_TRY(lanes_state_create(objective, batch->n_lanes, &lanes));
  start_from_warmups(objective, batch, &lanes);
  rww_bold_begin_run(lanes.bold);
  rww_status status = evaluation->gradient
                          ? rww_objective_differentiate(objective, batch, lanes.state, lanes.bold, evaluation)
                          : run_main(objective, batch, &lanes, evaluation);
  lanes_state_free(&lanes);
  return status;
}

rww_trajectory rww_objective_plan_trajectory(const rww_objective_spec *spec) {
  rww_simulation simulation = {
      .n_nodes = spec->connectome->n_nodes,
      .n_steps = (uint64_t)llround(spec->integration->duration_ms / spec->integration->step_size_ms),
      .precision = spec->precision,
      .trajectory_bytes = spec->trajectory_bytes,
  };
  return rww_backend_plan_trajectory(spec->backend, &simulation);
}

size_t rww_objective_count_samples(const rww_integration_config *integration, const rww_monitors_config *monitors) {
  return rww_bold_count_samples(integration, monitors);
}

static rww_status allocate_scratch(rww_objective *objective) {
  size_t n = objective->simulation.n_nodes, n_samples = objective->bold_plan.n_samples;
  RWW_TRY(RWW_NEW(&objective->samples, n_samples * n));
  RWW_TRY(RWW_NEW(&objective->scores, n_samples * n));
  RWW_TRY(RWW_NEW(&objective->norm, n));
  RWW_TRY(RWW_NEW(&objective->fc, n * n));
  RWW_TRY(RWW_NEW(&objective->by_fc, n * n));
  return RWW_NEW(&objective->by_samples, n_samples * n);
}

static size_t count_noise_bytes(const rww_objective *objective, uint64_t n_seeds) {
  const rww_simulation *simulation = &objective->simulation;
  size_t n_kept = rww_noise_count_kept(simulation);
  if (!objective->spec.backend->is_vectorised) return 0; /* it keeps none */
  if (n_seeds < n_kept) n_kept = n_seeds;
  return n_kept * simulation->n_steps * simulation->n_nodes * rww_number_bytes(simulation->precision);
}

rww_footprint rww_objective_count_bytes(const rww_objective *objective, uint64_t n_seeds) {
  size_t n_nodes = objective->simulation.n_nodes, n_values = objective->bold_plan.n_samples * n_nodes;
  size_t n_warmups = n_seeds < objective->warmups.limit ? n_seeds : objective->warmups.limit;
  size_t n_kept = 3 * n_values + 2 * n_nodes * n_nodes + n_warmups * objective->warmups.n_values;
  return (rww_footprint){.kept_bytes = n_kept * sizeof(double) + count_noise_bytes(objective, n_seeds),
                         .lane_bytes = n_values * sizeof(double)};
}

static rww_status prepare(rww_objective *objective) {
  const rww_objective_spec *spec = &objective->spec;
  size_t n_nodes = spec->connectome->n_nodes;
  RWW_TRY(rww_bold_plan_create(n_nodes, spec->semantics, spec->integration, spec->monitors, &objective->bold_plan));
  if (objective->bold_plan.n_samples < 3 || objective->bold_plan.n_samples - 3 < spec->observation->fc_skip)
    return rww_raise(RWW_ERR_CONFIG, "%zu BOLD samples, of which the first %llu are skipped; at least 3 must be left",
                     objective->bold_plan.n_samples, (unsigned long long)spec->observation->fc_skip);
  objective->simulation = (rww_simulation){
      .n_nodes = n_nodes,
      .weights = spec->connectome->weights,
      .step_ms = spec->integration->step_size_ms,
      .n_steps = objective->bold_plan.n_steps,
      .rehearsed_steps = (uint64_t)llround(spec->rehearsed_ms / spec->integration->step_size_ms),
      .precision = spec->precision,
      .noise_dtype = spec->integration->noise_dtype,
      .semantics = spec->semantics,
      .trajectory_bytes = spec->trajectory_bytes,
      .noise_bytes = spec->noise_bytes,
  };
  objective->warmups.n_values = (1 + rww_bold_count_history_rows(&objective->bold_plan)) * n_nodes;
  objective->warmups.limit = WARMUPS_BYTES / (objective->warmups.n_values * sizeof(double));
  RWW_TRY(allocate_scratch(objective));
  return spec->backend->create(&objective->simulation, &objective->integrator);
}

rww_status rww_objective_create(const rww_objective_spec *spec, rww_objective **objective) {
  RWW_TRY(RWW_NEW(objective, 1));
  (*objective)->spec = *spec;
  rww_status status = prepare(*objective);
  if (status != RWW_OK) {
    rww_objective_destroy(*objective);
    *objective = NULL;
  }
  return status;
}

void rww_objective_destroy(rww_objective *objective) {
  if (!objective) return;
  if (objective->integrator) objective->spec.backend->destroy(objective->integrator);
  rww_bold_plan_free(&objective->bold_plan);
  rww_warmups_free(&objective->warmups);
  free(objective->samples);
  free(objective->scores);
  free(objective->norm);
  free(objective->fc);
  free(objective->by_fc);
  free(objective->by_samples);
  free(objective);
}
