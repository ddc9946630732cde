/** @file
 *  From the tree of a configuration file to the fields of rww_config, by the settings table. */
#ifndef RWW_CONFIG_READER_H
#define RWW_CONFIG_READER_H

#include "config/settings.h"

typedef struct rww_reader {
  const char *directory; /* of the configuration file */
  rww_problems *problems;
  rww_config *config; /* being filled */
  rww_node root;
  size_t semantics; /* index of the preset in force */
  size_t item;      /* of the sequence being read */
  bool *failed;     /* [rww_n_settings], given but not understood */
} rww_reader;

/** Adds "place: path: message" to the problems, in one line, and returns RWW_ERR_CONFIG.
 *  `setting` may be NULL: no path. */
rww_status rww_reader_refuse(rww_reader *reader, const rww_setting *setting, const rww_place *place, const char *format,
                             ...) RWW_PRINTF(4, 5);

/** The same for "found ...; expected ..." where `node` is not what the setting can be. */
rww_status rww_reader_refuse_found(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                   const char *expected);

/** Node at a dotted path below `node`, or NULL. */
const rww_node *rww_reader_find(const rww_node *node, const char *path);

/** Where `path` is written, or the nearest section around it. */
rww_place rww_reader_place(const rww_reader *reader, const char *path);

/** Names below sections that no row knows, and sections that are no mappings (keys.c). */
void rww_reader_check_keys(rww_reader *reader);

/** Replaces the name of a weight by all of the weights (keys.c): loss: rmse is loss: {rmse: 1, fc_corr: 0}. */
RWW_MUST_CHECK rww_status rww_reader_expand_short_forms(rww_reader *reader);

/** Puts one --set into the tree (override.c). Errors: RWW_ERR_CONFIG (a problem was added), RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_reader_override(rww_reader *reader, const rww_override *override);

/** Fills reader->config from the tree and the defaults. What is wrong is added to the problems.
 *  Errors: RWW_ERR_MEMORY alone. */
RWW_MUST_CHECK rww_status rww_reader_fill(rww_reader *reader);

/** Reads the rows right below `prefix` ("", "explore.axes[]."): from the mapping `node` or their defaults into the
 *  struct at `base`. Goes on after an error. Errors: RWW_ERR_CONFIG (problems were added), RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_reader_read_rows(rww_reader *reader, const char *prefix, const rww_node *node,
                                               void *base);

/** Whether a setting was understood, or not given: what depends on one that was not would only confuse (checks.c). */
bool rww_reader_is_good(const rww_reader *reader, const char *path);

/** What only several settings together can get wrong (checks.c). */
void rww_reader_check_together(rww_reader *reader);

#endif
