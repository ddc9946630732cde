#include "config/node.h"

#include "base/memory.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void rww_node_clear(rww_node *node) {
  for (size_t i = 0; i < node->n; i++) rww_node_free(&node->children[i]);
  free(node->children);
  free(node->text);
  *node = (rww_node){.place = node->place, .key = node->key, .key_place = node->key_place};
}

void rww_node_free(rww_node *node) {
  rww_node_clear(node);
  free(node->key);
  *node = (rww_node){0};
}

rww_node *rww_node_child(const rww_node *node, const char *key) {
  for (size_t i = 0; node->kind == RWW_NODE_MAPPING && i < node->n; i++)
    if (strcmp(node->children[i].key, key) == 0) return &node->children[i];
  return NULL;
}

static rww_status make_room(rww_node *parent) {
  if (parent->n < parent->capacity) return RWW_OK;
  rww_node *children;
  size_t capacity = parent->capacity * 2 + 8;
  RWW_TRY(RWW_NEW(&children, capacity));
  if (parent->n > 0) memcpy(children, parent->children, parent->n * sizeof *children);
  free(parent->children);
  parent->children = children;
  parent->capacity = capacity;
  return RWW_OK;
}

rww_status rww_node_append(rww_node *parent, const char *key, rww_place place, rww_node **child) {
  char *copy = NULL;
  RWW_TRY(make_room(parent));
  if (key) RWW_TRY(rww_copy_text(key, &copy));
  *child = &parent->children[parent->n++];
  **child = (rww_node){.place = place, .key = copy, .key_place = place};
  return RWW_OK;
}

rww_status rww_node_copy(const rww_node *from, rww_node *to) {
  to->kind = from->kind;
  to->quoted = from->quoted;
  to->place = from->place;
  if (from->text) RWW_TRY(rww_copy_text(from->text, &to->text));
  for (size_t i = 0; i < from->n; i++) {
    rww_node *child;
    RWW_TRY(rww_node_append(to, from->children[i].key, from->children[i].key_place, &child));
    RWW_TRY(rww_node_copy(&from->children[i], child));
  }
  return RWW_OK;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
static bool looks_decimal(const char *text) {
  static const char digits[] = "0123456789";
  text += *text == '+' || *text == '-';
  size_t n_whole = strspn(text, digits), n_fraction = 0;
  text += n_whole;
  if (*text == '.') {
    n_fraction = strspn(text + 1, digits);
    text += 1 + n_fraction;
  }
  if (n_whole + n_fraction == 0) return false;
  if (*text != 'e' && *text != 'E') return *text == 0;
  text += 1;
  text += *text == '+' || *text == '-';
  return *text != 0 && text[strspn(text, digits)] == 0;
}

static bool is_plain(const rww_node *node) {
  return node->kind == RWW_NODE_SCALAR && !node->quoted;
}

rww_numeral rww_node_read_real(const rww_node *node, double *value) {
  if (!is_plain(node)) return RWW_NUMERAL_NOT_ONE;
  const char *text = node->text, *magnitude = text + (*text == '+' || *text == '-');
  if (strcasecmp(magnitude, ".inf") == 0) {
    *value = *text == '-' ? -INFINITY : INFINITY;
    return RWW_NUMERAL_GOOD;
  }
  if (strcasecmp(text, ".nan") == 0) {
    *value = NAN;
    return RWW_NUMERAL_GOOD;
  }
  if (!looks_decimal(text)) return RWW_NUMERAL_NOT_ONE;
  *value = strtod(text, NULL);
  return isinf(*value) ? RWW_NUMERAL_TOO_LARGE : RWW_NUMERAL_GOOD;
}

rww_numeral rww_node_read_integer(const rww_node *node, uint64_t *value) {
  if (!is_plain(node)) return RWW_NUMERAL_NOT_ONE;
  const char *digits = node->text + (node->text[0] == '+');
  if (*digits == 0 || digits[strspn(digits, "0123456789")] != 0) return RWW_NUMERAL_NOT_ONE;
  errno = 0;
  *value = strtoull(digits, NULL, 10);
  return errno == ERANGE ? RWW_NUMERAL_TOO_LARGE : RWW_NUMERAL_GOOD;
}

bool rww_node_read_bool(const rww_node *node, bool *value) {
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
  for (size_t i = 0; is_plain(node) && i < sizeof words / sizeof *words; i++)
    if (strcasecmp(node->text, words[i]) == 0) {
      *value = i % 2;
      return true;
    }
  return false;
}

void rww_node_describe(const rww_node *node, rww_text *text) {
  double number;
  if (node->kind == RWW_NODE_EMPTY)
    rww_text_add(text, "nothing");
  else if (node->kind == RWW_NODE_MAPPING)
    rww_text_add(text, "a mapping");
  else if (node->kind == RWW_NODE_SEQUENCE)
    rww_text_add(text, "a list of %zu", node->n);
  else if (rww_node_read_real(node, &number) != RWW_NUMERAL_NOT_ONE)
    rww_text_add(text, "%.40s", node->text);
  else
    rww_text_add(text, "the %stext '%.60s'", node->quoted ? "quoted " : "", node->text);
}
