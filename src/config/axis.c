#include "config/axis.h"

#include "base/memory.h"
#include "config/types.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static rww_status read_reals(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                             rww_axis_config *axis) {
  RWW_TRY(RWW_NEW(&axis->values, node->n));
  for (size_t i = 0; i < node->n; i++) {
    double *value = &axis->values[i];
    RWW_TRY(rww_type_read_real(reader, setting, &node->children[i], value));
    axis->low = i == 0 || *value < axis->low ? *value : axis->low;
    axis->high = i == 0 || *value > axis->high ? *value : axis->high;
  }
  return RWW_OK;
}

/* The settings of an axis are real numbers, but those of a seed are what noise.seed is. */
static rww_status read_seed(rww_reader *reader, const rww_node *node, uint64_t *seed) {
  return rww_type_read_count(reader, rww_setting_find("integration.noise.seed"), node, seed);
}

static rww_status read_seeds(rww_reader *reader, const rww_node *node, rww_axis_config *axis) {
  RWW_TRY(RWW_NEW(&axis->seeds, node->n));
  for (size_t i = 0; i < node->n; i++) {
    RWW_TRY(read_seed(reader, &node->children[i], &axis->seeds[i]));
    double seed = (double)axis->seeds[i];
    axis->low = i == 0 || seed < axis->low ? seed : axis->low;
    axis->high = i == 0 || seed > axis->high ? seed : axis->high;
  }
  return RWW_OK;
}

rww_status rww_axis_read_values(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_axis_config *axis = field;
  if (node->kind != RWW_NODE_SEQUENCE || node->n == 0)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_COORDINATES].expected);
  axis->n = node->n;
  return axis->parameter == RWW_NOISE_SEED ? read_seeds(reader, node, axis) : read_reals(reader, setting, node, axis);
}

void rww_axis_write_values(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_axis_config *axis = field;
  char number[RWW_REAL_TEXT_SIZE];
  (void)setting;
  for (size_t i = 0; (axis->seeds || axis->values) && i < axis->n; i++) {
    rww_text_add(text, i > 0 ? ", " : "[");
    if (axis->values) rww_text_format_real(axis->values[i] == 0 ? 0.0 : axis->values[i], number);
    if (axis->values)
      rww_text_add(text, "%s", number);
    else
      rww_text_add(text, "%" PRIu64, axis->seeds[i]);
  }
  if (text->length > 0) rww_text_add(text, "]");
}

void rww_axis_release_values(void *field) {
  rww_axis_config *axis = field;
  free(axis->values);
  free(axis->seeds);
}

static rww_status refuse(rww_reader *reader, const rww_node *node, const char *name, const char *message) {
  char path[64];
  snprintf(path, sizeof path, "explore.axes[].%s", name);
  const rww_node *child = rww_node_child(node, name);
  return rww_reader_refuse(reader, rww_setting_find(path), child ? &child->place : &node->place, "%s", message);
}

/* `order` is that of low and high: below 0, 0 or above 0. */
static rww_status check_range(rww_reader *reader, const rww_node *node, const rww_axis_config *axis, int order) {
  if (order > 0) return refuse(reader, node, "low", "low is above high; expected low below high");
  if (axis->n == 1 && order < 0)
    return refuse(reader, node, "n", "1 value cannot be both low and high; expected n from 2, or low = high");
  if (axis->n > 1 && order == 0)
    return refuse(reader, node, "n", "low = high is one value; expected n = 1, or low below high");
  if (axis->scale == RWW_SCALE_LOG && axis->low <= 0)
    return refuse(reader, node, "low", "a log scale begins above 0; expected low > 0");
  return RWW_OK;
}

/* low, high and n of noise.seed as integers, written out. */
static rww_status finish_seed_range(rww_reader *reader, const rww_node *node, rww_axis_config *axis) {
  uint64_t low, high;
  if (axis->scale == RWW_SCALE_LOG) return refuse(reader, node, "scale", "seeds have no log scale; expected linear");
  RWW_TRY(read_seed(reader, rww_node_child(node, "low"), &low));
  RWW_TRY(read_seed(reader, rww_node_child(node, "high"), &high));
  RWW_TRY(check_range(reader, node, axis, (low > high) - (low < high)));
  uint64_t n_steps = axis->n > 1 ? axis->n - 1 : 1;
  if ((high - low) % n_steps != 0)
    return refuse(reader, node, "n", "does not give whole seeds; expected n - 1 to divide high - low");
  RWW_TRY(RWW_NEW(&axis->seeds, axis->n));
  for (size_t i = 0; i < axis->n; i++) axis->seeds[i] = low + (high - low) / n_steps * i;
  return RWW_OK;
}

static int compare_bytes(const void *a, const void *b) {
  return memcmp(a, b, sizeof(uint64_t));
}

/* Equal coordinates have equal bits once -0 is 0. */
static rww_status check_distinct(rww_reader *reader, const rww_node *node, const rww_axis_config *axis) {
  uint64_t *sorted;
  RWW_TRY(RWW_NEW(&sorted, axis->n));
  memcpy(sorted, axis->values ? (const void *)axis->values : axis->seeds, axis->n * sizeof *sorted);
  qsort(sorted, axis->n, sizeof *sorted, compare_bytes);
  bool distinct = true;
  for (size_t i = 1; i < axis->n; i++) distinct &= sorted[i] != sorted[i - 1];
  free(sorted);
  return distinct ? RWW_OK : refuse(reader, node, "values", "the same value twice; expected each once");
}

static rww_status check_minimum(rww_reader *reader, const rww_node *node, const rww_axis_config *axis) {
  const rww_parameter_info *info = rww_parameter_get(axis->parameter);
  if (axis->low >= info->minimum) return RWW_OK;
  char message[128];
  snprintf(message, sizeof message, "%s would be %g; expected a value %s", info->name, axis->low,
           info->minimum > 0 ? "above 0" : "that is not negative");
  return refuse(reader, node, axis->values ? "values" : "low", message);
}

static rww_status finish_range(rww_reader *reader, const rww_node *node, rww_axis_config *axis) {
  static const char *const needed[] = {"low", "high", "n"};
  for (size_t i = 0; i < 3; i++)
    if (!rww_node_child(node, needed[i]))
      return refuse(reader, node, needed[i], "is missing; expected low, high and n, or values");
  if (axis->parameter == RWW_NOISE_SEED) return finish_seed_range(reader, node, axis);
  return check_range(reader, node, axis, (axis->low > axis->high) - (axis->low < axis->high));
}

static bool has_range(const rww_node *node) {
  return rww_node_child(node, "low") || rww_node_child(node, "high") || rww_node_child(node, "n") ||
         rww_node_child(node, "scale");
}

rww_status rww_axis_finish(rww_reader *reader, const rww_node *node, void *item) {
  rww_axis_config *axis = item;
  axis->line = node->place.line;
  for (size_t i = 0; axis->values && i < axis->n; i++) axis->values[i] += 0.0; /* -0 becomes 0 */
  if (!rww_node_child(node, "values"))
    RWW_TRY(finish_range(reader, node, axis));
  else if (has_range(node))
    return refuse(reader, node, "values", "stands beside low, high, n or scale; expected one or the other");
  else
    RWW_TRY(check_distinct(reader, node, axis));
  return check_minimum(reader, node, axis);
}
