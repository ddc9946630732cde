#include "app/fit_start.h"

#include "app/fit_file.h"
#include "app/stage_explore.h"
#include "base/memory.h"
#include "optimise/start.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has(const rww_fit_parameters *parameters, rww_parameter parameter) {
  for (size_t k = 0; k < parameters->n_free + parameters->n_fixed; k++)
    if (parameters->list[k].parameter == parameter) return true;
  return false;
}

static void add_fixed(rww_fit_parameters *parameters, rww_free parameter) {
  if (!has(parameters, parameter.parameter)) parameters->list[parameters->n_free + parameters->n_fixed++] = parameter;
}

static void inherit(const rww_experiment *experiment, const rww_stage *stage, rww_fit_parameters *parameters) {
  const rww_fit_start *start = &stage->fit->start;
  for (size_t k = 0; start->kind == RWW_START_EXPLORE && k < experiment->grid.n_free; k++)
    add_fixed(parameters, experiment->grid.free[k]);
  for (rww_parameter p = 0; start->kind == RWW_START_VALUES && p < RWW_N_PARAMETERS; p++)
    if (start->given[p]) add_fixed(parameters, (rww_free){p, start->set.value[p].n > 1});
  if (start->kind != RWW_START_FIT) return;
  rww_fit_parameters earlier = rww_fit_list_parameters(experiment, stage->start);
  for (size_t k = 0; k < earlier.n_free + earlier.n_fixed; k++) add_fixed(parameters, earlier.list[k]);
}

rww_fit_parameters rww_fit_list_parameters(const rww_experiment *experiment, const rww_stage *stage) {
  rww_fit_parameters parameters = {.n_free = stage->fit->n_free};
  size_t n_nodes = experiment->connectome.n_nodes;
  memcpy(parameters.list, stage->fit->free, parameters.n_free * sizeof *parameters.list);
  inherit(experiment, stage, &parameters);
  parameters.n_rows = rww_free_count_rows(parameters.list, parameters.n_free, n_nodes);
  parameters.n_fixed_rows = rww_free_count_rows(parameters.list + parameters.n_free, parameters.n_fixed, n_nodes);
  return parameters;
}

/* All values at which a restart starts: one, or one a node, of each parameter. */
typedef struct origin {
  double *values[RWW_N_PARAMETERS]; /* owned */
  size_t n[RWW_N_PARAMETERS];
} origin;

static void origin_free(origin *from) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++) free(from->values[p]);
}

static rww_status set_values(origin *from, rww_parameter parameter, const double *values, size_t n) {
  free(from->values[parameter]);
  from->n[parameter] = n;
  RWW_TRY(RWW_NEW(&from->values[parameter], n));
  memcpy(from->values[parameter], values, n * sizeof *values);
  return RWW_OK;
}

static rww_status set_all(origin *from, const rww_parameter_set *set) {
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++)
    RWW_TRY(set_values(from, p, set->value[p].values, set->value[p].n));
  return RWW_OK;
}

/* What an earlier fit came to in its first restart. */
static rww_status set_from_fit(const rww_work *work, origin *from) {
  const rww_experiment *experiment = work->run->experiment;
  rww_fit_parameters earlier = rww_fit_list_parameters(experiment, work->stage->start);
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(work->run, work->stage->start, &reader));
  rww_status status = RWW_OK;
  for (size_t k = 0; k < earlier.n_free + earlier.n_fixed && status == RWW_OK; k++) {
    const rww_free *parameter = &earlier.list[k];
    double *values = NULL;
    size_t n = rww_free_count_rows(parameter, 1, experiment->connectome.n_nodes);
    status = rww_fit_read_values(reader, parameter->parameter, k < earlier.n_free, work->stage->fit->start.entry, n,
                                 &values);
    if (status == RWW_OK) status = set_values(from, parameter->parameter, values, n);
    free(values);
  }
  rww_reader_close(reader);
  return status;
}

static rww_status set_from_point(const rww_experiment *experiment, uint64_t point, origin *from) {
  const rww_grid *grid = &experiment->grid;
  double values[grid->n_free + 1];
  uint64_t seed;
  rww_grid_get_point(grid, point, experiment->config->base.seed, values, &seed);
  for (size_t k = 0; k < grid->n_free; k++) RWW_TRY(set_values(from, grid->free[k].parameter, &values[k], 1));
  return RWW_OK;
}

/* The points with the smallest losses, the best first; of equal losses the first point. */
static rww_status rank_points(const rww_fit_config *fit, uint64_t n_points, const double *losses, uint64_t *best) {
  size_t n = 0, wanted = fit->n_restarts;
  for (uint64_t point = 0; point < n_points; point++) {
    if (isnan(losses[point]) || (n == wanted && losses[point] >= losses[best[n - 1]])) continue;
    size_t at = n < wanted ? n++ : n - 1;
    for (; at > 0 && losses[point] < losses[best[at - 1]]; at--) best[at] = best[at - 1];
    best[at] = point;
  }
  if (n == wanted) return RWW_OK;
  return rww_raise(RWW_ERR_CONFIG,
                   "optimize.%s: %" PRIu64 " restarts are to start from the best points of the exploration, of which "
                   "only %zu have a loss; expected at most as many restarts",
                   fit->name, fit->n_restarts, n);
}

static rww_status find_best_points(const rww_work *work, uint64_t *best) {
  const rww_run *run = work->run;
  double *recalled = NULL;
  if (!work->start) RWW_TRY(rww_explore_recall_losses(run, work->stage->start, &recalled));
  const double *losses = work->start ? rww_explore_losses(work->start) : recalled;
  rww_status status = rank_points(work->stage->fit, run->experiment->grid.n_points, losses, best);
  free(recalled);
  return status;
}

/* Copies values of a parameter, or its one value to all of its rows. */
static double *copy_rows(const origin *from, const rww_free *parameter, size_t n_nodes, double *row) {
  size_t n = rww_free_count_rows(parameter, 1, n_nodes), n_values = from->n[parameter->parameter];
  for (size_t i = 0; i < n; i++) *row++ = from->values[parameter->parameter][n_values > 1 ? i : 0];
  return row;
}

static void place_restart(const rww_experiment *experiment, const rww_fit_parameters *parameters, const origin *from,
                          size_t restart, rww_fit_starts *starts) {
  double *row = starts->start + restart * parameters->n_rows;
  for (size_t k = 0; k < parameters->n_free; k++)
    row = copy_rows(from, &parameters->list[k], experiment->connectome.n_nodes, row);
  row = starts->fixed + restart * parameters->n_fixed_rows;
  for (size_t k = 0; k < parameters->n_fixed; k++)
    row = copy_rows(from, &parameters->list[parameters->n_free + k], experiment->connectome.n_nodes, row);
}

static void spread_bounds(const rww_fit_config *fit, size_t n_nodes, rww_bounds *bounds) {
  for (size_t k = 0; k < fit->n_free; k++)
    for (size_t i = 0; i < rww_free_count_rows(&fit->free[k], 1, n_nodes); i++) *bounds++ = fit->bounds[k];
}

static rww_status check_bounds(const rww_fit_config *fit, const rww_fit_parameters *parameters, size_t n_nodes,
                               size_t restart, const rww_fit_starts *starts) {
  const double *start = starts->start + restart * parameters->n_rows;
  size_t row = 0;
  for (size_t k = 0; k < parameters->n_free; k++)
    for (size_t i = 0; i < rww_free_count_rows(&parameters->list[k], 1, n_nodes); i++, row++)
      if (!rww_bounds_hold(starts->bounds[row], start[row]))
        return rww_raise(RWW_ERR_CONFIG,
                         "optimize.%s: restart %zu would start at %s = %g, which is not inside its bounds, %g to %g; "
                         "expected wider bounds or another start",
                         fit->name, restart, rww_parameter_get(parameters->list[k].parameter)->name, start[row],
                         starts->bounds[row].low, starts->bounds[row].high);
  return RWW_OK;
}

/* Further restarts lie around the first one, but for those that each have a point of the exploration. */
static void draw_restarts(const rww_fit_config *fit, const rww_fit_parameters *parameters, size_t n_nodes,
                          rww_fit_starts *starts) {
  for (size_t r = 1; r < fit->n_restarts; r++) {
    rww_start_draw(fit->spread_seed, r, fit->spread, n_nodes, parameters->n_free, parameters->list, starts->start,
                   starts->bounds, starts->start + r * parameters->n_rows);
    memcpy(starts->fixed + r * parameters->n_fixed_rows, starts->fixed, parameters->n_fixed_rows * sizeof(double));
  }
}

static rww_status fill_from_points(const rww_work *work, const rww_fit_parameters *parameters, origin *from,
                                   rww_fit_starts *starts) {
  const rww_fit_config *fit = work->stage->fit;
  uint64_t *best;
  RWW_TRY(RWW_NEW(&best, fit->n_restarts));
  rww_status status = find_best_points(work, best);
  for (size_t r = 0; r < fit->n_restarts && status == RWW_OK; r++) {
    status = set_from_point(work->run->experiment, best[r], from);
    if (status == RWW_OK) place_restart(work->run->experiment, parameters, from, r, starts);
    if (status == RWW_OK) status = check_bounds(fit, parameters, work->run->experiment->connectome.n_nodes, r, starts);
  }
  free(best);
  return status;
}

static rww_status fill(const rww_work *work, const rww_fit_parameters *parameters, origin *from,
                       rww_fit_starts *starts) {
  const rww_experiment *experiment = work->run->experiment;
  const rww_fit_config *fit = work->stage->fit;
  size_t n_nodes = experiment->connectome.n_nodes;
  spread_bounds(fit, n_nodes, starts->bounds);
  RWW_TRY(set_all(from, fit->start.kind == RWW_START_VALUES ? &fit->start.set : &experiment->config->base));
  if (fit->start.kind == RWW_START_EXPLORE) return fill_from_points(work, parameters, from, starts);
  if (fit->start.kind == RWW_START_FIT) RWW_TRY(set_from_fit(work, from));
  place_restart(experiment, parameters, from, 0, starts);
  RWW_TRY(check_bounds(fit, parameters, n_nodes, 0, starts));
  draw_restarts(fit, parameters, n_nodes, starts);
  return RWW_OK;
}

rww_status rww_fit_find_starts(const rww_work *work, const rww_fit_parameters *parameters, rww_fit_starts *starts) {
  size_t n_restarts = work->stage->fit->n_restarts;
  origin from = {{NULL}, {0}};
  *starts = (rww_fit_starts){0};
  rww_status status = RWW_NEW(&starts->start, n_restarts * parameters->n_rows);
  if (status == RWW_OK) status = RWW_NEW(&starts->fixed, n_restarts * parameters->n_fixed_rows);
  if (status == RWW_OK) status = RWW_NEW(&starts->bounds, parameters->n_rows);
  if (status == RWW_OK) status = fill(work, parameters, &from, starts);
  origin_free(&from);
  if (status != RWW_OK) rww_fit_starts_free(starts);
  return status;
}

void rww_fit_starts_free(rww_fit_starts *starts) {
  free(starts->start);
  free(starts->fixed);
  free(starts->bounds);
  *starts = (rww_fit_starts){0};
}
