/** @file
 *  Sets of parameters: the base's, with those given in a mapping put in their place. */
#ifndef RWW_CONFIG_SET_H
#define RWW_CONFIG_SET_H

#include "config/settings.h"

/** Deep copy into *to, whatever it was. Errors: RWW_ERR_MEMORY; rww_set_release then releases what is there. */
RWW_MUST_CHECK rww_status rww_set_copy(const rww_parameter_set *from, rww_parameter_set *to);
void rww_set_release(rww_parameter_set *set);

/** Reads one child `node` of a mapping into the set. *parameter is the one that its key names, or RWW_NOISE_SEED.
 *  Errors: RWW_ERR_CONFIG (a problem was added), RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_set_read_member(struct rww_reader *reader, const rww_setting *setting,
                                              const rww_node *node, rww_parameter_set *set, rww_parameter *parameter);

/** The parameters of a simulated target, in a rww_target_config. A type's `read` and `release`. */
rww_status rww_set_read_target(struct rww_reader *reader, const rww_setting *setting, const rww_node *node,
                               void *target);
void rww_set_release_target(void *target);

#endif
