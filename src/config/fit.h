/** @file
 *  Fits: what is free within which bounds, and where they start. */
#ifndef RWW_CONFIG_FIT_H
#define RWW_CONFIG_FIT_H

#include "config/settings.h"

/* Types of settings (types.h) whose field is a rww_fit_start. */
rww_status rww_fit_read_start(struct rww_reader *reader, const rww_setting *setting, const rww_node *node, void *start);
void rww_fit_release_start(void *start);

/* A rww_fit_config: `free`, and `bounds` once the free parameters are known. */
rww_status rww_fit_read_free(struct rww_reader *reader, const rww_setting *setting, const rww_node *node, void *fit);
void rww_fit_write_free(const rww_setting *setting, const void *fit, rww_text *text);
void rww_fit_release_free(void *fit);
rww_status rww_fit_read_bounds(struct rww_reader *reader, const rww_setting *setting, const rww_node *node, void *fit);
void rww_fit_write_bounds(const rww_setting *setting, const void *fit, rww_text *text);

/** Once its settings are read: defaults that depend on others, and what they can only get wrong together
 *  (fit_checks.c). A sequence's `finish`. */
rww_status rww_fit_finish(struct rww_reader *reader, const rww_node *node, void *fit);

/** What the fits together with base and exploration can get wrong, as far as it can be told without data. */
void rww_fit_check_starts(struct rww_reader *reader);

#endif
