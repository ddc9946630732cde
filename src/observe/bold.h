/** @file
 *  BOLD as a stream: the exact truncated sum over the HRF's taps, without ever storing the trace.
 *
 *  Time is counted in steps: 0 is the first of the main run, -1 the last of the warm-up. Each block of steps between
 * two samples is summed up in the HRF's few numbers and then added to every sample that it reaches; what it has added
 *  before time 0 is the history, which one warm-up gives to every run that starts from it.
 *  Source: NUMERICS, "BOLD"; Friston et al. 2000, NeuroImage 12:466, for k_1 and V_0. */
#ifndef RWW_OBSERVE_BOLD_H
#define RWW_OBSERVE_BOLD_H

#include "config/config.h"
#include "observe/hrf.h"

/** Where the samples lie; the same for every lane and run. */
typedef struct rww_bold_plan {
  size_t n_nodes, n_samples;
  uint64_t n_steps;         /* of a run */
  uint64_t n_interim;       /* interim samples of a run */
  size_t steps_per_interim; /* an interim sample is the mean of so many states */
  size_t block_steps;       /* from one sample to the next */
  size_t delay_steps;       /* sample m ends before step m * block_steps - delay_steps, m = 1, 2, ... */
  size_t n_history_steps;   /* of the warm-up that reach into the main run */
  bool input_late;          /* what counts at step t is the state of step t + 1, and the last one twice */
  rww_hrf_factors factors;  /* block_length counts interim samples */
  double *weights;          /* [block_steps][rank]: of each step in its block's sums */
} rww_bold_plan;

/** Plan for runs of `integration`. Errors: RWW_ERR_CONFIG where the step does not divide the interim period, the
 *  BOLD period is no multiple of it, or the run is shorter than the history; RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_bold_plan_create(size_t n_nodes, const rww_semantics *semantics,
                                               const rww_integration_config *integration,
                                               const rww_monitors_config *monitors, rww_bold_plan *plan);
void rww_bold_plan_free(rww_bold_plan *plan);

/** Another kernel of at most RWW_HRF_N_TAPS taps, in blocks of one BOLD period. The plan owns the factors from now on,
 *  also on error. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_bold_plan_set_kernel(rww_bold_plan *plan, rww_hrf_factors factors);

/** Samples of a run. */
size_t rww_bold_count_samples(const rww_integration_config *integration, const rww_monitors_config *monitors);

/** The sums of n_lanes simulations. */
typedef struct rww_bold rww_bold;

/** States will come as `precision` says; so is the sum within a block, all that follows is double. The plan is
 *  borrowed. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_bold_create(const rww_bold_plan *plan, size_t n_lanes, rww_precision precision,
                                          rww_bold **bold);
void rww_bold_destroy(rww_bold *bold);

/** What comes next is a warm-up, from its first step; the sums are empty. */
void rww_bold_begin_warmup(rww_bold *bold);
/** What comes next is the main run; the sums go on from the warm-up or from rww_bold_load. */
void rww_bold_begin_run(rww_bold *bold);

/** Takes states [n_steps][node][n_lanes] after steps first_step, ...; blocks of any length, in order. The bits do not
 *  depend on the lengths of the blocks nor on the other lanes. `bold` is an rww_bold: this is a sink. */
void rww_bold_take(void *bold, uint64_t first_step, size_t n_steps, const void *states);

/** One lane's history at the end of a warm-up, [n_rows][node], and back into sums that are empty there. */
size_t rww_bold_count_history_rows(const rww_bold_plan *plan);
void rww_bold_save(const rww_bold *bold, size_t lane, double *history);
void rww_bold_load(rww_bold *bold, size_t lane, const double *history);

/** One lane's samples at the end of a run: [n_samples][node]. */
void rww_bold_extract(const rww_bold *bold, size_t lane, double *samples);

/** BOLD of the HRF's response: k_1 V_0 (response - 1). */
double rww_bold_scale(double response);

/** The transpose: from the adjoint of the samples that of the trace, block by block. Memory for the samples alone. */
typedef struct rww_bold_adjoint rww_bold_adjoint;

/** Of n_lanes main runs, for a reverse run in `precision`. The plan is borrowed. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_bold_adjoint_create(const rww_bold_plan *plan, size_t n_lanes, rww_precision precision,
                                                  rww_bold_adjoint **adjoint);
void rww_bold_adjoint_destroy(rww_bold_adjoint *adjoint);

/** by_samples [n_samples][node]: derivative of one lane's loss by what rww_bold_extract gave. A lane begins with 0. */
void rww_bold_adjoint_set(rww_bold_adjoint *adjoint, size_t lane, const double *by_samples);

/** by_states [n_steps][node][n_lanes], out, in the adjoint's precision: derivative of the losses by the states of
 *  these steps. Blocks of any length, in any order. `adjoint` is an rww_bold_adjoint: this is an adjoint's source. */
void rww_bold_adjoint_give(void *adjoint, uint64_t first_step, size_t n_steps, void *by_states);

/** Takes states [n_steps][...] that count at times `time`, ...: in order, the history's and the run's alone. */
typedef void (*rww_bold_feed)(void *self, int64_t time, size_t n_steps, const void *states);

/** Puts a block of a run's trace at the times at which it counts. `n_bytes` is the size of the states after one step.*/
void rww_bold_deliver(const rww_bold_plan *plan, bool is_warmup, uint64_t first_step, size_t n_steps,
                      const void *states, size_t n_bytes, rww_bold_feed feed, void *self);

#endif
