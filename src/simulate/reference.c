#include "simulate/reference.h"

#include "base/memory.h"
#include "base/multiversion.h"
#include "model/model.h"
#include "simulate/noise.h"
#include <math.h>
#include <stdlib.h>

#define BLOCK_STEPS 50

struct rww_integrator {
  rww_simulation simulation;
  double *weights;        /* [source][target]: the inner loop of the coupling runs over targets */
  double *values;         /* [parameter][node], of the lane at work */
  double *S, *P, *k1, *c; /* [node], of the lane at work: state, predicted state, slope at S, coupling */
  double *z;              /* [BLOCK_STEPS][node], noise of the lane at work */
};

typedef struct bounds {
  double low, high;
} bounds;

/* NaN stays NaN. */
static inline double clip(bounds to, double x) {
  return x < to.low ? to.low : x > to.high ? to.high : x;
}

static inline rww_model model_of(const double *values, size_t n, size_t i) {
  return (rww_model){
      .a = values[RWW_MODEL_A * n + i],
      .b = values[RWW_MODEL_B * n + i],
      .d = values[RWW_MODEL_D * n + i],
      .gamma = values[RWW_MODEL_GAMMA * n + i],
      .tau_s = values[RWW_MODEL_TAU_S * n + i],
      .J_N = values[RWW_MODEL_J_N * n + i],
      .w = values[RWW_MODEL_W * n + i],
      .I_o = values[RWW_MODEL_I_O * n + i],
  };
}

/* c_i = a_c * sum_j W_ij S_j + b_c, j ascending. */
RWW_MULTIVERSION static void couple(size_t n, const double *restrict weights, const double *restrict values,
                                    const double *restrict S, double *restrict c) {
  for (size_t i = 0; i < n; i++) c[i] = 0;
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i < n; i++) c[i] += weights[j * n + i] * S[j];
  for (size_t i = 0; i < n; i++) c[i] = values[RWW_COUPLING_A * n + i] * c[i] + values[RWW_COUPLING_B * n + i];
}

/* k1 = f(S, c), P = clip(S + dt k1 + n), n = sqrt(dt) sigma z. */
RWW_MULTIVERSION static void predict(size_t n, double dt, bounds to, const double *restrict values,
                                     const double *restrict S, const double *restrict c, const double *restrict z,
                                     double *restrict k1, double *restrict P) {
  double sqrt_dt = sqrt(dt);
  for (size_t i = 0; i < n; i++) {
    rww_model node = model_of(values, n, i);
    double noise = sqrt_dt * values[RWW_NOISE_SIGMA * n + i] * z[i];
    k1[i] = rww_model_slope(&node, S[i], c[i]);
    P[i] = clip(to, S[i] + dt * k1[i] + noise);
  }
}

/* k2 = f(P, c), S = clip(S + dt/2 (k1 + k2) + n). */
RWW_MULTIVERSION static void correct(size_t n, double dt, bounds to, const double *restrict values,
                                     const double *restrict P, const double *restrict c, const double *restrict z,
                                     const double *restrict k1, double *restrict S) {
  double sqrt_dt = sqrt(dt);
  for (size_t i = 0; i < n; i++) {
    rww_model node = model_of(values, n, i);
    double noise = sqrt_dt * values[RWW_NOISE_SIGMA * n + i] * z[i];
    double k2 = rww_model_slope(&node, P[i], c[i]);
    S[i] = clip(to, S[i] + dt / 2 * (k1[i] + k2) + noise);
  }
}

/* One step of stochastic Heun on S, with this step's z. */
static void step(rww_integrator *r, const double *z) {
  const rww_simulation *simulation = &r->simulation;
  const rww_semantics *semantics = simulation->semantics;
  size_t n = simulation->n_nodes;
  bounds to = semantics->clip ? (bounds){0, 1} : (bounds){-INFINITY, INFINITY};
  couple(n, r->weights, r->values, r->S, r->c);
  predict(n, simulation->step_ms, to, r->values, r->S, r->c, z, r->k1, r->P);
  if (semantics->corrector_coupling_of_predictor) couple(n, r->weights, r->values, r->P, r->c);
  correct(n, simulation->step_ms, to, r->values, r->P, r->c, z, r->k1, r->S);
}

/* Parameters of one lane, a value a node. */
static void select_lane(rww_integrator *r, const rww_lanes *lanes, size_t lane) {
  size_t n = r->simulation.n_nodes;
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    for (size_t i = 0; i < n; i++)
      r->values[(size_t)p * n + i] = lanes->value[p][(lanes->per_node[p] ? i * lanes->n_lanes : 0) + lane];
}

/* Takes one lane through a block of steps: state [node][n_lanes] in and out, states [n_steps][node][n_lanes] out. */
static void run_lane(rww_integrator *r, size_t n_lanes, size_t lane, size_t n_steps, double *state, double *states) {
  size_t n = r->simulation.n_nodes;
  for (size_t i = 0; i < n; i++) r->S[i] = state[i * n_lanes + lane];
  for (size_t t = 0; t < n_steps; t++) {
    step(r, &r->z[t * n]);
    for (size_t i = 0; i < n; i++) states[(t * n + i) * n_lanes + lane] = r->S[i];
  }
  for (size_t i = 0; i < n; i++) state[i * n_lanes + lane] = r->S[i];
}

/* All lanes through a block of steps; the noise of one seed serves the lanes that follow each other with it. */
static void run_block(rww_integrator *r, const rww_lanes *lanes, uint64_t first_step, size_t n_steps, double *state,
                      double *states) {
  for (size_t lane = 0; lane < lanes->n_lanes; lane++) {
    if (lane == 0 || lanes->seeds[lane] != lanes->seeds[lane - 1])
      rww_noise_fill(lanes->seeds[lane], r->simulation.noise_dtype, r->simulation.n_nodes, first_step, n_steps, r->z);
    select_lane(r, lanes, lane);
    run_lane(r, lanes->n_lanes, lane, n_steps, state, states);
  }
}

static rww_status run(rww_integrator *r, const rww_lanes *lanes, double *state, rww_sink sink) {
  uint64_t n_steps = r->simulation.n_steps;
  double *states;
  RWW_TRY(RWW_NEW(&states, BLOCK_STEPS * r->simulation.n_nodes * lanes->n_lanes));
  for (uint64_t t = 0; t < n_steps; t += BLOCK_STEPS) {
    size_t n = n_steps - t < BLOCK_STEPS ? (size_t)(n_steps - t) : BLOCK_STEPS;
    run_block(r, lanes, t, n, state, states);
    sink.take(sink.context, t, n, states);
  }
  free(states);
  return RWW_OK;
}

static void destroy(rww_integrator *r) {
  if (!r) return;
  free(r->weights);
  free(r->values);
  free(r->S);
  free(r->z);
  free(r);
}

static rww_status allocate(rww_integrator *r) {
  size_t n = r->simulation.n_nodes;
  RWW_TRY(RWW_NEW(&r->weights, n * n));
  RWW_TRY(RWW_NEW(&r->values, RWW_N_PARAMETERS * n));
  RWW_TRY(RWW_NEW(&r->S, 4 * n));
  RWW_TRY(RWW_NEW(&r->z, BLOCK_STEPS * n));
  r->P = r->S + n;
  r->k1 = r->P + n;
  r->c = r->k1 + n;
  return RWW_OK;
}

static rww_status create(const rww_simulation *simulation, rww_integrator **integrator) {
  size_t n = simulation->n_nodes;
  if (simulation->precision != RWW_FLOAT64)
    return rww_raise(RWW_ERR_CONFIG, "precision: float32 is not for the reference backend, which computes in float64 "
                                     "only; choose another backend or float64");
  RWW_TRY(RWW_NEW(integrator, 1));
  (*integrator)->simulation = *simulation;
  rww_status status = allocate(*integrator);
  if (status != RWW_OK) {
    destroy(*integrator);
    return status;
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) (*integrator)->weights[j * n + i] = simulation->weights[i * n + j];
  return RWW_OK;
}

static bool is_supported(void) {
  return true;
}

static size_t count_lanes(rww_precision of) {
  (void)of;
  return 4; /* few enough that a unit ends soon */
}

const rww_backend rww_backend_reference = {
    .name = "reference",
    .family = "reference",
    .is_supported = is_supported,
    .count_lanes = count_lanes,
    .create = create,
    .run = run,
    .destroy = destroy,
};
