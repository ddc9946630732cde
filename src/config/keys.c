#include "base/memory.h"
#include "config/reader.h"
#include <string.h>

/* Appends what may stand below `prefix`, and which of it is near to `key`. */
static void suggest_below(const char *prefix, const char *key, rww_text *text) {
  char names[rww_n_settings][RWW_SETTING_NAME_SIZE];
  const char *pointers[rww_n_settings];
  size_t n = 0;
  for (size_t i = 0; i < rww_n_settings; i++)
    if (rww_setting_name_below(&rww_settings[i], prefix, names[n])) {
      pointers[n] = names[n];
      n++;
    }
  for (size_t i = 0; i < n; i++) rww_text_add(text, "%s%s", i > 0 ? ", " : "", names[i]);
  const char *nearest = rww_text_nearest(key, pointers, n);
  if (nearest) rww_text_add(text, " (did you mean %s?)", nearest);
}

/* Whether it is a setting of an item, and not of the one that `prefix` lies in. */
static bool is_of_other_item(const char *path, const char *prefix) {
  const char *own = strchr(prefix, '['), *item = strchr(path, '[');
  bool is_of_own = own && strncmp(path, prefix, (size_t)(own - prefix) + 1) == 0;
  return item && !is_of_own;
}

/* Settings elsewhere whose last name is the key: what was meant if the section was forgotten or is another. */
static bool suggest_elsewhere(const char *prefix, const char *key, rww_text *text) {
  size_t n = 0;
  const char *dot = strrchr(key, '.');
  for (size_t i = 0; i < rww_n_settings; i++) {
    const char *last = strrchr(rww_settings[i].path, '.');
    if (!last || strcmp(last + 1, dot ? dot + 1 : key) != 0 || is_of_other_item(rww_settings[i].path, prefix)) continue;
    rww_text_add(text, "%s%s", n++ ? " or " : "", rww_settings[i].path);
  }
  if (n > 0 && dot) rww_text_add(text, ", with a level of its own for each name");
  return n > 0;
}

static void refuse_key(rww_reader *reader, const char *prefix, const rww_node *node) {
  rww_text expected = {0};
  if (!suggest_elsewhere(prefix, node->key, &expected)) suggest_below(prefix, node->key, &expected);
  rww_reader_refuse(reader, NULL, &node->key_place, "unknown key '%.80s'%s%.*s; expected %s", node->key,
                    prefix[0] ? " in " : "", (int)(prefix[0] ? strlen(prefix) - 1 : 0), prefix, expected.chars);
  rww_text_free(&expected);
}

static void refuse_section(rww_reader *reader, const char *path, const rww_node *node) {
  rww_text found = {0}, prefix = {0}, names = {0};
  const rww_setting *row = rww_setting_find(path);
  rww_text_add(&prefix, "%s.", path);
  rww_node_describe(node, &found);
  suggest_below(prefix.chars, node->text ? node->text : "", &names);
  rww_reader_refuse(reader, &(rww_setting){.path = path}, &node->place, "found %s; expected a mapping%s with %s",
                    found.chars, row && row->short_form ? ", or one name," : "", names.chars);
  rww_text_free(&found);
  rww_text_free(&prefix);
  rww_text_free(&names);
}

static void check_mapping(rww_reader *reader, const char *prefix, const rww_node *mapping);

static void check_items(rww_reader *reader, const rww_setting *row, const rww_node *sequence) {
  rww_text prefix = {0};
  rww_setting_item_prefix(row, &prefix);
  for (size_t i = 0; i < sequence->n; i++)
    if (sequence->children[i].kind == RWW_NODE_MAPPING) check_mapping(reader, prefix.chars, &sequence->children[i]);
  rww_text_free(&prefix);
}

static void check_section(rww_reader *reader, const char *path, const rww_node *node) {
  rww_text prefix = {0};
  rww_text_add(&prefix, "%s.", path);
  if (node->kind == RWW_NODE_MAPPING)
    check_mapping(reader, prefix.chars, node);
  else
    refuse_section(reader, path, node);
  rww_text_free(&prefix);
}

static void check_child(rww_reader *reader, const char *prefix, const rww_node *child) {
  rww_text path = {0};
  rww_text_add(&path, "%s%s", prefix, child->key);
  const rww_setting *row = rww_setting_find(path.chars);
  if (row && row->type == RWW_SEQUENCE)
    check_items(reader, row, child);
  else if (rww_setting_is_section(path.chars))
    check_section(reader, path.chars, child);
  else if (!row)
    refuse_key(reader, prefix, child);
  rww_text_free(&path);
}

static void check_mapping(rww_reader *reader, const char *prefix, const rww_node *mapping) {
  for (size_t i = 0; i < mapping->n; i++) {
    const char *key = mapping->children[i].key;
    bool is_one_name = key[0] != 0 && !strpbrk(key, ".["); /* else it would be taken for a path */
    if (is_one_name)
      check_child(reader, prefix, &mapping->children[i]);
    else
      refuse_key(reader, prefix, &mapping->children[i]);
  }
}

void rww_reader_check_keys(rww_reader *reader) {
  check_mapping(reader, "", &reader->root);
}

/* Scalar of `text` as the weight `name` of a mapping. */
static rww_status append_weight(rww_node *mapping, const char *name, const char *text) {
  rww_node *child;
  RWW_TRY(rww_node_append(mapping, name, mapping->place, &child));
  child->kind = RWW_NODE_SCALAR;
  return rww_copy_text(text, &child->text);
}

static rww_status expand(rww_node *node, const char *prefix, const char *chosen) {
  char name[RWW_SETTING_NAME_SIZE];
  rww_node_clear(node);
  node->kind = RWW_NODE_MAPPING;
  for (size_t i = 0; i < rww_n_settings; i++)
    if (rww_setting_name_below(&rww_settings[i], prefix, name))
      RWW_TRY(append_weight(node, name, strcmp(name, chosen) == 0 ? "1" : "0"));
  return RWW_OK;
}

/* `node` is where the section of weights is written, if it is. */
static rww_status expand_short_form(const rww_setting *row, rww_node *node) {
  rww_text prefix = {0}, chosen = {0};
  if (!node || node->kind != RWW_NODE_SCALAR) return RWW_OK;
  rww_text_add(&prefix, "%s.", row->path);
  rww_text_add(&chosen, "%s%s", prefix.chars, node->text);
  rww_status status =
      rww_setting_find(chosen.chars) ? expand(node, prefix.chars, chosen.chars + prefix.length) : RWW_OK;
  rww_text_free(&chosen);
  rww_text_free(&prefix);
  return status;
}

/* In each item of the sequence, where the row is of one. */
static rww_status expand_short_forms(const rww_reader *reader, const rww_setting *row) {
  const char *brackets = strstr(row->path, "[].");
  if (!brackets) return expand_short_form(row, (rww_node *)rww_reader_find(&reader->root, row->path));
  rww_text path = {0};
  rww_text_add(&path, "%.*s", (int)(brackets - row->path), row->path);
  const rww_node *items = rww_reader_find(&reader->root, path.chars);
  rww_text_free(&path);
  for (size_t i = 0; items && i < items->n; i++)
    RWW_TRY(expand_short_form(row, (rww_node *)rww_reader_find(&items->children[i], brackets + 3)));
  return RWW_OK;
}

rww_status rww_reader_expand_short_forms(rww_reader *reader) {
  for (size_t i = 0; i < rww_n_settings; i++)
    if (rww_settings[i].short_form) RWW_TRY(expand_short_forms(reader, &rww_settings[i]));
  return RWW_OK;
}
