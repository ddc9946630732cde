/** @file
 *  Seeds that a mean is taken over. */
#ifndef RWW_CONFIG_SEEDS_H
#define RWW_CONFIG_SEEDS_H

#include "config/settings.h"

/* Types of settings (types.h) whose field is a rww_seeds_config; a list has one block. */
rww_status rww_seeds_read(struct rww_reader *reader, const rww_setting *setting, const rww_node *node, void *seeds);
rww_status rww_seeds_read_list(struct rww_reader *reader, const rww_setting *setting, const rww_node *node,
                               void *seeds);
void rww_seeds_write(const rww_setting *setting, const void *seeds, rww_text *text);
void rww_seeds_release(void *seeds);

/** The first seed that both have, in *seed; false where they have none in common. */
bool rww_seeds_overlap(const rww_seeds_config *a, const rww_seeds_config *b, uint64_t *seed);

#endif
