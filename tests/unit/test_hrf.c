#include "check.h"
#include "observe/hrf.h"

#include <stdlib.h>

/* mpmath with 40 digits: i, h(0.004 i), h(20 i / 4999). */
static const struct {
  size_t i;
  double tap, spread_tap;
} expected[] = {
    {0, 0.0, 0.0},
    {1, 0.0013299966819358201565, 0.0013302620662244683672},
    {250, 0.12198744680235787153, 0.12197640755234672233},
    {541, -0.000079132828350869879735, -0.00011641508473132928459},
    {1000, -0.0085943391000561783447, -0.0085705632741977459442},
    {2163, -4.8988710790221889347e-7, 2.094060507070677138e-6},
    {4999, -5.9519173451928621208e-7, -5.9727234191757242745e-7},
};

static double taps[RWW_HRF_N_TAPS], spread_taps[RWW_HRF_N_TAPS];

/* 1e-15: the largest tap is 0.14, and squaring doubles a rounding error a few times. */
static void taps_agree_with_multiprecision(void) {
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    CHECK_NEAR(taps[expected[k].i], expected[k].tap, 1e-15);
    CHECK_NEAR(spread_taps[expected[k].i], expected[k].spread_tap, 1e-15);
  }
}

static double expand(const rww_hrf_factors *factors, size_t i) {
  double tap = 0;
  for (size_t k = 0; k < factors->rank; k++)
    tap += factors->across[i / factors->block_length * factors->rank + k] *
           factors->within[i % factors->block_length * factors->rank + k];
  return tap;
}

static void factors_multiply_to_the_taps(size_t block_length, size_t rank) {
  rww_hrf_factors factors, spread, any;
  CHECK_OK(rww_hrf_factor(false, block_length, &factors));
  CHECK_OK(rww_hrf_factor(true, block_length, &spread));
  CHECK_OK(rww_hrf_factor_taps(taps, RWW_HRF_N_TAPS, block_length, &any));
  CHECK(factors.rank == rank && spread.rank == rank);
  for (size_t i = 0; i < factors.n_blocks * block_length; i++) {
    bool exists = i < RWW_HRF_N_TAPS; /* behind the last tap the product must be zero */
    CHECK_NEAR(expand(&factors, i), exists ? taps[i] : 0, 2e-15);
    CHECK_NEAR(expand(&spread, i), exists ? spread_taps[i] : 0, 2e-15);
    CHECK(expand(&any, i) == (exists ? taps[i] : 0));
  }
  rww_hrf_factors_free(&factors);
  rww_hrf_factors_free(&spread);
  rww_hrf_factors_free(&any);
}

int main(void) {
  rww_hrf_fill_taps(false, taps);
  rww_hrf_fill_taps(true, spread_taps);
  taps_agree_with_multiprecision();
  factors_multiply_to_the_taps(250, 2);
  factors_multiply_to_the_taps(180, 4);
  factors_multiply_to_the_taps(1, 2);
  factors_multiply_to_the_taps(7000, 4);
  return check_report();
}
