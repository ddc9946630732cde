/** @file
 *  The interface of every integrator: many simulations (lanes) at once, one set of equations (NUMERICS). */
#ifndef RWW_SIMULATE_BACKEND_H
#define RWW_SIMULATE_BACKEND_H

#include "config/config.h"

/** What all simulations of an integrator share. Borrowed; must outlive it. */
typedef struct rww_simulation {
  size_t n_nodes;
  const double *weights; /* [target][source] */
  double step_ms;
  uint64_t n_steps;         /* of one run; warm-up and main run are equally long and use the same noise */
  uint64_t rehearsed_steps; /* of the longer run that this one foretells: keep in memory what it would; 0: none */
  rww_precision precision, noise_dtype;
  const rww_semantics *semantics;
  size_t trajectory_bytes; /* that a recorded run may keep of each lane; where that is too little for all of it,
                              segments are computed again, with the same bits. 0: no limit */
  size_t noise_bytes;      /* that may be kept of noise; what is not kept is made again */
} rww_simulation;

/** Parameters of each lane, and its seed. Borrowed. */
typedef struct rww_lanes {
  size_t n_lanes;
  const double *value[RWW_N_PARAMETERS]; /* [n_lanes], or [node][n_lanes] where per_node says so */
  bool per_node[RWW_N_PARAMETERS];
  const uint64_t *seeds; /* [n_lanes] */
} rww_lanes;

/** Takes a block of the trace: `states` [n_steps][node][n_lanes], the states after steps first_step ... (counted from
 *  0), in the precision of the simulation (double or float). Valid during the call. */
typedef struct rww_sink {
  void (*take)(void *context, uint64_t first_step, size_t n_steps, const void *states);
  void *context;
} rww_sink;

/** Gives a block of the adjoint of the trace, the latest block first: `adjoint` [n_steps][node][n_lanes], out, what
 *  rww_sink took mirrored: the derivative of the loss by the states after steps first_step ..., as far as the loss sees
 *  them directly (through BOLD). In the precision of the simulation. Valid during the call. */
typedef struct rww_adjoint_source {
  void (*give)(void *context, uint64_t first_step, size_t n_steps, void *adjoint);
  void *context;
} rww_adjoint_source;

/** Derivative of each lane's loss by its parameters, in the shape of rww_lanes.value: [n_lanes] for one that all nodes
 *  share, else [node][n_lanes]. NULL where not wanted. The caller's; in double for either precision. */
typedef struct rww_lanes_gradient {
  double *value[RWW_N_PARAMETERS];
} rww_lanes_gradient;

/** How a recorded run is kept: the state at the start of every segment, and all states of one segment, the last one at
 *  first; a reverse run computes the others again, one by one. */
typedef struct rww_trajectory {
  uint64_t segment_steps, n_segments;
  size_t lane_bytes;
} rww_trajectory;

typedef struct rww_integrator rww_integrator;

/** A vectorised backend runs fewer lanes than its step in the time of a whole step, but for up to one part in so many
 * of it, which it runs one by one. */
#define RWW_LONE_PART 2

/** A backend. Those of one family share every bit; the family enters the key. */
typedef struct rww_backend {
  const char *name;                            /* as --backend names it: reference, generic, avx2, avx512, neon */
  const char *family;                          /* "reference" or "lanes" */
  bool (*is_supported)(void);                  /* by this processor */
  size_t (*count_lanes)(rww_precision of);     /* of a unit of work that it likes best */
  size_t (*count_lane_step)(rww_precision of); /* a multiple of which costs hardly more a lane; see RWW_LONE_PART */
  bool is_vectorised;
  size_t n_recorded; /* numbers a node that a recorded run keeps of each step of a segment; 0: it has no gradient */
  /** Errors: RWW_ERR_CONFIG where it cannot do what the simulation asks for; RWW_ERR_MEMORY. */
  RWW_MUST_CHECK rww_status (*create)(const rww_simulation *simulation, rww_integrator **integrator);
  /** One run of n_steps. state [node][n_lanes] (double): in, the initial condition; out, the state after the last step.
   *  Not collective. */
  RWW_MUST_CHECK rww_status (*run)(rww_integrator *integrator, const rww_lanes *lanes, double *state, rww_sink sink);
  /** The same run, of which the integrator keeps what a reverse run needs, until the next one that is recorded. */
  RWW_MUST_CHECK rww_status (*record)(rww_integrator *integrator, const rww_lanes *lanes, double *state, rww_sink sink);
  /** From the last step of the run recorded last to its first, with the same lanes: the gradient of the discrete map,
   *  by reverse accumulation; the initial condition counts as a constant, and the clip lets through what lay inside
   *  (0, 1). What step t hands to step t - 1, directly and through the coupling, is multiplied by `damping`, what
   *  `source` gives is not: 1 for the gradient, in (0, 1) for a direction that forgets the distant past.
   *  Not collective. */
  RWW_MUST_CHECK rww_status (*reverse)(rww_integrator *integrator, const rww_lanes *lanes, double damping,
                                       rww_adjoint_source source, const rww_lanes_gradient *gradient);
  void (*destroy)(rww_integrator *integrator);
} rww_backend;

/** The trajectory of a recorded run within simulation->trajectory_bytes: one segment where that is enough, else
 *  segments short enough to stay in a cache, else of the length that needs the least memory. */
rww_trajectory rww_backend_plan_trajectory(const rww_backend *backend, const rww_simulation *simulation);

/** The backend of that name. For "auto" the one that the environment variable RWWSWEEP_BACKEND names, or else the best
 *  that this processor supports for the default semantics, and the reference for all others (`semantics` NULL: the
 *  default). Errors: RWW_ERR_USAGE: unknown (the names there are), or not supported here. */
RWW_MUST_CHECK rww_status rww_backend_find(const char *name, const rww_semantics *semantics,
                                           const rww_backend **backend);

#endif
