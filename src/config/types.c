#include "config/types.h"

#include "base/files.h"
#include "base/memory.h"
#include "config/axis.h"
#include "config/fit.h"
#include "config/seeds.h"
#include "config/set.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static rww_status read_bool(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  if (rww_node_read_bool(node, field)) return RWW_OK;
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_BOOL].expected);
}

static void write_bool(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  rww_text_add(text, "%s", *(const bool *)field ? "true" : "false");
}

rww_status rww_type_read_count(rww_reader *reader, const rww_setting *setting, const rww_node *node, uint64_t *value) {
  rww_numeral numeral = rww_node_read_integer(node, value);
  if (numeral == RWW_NUMERAL_TOO_LARGE)
    return rww_reader_refuse_found(reader, setting, node, "at most 18446744073709551615 (64 bits)");
  if (numeral == RWW_NUMERAL_NOT_ONE)
    return rww_reader_refuse_found(reader, setting, node, "a whole number, not negative");
  if ((double)*value < setting->minimum) {
    char expected[64];
    snprintf(expected, sizeof expected, "a whole number from %g", setting->minimum);
    return rww_reader_refuse_found(reader, setting, node, expected);
  }
  const char *expected = setting->check ? setting->check((double)*value) : NULL;
  return expected ? rww_reader_refuse_found(reader, setting, node, expected) : RWW_OK;
}

static rww_status read_count(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  return rww_type_read_count(reader, setting, node, field);
}

static void write_count(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  rww_text_add(text, "%" PRIu64, *(const uint64_t *)field);
}

static void add_real(double value, rww_text *text) {
  char number[RWW_REAL_TEXT_SIZE];
  rww_text_format_real(value == 0 ? 0.0 : value, number); /* -0 is 0 */
  rww_text_add(text, "%s", number);
}

const char *rww_type_check_real(const rww_setting *setting, double value) {
  if (isnan(value)) return "a number";
  if (isinf(value) && !setting->may_be_infinite) return "a finite number";
  if (value < setting->minimum) return setting->minimum > 0 ? "a number above 0" : "a number that is not negative";
  return setting->check ? setting->check(value) : NULL;
}

rww_status rww_type_read_real(rww_reader *reader, const rww_setting *setting, const rww_node *node, double *value) {
  const char *expected = NULL;
  rww_numeral numeral = rww_node_read_real(node, value);
  if (numeral == RWW_NUMERAL_NOT_ONE) expected = "a number (such as 4, 0.5, 1e-3, .inf)";
  if (numeral == RWW_NUMERAL_TOO_LARGE) expected = "a number within the range of float64";
  if (numeral == RWW_NUMERAL_GOOD) expected = rww_type_check_real(setting, *value);
  return expected ? rww_reader_refuse_found(reader, setting, node, expected) : RWW_OK;
}

static rww_status read_real(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  return rww_type_read_real(reader, setting, node, field);
}

static void write_real(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  add_real(*(const double *)field, text);
}

static bool is_text(const rww_node *node) {
  return node->kind == RWW_NODE_SCALAR && node->text[0] != 0;
}

static rww_status read_text(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  if (is_text(node)) return rww_copy_text(node->text, field);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_TEXT].expected);
}

static rww_status read_file_name(rww_reader *reader, const rww_setting *setting, const rww_node *node, char **name) {
  if (is_text(node)) return rww_path_join(reader->directory, node->text, name);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_PATH].expected);
}

static rww_status read_path(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_path *path = field;
  path->place = node->place;
  return read_file_name(reader, setting, node, &path->name);
}

static void write_path(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  rww_text_add(text, "%s", ((const rww_path *)field)->name);
}

static void release_path(void *field) {
  free(((rww_path *)field)->name);
}

static void write_text(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  rww_text_add(text, "%s", *(char *const *)field);
}

static void release_text(void *field) {
  free(*(char **)field);
}

static rww_status refuse_name(rww_reader *reader, const rww_setting *setting, const rww_node *node) {
  size_t n = 0;
  rww_text expected = {0};
  while (setting->names[n]) n++;
  for (size_t i = 0; i < n; i++)
    rww_text_add(&expected, "%s%s", i > 0 ? ", " : n == 1 ? "" : "one of ", setting->names[i]);
  const char *nearest = node->text && n > 1 ? rww_text_nearest(node->text, setting->names, n) : NULL;
  if (nearest) rww_text_add(&expected, " (did you mean %s?)", nearest);
  rww_status status = rww_reader_refuse_found(reader, setting, node, expected.chars);
  rww_text_free(&expected);
  return status;
}

static rww_status find_name(rww_reader *reader, const rww_setting *setting, const rww_node *node, size_t *index) {
  for (*index = 0; is_text(node) && setting->names[*index]; ++*index)
    if (strcmp(node->text, setting->names[*index]) == 0) return RWW_OK;
  return refuse_name(reader, setting, node);
}

static rww_status read_name(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  size_t index;
  RWW_TRY(find_name(reader, setting, node, &index));
  return rww_copy_text(setting->names[index], field);
}

static rww_status read_choice(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  size_t index;
  RWW_TRY(find_name(reader, setting, node, &index));
  if (setting->size == sizeof(bool))
    *(bool *)field = index != 0;
  else
    *(unsigned *)field = (unsigned)index;
  return RWW_OK;
}

static void write_choice(const rww_setting *setting, const void *field, rww_text *text) {
  bool is_switch = setting->size == sizeof(bool);
  rww_text_add(text, "%s", setting->names[is_switch ? *(const bool *)field : *(const unsigned *)field]);
}

static rww_status read_flags(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  if (node->kind != RWW_NODE_SEQUENCE) return refuse_name(reader, setting, node);
  for (size_t i = 0; i < node->n; i++) {
    size_t index;
    RWW_TRY(find_name(reader, setting, &node->children[i], &index));
    ((bool *)field)[index] = true;
  }
  return RWW_OK;
}

static void write_flags(const rww_setting *setting, const void *field, rww_text *text) {
  size_t n = 0;
  for (size_t i = 0; setting->names[i]; i++)
    if (((const bool *)field)[i]) rww_text_add(text, "%s%s", n++ ? ", " : "[", setting->names[i]);
  rww_text_add(text, n ? "]" : "[]");
}

static rww_status read_one_value(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                 rww_values *values) {
  values->n = 1;
  RWW_TRY(RWW_NEW(&values->values, 1));
  return rww_type_read_real(reader, setting, node, values->values);
}

static rww_status read_value_list(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                  rww_values *values) {
  if (node->n < 2) return rww_reader_refuse_found(reader, setting, node, "a value for each node, or one number");
  values->n = node->n;
  RWW_TRY(RWW_NEW(&values->values, node->n));
  for (size_t i = 0; i < node->n; i++)
    RWW_TRY(rww_type_read_real(reader, setting, &node->children[i], &values->values[i]));
  return RWW_OK;
}

static rww_status read_value_file(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                  rww_values *values) {
  const rww_node *file = rww_node_child(node, "file");
  if (node->n != 1 || !file) return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_VALUES].expected);
  return read_file_name(reader, setting, file, &values->file);
}

static rww_status read_value(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_values *values = field;
  values->line = node->place.line;
  values->column = node->place.column;
  if (node->kind == RWW_NODE_SCALAR) return read_one_value(reader, setting, node, values);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_VALUE].expected);
}

static rww_status read_values(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_values *values = field;
  values->line = node->place.line;
  values->column = node->place.column;
  if (node->kind == RWW_NODE_SCALAR) return read_one_value(reader, setting, node, values);
  if (node->kind == RWW_NODE_SEQUENCE) return read_value_list(reader, setting, node, values);
  if (node->kind == RWW_NODE_MAPPING) return read_value_file(reader, setting, node, values);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_VALUES].expected);
}

static void write_values(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_values *values = field;
  (void)setting;
  if (values->n != 1) rww_text_add(text, "[");
  for (size_t i = 0; i < values->n; i++) {
    if (i > 0) rww_text_add(text, ", ");
    add_real(values->values[i], text);
  }
  if (values->n != 1) rww_text_add(text, "]");
}

static void release_values(void *field) {
  rww_values *values = field;
  free(values->values);
  free(values->file);
}

rww_status rww_type_read_children(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                  rww_child_reader read, void *field) {
  rww_status worst = RWW_OK;
  for (size_t i = 0; i < node->n; i++) {
    rww_status status = read(reader, setting, &node->children[i], field);
    if (status == RWW_ERR_MEMORY) return status;
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

rww_status rww_type_find_parameter(rww_reader *reader, const rww_setting *setting, const rww_place *place,
                                   const char *name, rww_parameter *parameter) {
  const char *nearest;
  rww_text end = {0};
  if (rww_parameter_find(name, parameter, &nearest)) return RWW_OK;
  rww_parameter_suggest(name, &end);
  rww_status status = rww_reader_refuse(reader, setting, place, "no parameter is named '%.60s'%s", name, end.chars);
  rww_text_free(&end);
  return status;
}

static rww_status read_parameter_name(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                      void *field) {
  if (is_text(node)) return rww_type_find_parameter(reader, setting, &node->place, node->text, field);
  return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_PARAMETER_NAME].expected);
}

static void write_parameter_name(const rww_setting *setting, const void *field, rww_text *text) {
  (void)setting;
  rww_text_add(text, "%s", rww_parameter_get(*(const rww_parameter *)field)->name);
}

static rww_status read_item(rww_reader *reader, const rww_setting *setting, const char *prefix, const rww_node *node,
                            void *item) {
  if (node->kind != RWW_NODE_MAPPING) return rww_reader_refuse_found(reader, setting, node, "a mapping");
  RWW_TRY(rww_reader_read_rows(reader, prefix, node, item));
  return setting->item.finish(reader, node, item);
}

static rww_status read_items(rww_reader *reader, const rww_setting *setting, const char *prefix, const rww_node *node,
                             char *items) {
  rww_status worst = RWW_OK;
  for (size_t i = 0; i < node->n; i++) {
    reader->item = i;
    rww_status status = read_item(reader, setting, prefix, &node->children[i], items + i * setting->item.size);
    if (status == RWW_ERR_MEMORY) return status;
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

static rww_status read_sequence(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_text prefix = {0};
  if (node->kind != RWW_NODE_SEQUENCE)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_SEQUENCE].expected);
  RWW_TRY(rww_allocate(node->n, setting->item.size, field));
  *(size_t *)((char *)field - setting->offset + setting->item.n_offset) = node->n;
  rww_setting_item_prefix(setting, &prefix);
  rww_status status = read_items(reader, setting, prefix.chars, node, *(char **)field);
  rww_text_free(&prefix);
  return status;
}

const rww_type rww_types[RWW_N_SETTING_TYPES] = {
    [RWW_SECTION] = {.expected = "a mapping"},
    [RWW_BOOL] = {"true or false", .read = read_bool, .write = write_bool},
    [RWW_COUNT] = {"a whole number", .read = read_count, .write = write_count},
    [RWW_REAL] = {"a number", .read = read_real, .write = write_real},
    [RWW_TEXT] = {"a text", .read = read_text, .write = write_text, .release = release_text},
    [RWW_PATH] = {"a file's name", .read = read_path, .write = write_path, .release = release_path},
    [RWW_NAME] = {"a name", .read = read_name, .write = write_text, .release = release_text},
    [RWW_CHOICE] = {"a name", .read = read_choice, .write = write_choice},
    [RWW_FLAGS] = {"a list of names", .read = read_flags, .write = write_flags},
    [RWW_VALUE] = {"one number for all nodes", .read = read_value, .write = write_values, .release = release_values},
    [RWW_VALUES] = {"a number, a list with a value a node, or {file: NAME}", .read = read_values, .write = write_values,
                    .release = release_values},
    [RWW_PARAMETER_NAME] = {"a parameter's name, such as model.w", .read = read_parameter_name,
                            .write = write_parameter_name},
    [RWW_COORDINATES] = {"a list with at least one value", .read = rww_axis_read_values, .write = rww_axis_write_values,
                         .release = rww_axis_release_values},
    [RWW_TARGET_SET] = {"a mapping of parameters to values", .read = rww_set_read_target,
                        .release = rww_set_release_target, .has_parameters = true},
    [RWW_START] = {"base, explore, an earlier fit, or values such as {model.w: 0.5}", .read = rww_fit_read_start,
                   .release = rww_fit_release_start, .has_parameters = true},
    [RWW_FREE] = {"a mapping of parameters to global or regional", .read = rww_fit_read_free,
                  .write = rww_fit_write_free, .release = rww_fit_release_free, .has_parameters = true},
    [RWW_BOUNDS] = {"a mapping of free parameters to [low, high]", .read = rww_fit_read_bounds,
                    .write = rww_fit_write_bounds, .has_parameters = true},
    [RWW_SEEDS] = {"a list of seeds, or {first: 2001, per_step: 2, blocks: 12}", .read = rww_seeds_read,
                   .write = rww_seeds_write, .release = rww_seeds_release},
    [RWW_SEED_LIST] = {"a list of seeds", .read = rww_seeds_read_list, .write = rww_seeds_write,
                       .release = rww_seeds_release},
    [RWW_SEQUENCE] = {"a list of mappings", .read = read_sequence},
};

static void release_items(const rww_setting *setting, char *base) {
  rww_text prefix = {0};
  char *items = *(char **)(base + setting->offset);
  size_t n = *(size_t *)(base + setting->item.n_offset);
  rww_setting_item_prefix(setting, &prefix);
  for (size_t i = 0; items && i < n; i++) rww_setting_release_rows(prefix.chars, items + i * setting->item.size);
  rww_text_free(&prefix);
  free(items);
}

void rww_setting_release_rows(const char *prefix, void *base) {
  for (size_t i = 0; i < rww_n_settings; i++) {
    const rww_setting *row = &rww_settings[i];
    if (!rww_setting_is_of(row, prefix)) continue;
    if (row->type == RWW_SEQUENCE) release_items(row, base);
    if (rww_types[row->type].release) rww_types[row->type].release((char *)base + row->offset);
  }
}
