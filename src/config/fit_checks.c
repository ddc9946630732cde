#include "config/fit.h"

#include "config/reader.h"
#include "config/seeds.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define NAME_LIMIT 64
#define KEY_DIGITS 16 /* of a result file's name, behind a dash */

/* A problem with the setting `name` of a fit, where it is written, or else where the fit is. */
#define REFUSE(reader, node, name, ...)                                                                                \
  rww_reader_refuse((reader), rww_setting_find("optimize[]." name),                                                    \
                    rww_node_child((node), (name)) ? &rww_node_child((node), (name))->place : &(node)->place,          \
                    __VA_ARGS__)

static bool ends_like_a_file(const char *name) {
  size_t length = strlen(name);
  const char *end = name + length - KEY_DIGITS;
  return length > KEY_DIGITS && end[-1] == '-' && strspn(end, "0123456789abcdef") == KEY_DIGITS;
}

static rww_status check_name(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  static const char *const taken[] = {"base", "simulate", "explore", "evaluate"};
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (fit->name[strspn(fit->name, letters)] != 0 || strlen(fit->name) > NAME_LIMIT)
    return REFUSE(reader, node, "name", "found '%.70s'; expected letters, digits, - and _, at most 64", fit->name);
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (strcmp(fit->name, taken[i]) == 0)
      return REFUSE(reader, node, "name", "found %s, which means something else; expected another name", fit->name);
  if (ends_like_a_file(fit->name))
    return REFUSE(reader, node, "name", "found %s, which ends as the name of a result file; expected another name",
                  fit->name);
  for (size_t i = 0; i < reader->item; i++) {
    const char *earlier = reader->config->optimize.fits[i].name;
    if (earlier && strcmp(earlier, fit->name) == 0)
      return REFUSE(reader, node, "name", "%s is a fit already; expected each name once", fit->name);
  }
  return RWW_OK;
}

static rww_status check_loss(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  if (fit->loss.rmse > 0 || fit->loss.fc_corr > 0 || !rww_node_child(node, "loss")) return RWW_OK;
  return REFUSE(reader, node, "loss", "all weights are 0; expected one above 0");
}

static rww_status check_decay(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  if (!rww_node_child(node, "decay") || fit->optimizer.schedule == RWW_RATE_EXPONENTIAL) return RWW_OK;
  return REFUSE(reader, node, "decay", "found without schedule: exponential; expected it with one");
}

static rww_status check_blocks(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  if (fit->seeds.n_blocks - 1 <= fit->n_steps) return RWW_OK;
  return REFUSE(reader, node, "seeds", "found %zu blocks for %g entries; expected at most a block an entry (steps + 1)",
                fit->seeds.n_blocks, (double)fit->n_steps + 1);
}

/* What it asks for has to be there, in the fit itself and in the one that it starts from. */
static rww_status check_average(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  bool of_earlier = fit->start.kind == RWW_START_FIT && reader->config->optimize.fits[fit->start.fit].average == 0;
  if (!rww_node_child(node, "entry") || fit->entry != RWW_ENTRY_AVERAGE || (fit->average > 0 && !of_earlier))
    return RWW_OK;
  return REFUSE(reader, node, "entry", "found average, but %s has none; expected average: 0.25 or another part of it",
                fit->average > 0 ? "the fit that it starts from" : "the fit");
}

static rww_status check_validation(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  uint64_t common;
  if (!rww_node_child(node, "validation") || !rww_reader_is_good(reader, "optimize[].validation.seeds")) return RWW_OK;
  if (fit->validation.n_per_step == 0)
    return REFUSE(reader, node, "validation", "found no seeds; expected some, such as {seeds: [501, 502]}");
  if (!rww_seeds_overlap(&fit->validation, &fit->seeds, &common)) return RWW_OK;
  return REFUSE(reader, node, "validation", "found the seed %" PRIu64 ", which the fit has too; expected other seeds",
                common);
}

/* Losses compare where all entries have the same seeds. */
static rww_status check_entry(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  bool of_own = fit->seeds.n_blocks > 1;
  bool of_earlier =
      fit->start.kind == RWW_START_FIT && reader->config->optimize.fits[fit->start.fit].seeds.n_blocks > 1;
  bool given = rww_node_child(node, "entry") != NULL;
  if (!given || fit->entry != RWW_ENTRY_BEST || (!of_own && !of_earlier)) return RWW_OK;
  return REFUSE(reader, node, "entry",
                "found best, but %s has other seeds at each step, and losses on different seeds "
                "do not compare; expected final or average",
                of_own ? "the fit" : "the fit that it starts from");
}

static rww_status check_restarts(rww_reader *reader, const rww_node *node, const rww_fit_config *fit) {
  const rww_explore_config *explore = &reader->config->explore;
  double n_points = 1;
  for (size_t i = 0; i < explore->n_axes; i++) n_points *= (double)explore->axes[i].n;
  if (fit->start.kind != RWW_START_EXPLORE || !rww_reader_is_good(reader, "explore.axes") ||
      (double)fit->n_restarts <= n_points)
    return RWW_OK;
  return REFUSE(reader, node, "restarts",
                "found more than the %g points of the exploration that they start from; "
                "expected at most %g",
                n_points, n_points);
}

static void choose_entries(const rww_reader *reader, const rww_node *node, rww_fit_config *fit) {
  bool given = rww_node_child(node, "entry") != NULL;
  if (!given && fit->seeds.n_blocks > 1) fit->entry = RWW_ENTRY_FINAL;
  if (!given && fit->average > 0) fit->entry = RWW_ENTRY_AVERAGE;
  if (fit->start.kind == RWW_START_FIT)
    fit->start.entry = given ? fit->entry : reader->config->optimize.fits[fit->start.fit].entry;
}

rww_status rww_fit_finish(rww_reader *reader, const rww_node *node, void *item) {
  static rww_status (*const checks[])(rww_reader *, const rww_node *, const rww_fit_config *) = {
      check_name, check_loss, check_decay, check_blocks, check_average, check_entry, check_validation, check_restarts};
  rww_fit_config *fit = item;
  rww_status worst = RWW_OK;
  fit->line = node->place.line;
  if (!rww_node_child(node, "loss")) fit->loss = reader->config->observation.loss;
  choose_entries(reader, node, fit);
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    rww_status status = checks[i](reader, node, fit);
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

static bool is_axis(const rww_explore_config *explore, rww_parameter parameter) {
  for (size_t i = 0; i < explore->n_axes; i++)
    if (explore->axes[i].parameter == parameter) return true;
  return false;
}

static const rww_free *find_free(const rww_fit_config *fit, rww_parameter parameter) {
  for (size_t k = 0; k < fit->n_free; k++)
    if (fit->free[k].parameter == parameter) return &fit->free[k];
  return NULL;
}

const rww_values *rww_config_find_start(const rww_config *config, const rww_fit_config *fit, rww_parameter parameter,
                                        bool *regional) {
  const rww_fit_start *start = &fit->start;
  *regional = false;
  while (start->kind == RWW_START_FIT) {
    const rww_fit_config *earlier = &config->optimize.fits[start->fit];
    const rww_free *fitted = find_free(earlier, parameter);
    if (fitted) *regional = fitted->regional;
    if (fitted) return NULL;
    start = &earlier->start;
  }
  if (start->kind == RWW_START_EXPLORE && is_axis(&config->explore, parameter)) return NULL;
  const rww_values *values =
      start->kind == RWW_START_VALUES ? &start->set.value[parameter] : &config->base.value[parameter];
  *regional = values->n > 1;
  return values;
}

static bool holds(rww_bounding bounding, rww_bounds bounds, double value) {
  bool on_bound = value == bounds.low || value == bounds.high;
  return bounds.low <= value && value <= bounds.high && (bounding == RWW_BOUND_BY_PROJECTION || !on_bound);
}

/* What is wrong with where the k-th free parameter of a fit starts, or nothing; *setting: of the fit, that it belongs
 * to. What is still in a file is left for later, and what is not is left out then. */
static void find_fault(const rww_config *config, const rww_fit_config *fit, size_t k, bool from_file,
                       const char **setting, rww_text *fault) {
  bool regional;
  const rww_free *found = &fit->free[k];
  const rww_bounds bounds = fit->bounds[k];
  const char *name = rww_parameter_get(found->parameter)->name;
  const rww_values *values = rww_config_find_start(config, fit, found->parameter, &regional);
  *setting = "optimize[].free";
  if ((values && values->file) != from_file) return;
  if (regional && !found->regional) {
    rww_text_add(fault, "%s is global, but starts from a value a node; expected regional", name);
    return;
  }
  *setting = "optimize[].bounds";
  for (size_t i = 0; values && i < values->n && !fault->length; i++)
    if (!holds(fit->bounding, bounds, values->values[i]))
      rww_text_add(fault, "%s starts at %g; expected bounds around it, not [%g, %g]", name, values->values[i],
                   bounds.low, bounds.high);
}

/* Where a fit names the parameter in its `free` or `bounds`. */
static rww_place find_place(const rww_node *fit, const char *setting, rww_parameter parameter) {
  const char *nearest;
  const rww_node *mapping = rww_node_child(fit, setting + strlen("optimize[]."));
  for (size_t i = 0; mapping && i < mapping->n; i++) {
    rww_parameter named;
    if (rww_parameter_find(mapping->children[i].key, &named, &nearest) && named == parameter)
      return mapping->children[i].place;
  }
  return fit->place;
}

static void check_start(rww_reader *reader, const rww_node *node, const rww_fit_config *fit, size_t k) {
  const char *setting;
  rww_text fault = {0};
  if (!rww_reader_is_good(reader, rww_parameter_get(fit->free[k].parameter)->path)) return;
  find_fault(reader->config, fit, k, false, &setting, &fault);
  rww_place place = find_place(node, setting, fit->free[k].parameter);
  if (fault.length > 0) rww_reader_refuse(reader, rww_setting_find(setting), &place, "%s", fault.chars);
  rww_text_free(&fault);
}

void rww_fit_check_starts(rww_reader *reader) {
  const rww_optimize_config *optimize = &reader->config->optimize;
  const rww_node *fits = rww_node_child(&reader->root, "optimize");
  bool is_good = rww_reader_is_good(reader, "optimize[].start") && rww_reader_is_good(reader, "optimize[].bounds") &&
                 rww_reader_is_good(reader, "explore.axes");
  for (size_t i = 0; is_good && i < optimize->n_fits; i++) {
    reader->item = i;
    for (size_t k = 0; k < optimize->fits[i].n_free; k++)
      check_start(reader, &fits->children[i], &optimize->fits[i], k);
  }
}

static void tell_fault(const rww_config *config, const rww_fit_config *fit, size_t k, rww_problems *problems) {
  bool regional;
  const char *setting;
  char where[RWW_PLACE_TEXT_SIZE];
  rww_text fault = {0};
  const rww_values *values = rww_config_find_start(config, fit, fit->free[k].parameter, &regional);
  find_fault(config, fit, k, true, &setting, &fault);
  if (fault.length > 0) {
    const char *path = rww_parameter_get(fit->free[k].parameter)->path;
    rww_place place = {values->line > 0 ? config->path : path, values->line, values->column};
    rww_place_format(&place, where);
    rww_problems_add(problems, RWW_ERROR, "%s: optimize.%s: %s (from %s)", where, fit->name, fault.chars, values->file);
  }
  rww_text_free(&fault);
}

rww_status rww_config_check_starts(const rww_config *config, rww_problems *problems) {
  size_t n_before = problems->n_errors;
  for (size_t i = 0; i < config->optimize.n_fits; i++)
    for (size_t k = 0; k < config->optimize.fits[i].n_free; k++)
      tell_fault(config, &config->optimize.fits[i], k, problems);
  return problems->n_errors == n_before ? RWW_OK : RWW_ERR_CONFIG;
}
