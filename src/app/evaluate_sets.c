#include "app/evaluate_sets.h"

#include "app/fit_file.h"
#include "app/origin.h"
#include "app/stage_explore.h"
#include "base/memory.h"
#include <inttypes.h>
#include <stdlib.h>

static rww_evaluate_set *add(rww_evaluate_sets *sets, const char *label, const rww_stage *stage) {
  rww_evaluate_set *set = &sets->sets[sets->n++];
  *set = (rww_evaluate_set){.stage = stage, .is_reported = true, .loss = NAN};
  rww_text_add(&set->label, "%s", label);
  return set;
}

static void add_restarts(rww_evaluate_sets *sets, const rww_stage *stage) {
  for (uint64_t r = 0; r < stage->fit->n_restarts; r++) {
    rww_evaluate_set *set = add(sets, stage->name, stage);
    rww_text_add(&set->label, "/%" PRIu64, r);
    set->is_reported = false;
    set->restart = r;
  }
}

static size_t count_sets(const rww_experiment *experiment) {
  size_t n = 1;
  for (size_t i = 0; i < experiment->n_stages; i++) {
    const rww_fit_config *fit = experiment->stages[i].fit;
    n += 1 + (fit && experiment->config->evaluate.all_restarts ? fit->n_restarts : 0);
  }
  return n;
}

/* What a set has that is free in a stage, or is a value a node in the base. */
static void list_free(const rww_experiment *experiment, rww_evaluate_sets *sets) {
  bool is_set[RWW_N_PARAMETERS] = {false}, is_regional[RWW_N_PARAMETERS];
  for (int p = 0; p < RWW_N_PARAMETERS; p++) is_regional[p] = experiment->config->base.value[p].n > 1;
  for (size_t k = 0; k < experiment->grid.n_free; k++) is_set[experiment->grid.free[k].parameter] = true;
  for (size_t i = 0; i < experiment->n_stages; i++) {
    if (experiment->stages[i].kind != RWW_STAGE_FIT) continue;
    rww_fit_parameters fitted = rww_fit_list_parameters(experiment, &experiment->stages[i]);
    for (size_t k = 0; k < fitted.n_free + fitted.n_fixed; k++) {
      is_set[fitted.list[k].parameter] = true;
      is_regional[fitted.list[k].parameter] |= fitted.list[k].regional;
    }
  }
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++)
    if (is_set[p]) sets->free[sets->n_free++] = (rww_free){p, is_regional[p]};
  sets->n_rows = rww_free_count_rows(sets->free, sets->n_free, experiment->connectome.n_nodes);
}

rww_status rww_evaluate_list_sets(const rww_experiment *experiment, rww_evaluate_sets *sets) {
  *sets = (rww_evaluate_sets){0};
  RWW_TRY(RWW_NEW(&sets->sets, count_sets(experiment)));
  add(sets, "base", NULL);
  for (size_t i = 0; i < experiment->n_stages; i++) {
    const rww_stage *stage = &experiment->stages[i];
    if (stage->kind == RWW_STAGE_EXPLORE || stage->kind == RWW_STAGE_FIT) add(sets, stage->name, stage);
    if (stage->kind == RWW_STAGE_FIT && experiment->config->evaluate.all_restarts) add_restarts(sets, stage);
  }
  list_free(experiment, sets);
  return RWW_OK;
}

static rww_status find_best_point(const rww_work *work, rww_evaluate_set *set, uint64_t *best) {
  uint64_t n = work->run->experiment->grid.n_points;
  double *losses;
  RWW_TRY(rww_explore_copy_losses(work, set->stage, &losses));
  for (uint64_t point = 0; point < n; point++)
    if (isfinite(losses[point]) && !(losses[point] >= set->loss)) set->loss = losses[ *best = point];
  free(losses);
  if (isfinite(set->loss)) return RWW_OK;
  return rww_raise(RWW_ERR_CONFIG, "evaluate: no point of the exploration has a loss; expected one to evaluate");
}

static rww_status set_from_point(const rww_work *work, rww_evaluate_set *set, rww_origin *from) {
  uint64_t best = 0;
  RWW_TRY(find_best_point(work, set, &best));
  return rww_origin_set_point(work->run->experiment, best, from);
}

static rww_status set_from_restart(const rww_work *work, const rww_reader *reader, rww_evaluate_set *set,
                                   rww_origin *from) {
  const rww_fit_config *fit = set->stage->fit;
  rww_status status = set->is_reported ? rww_fit_read_choice(reader, fit, &set->restart) : RWW_OK;
  if (status == RWW_OK) status = rww_fit_read_loss(reader, fit, set->restart, &set->loss);
  if (status != RWW_OK) return status;
  return rww_origin_set_fit(work->run->experiment, set->stage, reader, set->restart, fit->entry, from);
}

static rww_status set_from_fit(const rww_work *work, rww_evaluate_set *set, rww_origin *from) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(work->run, set->stage, (rww_shard){0}, &reader));
  rww_status status = set_from_restart(work, reader, set, from);
  rww_reader_close(reader);
  return status;
}

/* What a fit starts at and leaves as it is was set by the fit as well, so that everything else has its base value. */
static rww_status find_set(const rww_work *work, rww_evaluate_sets *sets, size_t k) {
  const rww_experiment *experiment = work->run->experiment;
  rww_evaluate_set *set = &sets->sets[k];
  rww_origin from = {{NULL}, {0}};
  double *row = sets->values + k * sets->n_rows;
  rww_status status = rww_origin_set_all(&from, &experiment->config->base);
  if (status == RWW_OK && set->stage)
    status = set->stage->kind == RWW_STAGE_EXPLORE ? set_from_point(work, set, &from) : set_from_fit(work, set, &from);
  for (size_t p = 0; p < sets->n_free && status == RWW_OK; p++)
    row = rww_origin_copy_rows(&from, &sets->free[p], experiment->connectome.n_nodes, row);
  rww_origin_free(&from);
  return status;
}

rww_status rww_evaluate_find_sets(const rww_work *work, rww_evaluate_sets *sets) {
  RWW_TRY(RWW_NEW(&sets->values, sets->n * sets->n_rows));
  for (size_t k = 0; k < sets->n; k++) RWW_TRY(find_set(work, sets, k));
  return RWW_OK;
}

void rww_evaluate_sets_free(rww_evaluate_sets *sets) {
  for (size_t k = 0; k < sets->n; k++) rww_text_free(&sets->sets[k].label);
  free(sets->sets);
  free(sets->values);
  *sets = (rww_evaluate_sets){0};
}
