#include "config/seeds.h"

#include "base/memory.h"
#include "config/types.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_LIMIT 1000000 /* of one fit */

/* A number, or noise.seed for the configuration's own. */
static rww_status read_seed(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field) {
  rww_seeds_config *seeds = field;
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
                                 const rww_seeds_config *seeds) {
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

static rww_status read_list(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                            rww_seeds_config *seeds) {
  seeds->n_blocks = 1;
  RWW_TRY(RWW_NEW(&seeds->seeds, node->n));
  RWW_TRY(rww_type_read_children(reader, setting, node, read_seed, seeds));
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
  rww_status worst = rww_type_read_children(reader, setting, node, check_number_name, NULL);
  for (int i = 0; i < N_NUMBERS; i++) {
    const rww_node *child = rww_node_child(node, number_names[i]);
    char path[128];
    rww_setting row = *setting;
    snprintf(path, sizeof path, "%s.%s", setting->path, number_names[i]);
    row.path = path;
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
                              rww_seeds_config *seeds) {
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
  *seeds = (rww_seeds_config){per_step, n_blocks, NULL};
  RWW_TRY(RWW_NEW(&seeds->seeds, per_step * n_blocks));
  for (size_t i = 0; i < per_step * n_blocks; i++) seeds->seeds[i] = first + i;
  return RWW_OK;
}

rww_status rww_seeds_read_list(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *seeds) {
  const rww_node alone = {.kind = RWW_NODE_SEQUENCE, .place = node->place, .n = 1, .children = (rww_node *)node};
  if (node->kind == RWW_NODE_SCALAR) return read_list(reader, setting, &alone, seeds);
  if (node->kind == RWW_NODE_SEQUENCE && node->n > 0) return read_list(reader, setting, node, seeds);
  return rww_reader_refuse_found(reader, setting, node, rww_types[setting->type].expected);
}

rww_status rww_seeds_read(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *seeds) {
  if (node->kind == RWW_NODE_MAPPING) return read_blocks(reader, setting, node, seeds);
  return rww_seeds_read_list(reader, setting, node, seeds);
}

void rww_seeds_write(const rww_setting *setting, const void *field, rww_text *text) {
  const rww_seeds_config *seeds = field;
  (void)setting;
  for (size_t i = 0; i < seeds->n_blocks * seeds->n_per_step; i++) {
    const char *joint = i == 0 ? "[[" : i % seeds->n_per_step == 0 ? "], [" : ", ";
    rww_text_add(text, "%s%" PRIu64, joint, seeds->seeds[i]);
  }
  rww_text_add(text, "]]");
}

void rww_seeds_release(void *field) {
  rww_seeds_config *seeds = field;
  free(seeds->seeds);
}

bool rww_seeds_overlap(const rww_seeds_config *a, const rww_seeds_config *b, uint64_t *seed) {
  for (size_t i = 0; i < a->n_blocks * a->n_per_step; i++)
    for (size_t j = 0; j < b->n_blocks * b->n_per_step; j++)
      if (a->seeds[i] == b->seeds[j]) {
        *seed = a->seeds[i];
        return true;
      }
  return false;
}
