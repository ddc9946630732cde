#include "config/set.h"

#include "base/memory.h"
#include "config/types.h"
#include <string.h>

static rww_status copy_values(const rww_values *from, rww_values *to) {
  *to = (rww_values){.n = from->n, .line = from->line, .column = from->column};
  if (from->file) RWW_TRY(rww_copy_text(from->file, &to->file));
  if (!from->values) return RWW_OK;
  RWW_TRY(RWW_NEW(&to->values, from->n));
  memcpy(to->values, from->values, from->n * sizeof *to->values);
  return RWW_OK;
}

rww_status rww_set_copy(const rww_parameter_set *from, rww_parameter_set *to) {
  *to = (rww_parameter_set){.seed = from->seed};
  for (int k = 0; k < RWW_N_PARAMETERS; k++) RWW_TRY(copy_values(&from->value[k], &to->value[k]));
  return copy_values(&from->initial_S, &to->initial_S);
}

void rww_set_release(rww_parameter_set *set) {
  for (int k = 0; k < RWW_N_PARAMETERS; k++) rww_types[RWW_VALUES].release(&set->value[k]);
  rww_types[RWW_VALUES].release(&set->initial_S);
}

/* By the row that the same parameter has as a setting. */
rww_status rww_set_read_member(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                               rww_parameter_set *set, rww_parameter *parameter) {
  RWW_TRY(rww_type_find_parameter(reader, setting, &node->key_place, node->key, parameter));
  rww_setting row = *rww_setting_find(rww_parameter_get(*parameter)->path);
  row.path = setting->path;
  if (*parameter == RWW_NOISE_SEED) return rww_type_read_count(reader, &row, node, &set->seed);
  rww_types[RWW_VALUES].release(&set->value[*parameter]);
  set->value[*parameter] = (rww_values){0};
  return rww_types[row.type].read(reader, &row, node, &set->value[*parameter]);
}

/* The base parameters have been read by earlier rows. */
rww_status rww_set_read_target(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_target_config *target = field;
  rww_parameter parameter;
  rww_status worst = RWW_OK;
  if (node->kind != RWW_NODE_MAPPING)
    return rww_reader_refuse_found(reader, setting, node, rww_types[RWW_TARGET_SET].expected);
  target->simulate.given = true;
  RWW_TRY(rww_set_copy(&reader->config->base, &target->simulate.set));
  for (size_t i = 0; i < node->n; i++) {
    rww_status status = rww_set_read_member(reader, setting, &node->children[i], &target->simulate.set, &parameter);
    if (status == RWW_ERR_MEMORY) return status;
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

void rww_set_release_target(void *field) {
  rww_target_config *target = field;
  rww_set_release(&target->simulate.set);
}
