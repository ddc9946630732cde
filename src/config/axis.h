/** @file
 *  Axes of an exploration: values that depend on each other, and seeds, which no double can hold. */
#ifndef RWW_CONFIG_AXIS_H
#define RWW_CONFIG_AXIS_H

#include "config/settings.h"

/** Reads `values` into the axis, as integers where its parameter is noise.seed. A type's `read`. */
rww_status rww_axis_read_values(struct rww_reader *reader, const rww_setting *setting, const rww_node *node,
                                void *axis);
void rww_axis_write_values(const rww_setting *setting, const void *axis, rww_text *text);
void rww_axis_release_values(void *axis);

/** Once its settings are read: either values or low, high and n; the range makes sense; seeds are written out.
 *  A sequence's `finish`. */
rww_status rww_axis_finish(struct rww_reader *reader, const rww_node *node, void *axis);

#endif
