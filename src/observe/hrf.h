/** @file
 *  Haemodynamic response: the first-order Volterra kernel of the balloon model, sampled, and split by blocks.
 *  Source: Friston et al. 2000, NeuroImage 12:466; sampled as the published workflow does (NUMERICS, "BOLD"). */
#ifndef RWW_OBSERVE_HRF_H
#define RWW_OBSERVE_HRF_H

#include "base/status.h"
#include <stdbool.h>

#define RWW_HRF_N_TAPS 5000

/** taps[i] = h(i * spacing), h(t) = 1/3 exp(-t/(2 tau_s)) sin(om t)/om, dimensionless. The spacing is 4 ms, or where
 *  `spread` 20 s / 4999. Their bits do not depend on the machine's mathematical library. */
void rww_hrf_fill_taps(bool spread, double taps[RWW_HRF_N_TAPS]);

/** Taps as a sum of products, so that a block of input is first summed up in `rank` numbers and these then serve every
 *  sample that the block reaches: tap[b * block_length + r] = sum over k of across[b][k] * within[r][k]. The rank is
 *  even: sums are taken in pairs. */
typedef struct rww_hrf_factors {
  size_t block_length, n_blocks, rank;
  double *within; /* [block_length][rank] */
  double *across; /* [n_blocks][rank] */
} rww_hrf_factors;

/** Factors of the kernel of rww_hrf_fill_taps, the imaginary part of a geometric sequence: rank 2 where block_length
 *  divides the number of taps, else 4 (the last block is cut off). Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_hrf_factor(bool spread, size_t block_length, rww_hrf_factors *factors);

/** Factors of any list of taps: rank n_blocks, or one more. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_hrf_factor_taps(const double *taps, size_t n_taps, size_t block_length,
                                              rww_hrf_factors *factors);

void rww_hrf_factors_free(rww_hrf_factors *factors);

#endif
