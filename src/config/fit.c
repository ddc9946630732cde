#include "config/fit.h"

#include "base/memory.h"
#include "config/set.h"
#include "config/types.h"
#include <stdlib.h>
#include <string.h>

/* Name of the i-th fit as written, or NULL. */
static const char *name_of(const rww_reader *reader, size_t i) {
  const rww_node *fits = rww_node_child(&reader->root, "optimize");
  const rww_node *name = i < fits->n ? rww_node_child(&fits->children[i], "name") : NULL;
  return name ? name->text : NULL;
}

static rww_status refuse_start(rww_reader *reader, const rww_setting *setting, const rww_node *node) {
  const char **names;
  size_t n = 2;
  rww_text expected = {0};
  RWW_TRY(RWW_NEW(&names, reader->item + 2));
  names[0] = "base";
  names[1] = "explore";
  for (size_t i = 0; i < reader->item; i++)
    if (name_of(reader, i)) names[n++] = name_of(reader, i);
  for (size_t i = 0; i < n; i++) rww_text_add(&expected, "%s, ", names[i]);
  const char *nearest = rww_text_nearest(node->text, names, n);
  rww_status status = rww_reader_refuse(
      reader, setting, &node->place, "no earlier stage is named '%.60s'%s%s%s; expected %sor values", node->text,
      nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "", expected.chars);
  rww_text_free(&expected);
  free(names);
  return status;
}

static rww_status find_earlier_fit(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                   rww_fit_start *start) {
  start->kind = RWW_START_FIT;
  for (size_t i = 0; i < reader->config->optimize.n_fits; i++) {
    if (!name_of(reader, i) || strcmp(name_of(reader, i), node->text) != 0) continue;
    start->fit = i;
    if (i < reader->item) return RWW_OK;
    return rww_reader_refuse(reader, setting, &node->place, "%s '%.60s'; expected a fit above it",
                             i == reader->item ? "the fit would start from itself," : "found the later fit",
                             node->text);
  }
  return refuse_start(reader, setting, node);
}

static rww_status read_start_stage(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                   rww_fit_start *start) {
  if (strcmp(node->text, "base") == 0) return RWW_OK;
  if (strcmp(node->text, "explore") != 0) return find_earlier_fit(reader, setting, node, start);
  start->kind = RWW_START_EXPLORE;
  if (reader->config->explore.n_axes > 0 || !rww_reader_is_good(reader, "explore.axes")) return RWW_OK;
  return rww_reader_refuse(reader, setting, &node->place, "found explore, but explore.axes has no axes; expected some");
}

static rww_status read_start_value(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_start *start = field;
  rww_parameter parameter = RWW_NOISE_SEED;
  RWW_TRY(rww_set_read_member(reader, setting, node, &start->set, &parameter));
  if (parameter == RWW_NOISE_SEED)
    return rww_reader_refuse(reader, setting, &node->key_place, "found noise.seed; expected it in the fit's seeds");
  start->given[parameter] = true;
  return RWW_OK;
}

/* The base parameters have been read by earlier rows. */
rww_status rww_fit_read_start(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_start *start = field;
  if (node->kind == RWW_NODE_SCALAR) return read_start_stage(reader, setting, node, start);
  if (node->kind != RWW_NODE_MAPPING || node->n == 0)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_START].expected);
  start->kind = RWW_START_VALUES;
  RWW_TRY(rww_set_copy(&reader->config->base, &start->set));
  return rww_type_read_children(reader, setting, node, read_start_value, start);
}

void rww_fit_release_start(void *field) {
  rww_fit_start *start = field;
  rww_set_release(&start->set);
}

/* Index among the free parameters, or n_free. */
static size_t find_free(const rww_fit_config *fit, rww_parameter parameter) {
  size_t k = 0;
  while (k < fit->n_free && fit->free[k].parameter != parameter) k++;
  return k;
}

static rww_status read_free_one(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_config *fit = field;
  rww_setting row = *setting;
  rww_free found = {RWW_NOISE_SEED, false};
  row.size = sizeof found.regional;
  RWW_TRY(rww_type_find_parameter(reader, setting, &node->key_place, node->key, &found.parameter));
  const char *name = rww_parameter_get(found.parameter)->name;
  if (found.parameter == RWW_NOISE_SEED)
    return rww_reader_refuse(reader, setting, &node->key_place,
                             "found noise.seed, which has no gradient; expected it "
                             "in the fit's seeds");
  if (find_free(fit, found.parameter) < fit->n_free)
    return rww_reader_refuse(reader, setting, &node->key_place, "%s a second time; expected it once", name);
  RWW_TRY(rww_types[RWW_CHOICE].read(reader, &row, node, &found.regional));
  if (found.regional && !rww_parameter_get(found.parameter)->per_node)
    return rww_reader_refuse(reader, setting, &node->place, "%s is one number for all nodes; expected global", name);
  fit->free[fit->n_free++] = found;
  return RWW_OK;
}

static int compare_parameters(const void *a, const void *b) {
  const rww_free *one = a, *other = b;
  return (one->parameter > other->parameter) - (one->parameter < other->parameter);
}

rww_status rww_fit_read_free(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_config *fit = field;
  if (node->kind != RWW_NODE_MAPPING || node->n == 0)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_FREE].expected);
  RWW_TRY(RWW_NEW(&fit->free, node->n));
  RWW_TRY(RWW_NEW(&fit->bounds, node->n));
  for (size_t k = 0; k < node->n; k++) fit->bounds[k] = (rww_bounds){-INFINITY, INFINITY};
  rww_status status = rww_type_read_children(reader, setting, node, read_free_one, fit);
  qsort(fit->free, fit->n_free, sizeof *fit->free, compare_parameters);
  return status;
}

void rww_fit_write_free(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_fit_config *fit = field;
  for (size_t k = 0; k < fit->n_free; k++)
    rww_text_add(text, "%s%s: %s", k ? ", " : "{", rww_parameter_get(fit->free[k].parameter)->name,
                 setting->names[fit->free[k].regional]);
  rww_text_add(text, "}");
}

void rww_fit_release_free(void *field) {
  rww_fit_config *fit = field;
  free(fit->free);
  free(fit->bounds);
}

static rww_status read_bounds_one(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_config *fit = field;
  rww_parameter parameter = RWW_NOISE_SEED;
  RWW_TRY(rww_type_find_parameter(reader, setting, &node->key_place, node->key, &parameter));
  const rww_parameter_info *info = rww_parameter_get(parameter);
  rww_setting row = *rww_setting_find(info->path);
  size_t k = find_free(fit, parameter);
  row.path = setting->path;
  if (k == fit->n_free && !rww_reader_is_good(reader, "optimize[].free")) return RWW_OK; /* told already */
  if (k == fit->n_free)
    return rww_reader_refuse(reader, setting, &node->key_place, "%s is not free; expected free parameters", info->name);
  if (node->kind != RWW_NODE_SEQUENCE || node->n != 2)
    return rww_reader_refuse_found(reader, &row, node, "[low, high]");
  RWW_TRY(rww_type_read_real(reader, &row, &node->children[0], &fit->bounds[k].low));
  RWW_TRY(rww_type_read_real(reader, &row, &node->children[1], &fit->bounds[k].high));
  if (fit->bounds[k].low < fit->bounds[k].high) return RWW_OK;
  return rww_reader_refuse(reader, setting, &node->place, "found [%g, %g] for %s; expected low below high",
                           fit->bounds[k].low, fit->bounds[k].high, info->name);
}

rww_status rww_fit_read_bounds(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *fit) {
  if (node->kind != RWW_NODE_MAPPING)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_BOUNDS].expected);
  return rww_type_read_children(reader, setting, node, read_bounds_one, fit);
}

static void write_real(double value, rww_text *text) {
  rww_types[RWW_REAL].write(NULL, &value, text);
}

void rww_fit_write_bounds(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_fit_config *fit = field;
  (void)setting;
  for (size_t k = 0; k < fit->n_free; k++) {
    if (isinf(fit->bounds[k].low)) continue;
    rww_text_add(text, "%s%s: [", text->length ? ", " : "{", rww_parameter_get(fit->free[k].parameter)->name);
    write_real(fit->bounds[k].low, text);
    rww_text_add(text, ", ");
    write_real(fit->bounds[k].high, text);
    rww_text_add(text, "]");
  }
  if (text->length > 0) rww_text_add(text, "}");
}
