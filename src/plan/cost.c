#include "plan/cost.h"

rww_cost rww_cost_of_one(const rww_speed *speed, size_t n_ranks) {
  double wall_s = speed->seed_s + speed->of_losses.lone_s;
  return (rww_cost){.n_units = 1, .n_most_lanes = 1, .wall_s = wall_s, .core_s = wall_s * (double)n_ranks};
}
