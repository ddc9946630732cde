#include "connectome/generator.h"

#include "base/elementary.h"
#include "base/memory.h"
#include "base/threefry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIDLINE_GAP_MM 12.0 /* of the centres of medial regions */
#define SEMI_AXIS_X_MM 53.0 /* left to right, of one hemisphere */
#define SEMI_AXIS_Y_MM 85.0 /* back to front */
#define SEMI_AXIS_Z_MM 60.0 /* bottom to top */
#define JITTER_MM 4.0
#define TORTUOSITY 1.3
#define LOG_WEIGHT_SD 1.2
#define HOMOTOPIC_LOG_GAIN 1.0

/* Standard normal number `index` of a stream of its own for each use. */
typedef enum stream { STREAM_POSITIONS, STREAM_WEIGHTS } stream;

static double draw_normal(uint64_t seed, stream which, uint64_t index) {
  uint64_t bits = rww_threefry(seed, (uint64_t)which << 60 | index);
  double uniform = ((double)(bits >> 12) + 0.5) * 0x1p-51 - 1.0;
  return 0x1.6a09e667f3bcdp+0 * rww_erfinv(uniform);
}

/* Unit vector number k of n on the half sphere x > 0: equal steps in x, and the golden ratio between angles. */
static void spread(size_t k, size_t n, double unit[3]) {
  const double golden = 0x1.3c6ef372fe95p-1; /* (sqrt(5) - 1) / 2 */
  double x = ((double)k + 0.5) / (double)n, turns = golden * (double)k;
  turns -= floor(turns);
  /* a point on the unit circle without sin and cos, whose bits differ between machines: a rational parametrisation of
   * the right half, mirrored for the left one */
  double side = turns < 0.5 ? 1.0 : -1.0, t = 4.0 * (turns < 0.5 ? turns : turns - 0.5) - 1.0;
  double norm = 1.0 + t * t, radius = sqrt(1.0 - x * x);
  unit[0] = x;
  unit[1] = side * radius * (1.0 - t * t) / norm;
  unit[2] = side * radius * 2.0 * t / norm;
}

static void place_regions(size_t n, uint64_t seed, double *positions) {
  static const double semi_axes_mm[3] = {SEMI_AXIS_X_MM, SEMI_AXIS_Y_MM, SEMI_AXIS_Z_MM};
  for (size_t k = 0; k < n / 2; k++) {
    double unit[3], *left = positions + 3 * k, *right = positions + 3 * (k + n / 2);
    spread(k, n / 2, unit);
    for (size_t d = 0; d < 3; d++)
      right[d] = semi_axes_mm[d] * unit[d] + JITTER_MM * draw_normal(seed, STREAM_POSITIONS, 3 * k + d);
    right[0] = fmax(right[0], 0.0) + MIDLINE_GAP_MM;
    memcpy(left, right, 3 * sizeof *left);
    left[0] = -right[0];
  }
}

static double measure_tract(const double *positions, size_t i, size_t j) {
  double square = 0;
  for (size_t d = 0; d < 3; d++) {
    double difference = positions[3 * i + d] - positions[3 * j + d];
    square += difference * difference;
  }
  return TORTUOSITY * sqrt(square);
}

static void draw_links(size_t n, uint64_t seed, rww_connectome *connectome) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++) {
      double length_mm = measure_tract(connectome->positions, i, j);
      double gain = j == i + n / 2 ? HOMOTOPIC_LOG_GAIN : 0.0;
      double log_weight = gain - length_mm / RWW_GENERATOR_LENGTH_CONSTANT_MM +
                          LOG_WEIGHT_SD * draw_normal(seed, STREAM_WEIGHTS, i * n + j);
      connectome->tract_lengths[i * n + j] = connectome->tract_lengths[j * n + i] = length_mm;
      connectome->weights[i * n + j] = connectome->weights[j * n + i] = rww_exp(log_weight);
    }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? 1 : x > y ? -1 : 0;
}

static rww_status keep_strongest(size_t n, double *weights) {
  size_t n_entries = n * n, n_kept = (size_t)(RWW_GENERATOR_DENSITY * (double)(n * (n - 1)));
  double *sorted;
  RWW_TRY(RWW_NEW(&sorted, n_entries));
  memcpy(sorted, weights, n_entries * sizeof *sorted);
  qsort(sorted, n_entries, sizeof *sorted, by_size);
  double weakest = sorted[n_kept > 0 ? n_kept - 1 : 0];
  free(sorted);
  for (size_t i = 0; i < n_entries; i++)
    if (weights[i] < weakest) weights[i] = 0;
  return RWW_OK;
}

static rww_status name_regions(size_t n, char **labels) {
  for (size_t i = 0; i < n; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s_%02zu", i < n / 2 ? "lh" : "rh", i % (n / 2) + 1);
    RWW_TRY(rww_copy_text(name, &labels[i]));
  }
  return RWW_OK;
}

rww_status rww_generator_create(size_t n_nodes, uint64_t seed, rww_connectome *connectome) {
  size_t n = n_nodes;
  *connectome = (rww_connectome){.n_nodes = n};
  if (n < 4 || n % 2 != 0 || n > RWW_MAX_NODES)
    return rww_raise(RWW_ERR_CONFIG,
                     "connectivity.generator.nodes is %zu; expected an even number from 4 to %d (two hemispheres)", n,
                     RWW_MAX_NODES);
  RWW_TRY(RWW_NEW(&connectome->weights, n * n));
  RWW_TRY(RWW_NEW(&connectome->tract_lengths, n * n));
  RWW_TRY(RWW_NEW(&connectome->positions, 3 * n));
  RWW_TRY(RWW_NEW(&connectome->labels, n));
  RWW_TRY(name_regions(n, connectome->labels));
  place_regions(n, seed, connectome->positions);
  draw_links(n, seed, connectome);
  return keep_strongest(n, connectome->weights);
}
