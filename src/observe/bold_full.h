/** @file
 *  BOLD at every interim sample, by fast Fourier transform: an output of the base run and the check of the streaming
 *  sum. It never feeds a loss: its last bits change with plan and alignment. */
#ifndef RWW_OBSERVE_BOLD_FULL_H
#define RWW_OBSERVE_BOLD_FULL_H

#include "observe/bold.h"

/** The interim trace of one simulation: the warm-up's part that reaches into the main run, then the main run. */
typedef struct rww_interim {
  const rww_bold_plan *plan; /* borrowed */
  rww_precision precision;   /* of the states that it takes */
  bool is_warmup;            /* what it is taking now; true at first */
  double *samples;           /* [RWW_HRF_N_TAPS + n_interim][node] */
} rww_interim;

/** Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_interim_create(const rww_bold_plan *plan, rww_precision precision, rww_interim *interim);
void rww_interim_free(rww_interim *interim);

/** Takes states [n_steps][node] of one lane; as rww_bold_take. */
void rww_interim_take(void *interim, uint64_t first_step, size_t n_steps, const void *states);

/** bold [n_interim][node]: entry t is BOLD whose window of taps ends at interim sample t of the main run.
 *  Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_interim_convolve(const rww_interim *interim, const double taps[RWW_HRF_N_TAPS],
                                               double *bold);

#endif
