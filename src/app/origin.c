#include "app/origin.h"

#include "app/fit_file.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

void rww_origin_free(rww_origin *from) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++) free(from->values[p]);
}

static rww_status set_values(rww_origin *from, rww_parameter parameter, const double *values, size_t n) {
  free(from->values[parameter]);
  from->n[parameter] = n;
  RWW_TRY(RWW_NEW(&from->values[parameter], n));
  memcpy(from->values[parameter], values, n * sizeof *values);
  return RWW_OK;
}

rww_status rww_origin_set_all(rww_origin *from, const rww_parameter_set *set) {
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++)
    RWW_TRY(set_values(from, p, set->value[p].values, set->value[p].n));
  return RWW_OK;
}

rww_status rww_origin_set_point(const rww_experiment *experiment, uint64_t point, rww_origin *from) {
  const rww_grid *grid = &experiment->grid;
  double values[grid->n_free + 1];
  uint64_t seed;
  rww_grid_get_point(grid, point, experiment->config->base.seed, values, &seed);
  for (size_t k = 0; k < grid->n_free; k++) RWW_TRY(set_values(from, grid->free[k].parameter, &values[k], 1));
  return RWW_OK;
}

rww_status rww_origin_set_fit(const rww_experiment *experiment, const rww_stage *stage, const rww_reader *reader,
                              uint64_t restart, rww_entry entry, rww_origin *from) {
  rww_fit_parameters fitted = rww_fit_list_parameters(experiment, stage);
  rww_status status = RWW_OK;
  for (size_t k = 0; k < fitted.n_free + fitted.n_fixed && status == RWW_OK; k++) {
    const rww_free *parameter = &fitted.list[k];
    double *values = NULL;
    size_t n = rww_free_count_rows(parameter, 1, experiment->connectome.n_nodes);
    status = rww_fit_read_values(reader, parameter->parameter, k < fitted.n_free, entry, n, &values);
    if (status == RWW_OK) status = set_values(from, parameter->parameter, values + restart * n, n);
    free(values);
  }
  return status;
}

double *rww_origin_copy_rows(const rww_origin *from, const rww_free *parameter, size_t n_nodes, double *row) {
  size_t n = rww_free_count_rows(parameter, 1, n_nodes), n_values = from->n[parameter->parameter];
  for (size_t i = 0; i < n; i++) *row++ = from->values[parameter->parameter][n_values > 1 ? i : 0];
  return row;
}
