/** @file
 *  What another C program may call: the loss of a Reduced Wong-Wang simulation against a target FC, for any number of
 *  parameter sets, from arrays in memory. The published workflow's semantics (tvbo-2025.06); one process, one thread.
 *
 *  Functions return 0, or another number on error; rww_sweep_message then tells what was found and what was expected.
 */
#ifndef RWWSWEEP_RWWSWEEP_H
#define RWWSWEEP_RWWSWEEP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RWW_SWEEP_VERSION "0.1.0"

/** RWW_SWEEP_VERSION of the library in use. */
const char *rww_sweep_version(void);

/** Message of the latest error of this process; valid until the next one. */
const char *rww_sweep_message(void);

/** A model parameter by its name in a configuration ("model.w", "coupling.a", "noise.sigma"), one for all nodes or one
 * a node. */
typedef struct rww_sweep_parameter {
  const char *name;
  int regional; /* 0: one value for all nodes; else a value a node, model parameters alone */
} rww_sweep_parameter;

/** A problem; begin with rww_sweep_defaults, which sets what is published. All arrays are copied. */
typedef struct rww_sweep_problem {
  size_t n_nodes;
  const double *weights;   /* [target][source], finite; used as given, not normalised */
  const double *target_fc; /* [node][node], finite; its diagonal counts as zero */
  double step_ms;          /* 4/k ms with a whole number k; 4 */
  double duration_ms;      /* from 20000 ms; 120000 */
  double bold_period_ms;   /* a multiple of 4 ms; 1000 */
  size_t n_skip;           /* first BOLD samples that do not count; 20 */
  double rmse_weight;      /* loss = rmse_weight * rmse + fc_corr_weight * (1 - fc_corr); 1 */
  double fc_corr_weight;   /* 0 */
  double initial_S;        /* 0.1 */
  size_t n_base;           /* base parameters: those of the warm-up, and of every set that does not say otherwise */
  const rww_sweep_parameter *base;
  const double *base_values; /* rows of one value or n_nodes values, in the order of `base` */
  const char *backend;       /* "auto", or one that the program's --backend takes */
} rww_sweep_problem;

void rww_sweep_defaults(rww_sweep_problem *problem);

typedef struct rww_sweep rww_sweep;

/** *sweep is owned by the caller (rww_sweep_destroy), and NULL on error. */
int rww_sweep_create(const rww_sweep_problem *problem, rww_sweep **sweep);
void rww_sweep_destroy(rww_sweep *sweep);

/** Loss of each of n_sets parameter sets.
 *  parameters  [n_parameters], those that the sets differ in
 *  values      [n_rows][n_sets]: a row for each global parameter and n_nodes rows for each regional one
 *  seeds       [n_sets], of the noise; published is 42
 *  loss        [n_sets], out; NaN where a simulation diverged or a node's BOLD does not vary
 *  The bits of a loss depend on the problem, the set and its seed alone. */
int rww_sweep_evaluate(rww_sweep *sweep, size_t n_sets, size_t n_parameters, const rww_sweep_parameter *parameters,
                       const double *values, const uint64_t *seeds, double *loss);

#ifdef __cplusplus
}
#endif

#endif
