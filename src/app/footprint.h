/** @file
 *  Memory that the objectives of an experiment will take. */
#ifndef RWW_APP_FOOTPRINT_H
#define RWW_APP_FOOTPRINT_H

#include "app/experiment.h"

/** Of a rank that has met all seeds, in a unit of so many lanes; as rww_footprint counts. */
RWW_MUST_CHECK rww_status rww_footprint_foresee(const rww_experiment *experiment, size_t n_lanes, size_t *n_bytes);

#endif
