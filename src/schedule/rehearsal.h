/** @file
 *  How long ranks would take for work: the queue's own decisions, in a time of their own. Pure. */
#ifndef RWW_SCHEDULE_REHEARSAL_H
#define RWW_SCHEDULE_REHEARSAL_H

#include "plan/cost.h"
#include "plan/unit.h"

/** Points that the ranks share. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_rehearse_points(const rww_unit_sizes *sizes, const rww_speed *speed, uint64_t n_points,
                                              uint64_t n_seeds, size_t n_ranks, rww_cost *cost);

/** Steps of a fit, one after another, each of so many evaluations with gradient. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_rehearse_steps(const rww_unit_sizes *sizes, const rww_speed *speed, uint64_t n_steps,
                                             uint64_t n_lanes, uint64_t n_seeds, size_t n_ranks, rww_cost *cost);

#endif
