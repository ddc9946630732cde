/** @file
 *  Evaluation on held-out noise: that it is held out. */
#ifndef RWW_CONFIG_EVALUATE_H
#define RWW_CONFIG_EVALUATE_H

#include "config/settings.h"

/** Refuses seeds that anything else in the configuration uses. */
void rww_evaluate_check_seeds(struct rww_reader *reader);

#endif
