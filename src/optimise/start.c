#include "optimise/start.h"

#include "base/threefry.h"

#define STREAM UINT64_C(0x7374617274730000) /* sets these numbers apart from the noise of the same seed: "starts" */
#define MARGIN 1e-3                         /* of the bounds' width, where the smooth map is not flat yet */

/* Uniform in (-1, 1). */
static double draw(uint64_t seed, uint64_t restart, rww_parameter parameter, size_t node) {
  uint64_t counter = restart << 32 | (uint64_t)parameter << 24 | node;
  return (double)(rww_threefry(seed ^ STREAM, counter) >> 11) * 0x1p-52 - 1 + 0x1p-53;
}

static double move(double start, double by, rww_bounds bounds) {
  if (isinf(bounds.low)) return start + by * fabs(start);
  double width = bounds.high - bounds.low, moved = start + by * width;
  return fmin(fmax(moved, bounds.low + MARGIN * width), bounds.high - MARGIN * width);
}

void rww_start_draw(uint64_t seed, uint64_t restart, double spread, size_t n_nodes, size_t n_free,
                    const rww_free *free_parameters, const double *start, const rww_bounds *bounds, double *drawn) {
  size_t row = 0;
  for (size_t k = 0; k < n_free; k++)
    for (size_t node = 0; node < rww_free_count_rows(&free_parameters[k], 1, n_nodes); node++, row++)
      drawn[row] = move(start[row], spread * draw(seed, restart, free_parameters[k].parameter, node), bounds[row]);
}
