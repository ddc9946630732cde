#include "observe/hrf.h"

#include "base/memory.h"
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#define TAU_S_S 0.8 /* decay of the vasodilatory signal */
#define TAU_F_S 0.4 /* autoregulation of the flow */

static double spacing_s(bool spread) {
  return spread ? 20.0 / (RWW_HRF_N_TAPS - 1) : 0.004;
}

static double angular_frequency(void) {
  return sqrt(1 / TAU_F_S - 1 / (4 * TAU_S_S * TAU_S_S));
}

/* By scaling and squaring with additions and multiplications alone, so that every machine finds the same bits. */
static double complex exponential(double complex z) {
  int n_halvings = 0;
  for (; fabs(creal(z)) + fabs(cimag(z)) > 0.25; n_halvings++) z *= 0.5;
  double complex sum = 1;
  for (int n = 14; n > 0; n--) sum = 1 + z / n * sum;
  for (; n_halvings > 0; n_halvings--) sum *= sum;
  return sum;
}

/* h is the imaginary part of amplitude() * response(t). */
static double amplitude(void) {
  return 1 / (3 * angular_frequency());
}
static double complex response(double time_s) {
  return exponential(time_s * (-1 / (2 * TAU_S_S) + angular_frequency() * I));
}

void rww_hrf_fill_taps(bool spread, double taps[RWW_HRF_N_TAPS]) {
  for (size_t i = 0; i < RWW_HRF_N_TAPS; i++) taps[i] = amplitude() * cimag(response((double)i * spacing_s(spread)));
}

static rww_status factors_create(size_t n_taps, size_t block_length, size_t rank, rww_hrf_factors *factors) {
  size_t n_blocks = (n_taps + block_length - 1) / block_length;
  *factors = (rww_hrf_factors){.block_length = block_length, .n_blocks = n_blocks, .rank = rank};
  rww_status status = RWW_NEW(&factors->within, block_length * rank);
  if (status == RWW_OK) status = RWW_NEW(&factors->across, n_blocks * rank);
  if (status != RWW_OK) rww_hrf_factors_free(factors);
  return status;
}

void rww_hrf_factors_free(rww_hrf_factors *factors) {
  free(factors->within);
  free(factors->across);
  *factors = (rww_hrf_factors){0};
}

/* Im(s r) = Im(s) Re(r) + Re(s) Im(r), s at the start of the block and r inside it. */
rww_status rww_hrf_factor(bool spread, size_t block_length, rww_hrf_factors *factors) {
  size_t n_whole = RWW_HRF_N_TAPS / block_length, n_rest = RWW_HRF_N_TAPS % block_length, rank = n_rest ? 4 : 2;
  RWW_TRY(factors_create(RWW_HRF_N_TAPS, block_length, rank, factors));
  for (size_t r = 0; r < block_length; r++) {
    double complex inside = response((double)r * spacing_s(spread));
    double *within = &factors->within[r * rank];
    within[0] = creal(inside);
    within[1] = cimag(inside);
    for (size_t k = 2; k < rank; k++) within[k] = r < n_rest ? within[k - 2] : 0;
  }
  for (size_t b = 0; b < factors->n_blocks; b++) {
    double complex start = amplitude() * response((double)(b * block_length) * spacing_s(spread));
    double *across = &factors->across[b * rank + (b < n_whole ? 0 : 2)];
    across[0] = cimag(start);
    across[1] = creal(start);
  }
  return RWW_OK;
}

rww_status rww_hrf_factor_taps(const double *taps, size_t n_taps, size_t block_length, rww_hrf_factors *factors) {
  size_t n_blocks = (n_taps + block_length - 1) / block_length, rank = n_blocks + n_blocks % 2;
  RWW_TRY(factors_create(n_taps, block_length, rank, factors));
  for (size_t i = 0; i < n_taps; i++) factors->within[i % block_length * rank + i / block_length] = taps[i];
  for (size_t b = 0; b < n_blocks; b++) factors->across[b * rank + b] = 1;
  return RWW_OK;
}
