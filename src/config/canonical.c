#include "config/config.h"

#include "config/types.h"
#include <stdlib.h>
#include <string.h>

static int compare_paths(const void *a, const void *b) {
  return strcmp((*(const rww_setting *const *)a)->path, (*(const rww_setting *const *)b)->path);
}

/* What all rows are written with. */
typedef struct listing {
  const rww_setting *const *rows; /* [rww_n_settings], sorted by path */
  unsigned meaning;               /* bit of rww_stage_meaning */
  rww_text *text;
} listing;

/* The rows of `prefix` from the struct at `base`, named `name` and what follows the prefix. */
static void write_rows(const listing *list, const char *prefix, const char *name, const void *base);

static void write_items(const listing *list, const rww_setting *row, const void *base) {
  const char *items = *(const char *const *)((const char *)base + row->offset);
  size_t n = *(const size_t *)((const char *)base + row->item.n_offset);
  rww_text prefix = {0};
  rww_setting_item_prefix(row, &prefix);
  for (size_t i = 0; i < n; i++) {
    rww_text name = {0};
    rww_text_add(&name, "%s[%zu].", row->path, i);
    write_rows(list, prefix.chars, name.chars, items + i * row->item.size);
    rww_text_free(&name);
  }
  rww_text_free(&prefix);
}

static void write_line(const listing *list, const rww_setting *row, const char *name, const char *rest,
                       const void *field) {
  rww_text value = {0};
  rww_types[row->type].write(row, field, &value);
  if (value.length > 0) rww_text_add(list->text, "%s%s = %s\n", name, rest, value.chars);
  rww_text_free(&value);
}

/* Every parameter of the set, given or the base's: the rows whose fields lie in the base, read from the set instead. */
static void write_set(const listing *list, const rww_setting *set_row, const rww_target_config *target) {
  const size_t base = offsetof(rww_config, base), end = base + sizeof(rww_parameter_set);
  rww_text name = {0};
  rww_text_add(&name, "%s.", set_row->path);
  for (size_t i = 0; target->simulate.given && i < rww_n_settings; i++) {
    const rww_setting *row = list->rows[i];
    if (!rww_setting_is_of(row, "") || row->size == 0 || row->offset < base || row->offset >= end) continue;
    write_line(list, row, name.chars, row->path, (const char *)&target->simulate.set + row->offset - base);
  }
  rww_text_free(&name);
}

static void write_row(const listing *list, const rww_setting *row, const char *name, const char *rest,
                      const void *base) {
  const void *field = (const char *)base + row->offset;
  if (row->type == RWW_SEQUENCE)
    write_items(list, row, base);
  else if (row->type == RWW_TARGET_SET)
    write_set(list, row, field);
  else
    write_line(list, row, name, rest, field);
}

static void write_rows(const listing *list, const char *prefix, const char *name, const void *base) {
  for (size_t i = 0; i < rww_n_settings; i++) {
    const rww_setting *row = list->rows[i];
    if (rww_setting_is_of(row, prefix) && (row->keyed & list->meaning))
      write_row(list, row, name, row->path + strlen(prefix), base);
  }
}

static void sort_rows(const rww_setting **rows) {
  for (size_t i = 0; i < rww_n_settings; i++) rows[i] = &rww_settings[i];
  qsort(rows, rww_n_settings, sizeof *rows, compare_paths);
}

void rww_config_write_canonical(const rww_config *config, rww_stage_meaning meaning, rww_text *text) {
  const rww_setting *rows[rww_n_settings];
  sort_rows(rows);
  listing list = {rows, 1u << meaning, text};
  write_rows(&list, "", "", config);
}

/* What is given of a start's values, or the stage that brings them. */
static void write_start(const listing *list, const rww_fit_start *start, const char *start_key) {
  static const char *const entries[] = {
      [RWW_ENTRY_BEST] = "best", [RWW_ENTRY_FINAL] = "final", [RWW_ENTRY_AVERAGE] = "average"};
  if (start->kind == RWW_START_BASE) rww_text_add(list->text, "fit.start = base\n");
  if (start->kind == RWW_START_EXPLORE) rww_text_add(list->text, "fit.start = explore %s\n", start_key);
  if (start->kind == RWW_START_FIT)
    rww_text_add(list->text, "fit.start = fit %s %s\n", start_key, entries[start->entry]);
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    const rww_setting *row = rww_setting_find(rww_parameter_get((rww_parameter)k)->path);
    if (start->given[k]) write_line(list, row, "fit.start.", row->path, &start->set.value[k]);
  }
}

void rww_config_write_canonical_fit(const rww_config *config, const rww_fit_config *fit, const char *start_key,
                                    rww_text *text) {
  const rww_setting *rows[rww_n_settings];
  sort_rows(rows);
  listing list = {rows, RWW_KEYED_FIT, text};
  write_rows(&list, "", "", config);
  write_rows(&list, "optimize[].", "fit.", fit);
  write_start(&list, &fit->start, start_key);
}
