/** @file
 *  The parameters of a simulation: one table from which settings, axes, free parameters, datasets and help come.
 *  A parameter is named with its section wherever a user refers to it: model.w, coupling.a, noise.sigma, noise.seed. */
#ifndef RWW_CONFIG_PARAMETER_H
#define RWW_CONFIG_PARAMETER_H

#include "base/status.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RWW_ANY -INFINITY
#define RWW_POSITIVE DBL_MIN

/* id, name as users write it, path in the configuration, unit, default, smallest value that makes sense, may differ
 * from node to node, help.
 * Defaults: Deco et al. 2013, J Neurosci 33:11239, as tvbo's ReducedWongWang. */
#define RWW_PARAMETER_TABLE(X)                                                                                         \
  X(RWW_MODEL_A, "model.a", "model.parameters.a", "(pC)^-1", 0.27, RWW_ANY, true, "Gain of the population rate")       \
  X(RWW_MODEL_B, "model.b", "model.parameters.b", "kHz", 0.108, RWW_ANY, true, "Threshold of the population rate")     \
  X(RWW_MODEL_D, "model.d", "model.parameters.d", "ms", 154.0, RWW_POSITIVE, true, "Curvature of the population rate") \
  X(RWW_MODEL_GAMMA, "model.gamma", "model.parameters.gamma", "1", 0.641, RWW_ANY, true, "Kinetic factor of S")        \
  X(RWW_MODEL_TAU_S, "model.tau_s", "model.parameters.tau_s", "ms", 100.0, RWW_POSITIVE, true, "Decay time of S")      \
  X(RWW_MODEL_J_N, "model.J_N", "model.parameters.J_N", "nA", 0.2609, RWW_ANY, true, "Synaptic coupling")              \
  X(RWW_MODEL_W, "model.w", "model.parameters.w", "1", 0.6, RWW_ANY, true, "Local recurrent excitation")               \
  X(RWW_MODEL_I_O, "model.I_o", "model.parameters.I_o", "nA", 0.33, RWW_ANY, true, "External input current")           \
  X(RWW_COUPLING_A, "coupling.a", "coupling.parameters.a", "1", 0.5, RWW_ANY, false, "Global coupling strength")       \
  X(RWW_COUPLING_B, "coupling.b", "coupling.parameters.b", "1", 0.0, RWW_ANY, false, "Offset of the coupling")         \
  X(RWW_NOISE_SIGMA, "noise.sigma", "integration.noise.sigma", "ms^-1/2", 0.00283, 0.0, false,                         \
    "Amplitude of the noise: each step adds sqrt(step_size) * sigma * z to S")

#define RWW_PARAMETER_ID(id, name, path, unit, value, minimum, per_node, help) id,
typedef enum rww_parameter {
  RWW_PARAMETER_TABLE(RWW_PARAMETER_ID) RWW_N_PARAMETERS,
  RWW_NOISE_SEED = RWW_N_PARAMETERS /* an axis like any other, but a 64-bit integer, never a double */
} rww_parameter;
#undef RWW_PARAMETER_ID

typedef struct rww_parameter_info {
  const char *name, *path, *unit, *help;
  double value;   /* default */
  double minimum; /* smallest value that makes sense */
  bool per_node;
} rww_parameter_info;

/** Row of the table; `parameter` may be RWW_NOISE_SEED. */
const rww_parameter_info *rww_parameter_get(rww_parameter parameter);

/** Finds "model.w" and the like. False where there is no such name; *nearest is then the name that was probably meant,
 *  or NULL. */
bool rww_parameter_find(const char *name, rww_parameter *parameter, const char **nearest);

/** Appends the end of a message about a name that rww_parameter_find does not know: "; expected model.a or coupling.a
 *  (...)" for "a", else " (did you mean model.I_o?); expected one of ..." */
void rww_parameter_suggest(const char *name, rww_text *text);

/** A number, a list with a value a node, or a file that holds such a list.
 *  As read: file != NULL and n = 0, or n = 1, or n > 1. Resolved (rww_values_resolve): n = 1 or n = n_nodes. */
typedef struct rww_values {
  size_t n;
  double *values;   /* [n], owned */
  char *file;       /* owned; relative to the configuration file, already joined with its directory */
  int line, column; /* line 0: given by --set */
} rww_values;

/** The base parameters: the configuration's own, before any axis or fit changes them. */
typedef struct rww_parameter_set {
  rww_values value[RWW_N_PARAMETERS];
  rww_values initial_S; /* dimensionless */
  uint64_t seed;
} rww_parameter_set;

/** A parameter that a batch sets: one row (global) or n_nodes rows (regional) of its values. */
typedef struct rww_free {
  rww_parameter parameter; /* never RWW_NOISE_SEED */
  bool regional;
} rww_free;

/** Rows that these free parameters take: 1 for a global one, n_nodes for a regional one. */
size_t rww_free_count_rows(const rww_free *free, size_t n_free, size_t n_nodes);

/** The unit of work everywhere: evaluate these parameter sets on these seeds. What is not free has its base value.
 *  All arrays are borrowed. */
typedef struct rww_batch {
  size_t n_lanes;
  size_t n_free;
  const rww_free *free;  /* [n_free] */
  const double *values;  /* [n_rows][n_lanes], physical units, rows in the order of `free` */
  const uint64_t *seeds; /* [n_lanes] */
} rww_batch;

/* code as stored, name as shown; from "done" on they are final */
#define RWW_OUTCOME_TABLE(X)                                                                                           \
  X(RWW_PENDING, 0, "pending")                                                                                         \
  X(RWW_STARTED, 1, "started")                                                                                         \
  X(RWW_DONE, 2, "done")                                                                                               \
  X(RWW_DIVERGED, 3, "diverged")                                                                                       \
  X(RWW_DEGENERATE, 4, "degenerate")                                                                                   \
  X(RWW_FAILED, 5, "failed")                                                                                           \
  X(RWW_SKIPPED, 6, "skipped")                                                                                         \
  X(RWW_ELSEWHERE, 7, "elsewhere")

/** What became of a row: a point, an entry of a fit. Divergence and degeneracy are outcomes, stored; they are not
 *  errors. Skipped are entries that a fit did not come to, because it ended before; elsewhere is what is not
 *  computed into this file, but into that of another shard. */
#define RWW_OUTCOME_ID(id, code, name) id = code,
typedef enum rww_outcome { RWW_OUTCOME_TABLE(RWW_OUTCOME_ID) RWW_N_OUTCOMES } rww_outcome;
#undef RWW_OUTCOME_ID

const char *rww_outcome_name(rww_outcome outcome);

#endif
