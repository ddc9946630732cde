#include "app/fit_start.h"

#include "app/fit_file.h"
#include "app/origin.h"
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

/* What an earlier fit came to in its first restart, or in the one that it has chosen by validation or by halving. */
static rww_status set_from_fit(const rww_work *work, rww_origin *from) {
  const rww_stage *earlier = work->stage->start;
  rww_reader *reader;
  uint64_t restart = 0;
  RWW_TRY(rww_stage_open_result(work->run, earlier, (rww_shard){0}, &reader));
  rww_status status = RWW_OK;
  if (earlier->fit->validation.n_per_step > 0 || earlier->fit->halve_every > 0)
    status = rww_fit_read_choice(reader, earlier->fit, &restart);
  if (status == RWW_OK)
    status = rww_origin_set_fit(work->run->experiment, earlier, reader, restart, work->stage->fit->start.entry, from);
  rww_reader_close(reader);
  return status;
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
  double *losses;
  RWW_TRY(rww_explore_copy_losses(work, work->stage->start, &losses));
  rww_status status = rank_points(work->stage->fit, work->run->experiment->grid.n_points, losses, best);
  free(losses);
  return status;
}

static void place_restart(const rww_experiment *experiment, const rww_fit_parameters *parameters,
                          const rww_origin *from, size_t restart, rww_fit_starts *starts) {
  double *row = starts->start + restart * parameters->n_rows;
  for (size_t k = 0; k < parameters->n_free; k++)
    row = rww_origin_copy_rows(from, &parameters->list[k], experiment->connectome.n_nodes, row);
  row = starts->fixed + restart * parameters->n_fixed_rows;
  for (size_t k = 0; k < parameters->n_fixed; k++)
    row = rww_origin_copy_rows(from, &parameters->list[parameters->n_free + k], experiment->connectome.n_nodes, row);
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
      if (!rww_bounds_hold(starts->bounds[row], fit->bounding, start[row]))
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

static rww_status fill_from_points(const rww_work *work, const rww_fit_parameters *parameters, rww_origin *from,
                                   rww_fit_starts *starts) {
  const rww_fit_config *fit = work->stage->fit;
  uint64_t *best;
  RWW_TRY(RWW_NEW(&best, fit->n_restarts));
  rww_status status = find_best_points(work, best);
  for (size_t r = 0; r < fit->n_restarts && status == RWW_OK; r++) {
    status = rww_origin_set_point(work->run->experiment, best[r], from);
    if (status == RWW_OK) place_restart(work->run->experiment, parameters, from, r, starts);
    if (status == RWW_OK) status = check_bounds(fit, parameters, work->run->experiment->connectome.n_nodes, r, starts);
  }
  free(best);
  return status;
}

static rww_status fill(const rww_work *work, const rww_fit_parameters *parameters, rww_origin *from,
                       rww_fit_starts *starts) {
  const rww_experiment *experiment = work->run->experiment;
  const rww_fit_config *fit = work->stage->fit;
  size_t n_nodes = experiment->connectome.n_nodes;
  spread_bounds(fit, n_nodes, starts->bounds);
  RWW_TRY(rww_origin_set_all(from, fit->start.kind == RWW_START_VALUES ? &fit->start.set : &experiment->config->base));
  if (fit->start.kind == RWW_START_EXPLORE) return fill_from_points(work, parameters, from, starts);
  if (fit->start.kind == RWW_START_FIT) RWW_TRY(set_from_fit(work, from));
  place_restart(experiment, parameters, from, 0, starts);
  RWW_TRY(check_bounds(fit, parameters, n_nodes, 0, starts));
  draw_restarts(fit, parameters, n_nodes, starts);
  return RWW_OK;
}

rww_status rww_fit_find_starts(const rww_work *work, const rww_fit_parameters *parameters, rww_fit_starts *starts) {
  size_t n_restarts = work->stage->fit->n_restarts;
  rww_origin from = {{NULL}, {0}};
  *starts = (rww_fit_starts){0};
  rww_status status = RWW_NEW(&starts->start, n_restarts * parameters->n_rows);
  if (status == RWW_OK) status = RWW_NEW(&starts->fixed, n_restarts * parameters->n_fixed_rows);
  if (status == RWW_OK) status = RWW_NEW(&starts->bounds, parameters->n_rows);
  if (status == RWW_OK) status = fill(work, parameters, &from, starts);
  rww_origin_free(&from);
  if (status != RWW_OK) rww_fit_starts_free(starts);
  return status;
}

void rww_fit_starts_free(rww_fit_starts *starts) {
  free(starts->start);
  free(starts->fixed);
  free(starts->bounds);
  *starts = (rww_fit_starts){0};
}
