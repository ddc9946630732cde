#include "base/memory.h"
#include "config/node.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define DEPTH_LIMIT 32 /* levels of nesting */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define KEY_LIMIT 1000    /* keys of one mapping */
#define ALIAS_LIMIT 10000 /* nodes that all anchors and aliases together may stand for */

typedef struct anchor {
  char *name;
  rww_node node;
} anchor;

typedef struct yaml_source {
  const char *origin, *text;
  bool is_override;
  rww_problems *problems;
  yaml_parser_t parser;
  yaml_event_t event;
  size_t n_anchors, anchor_capacity, n_copied;
  anchor *anchors;
} yaml_source;

static rww_place place_of(const yaml_source *source, yaml_mark_t mark) {
  if (source->is_override) return (rww_place){source->origin, 0, 0};
  int line = mark.line < INT_MAX ? (int)mark.line + 1 : INT_MAX;
  int column = mark.column < INT_MAX ? (int)mark.column + 1 : INT_MAX;
  return (rww_place){source->origin, line, column};
}

static void add_problem(yaml_source *source, rww_place place, const char *text) {
  char where[RWW_PLACE_TEXT_SIZE];
  rww_place_format(&place, where);
  rww_problems_add(source->problems, RWW_ERROR, "%s: %s", where, text);
}

static rww_status refuse(yaml_source *source, yaml_mark_t mark, const char *text) {
  add_problem(source, place_of(source, mark), text);
  return rww_raise(RWW_ERR_CONFIG, "%s: %s", source->origin, text);
}

/* Line and column of a byte; libyaml tells only its offset where the bytes are no UTF-8. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset) {
  yaml_mark_t mark = {0};
  for (; mark.index < offset && text[mark.index] != 0; mark.index++) {
    mark.column = text[mark.index] == '\n' ? 0 : mark.column + 1;
    mark.line += text[mark.index] == '\n';
  }
  return mark;
}

static const char *skip_lines(const char *text, size_t n_lines) {
  while (n_lines > 0 && *text != 0) n_lines -= *text++ == '\n';
  return text;
}

/* Only an indentation begins with blanks and then has a tab where the reader stopped. */
static bool stopped_at_tab(const yaml_source *source) {
  yaml_mark_t mark = source->parser.problem_mark;
  const char *line = skip_lines(source->text, mark.line);
  size_t n_blanks = strspn(line, " ");
  return n_blanks == mark.column && line[n_blanks] == '\t';
}

static rww_status refuse_syntax(yaml_source *source) {
  const yaml_parser_t *parser = &source->parser;
  char text[256];
  if (parser->error == YAML_MEMORY_ERROR) return rww_raise(RWW_ERR_MEMORY, "%s: out of memory", source->origin);
  if (parser->error == YAML_READER_ERROR) {
    snprintf(text, sizeof text, "not a UTF-8 text: %s", parser->problem);
    return refuse(source, mark_of_offset(source->text, parser->problem_offset), text);
  }
  if (stopped_at_tab(source)) return refuse(source, parser->problem_mark, "a tab in the indentation; expected blanks");
  snprintf(text, sizeof text, "not valid YAML: %s%s%s", parser->context ? parser->context : "",
           parser->context ? ", " : "", parser->problem);
  return refuse(source, parser->problem_mark, text);
}

static rww_status advance(yaml_source *source) {
  yaml_event_delete(&source->event);
  return yaml_parser_parse(&source->parser, &source->event) ? RWW_OK : refuse_syntax(source);
}

static size_t count_nodes(const rww_node *node) {
  size_t n = 1;
  for (size_t i = 0; i < node->n; i++) n += count_nodes(&node->children[i]);
  return n;
}

/* Copies count, so that a few lines of aliases of aliases cannot fill the memory. */
static rww_status copy_node(yaml_source *source, yaml_mark_t mark, const rww_node *from, rww_node *to) {
  source->n_copied += count_nodes(from);
  if (source->n_copied > ALIAS_LIMIT)
    return refuse(source, mark, "anchors and aliases up to here stand for more than 10000 values; write them out");
  return rww_node_copy(from, to);
}

static rww_status make_room_for_anchor(yaml_source *source) {
  if (source->n_anchors < source->anchor_capacity) return RWW_OK;
  size_t capacity = source->anchor_capacity * 2 + 8;
  anchor *anchors;
  RWW_TRY(RWW_NEW(&anchors, capacity));
  if (source->n_anchors > 0) memcpy(anchors, source->anchors, source->n_anchors * sizeof *anchors);
  free(source->anchors);
  source->anchors = anchors;
  source->anchor_capacity = capacity;
  return RWW_OK;
}

static rww_status keep_anchor(yaml_source *source, yaml_mark_t mark, const char *name, const rww_node *node) {
  RWW_TRY(make_room_for_anchor(source));
  anchor *kept = &source->anchors[source->n_anchors++];
  RWW_TRY(rww_copy_text(name, &kept->name));
  return copy_node(source, mark, node, &kept->node);
}

static rww_status read_alias(yaml_source *source, rww_node *node) {
  const char *name = (const char *)source->event.data.alias.anchor;
  yaml_mark_t mark = source->event.start_mark;
  for (size_t i = source->n_anchors; i-- > 0;)
    if (strcmp(source->anchors[i].name, name) == 0) return copy_node(source, mark, &source->anchors[i].node, node);
  return refuse(source, mark, "an alias of an anchor that was not completed before it");
}

static rww_status read_scalar(yaml_source *source, rww_node *node) {
  const char *text = (const char *)source->event.data.scalar.value;
  if (strlen(text) != source->event.data.scalar.length)
    return refuse(source, source->event.start_mark, "a text with a zero character in it");
  node->quoted = source->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  if (!node->quoted && (text[0] == 0 || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0)) return RWW_OK;
  node->kind = RWW_NODE_SCALAR;
  return rww_copy_text(text, &node->text);
}

static rww_status read_node(yaml_source *source, int depth, rww_node *node);

static rww_status read_sequence(yaml_source *source, int depth, rww_node *node) {
  node->kind = RWW_NODE_SEQUENCE;
  for (;;) {
    rww_node *child;
    RWW_TRY(advance(source));
    if (source->event.type == YAML_SEQUENCE_END_EVENT) return RWW_OK;
    RWW_TRY(rww_node_append(node, NULL, node->place, &child));
    RWW_TRY(read_node(source, depth + 1, child));
  }
}

static void report_duplicate(yaml_source *source, const rww_node *first, rww_place place) {
  char text[256];
  snprintf(text, sizeof text, "the key '%.60s' a second time; the first is in line %d", first->key,
           first->key_place.line);
  add_problem(source, place, text);
}

static rww_status read_key(yaml_source *source, rww_node *mapping, rww_node **child) {
  yaml_mark_t mark = source->event.start_mark;
  if (source->event.type != YAML_SCALAR_EVENT) return refuse(source, mark, "a key that is no plain word");
  if (mapping->n == KEY_LIMIT) return refuse(source, mark, "more than 1000 keys in one mapping");
  rww_node key = {0};
  rww_status status = read_scalar(source, &key);
  const char *name = key.text ? key.text : "";
  const rww_node *first = rww_node_child(mapping, name);
  if (status == RWW_OK && first) report_duplicate(source, first, place_of(source, mark));
  if (status == RWW_OK) status = rww_node_append(mapping, name, place_of(source, mark), child);
  rww_node_free(&key);
  return status;
}

static rww_status read_mapping(yaml_source *source, int depth, rww_node *node) {
  node->kind = RWW_NODE_MAPPING;
  for (;;) {
    rww_node *child;
    RWW_TRY(advance(source));
    if (source->event.type == YAML_MAPPING_END_EVENT) return RWW_OK;
    RWW_TRY(read_key(source, node, &child));
    RWW_TRY(advance(source));
    RWW_TRY(read_node(source, depth + 1, child));
  }
}

static const yaml_char_t *tag_of(const yaml_event_t *event) {
  return event->type == YAML_SCALAR_EVENT           ? event->data.scalar.tag
         : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.tag
         : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.tag
                                                    : NULL;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event) {
  return event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
         : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
         : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                    : NULL;
}

static rww_status read_content(yaml_source *source, int depth, rww_node *node) {
  switch (source->event.type) {
  case YAML_ALIAS_EVENT:
    return read_alias(source, node);
  case YAML_SCALAR_EVENT:
    return read_scalar(source, node);
  case YAML_SEQUENCE_START_EVENT:
    return read_sequence(source, depth, node);
  default:
    return read_mapping(source, depth, node);
  }
}

/* From the event that begins the node; leaves the event that ends it. */
static rww_status read_node(yaml_source *source, int depth, rww_node *node) {
  yaml_mark_t mark = source->event.start_mark;
  char *name = NULL;
  node->place = place_of(source, mark);
  if (depth > DEPTH_LIMIT) return refuse(source, mark, "nested more than 32 levels deep");
  if (tag_of(&source->event)) return refuse(source, mark, "a tag; expected plain values");
  if (anchor_of(&source->event)) RWW_TRY(rww_copy_text((const char *)anchor_of(&source->event), &name));
  rww_status status = read_content(source, depth, node);
  if (status == RWW_OK && name) status = keep_anchor(source, mark, name, node);
  free(name);
  return status;
}

/* A text without a document is an empty node. */
static rww_status read_document(yaml_source *source, rww_node *root) {
  RWW_TRY(advance(source));
  RWW_TRY(advance(source));
  root->place = place_of(source, source->event.start_mark);
  if (source->event.type == YAML_STREAM_END_EVENT) return RWW_OK;
  RWW_TRY(advance(source));
  RWW_TRY(read_node(source, 0, root));
  RWW_TRY(advance(source));
  RWW_TRY(advance(source));
  if (source->event.type == YAML_STREAM_END_EVENT) return RWW_OK;
  return refuse(source, source->event.start_mark, "a second document begins here; expected one");
}

static void free_source(yaml_source *source) {
  for (size_t i = 0; i < source->n_anchors; i++) {
    free(source->anchors[i].name);
    rww_node_free(&source->anchors[i].node);
  }
  free(source->anchors);
  yaml_event_delete(&source->event);
  yaml_parser_delete(&source->parser);
}

rww_status rww_node_parse(const char *origin, bool is_override, const char *text, rww_problems *problems,
                          rww_node *root) {
  text += strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;
  yaml_source source = {.origin = origin, .text = text, .is_override = is_override, .problems = problems};
  *root = (rww_node){0};
  if (!yaml_parser_initialize(&source.parser)) return rww_raise(RWW_ERR_MEMORY, "%s: out of memory", origin);
  yaml_parser_set_encoding(&source.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&source.parser, (const unsigned char *)text, strlen(text));
  rww_status status = read_document(&source, root);
  free_source(&source);
  if (status != RWW_OK) rww_node_free(root);
  return status;
}
