/** @file
 *  A whole problem in memory for tests: one of the two reference cases, on any backend. */
#ifndef RWW_TESTS_SMALL_PROBLEM_H
#define RWW_TESTS_SMALL_PROBLEM_H

#include "../data/reference_cases.h"
#include "check.h"
#include "objective/objective.h"
#include "simulate/reference.h"

#include <stdlib.h>

#define MAX_NODES 7
#define MAX_SAMPLES 60

/** Points into itself: never copied. Fields may be changed until the objective is created. */
typedef struct small_problem {
  double weights[MAX_NODES * MAX_NODES], target_fc[MAX_NODES * MAX_NODES];
  double initial_S, value[RWW_N_PARAMETERS];
  rww_connectome connectome;
  rww_target target;
  rww_parameter_set base;
  rww_semantics semantics;
  rww_integration_config integration;
  rww_monitors_config monitors;
  rww_observation_config observation;
  rww_objective_spec spec;
  size_t n_samples;
  /* the parameters of the reference's main run: w, I_o and coupling.a */
  size_t n_free, n_rows;
  rww_free free[3];
  double free_values[2 * MAX_NODES + 1];
  uint64_t seed;
} small_problem;

static inline void small_problem_begin(small_problem *p, size_t n_nodes, const double *weights, const double *target,
                                       double duration_ms, uint64_t skip, uint64_t seed) {
  *p = (small_problem){.initial_S = 0.1, .seed = seed, .n_samples = (size_t)(duration_ms / 1000)};
  memcpy(p->weights, weights, n_nodes * n_nodes * sizeof *weights);
  memcpy(p->target_fc, target, n_nodes * n_nodes * sizeof *target);
  for (rww_parameter k = 0; k < RWW_N_PARAMETERS; k++) {
    p->value[k] = rww_parameter_get(k)->value;
    p->base.value[k] = (rww_values){.n = 1, .values = &p->value[k]};
  }
  p->value[RWW_MODEL_W] = 0.5;
  p->value[RWW_MODEL_I_O] = 0.32;
  p->base.initial_S = (rww_values){.n = 1, .values = &p->initial_S};
  p->base.seed = seed;
  p->connectome = (rww_connectome){.n_nodes = n_nodes, .weights = p->weights};
  p->target = (rww_target){.n_nodes = n_nodes, .fc = p->target_fc};
  p->semantics = (rww_semantics){.clip = true, .bold_sample = RWW_SAMPLE_TVBO};
  p->integration = (rww_integration_config){.step_size_ms = 4, .duration_ms = duration_ms};
  p->monitors = (rww_monitors_config){.bold_period_ms = 1000, .raw_last_ms = 4000};
  p->observation = (rww_observation_config){.fc_skip = skip, .loss = {.rmse = 1}};
  p->spec = (rww_objective_spec){.connectome = &p->connectome,
                                 .target = &p->target,
                                 .base = &p->base,
                                 .semantics = &p->semantics,
                                 .integration = &p->integration,
                                 .monitors = &p->monitors,
                                 .observation = &p->observation,
                                 .backend = &rww_backend_reference,
                                 .precision = RWW_FLOAT64,
                                 .noise_bytes = 1 << 20};
}

static inline void small_problem_asymmetric(small_problem *p) {
  small_problem_begin(p, 7, asymmetric_weights[0], asymmetric_target[0], 60000, 10, 3);
  p->value[RWW_MODEL_W] = 0.6;
  p->value[RWW_COUPLING_A] = 0.9;
  p->value[RWW_COUPLING_B] = 0.01;
  p->n_free = 3;
  p->n_rows = 15;
  p->free[0] = (rww_free){RWW_MODEL_W, true};
  p->free[1] = (rww_free){RWW_MODEL_I_O, true};
  p->free[2] = (rww_free){RWW_COUPLING_A, false};
  memcpy(p->free_values, asymmetric_free_w, sizeof asymmetric_free_w);
  memcpy(p->free_values + 7, asymmetric_free_I_o, sizeof asymmetric_free_I_o);
  p->free_values[14] = asymmetric_free_a;
}

static inline void small_problem_saturated(small_problem *p) {
  small_problem_begin(p, 5, saturated_weights[0], saturated_target[0], 40000, 5, 0);
  p->value[RWW_NOISE_SIGMA] = 0.2;
  p->value[RWW_COUPLING_A] = 2;
  p->n_free = 3;
  p->n_rows = 3;
  p->free[0] = (rww_free){RWW_MODEL_W, false};
  p->free[1] = (rww_free){RWW_MODEL_I_O, false};
  p->free[2] = (rww_free){RWW_COUPLING_A, false};
  p->free_values[0] = saturated_free_w;
  p->free_values[1] = saturated_free_I_o;
  p->free_values[2] = saturated_free_a;
}

#endif
