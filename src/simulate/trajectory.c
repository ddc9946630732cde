#include "simulate/backend.h"

#include <math.h>

#define CACHE_BYTES ((size_t)384 << 10)

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

/* Steps of a full unit's lanes that the second-level cache can hold. */
static uint64_t count_cached_steps(const rww_backend *backend, const rww_simulation *simulation) {
  size_t value_bytes = simulation->precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double);
  size_t step_bytes =
      backend->n_recorded * backend->count_lanes(simulation->precision) * simulation->n_nodes * value_bytes;
  return CACHE_BYTES / step_bytes + 1;
}

/* n_steps / k starts and n_recorded k values: least where both are equally many. Short segments are faster. */
rww_trajectory rww_backend_plan_trajectory(const rww_backend *backend, const rww_simulation *simulation) {
  rww_trajectory whole = in_segments_of(simulation->n_steps, backend, simulation);
  if (simulation->trajectory_bytes == 0 || whole.lane_bytes <= simulation->trajectory_bytes) return whole;
  uint64_t balanced = (uint64_t)ceil(sqrt((double)simulation->n_steps / (double)backend->n_recorded));
  uint64_t cached = count_cached_steps(backend, simulation);
  rww_trajectory fast = in_segments_of(cached < balanced ? cached : balanced, backend, simulation);
  return fast.lane_bytes <= simulation->trajectory_bytes ? fast : in_segments_of(balanced, backend, simulation);
}
