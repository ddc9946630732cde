/** @file
 *  What work will take, from what a little of it took. Pure: measuring is others' work. */
#ifndef RWW_PLAN_COST_H
#define RWW_PLAN_COST_H

#include <stddef.h>
#include <stdint.h>

/** What units of work take: main run, BOLD, FC and loss of all their lanes. */
typedef struct rww_unit_times {
  size_t n_lanes; /* of a full unit */
  double unit_s;  /* that one */
  double step_s;  /* one of a step's lanes (rww_unit_sizes), where a full unit has more */
  double lone_s;  /* one of a single lane */
} rww_unit_times;

/** Measured on one core. */
typedef struct rww_speed {
  rww_unit_times of_losses, of_gradients; /* the latter 0 where nobody asks for them */
  double seed_s;                          /* noise and warm-up, which each rank does once a seed */
} rww_speed;

typedef struct rww_cost {
  uint64_t n_units;      /* full ones */
  size_t n_idle_ranks;   /* that would get nothing to do */
  size_t n_most_lanes;   /* that a unit takes the memory of */
  double wall_s, core_s; /* core_s: of all ranks, whether they work or wait */
} rww_cost;

/** One evaluation by itself, for which all ranks wait. */
rww_cost rww_cost_of_one(const rww_speed *speed, size_t n_ranks);

#endif
