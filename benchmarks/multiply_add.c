/* Compiled once for each instruction set and precision, as the kernels are; RWW_MULTIPLY_ADD names the result. */
#include "base/simd.h"

#define N_SUMS 12 /* as many as the latency of two units can hide, and a register each */

size_t RWW_MULTIPLY_ADD(size_t n_rounds);

size_t RWW_MULTIPLY_ADD(size_t n_rounds) {
  vec sums[N_SUMS], factor = v_set((rww_real)0.999), addend = v_set((rww_real)1e-3);
  rww_real last[RWW_SIMD_WIDTH];
  for (int i = 0; i < N_SUMS; i++) sums[i] = v_set((rww_real)i);
  for (size_t round = 0; round < n_rounds; round++)
    for (int i = 0; i < N_SUMS; i++) sums[i] = v_fma(sums[i], factor, addend);
  for (int i = 1; i < N_SUMS; i++) sums[0] = v_add(sums[0], sums[i]);
  v_store(last, sums[0]);
  return last[0] < 0 ? 0 : n_rounds * N_SUMS * RWW_SIMD_WIDTH; /* never negative, which compilers do not see */
}
