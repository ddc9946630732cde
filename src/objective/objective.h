/** @file
 *  Parameters and seeds in; loss, FC and BOLD out: simulate and observe joined. */
#ifndef RWW_OBJECTIVE_OBJECTIVE_H
#define RWW_OBJECTIVE_OBJECTIVE_H

#include "config/config.h"
#include "connectome/connectome.h"
#include "simulate/backend.h"

typedef struct rww_objective rww_objective;

/** What an objective is made of. Everything is borrowed and must outlive it. */
typedef struct rww_objective_spec {
  const rww_connectome *connectome;
  const rww_target *target;      /* fc NULL: losses are NaN, outcome as usual */
  const rww_parameter_set *base; /* resolved */
  const rww_semantics *semantics;
  const rww_integration_config *integration;
  const rww_monitors_config *monitors;
  const rww_observation_config *observation;
  const rww_backend *backend;
  rww_precision precision;
  size_t trajectory_bytes; /* of memory a lane, for gradients; 0: no limit */
  size_t noise_bytes;      /* of memory, for noise */
  double rehearsed_ms;     /* duration of the longer run that this one foretells, in time and memory; 0: none */
} rww_objective_spec;

/** What is wanted of each lane; NULL where not wanted. */
typedef struct rww_evaluation {
  double *loss, *rmse, *fc_corr, *fc_corr_triangle; /* [n_lanes], dimensionless; NaN where not `done` */
  rww_outcome *outcome;                             /* [n_lanes]; required */
  double *fc;                                       /* [n_lanes][node][node] */
  double *bold;                                     /* [n_lanes][n_samples][node] */
  const rww_loss_weights *weights;                  /* in: of the loss; NULL: those of the observation */
  double adjoint_damping;                           /* in, where a gradient is wanted: 1, or see rww_backend.reverse */
  double *gradient; /* [n_rows][n_lanes], rows as the batch's values: derivative of the loss, in 1 / the parameter's
                       unit; NaN where there is no loss. Where the loss is finite and its gradient is not, the outcome
                       is `diverged` and the losses stay */
} rww_evaluation;

/** What a recorded run, from which gradients come, will keep of each lane. */
rww_trajectory rww_objective_plan_trajectory(const rww_objective_spec *spec);

/** Errors: RWW_ERR_MEMORY; RWW_ERR_CONFIG where the backend cannot do what is asked (precision, semantics). */
RWW_MUST_CHECK rww_status rww_objective_create(const rww_objective_spec *spec, rww_objective **objective);
void rww_objective_destroy(rww_objective *objective);

/** Memory of an objective that has seen so many seeds, and what each lane takes of it during an evaluation: of both
 * what grows with the duration, the seeds or the square of the nodes. */
typedef struct rww_footprint {
  size_t kept_bytes, lane_bytes;
} rww_footprint;
rww_footprint rww_objective_count_bytes(const rww_objective *objective, uint64_t n_seeds);

/** BOLD samples of a run, before any are skipped. */
size_t rww_objective_count_samples(const rww_integration_config *integration, const rww_monitors_config *monitors);

/** Warm-up at the base parameters with each lane's seed (kept from call to call for the seeds used last), main run,
 *  BOLD, FC, loss. A lane's bits do not depend on the other lanes. Not collective.
 *  The gradient takes the warm-up as it is: where the run begins does not depend on the free parameters.
 *  Errors: RWW_ERR_MEMORY; RWW_ERR_CONFIG where a gradient is wanted and the backend has none. */
RWW_MUST_CHECK rww_status rww_objective_evaluate(rww_objective *objective, const rww_batch *batch,
                                                 const rww_evaluation *evaluation);

/** Traces of the base run; NULL where not wanted. n_raw = raw_last_ms / step_size_ms, at most the run's steps;
 *  n_interim = duration_ms / 4 ms. */
typedef struct rww_base_traces {
  double *raw_warmup, *raw_main;               /* [n_raw][node], S after each of the last steps */
  double *last_state_warmup, *last_state_main; /* [node] */
  double *bold_full; /* [n_interim][node], a sample every 4 ms, by FFT: its last bits may change with
                        the FFTW in use, so it never feeds a loss */
} rww_base_traces;

/** The base run in full, as one lane of rww_objective_evaluate, and its traces. */
RWW_MUST_CHECK rww_status rww_objective_run_base(rww_objective *objective, const rww_evaluation *evaluation,
                                                 const rww_base_traces *traces);

#endif
