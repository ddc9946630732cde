#include "simulate/noise.h"

#include "base/elementary.h"
#include "base/multiversion.h"
#include "base/threefry.h"

/* Uniform on (-1, 1) from the upper 52 of 64 random bits, as jax.random.uniform with minval nextafter(-1, 0). */
static inline double normal_float64(uint64_t bits) {
  const double low = -0x1.fffffffffffffp-1;
  double f = rww_from_bits(bits >> 12 | 0x3FF0000000000000u) - 1.0;
  double u = f * (1.0 - low) + low;
  return 0x1.6a09e667f3bcdp+0 * rww_erfinv(u < low ? low : u);
}

static inline float normal_float32(uint32_t bits) {
  const float low = -0x1.fffffep-1f;
  uint32_t pattern = bits >> 9 | 0x3F800000u;
  float one_to_two;
  memcpy(&one_to_two, &pattern, sizeof one_to_two);
  float u = (one_to_two - 1.0f) * (1.0f - low) + low;
  return 0x1.6a09e6p+0f * rww_erfinv_float(u < low ? low : u);
}

/* clang hides a function with clones from other files, so that the clones are of an inner one */
RWW_MULTIVERSION
static void fill_float64(uint64_t seed, uint64_t first, size_t n, double *z) {
  for (size_t i = 0; i < n; i++) z[i] = normal_float64(rww_threefry(seed, first + i));
}

RWW_MULTIVERSION
static void fill_float32(uint64_t seed, uint64_t first, size_t n, double *z) {
  for (size_t i = 0; i < n; i++) {
    uint64_t bits = rww_threefry(seed, first + i);
    z[i] = (double)normal_float32((uint32_t)(bits >> 32) ^ (uint32_t)bits);
  }
}

void rww_noise_fill(uint64_t seed, rww_precision dtype, size_t n_nodes, uint64_t first_step, size_t n_steps,
                    double *z) {
  (dtype == RWW_FLOAT64 ? fill_float64 : fill_float32)(seed, first_step * n_nodes, n_steps * n_nodes, z);
}
