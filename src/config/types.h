/** @file
 *  What each type of setting is in YAML, in rww_config and in the canonical text. */
#ifndef RWW_CONFIG_TYPES_H
#define RWW_CONFIG_TYPES_H

#include "config/reader.h"

typedef struct rww_type {
  const char *expected; /* in YAML: for messages */
  /** Errors: RWW_ERR_CONFIG (a problem was added), RWW_ERR_MEMORY. */
  rww_status (*read)(rww_reader *reader, const rww_setting *setting, const rww_node *node, void *field);
  /** Appends the value as canonical text; nothing where the field holds none. NULL: canonical.c writes it by rows. */
  void (*write)(const rww_setting *setting, const void *field, rww_text *text);
  void (*release)(void *field); /* NULL: owns nothing, or its items */
} rww_type;

/** By rww_setting_type. */
extern const rww_type rww_types[RWW_N_SETTING_TYPES];

RWW_MUST_CHECK rww_status rww_type_read_real(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                             double *value);
RWW_MUST_CHECK rww_status rww_type_read_count(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                              uint64_t *value);

/** Reads the rows right below `prefix` ("", "explore.axes[]."): from the mapping `node` or their defaults into the
 *  struct at `base`. Goes on after an error. Errors: RWW_ERR_CONFIG (problems were added), RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_reader_read_rows(rww_reader *reader, const char *prefix, const rww_node *node,
                                               void *base);

/** Whether `row` lies below `prefix` in the same struct (not in an item of a sequence below it). */
bool rww_setting_is_of(const rww_setting *row, const char *prefix);

/** Releases what the rows of `prefix` own in the struct at `base`. */
void rww_setting_release_rows(const char *prefix, void *base);

/** "explore.axes[]." for explore.axes: the prefix of an item's rows. */
void rww_setting_item_prefix(const rww_setting *setting, rww_text *prefix);

#endif
