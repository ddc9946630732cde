#include "plan/cost.h"

#include <math.h>

static uint64_t divide_up(uint64_t a, uint64_t b) {
  return a / b + (a % b != 0);
}

static rww_cost sum_up(double wall_s, uint64_t n_units, size_t n_ranks) {
  return (rww_cost){
      .n_units = n_units,
      .n_idle_ranks = n_units < n_ranks ? n_ranks - (size_t)n_units : 0,
      .wall_s = wall_s,
      .core_s = wall_s * (double)n_ranks,
  };
}

/* Units shrink towards the end, down to what costs as much as a full one: so ranks end together but for one of them. A
 * rank meets at most as many seeds as it gets units. */
rww_cost rww_cost_of_points(const rww_speed *speed, uint64_t n_points, uint64_t n_seeds, size_t n_ranks) {
  if (n_points == 0) return (rww_cost){0};
  uint64_t n_units = divide_up(n_points, speed->n_lanes), n_rounds = divide_up(n_units, n_ranks);
  double lanes_s = n_points < speed->n_lanes
                       ? fmax(speed->lone_s, speed->unit_s * (double)n_points / (double)speed->n_lanes)
                       : speed->unit_s;
  double seeds_s = speed->seed_s * (double)(n_seeds < n_rounds ? n_seeds : n_rounds);
  return sum_up((double)n_rounds * lanes_s + seeds_s, n_units, n_ranks);
}

rww_cost rww_cost_of_steps(const rww_speed *speed, uint64_t n_steps, uint64_t n_lanes, uint64_t n_seeds,
                           size_t n_ranks) {
  rww_speed with_gradient = *speed;
  with_gradient.unit_s = speed->gradient_unit_s;
  with_gradient.lone_s = speed->gradient_lone_s;
  with_gradient.seed_s = 0;
  rww_cost step = rww_cost_of_points(&with_gradient, n_lanes, 1, n_ranks);
  rww_cost all =
      sum_up((double)n_steps * step.wall_s + speed->seed_s * (double)n_seeds, n_steps * step.n_units, n_ranks);
  all.n_idle_ranks = step.n_idle_ranks;
  return all;
}

rww_cost rww_cost_of_one(const rww_speed *speed, size_t n_ranks) {
  rww_cost cost = sum_up(speed->seed_s + speed->lone_s, 1, n_ranks);
  cost.n_idle_ranks = 0; /* they wait for the other stages */
  return cost;
}
