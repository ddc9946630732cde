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
  bool has_parameters;          /* a mapping whose keys are parameters, with dots in their names */
} rww_type;

/** By rww_setting_type. */
extern const rww_type rww_types[RWW_N_SETTING_TYPES];

RWW_MUST_CHECK rww_status rww_type_read_real(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                             double *value);
RWW_MUST_CHECK rww_status rww_type_read_count(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                              uint64_t *value);

/** Reads each child of a list or mapping into the field, and goes on after an error. */
typedef rww_status (*rww_child_reader)(rww_reader *reader, const rww_setting *setting, const rww_node *child,
                                       void *field);
RWW_MUST_CHECK rww_status rww_type_read_children(rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                                 rww_child_reader read, void *field);

/** Adds a problem where no parameter has this name. */
RWW_MUST_CHECK rww_status rww_type_find_parameter(rww_reader *reader, const rww_setting *setting,
                                                  const rww_place *place, const char *name, rww_parameter *parameter);

/** What is expected instead of a value that is a number, or NULL where it is possible. */
const char *rww_type_check_real(const rww_setting *setting, double value);

/** Releases what the rows of `prefix` own in the struct at `base`. */
void rww_setting_release_rows(const char *prefix, void *base);

#endif
