#include "base/memory.h"
#include "config/types.h"
#include <stdlib.h>
#include <string.h>

/* Short paths of the settings that a parameter's section has: model.w is model.parameters.w. */
static const struct {
  const char *written, *meant;
} short_sections[] = {
    {"model.", "model.parameters."},
    {"coupling.", "coupling.parameters."},
    {"noise.", "integration.noise."},
};

/* The path that a short one stands for, or the path itself. */
static void expand_path(const char *path, rww_text *full) {
  for (size_t i = 0; i < sizeof short_sections / sizeof *short_sections; i++) {
    size_t length = strlen(short_sections[i].written);
    if (strncmp(path, short_sections[i].written, length) != 0) continue;
    rww_text_add(full, "%s%s", short_sections[i].meant, path + length);
    if (rww_setting_find(full->chars)) return;
    rww_text_free(full);
  }
  rww_text_add(full, "%s", path);
}

/* Walks from the root to the node that the path names and makes what is missing on the way. */
typedef struct walk {
  rww_reader *reader;
  rww_place place; /* of the --set */
  rww_node *node;
  rww_text path;    /* of the node, with [] for an item, as in the table */
  const char *rest; /* what is still to go */
} walk;

static rww_status enter_child(walk *at, size_t length) {
  char *key;
  if (at->node->kind != RWW_NODE_MAPPING) {
    rww_node_clear(at->node);
    at->node->place = at->place;
    at->node->kind = RWW_NODE_MAPPING;
  }
  RWW_TRY(RWW_NEW(&key, length + 1));
  memcpy(key, at->rest, length);
  rww_node *child = rww_node_child(at->node, key);
  rww_status status = child ? RWW_OK : rww_node_append(at->node, key, at->place, &child);
  rww_text_add(&at->path, "%s%s", at->path.length ? "." : "", key);
  free(key);
  at->node = child;
  at->rest += length + (at->rest[length] == '.');
  return status;
}

static rww_status refuse_item(walk *at, const rww_setting *row) {
  rww_text known = {0};
  for (size_t i = 0; at->node->kind == RWW_NODE_SEQUENCE && i < at->node->n; i++) {
    const rww_node *name = rww_node_child(&at->node->children[i], row->item.key);
    if (name && name->text) rww_text_add(&known, "%s%s", known.length ? ", " : "", name->text);
  }
  rww_status status =
      rww_reader_refuse(at->reader, NULL, &at->place, "%s has no entry with this %s; expected %s", row->path,
                        row->item.key, known.length ? known.chars : "the whole list, since there is none yet");
  rww_text_free(&known);
  return status;
}

/* An item is addressed by its parameter or its name, which may itself have dots. */
static rww_status enter_item(walk *at, const rww_setting *row) {
  for (size_t i = 0; at->node->kind == RWW_NODE_SEQUENCE && i < at->node->n; i++) {
    rww_node *item = &at->node->children[i];
    const rww_node *name = rww_node_child(item, row->item.key);
    size_t length = name && name->text ? strlen(name->text) : 0;
    if (length == 0 || strncmp(at->rest, name->text, length) != 0) continue;
    if (at->rest[length] != 0 && at->rest[length] != '.') continue;
    at->node = item;
    at->rest += length + (at->rest[length] == '.');
    rww_text_add(&at->path, "[]");
    return RWW_OK;
  }
  return refuse_item(at, row);
}

static rww_status descend(walk *at) {
  while (at->rest[0] != 0) {
    const rww_setting *row = at->path.length ? rww_setting_find(at->path.chars) : NULL;
    bool takes_rest = row && rww_types[row->type].has_parameters;
    if (row && row->type == RWW_SEQUENCE)
      RWW_TRY(enter_item(at, row));
    else
      RWW_TRY(enter_child(at, takes_rest ? strlen(at->rest) : strcspn(at->rest, ".")));
  }
  return RWW_OK;
}

/* Moves the value into the node that the path names. */
static rww_status put(rww_reader *reader, const char *path, rww_node *value) {
  walk at = {.reader = reader, .place = value->place, .node = &reader->root, .rest = path};
  rww_status status = descend(&at);
  if (status == RWW_OK) {
    rww_node_clear(at.node);
    at.node->place = at.node->key_place = value->place;
    status = rww_node_copy(value, at.node);
  }
  rww_text_free(&at.path);
  return status;
}

rww_status rww_reader_override(rww_reader *reader, const rww_override *override) {
  rww_node value;
  rww_text path = {0};
  if (override->path[0] == 0) {
    rww_place place = {"", 0, 0};
    return rww_reader_refuse(reader, NULL, &place, "found no path; expected PATH=VALUE");
  }
  RWW_TRY(rww_node_parse(override->path, true, override->value, reader->problems, &value));
  expand_path(override->path, &path);
  rww_status status = put(reader, path.chars, &value);
  rww_text_free(&path);
  rww_node_free(&value);
  return status == RWW_OK ? rww_reader_expand_short_forms(reader) : status;
}
