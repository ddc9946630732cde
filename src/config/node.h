/** @file
 *  A YAML text as a tree with the place of every node. */
#ifndef RWW_CONFIG_NODE_H
#define RWW_CONFIG_NODE_H

#include "base/problems.h"
#include "base/text.h"
#include <stdint.h>

typedef enum rww_node_kind { RWW_NODE_EMPTY, RWW_NODE_SCALAR, RWW_NODE_SEQUENCE, RWW_NODE_MAPPING } rww_node_kind;

/** Owns its texts and children. Zero-initialised is an empty node. */
typedef struct rww_node {
  rww_node_kind kind;
  bool quoted; /* a scalar in quotes is a text, whatever it looks like */
  char *text;  /* of a scalar */
  rww_place place;
  char *key; /* of a mapping's child; else NULL */
  rww_place key_place;
  size_t n, capacity;
  struct rww_node *children; /* [n], of a sequence or a mapping, in the order given */
} rww_node;

/** Reads one YAML document (yaml_reader.c). Findings that do not hinder the reading (duplicate keys) are added to
 *  `problems` like the one that does. `origin` is kept in the places: it must outlive the tree. With `is_override` it
 *  is the path of a --set, else the name of a file. *root is owned by the caller (rww_node_free).
 *  Errors: RWW_ERR_CONFIG, RWW_ERR_MEMORY; *root is then empty. */
RWW_MUST_CHECK rww_status rww_node_parse(const char *origin, bool is_override, const char *source,
                                         rww_problems *problems, rww_node *root);
void rww_node_free(rww_node *node);

/** Removes what the node holds; its place and key stay. */
void rww_node_clear(rww_node *node);

/** Child of a mapping, or NULL where there is none or `node` is no mapping. */
rww_node *rww_node_child(const rww_node *node, const char *key);

/** New empty child at the end, in *child; valid until the next one is added. `key` is copied, and NULL in a sequence.
 *  Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_node_append(rww_node *parent, const char *key, rww_place place, rww_node **child);

/** Deep copy of what `from` holds into the empty node `to`, whose key stays. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_node_copy(const rww_node *from, rww_node *to);

/** "the text 'abc'", "the number 3", "a list of 2", "nothing": for messages. */
void rww_node_describe(const rww_node *node, rww_text *text);

typedef enum rww_numeral { RWW_NUMERAL_GOOD, RWW_NUMERAL_NOT_ONE, RWW_NUMERAL_TOO_LARGE } rww_numeral;

/** Numbers of YAML 1.2 (4, 0.5, -1e-3, .5, .inf); a NaN (.nan) is one too. */
rww_numeral rww_node_read_real(const rww_node *node, double *value);

/** Decimal digits, at most 2^64 - 1. */
rww_numeral rww_node_read_integer(const rww_node *node, uint64_t *value);

/** true and false, as YAML 1.1 writes them as well (yes, no, on, off). */
bool rww_node_read_bool(const rww_node *node, bool *value);

#endif
