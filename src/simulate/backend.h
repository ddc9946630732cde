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
  uint64_t n_steps; /* of one run; warm-up and main run are equally long and use the same noise */
  rww_precision precision, noise_dtype;
  const rww_semantics *semantics;
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

typedef struct rww_integrator rww_integrator;

/** A backend. Those of one family share every bit; the family enters the key. */
typedef struct rww_backend {
  const char *name;                        /* as --backend names it: reference, generic, avx2, avx512, neon */
  const char *family;                      /* "reference" or "lanes" */
  bool (*is_supported)(void);              /* by this processor */
  size_t (*count_lanes)(rww_precision of); /* of a unit of work that it likes best */
  bool is_vectorised;                      /* fewer lanes than that take as long */
  /** Errors: RWW_ERR_CONFIG where it cannot do what the simulation asks for; RWW_ERR_MEMORY. */
  RWW_MUST_CHECK rww_status (*create)(const rww_simulation *simulation, rww_integrator **integrator);
  /** One run of n_steps. state [node][n_lanes] (double): in, the initial condition; out, the state after the last step.
   *  Not collective. */
  RWW_MUST_CHECK rww_status (*run)(rww_integrator *integrator, const rww_lanes *lanes, double *state, rww_sink sink);
  void (*destroy)(rww_integrator *integrator);
} rww_backend;

/** The backend of that name. For "auto" the one that the environment variable RWWSWEEP_BACKEND names, or else the best
 *  that this processor supports for the default semantics, and the reference for all others (`semantics` NULL: the
 *  default). Errors: RWW_ERR_USAGE: unknown (the names there are), or not supported here. */
RWW_MUST_CHECK rww_status rww_backend_find(const char *name, const rww_semantics *semantics,
                                           const rww_backend **backend);

#endif
