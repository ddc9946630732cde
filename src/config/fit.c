#include "config/fit.h"

#include "base/memory.h"
#include "config/set.h"
#include "config/types.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_LIMIT 1000000 /* of one fit */

typedef rww_status (*read_child)(rww_reader *reader, const rww_setting *setting, const rww_node *child, void *field);

/* Goes on after an error. */
static rww_status read_children(rww_reader *reader, const rww_setting *setting, const rww_node *node, read_child read,
                                void *field) {
  rww_status worst = RWW_OK;
  for (size_t i = 0; i < node->n; i++) {
    rww_status status = read(reader, setting, &node->children[i], field);
    if (status == RWW_ERR_MEMORY) return status;
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

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
  return read_children(reader, setting, node, read_start_value, start);
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
  rww_status status = read_children(reader, setting, node, read_free_one, fit);
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
  return read_children(reader, setting, node, read_bounds_one, fit);
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

/* A number, or noise.seed for the configuration's own. */
static rww_status read_seed(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_fit_seeds_config *seeds = field;
  uint64_t *seed = &seeds->seeds[seeds->n_per_step++];
  if (node->kind == RWW_NODE_SCALAR && strcmp(node->text, "noise.seed") == 0) {
    *seed = reader->config->base.seed;
    return RWW_OK;
  }
  return rww_type_read_count(reader, setting, node, seed);
}

static int compare_seeds(const void *a, const void *b) {
  uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
  return (one > other) - (one < other);
}

static rww_status check_distinct(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                 const rww_fit_seeds_config *seeds) {
  uint64_t *sorted;
  rww_status status = RWW_OK;
  RWW_TRY(RWW_NEW(&sorted, seeds->n_per_step));
  memcpy(sorted, seeds->seeds, seeds->n_per_step * sizeof *sorted);
  qsort(sorted, seeds->n_per_step, sizeof *sorted, compare_seeds);
  for (size_t i = 1; i < seeds->n_per_step && status == RWW_OK; i++)
    if (sorted[i] == sorted[i - 1])
      status = rww_reader_refuse(reader, setting, &node->place, "found the seed %" PRIu64 " twice; expected each once",
                                 sorted[i]);
  free(sorted);
  return status;
}

static rww_status read_seed_list(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                 rww_fit_seeds_config *seeds) {
  seeds->n_blocks = 1;
  RWW_TRY(RWW_NEW(&seeds->seeds, node->n));
  RWW_TRY(read_children(reader, setting, node, read_seed, seeds));
  return check_distinct(reader, setting, node, seeds);
}

/* What a mapping of blocks has. */
enum { FIRST, PER_STEP, BLOCKS, N_NUMBERS };
static const char *const number_names[] = {"first", "per_step", "blocks"};

static rww_status check_number_name(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  (void)field;
  for (int i = 0; i < N_NUMBERS; i++)
    if (strcmp(node->key, number_names[i]) == 0) return RWW_OK;
  const char *nearest = rww_text_nearest(node->key, number_names, N_NUMBERS);
  return rww_reader_refuse(reader, setting, &node->key_place,
                           "unknown key '%.60s'; expected first, per_step, "
                           "blocks%s%s%s",
                           node->key, nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

static rww_status read_numbers(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                               uint64_t numbers[N_NUMBERS]) {
  rww_setting row = *setting;
  rww_status worst = read_children(reader, setting, node, check_number_name, NULL);
  for (int i = 0; i < N_NUMBERS; i++) {
    const rww_node *child = rww_node_child(node, number_names[i]);
    row.minimum = i == FIRST ? 0 : 1;
    rww_status status = child
                            ? rww_type_read_count(reader, &row, child, &numbers[i])
                            : rww_reader_refuse(reader, setting, &node->place,
                                                "%s is missing; expected first, per_step and blocks", number_names[i]);
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

static rww_status read_blocks(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                              rww_fit_seeds_config *seeds) {
  uint64_t numbers[N_NUMBERS];
  RWW_TRY(read_numbers(reader, setting, node, numbers));
  uint64_t first = numbers[FIRST], per_step = numbers[PER_STEP], n_blocks = numbers[BLOCKS];
  if (per_step > SEEDS_LIMIT || n_blocks > SEEDS_LIMIT / per_step)
    return rww_reader_refuse(reader, setting, &node->place,
                             "found %" PRIu64 " x %" PRIu64 " seeds; expected at most "
                             "1000000",
                             per_step, n_blocks);
  if (first > UINT64_MAX - (per_step * n_blocks - 1))
    return rww_reader_refuse(reader, setting, &node->place,
                             "the last seed would not fit into 64 bits; expected a "
                             "smaller first");
  *seeds = (rww_fit_seeds_config){per_step, n_blocks, NULL};
  RWW_TRY(RWW_NEW(&seeds->seeds, per_step * n_blocks));
  for (size_t i = 0; i < per_step * n_blocks; i++) seeds->seeds[i] = first + i;
  return RWW_OK;
}

rww_status rww_fit_read_seeds(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *seeds) {
  const rww_node alone = {.kind = RWW_NODE_SEQUENCE, .place = node->place, .n = 1, .children = (rww_node *)node};
  if (node->kind == RWW_NODE_SCALAR) return read_seed_list(reader, setting, &alone, seeds);
  if (node->kind == RWW_NODE_SEQUENCE && node->n > 0) return read_seed_list(reader, setting, node, seeds);
  if (node->kind == RWW_NODE_MAPPING) return read_blocks(reader, setting, node, seeds);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_SEEDS].expected);
}

void rww_fit_write_seeds(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_fit_seeds_config *seeds = field;
  (void)setting;
  for (size_t i = 0; i < seeds->n_blocks * seeds->n_per_step; i++) {
    const char *joint = i == 0 ? "[[" : i % seeds->n_per_step == 0 ? "], [" : ", ";
    rww_text_add(text, "%s%" PRIu64, joint, seeds->seeds[i]);
  }
  rww_text_add(text, "]]");
}

void rww_fit_release_seeds(void *field) {
  rww_fit_seeds_config *seeds = field;
  free(seeds->seeds);
}
