#include "base/memory.h"
#include "objective/internal.h"
#include <stdlib.h>

void rww_lane_values_free(rww_lane_values *values) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++) free(values->base[p]);
}

static void borrow_free_values(const rww_batch *batch, size_t n_nodes, rww_lanes *lanes) {
  const double *row = batch->values;
  for (size_t k = 0; k < batch->n_free; k++) {
    rww_free free_parameter = batch->free[k];
    lanes->value[free_parameter.parameter] = row;
    lanes->per_node[free_parameter.parameter] = free_parameter.regional;
    row += rww_free_count_rows(&free_parameter, 1, n_nodes) * batch->n_lanes;
  }
}

/* The base value in every lane. */
static rww_status repeat_base_value(const rww_values *value, size_t n_lanes, double **repeated) {
  RWW_TRY(RWW_NEW(repeated, value->n * n_lanes));
  for (size_t i = 0; i < value->n * n_lanes; i++) (*repeated)[i] = value->values[i / n_lanes];
  return RWW_OK;
}

rww_status rww_lane_values_create(const rww_objective *objective, const rww_batch *batch, rww_lane_values *values) {
  *values = (rww_lane_values){.lanes = {.n_lanes = batch->n_lanes, .seeds = batch->seeds}};
  borrow_free_values(batch, objective->simulation.n_nodes, &values->lanes);
  for (int p = 0; p < RWW_N_PARAMETERS; p++) {
    if (values->lanes.value[p]) continue;
    const rww_values *base = &objective->spec.base->value[p];
    rww_status status = repeat_base_value(base, batch->n_lanes, &values->base[p]);
    if (status != RWW_OK) {
      rww_lane_values_free(values);
      return status;
    }
    values->lanes.value[p] = values->base[p];
    values->lanes.per_node[p] = base->n > 1;
  }
  return RWW_OK;
}
