#include "peak.h"

#include "base/clock.h"
#include "simulate/kernels.h"
#include <math.h>
#include <string.h>

#define N_TRIES 40
#define N_ROUNDS 50000

/* multiply_add.c: returns how many numbers it has taken through n_rounds. */
typedef size_t multiply_add(size_t n_rounds);

#ifdef __x86_64__
multiply_add rww_multiply_add_avx2_float64, rww_multiply_add_avx2_float32;
multiply_add rww_multiply_add_avx512_float64, rww_multiply_add_avx512_float32;
#endif
#ifdef __aarch64__
multiply_add rww_multiply_add_neon_float64, rww_multiply_add_neon_float32;
#endif

static const struct units {
  const char *instruction_set;
  multiply_add *of[2]; /* by rww_precision */
} units[] = {
#ifdef __x86_64__
    {"avx2", {rww_multiply_add_avx2_float64, rww_multiply_add_avx2_float32}},
    {"avx512", {rww_multiply_add_avx512_float64, rww_multiply_add_avx512_float32}},
#endif
#ifdef __aarch64__
    {"neon", {rww_multiply_add_neon_float64, rww_multiply_add_neon_float32}},
#endif
};

static multiply_add *find(const char *instruction_set, rww_precision precision) {
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strcmp(units[i].instruction_set, instruction_set) == 0) return units[i].of[precision];
  return NULL;
}

double rww_peak_measure(const char *backend, rww_precision precision) {
  multiply_add *run = find(backend, precision);
  double best = 0;
  if (!run) run = find(rww_instruction_set_best()->name, precision);
  if (!run) return NAN;
  for (int i = 0; i < N_TRIES; i++) {
    double begin_s = rww_clock_s(), n = (double)run(N_ROUNDS);
    best = fmax(best, 2 * n / (rww_clock_s() - begin_s));
  }
  return best;
}
