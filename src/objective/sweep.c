#include "rwwsweep/rwwsweep.h"

#include "base/memory.h"
#include "objective/objective.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct rww_sweep {
  rww_connectome connectome;
  rww_target target;
  rww_parameter_set base;
  rww_semantics semantics;
  rww_integration_config integration;
  rww_monitors_config monitors;
  rww_observation_config observation;
  rww_objective *objective;
  size_t n_lanes; /* of a batch */
};

static rww_status latest = RWW_OK;

static int report(rww_status status) {
  latest = status;
  return (int)status;
}

const char *rww_sweep_version(void) {
  return RWW_SWEEP_VERSION;
}
const char *rww_sweep_message(void) {
  return rww_status_message(latest);
}

void rww_sweep_defaults(rww_sweep_problem *problem) {
  *problem = (rww_sweep_problem){
      .step_ms = 4,
      .duration_ms = 120000,
      .bold_period_ms = 1000,
      .n_skip = 20,
      .rmse_weight = 1,
      .initial_S = 0.1,
      .backend = "auto",
  };
}

/* The free parameter that a caller names. */
static rww_status resolve(const rww_sweep_parameter *named, rww_free *parameter) {
  const char *nearest = NULL;
  bool is_known = rww_parameter_find(named->name, &parameter->parameter, &nearest);
  if (!is_known || parameter->parameter == RWW_NOISE_SEED)
    return rww_raise(RWW_ERR_CONFIG, "'%s' is no parameter of a set%s%s%s", named->name, nearest ? "; '" : "",
                     nearest ? nearest : "", nearest ? "' perhaps" : "");
  parameter->regional = named->regional != 0;
  if (parameter->regional && !rww_parameter_get(parameter->parameter)->per_node)
    return rww_raise(RWW_ERR_CONFIG, "'%s' cannot differ from node to node", named->name);
  return RWW_OK;
}

static rww_status copy_values(const double *values, size_t n, rww_values *copy) {
  free(copy->values);
  *copy = (rww_values){.n = n};
  RWW_TRY(RWW_NEW(&copy->values, n));
  memcpy(copy->values, values, n * sizeof *values);
  return RWW_OK;
}

static rww_status copy_base(const rww_sweep_problem *problem, rww_parameter_set *base) {
  const double *row = problem->base_values;
  RWW_TRY(copy_values(&problem->initial_S, 1, &base->initial_S));
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++)
    RWW_TRY(copy_values(&rww_parameter_get(p)->value, 1, &base->value[p]));
  for (size_t k = 0; k < problem->n_base; k++) {
    rww_free parameter;
    RWW_TRY(resolve(&problem->base[k], &parameter));
    size_t n = rww_free_count_rows(&parameter, 1, problem->n_nodes);
    RWW_TRY(copy_values(row, n, &base->value[parameter.parameter]));
    row += n;
  }
  return RWW_OK;
}

static rww_status copy_matrix(const char *name, const double *matrix, size_t n, double **copy) {
  if (!matrix) return rww_raise(RWW_ERR_INPUT, "%s is missing", name);
  for (size_t i = 0; i < n * n; i++)
    if (!isfinite(matrix[i]))
      return rww_raise(RWW_ERR_INPUT, "%s[%zu][%zu] is %g; only finite numbers are possible", name, i / n, i % n,
                       matrix[i]);
  RWW_TRY(RWW_NEW(copy, n * n));
  memcpy(*copy, matrix, n * n * sizeof *matrix);
  return RWW_OK;
}

static rww_status copy_matrices(const rww_sweep_problem *problem, rww_sweep *sweep) {
  size_t n = problem->n_nodes;
  if (n == 0 || n > 1u << 16) return rww_raise(RWW_ERR_INPUT, "n_nodes is %zu; from 1 to 65536 is possible", n);
  sweep->connectome.n_nodes = sweep->target.n_nodes = n;
  RWW_TRY(copy_matrix("weights", problem->weights, n, &sweep->connectome.weights));
  RWW_TRY(copy_matrix("target_fc", problem->target_fc, n, &sweep->target.fc));
  for (size_t i = 0; i < n; i++) sweep->target.fc[i * n + i] = 0;
  return RWW_OK;
}

static rww_status fill(const rww_sweep_problem *problem, rww_sweep *sweep) {
  const rww_backend *backend;
  RWW_TRY(copy_matrices(problem, sweep));
  RWW_TRY(copy_base(problem, &sweep->base));
  RWW_TRY(rww_backend_find(problem->backend, NULL, &backend));
  sweep->n_lanes = backend->count_lanes(RWW_FLOAT64);
  sweep->semantics = (rww_semantics){.clip = true, .bold_sample = RWW_SAMPLE_TVBO};
  sweep->integration = (rww_integration_config){.step_size_ms = problem->step_ms, .duration_ms = problem->duration_ms};
  sweep->monitors = (rww_monitors_config){.bold_period_ms = problem->bold_period_ms};
  sweep->observation.fc_skip = problem->n_skip;
  sweep->observation.loss.rmse = problem->rmse_weight;
  sweep->observation.loss.fc_corr = problem->fc_corr_weight;
  rww_objective_spec spec = {
      .connectome = &sweep->connectome,
      .target = &sweep->target,
      .base = &sweep->base,
      .semantics = &sweep->semantics,
      .integration = &sweep->integration,
      .monitors = &sweep->monitors,
      .observation = &sweep->observation,
      .backend = backend,
      .precision = RWW_FLOAT64,
  };
  return rww_objective_create(&spec, &sweep->objective);
}

int rww_sweep_create(const rww_sweep_problem *problem, rww_sweep **sweep) {
  rww_status status = RWW_NEW(sweep, 1);
  if (status != RWW_OK) return report(status);
  status = fill(problem, *sweep);
  if (status != RWW_OK) {
    rww_sweep_destroy(*sweep);
    *sweep = NULL;
  }
  return report(status);
}

void rww_sweep_destroy(rww_sweep *sweep) {
  if (!sweep) return;
  rww_objective_destroy(sweep->objective);
  free(sweep->connectome.weights);
  free(sweep->target.fc);
  free(sweep->base.initial_S.values);
  for (int p = 0; p < RWW_N_PARAMETERS; p++) free(sweep->base.value[p].values);
  free(sweep);
}

/* Room for one batch. */
typedef struct batch_space {
  size_t n_lanes;
  double *values;       /* [n_rows][n_lanes] */
  rww_outcome *outcome; /* [n_lanes] */
} batch_space;

/* Sets first, first + 1, ... of `all` as one batch. */
static rww_status evaluate_some(rww_sweep *sweep, const rww_batch *all, size_t first, const batch_space *space,
                                double *loss) {
  rww_evaluation evaluation = {.loss = loss + first, .outcome = space->outcome};
  size_t n_rows = rww_free_count_rows(all->free, all->n_free, sweep->connectome.n_nodes);
  size_t n_left = all->n_lanes - first;
  rww_batch batch = *all;
  batch.n_lanes = n_left < space->n_lanes ? n_left : space->n_lanes;
  batch.values = space->values;
  batch.seeds = all->seeds + first;
  for (size_t row = 0; row < n_rows; row++)
    memcpy(space->values + row * batch.n_lanes, all->values + row * all->n_lanes + first,
           batch.n_lanes * sizeof *space->values);
  return rww_objective_evaluate(sweep->objective, &batch, &evaluation);
}

static rww_status evaluate_all(rww_sweep *sweep, const rww_batch *all, double *loss) {
  batch_space space = {.n_lanes = sweep->n_lanes};
  rww_status status =
      RWW_NEW(&space.values, rww_free_count_rows(all->free, all->n_free, sweep->connectome.n_nodes) * space.n_lanes);
  if (status == RWW_OK) status = RWW_NEW(&space.outcome, space.n_lanes);
  for (size_t first = 0; first < all->n_lanes && status == RWW_OK; first += space.n_lanes)
    status = evaluate_some(sweep, all, first, &space, loss);
  free(space.values);
  free(space.outcome);
  return status;
}

static rww_status evaluate(rww_sweep *sweep, rww_batch batch, const rww_sweep_parameter *parameters, double *loss) {
  rww_free *free_parameters;
  rww_status status = RWW_OK;
  RWW_TRY(RWW_NEW(&free_parameters, batch.n_free));
  for (size_t k = 0; k < batch.n_free && status == RWW_OK; k++) status = resolve(&parameters[k], &free_parameters[k]);
  batch.free = free_parameters;
  if (status == RWW_OK) status = evaluate_all(sweep, &batch, loss);
  free(free_parameters);
  return status;
}

int rww_sweep_evaluate(rww_sweep *sweep, size_t n_sets, size_t n_parameters, const rww_sweep_parameter *parameters,
                       const double *values, const uint64_t *seeds, double *loss) {
  rww_batch batch = {.n_lanes = n_sets, .n_free = n_parameters, .values = values, .seeds = seeds};
  return report(evaluate(sweep, batch, parameters, loss));
}
