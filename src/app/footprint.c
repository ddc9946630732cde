#include "app/footprint.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

static rww_status count_bytes(const rww_experiment *experiment, const rww_integration_config *integration,
                              uint64_t n_seeds, rww_footprint *footprint) {
  rww_objective_spec spec = rww_experiment_objective(experiment);
  rww_objective *objective;
  spec.integration = integration;
  RWW_TRY(rww_objective_create(&spec, &objective));
  *footprint = rww_objective_count_bytes(objective, n_seeds);
  rww_objective_destroy(objective);
  return RWW_OK;
}

static int by_number(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static size_t count_distinct(uint64_t *seeds, size_t n) {
  size_t n_distinct = 0;
  qsort(seeds, n, sizeof *seeds, by_number);
  for (size_t k = 0; k < n; k++) n_distinct += k == 0 || seeds[k] != seeds[k - 1];
  return n_distinct;
}

static size_t list(const rww_seeds_config *some, uint64_t *seeds) {
  size_t n = some->n_blocks * some->n_per_step;
  if (seeds && n) memcpy(seeds, some->seeds, n * sizeof *seeds);
  return n;
}

/* Of the grid and of all fits; how many there are. */
static size_t list_seeds(const rww_experiment *experiment, uint64_t *seeds) {
  const rww_optimize_config *optimize = &experiment->config->optimize;
  rww_seeds_config of_grid = {1, 1, &experiment->config->base.seed};
  for (size_t k = 0; k < experiment->grid.n_axes; k++)
    if (experiment->grid.axes[k].seeds)
      of_grid = (rww_seeds_config){experiment->grid.axes[k].n, 1, experiment->grid.axes[k].seeds};
  size_t n = list(&of_grid, seeds);
  for (size_t k = 0; k < optimize->n_fits; k++) {
    n += list(&optimize->fits[k].seeds, seeds ? seeds + n : NULL);
    n += list(&optimize->fits[k].validation, seeds ? seeds + n : NULL);
  }
  return n;
}

static rww_status count_seeds(const rww_experiment *experiment, size_t *n_distinct) {
  uint64_t *seeds;
  RWW_TRY(RWW_NEW(&seeds, list_seeds(experiment, NULL)));
  *n_distinct = count_distinct(seeds, list_seeds(experiment, seeds));
  free(seeds);
  return RWW_OK;
}

/* What an evaluation keeps besides, FC of a unit with it. */
static rww_status count_evaluation(const rww_experiment *experiment, rww_footprint *footprint) {
  const rww_evaluate_config *evaluate = &experiment->config->evaluate;
  rww_integration_config integration = experiment->config->integration;
  size_t n_nodes = experiment->connectome.n_nodes;
  *footprint = (rww_footprint){0};
  if (!evaluate->given) return RWW_OK;
  integration.duration_ms = evaluate->duration_ms;
  RWW_TRY(count_bytes(experiment, &integration, evaluate->seeds.n_per_step, footprint));
  footprint->kept_bytes += rww_experiment_count_lanes(experiment) * n_nodes * n_nodes * sizeof(double);
  return RWW_OK;
}

rww_status rww_footprint_foresee(const rww_experiment *experiment, size_t n_lanes, size_t *n_bytes) {
  rww_footprint whole, evaluation;
  size_t n_seeds;
  RWW_TRY(count_seeds(experiment, &n_seeds));
  RWW_TRY(count_bytes(experiment, &experiment->config->integration, n_seeds, &whole));
  RWW_TRY(count_evaluation(experiment, &evaluation));
  size_t lane_bytes = whole.lane_bytes > evaluation.lane_bytes ? whole.lane_bytes : evaluation.lane_bytes;
  *n_bytes = whole.kept_bytes + evaluation.kept_bytes + n_lanes * lane_bytes;
  return RWW_OK;
}
