#include "config/reader.h"

#include "config/types.h"
#include <stdlib.h>
#include <string.h>

/* The path with the number of the item in its brackets. */
static void add_path(const rww_reader *reader, const char *path, rww_text *text) {
  const char *brackets = strstr(path, "[]");
  if (brackets)
    rww_text_add(text, "%.*s[%zu]%s: ", (int)(brackets - path), path, reader->item, brackets + 2);
  else
    rww_text_add(text, "%s: ", path);
}

rww_status rww_reader_refuse(rww_reader *reader, const rww_setting *setting, const rww_place *place, const char *format,
                             ...) {
  char where[RWW_PLACE_TEXT_SIZE];
  rww_text path = {0};
  char *message = NULL;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&message, format, arguments);
  va_end(arguments);
  if (length < 0) return rww_raise(RWW_ERR_MEMORY, "out of memory");
  rww_place_format(place, where);
  if (setting) add_path(reader, setting->path, &path);
  rww_problems_add(reader->problems, RWW_ERROR, "%s: %s%s", where, path.chars ? path.chars : "", message);
  rww_status status = rww_raise(RWW_ERR_CONFIG, "%s: %s", where, message);
  free(message);
  rww_text_free(&path);
  return status;
}

rww_status rww_reader_refuse_found(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                   const char *expected) {
  rww_text found = {0};
  rww_node_describe(node, &found);
  const char *unit = setting->unit && strcmp(setting->unit, "1") != 0 ? setting->unit : NULL;
  rww_status status = rww_reader_refuse(reader, setting, &node->place, "found %s; expected %s%s%s%s", found.chars,
                                        expected, unit ? " [" : "", unit ? unit : "", unit ? "]" : "");
  rww_text_free(&found);
  return status;
}

/* Child whose key is the first part of the path; *rest is what is behind it. */
static const rww_node *step_down(const rww_node *node, const char *path, const char **rest) {
  size_t length = strcspn(path, ".");
  *rest = path + length + (path[length] == '.');
  for (size_t i = 0; node->kind == RWW_NODE_MAPPING && i < node->n; i++) {
    const char *key = node->children[i].key;
    if (strlen(key) == length && strncmp(key, path, length) == 0) return &node->children[i];
  }
  return NULL;
}

const rww_node *rww_reader_find(const rww_node *node, const char *path) {
  while (node && *path) node = step_down(node, path, &path);
  return node;
}

rww_place rww_reader_place(const rww_reader *reader, const char *path) {
  const rww_node *node = &reader->root, *next = node;
  while (*path && next) {
    next = step_down(node, path, &path);
    node = next ? next : node;
  }
  return node == &reader->root ? node->place : node->key_place;
}

static const char *default_of(const rww_reader *reader, const rww_setting *row) {
  return row->def[reader->semantics] ? row->def[reader->semantics] : row->def[0];
}

static rww_status read_default(rww_reader *reader, const rww_setting *row, rww_place place, void *field) {
  rww_node node;
  RWW_TRY(rww_node_parse(row->path, true, default_of(reader, row), reader->problems, &node));
  node.place = place;
  rww_status status = rww_types[row->type].read(reader, row, &node, field);
  rww_node_free(&node);
  return status;
}

static rww_status read_row(rww_reader *reader, const rww_setting *row, const rww_node *mapping, const char *path,
                           void *base) {
  const rww_node *node = rww_reader_find(mapping, path);
  void *field = (char *)base + row->offset;
  if (row->type == RWW_SECTION) return RWW_OK;
  if (node) return rww_types[row->type].read(reader, row, node, field);
  if (row->required)
    return rww_reader_refuse(reader, row, &mapping->place, "is missing; expected %s", rww_types[row->type].expected);
  return default_of(reader, row) ? read_default(reader, row, mapping->place, field) : RWW_OK;
}

rww_status rww_reader_read_rows(rww_reader *reader, const char *prefix, const rww_node *node, void *base) {
  rww_status worst = RWW_OK;
  for (size_t i = 0; i < rww_n_settings; i++) {
    const rww_setting *row = &rww_settings[i];
    if (!rww_setting_is_of(row, prefix)) continue;
    rww_status status = read_row(reader, row, node, row->path + strlen(prefix), base);
    if (status == RWW_ERR_MEMORY) return status;
    if (status != RWW_OK) worst = status;
    reader->failed[i] |= status != RWW_OK;
  }
  return worst;
}

/* The preset's place in each row's defaults; a name that is none is told when its own row is read. */
static size_t find_semantics(const rww_node *root) {
  const rww_node *node = rww_node_child(root, "semantics");
  for (size_t i = 0; node && node->text && rww_semantics_names[i]; i++)
    if (strcmp(node->text, rww_semantics_names[i]) == 0) return i;
  return 0;
}

rww_status rww_reader_fill(rww_reader *reader) {
  reader->semantics = find_semantics(&reader->root);
  rww_status status = rww_reader_read_rows(reader, "", &reader->root, reader->config);
  return status == RWW_ERR_MEMORY ? status : RWW_OK;
}
