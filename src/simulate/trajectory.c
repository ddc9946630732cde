#include "simulate/backend.h"

#include <math.h>

/* In segments of n_steps: a start for each, and of one segment the state before it and n_recorded values of each step.
 */
static rww_trajectory in_segments_of(uint64_t n_steps, const rww_backend *backend, const rww_simulation *simulation) {
  uint64_t n_segments = (simulation->n_steps + n_steps - 1) / n_steps;
  size_t value_bytes = simulation->precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double);
  return (rww_trajectory){
      .segment_steps = n_steps,
      .n_segments = n_segments,
      .lane_bytes = (n_segments + 1 + n_steps * backend->n_recorded) * simulation->n_nodes * value_bytes,
  };
}

/* n_steps / k starts and n_recorded k values: least where both are equally many. */
rww_trajectory rww_backend_plan_trajectory(const rww_backend *backend, const rww_simulation *simulation) {
  rww_trajectory whole = in_segments_of(simulation->n_steps, backend, simulation);
  if (simulation->trajectory_bytes == 0 || whole.lane_bytes <= simulation->trajectory_bytes) return whole;
  double balanced = ceil(sqrt((double)simulation->n_steps / (double)backend->n_recorded));
  return in_segments_of((uint64_t)balanced, backend, simulation);
}
