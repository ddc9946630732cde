#include "simulate/reference.h"

#include "base/memory.h"
#include "base/multiversion.h"
#include "model/model.h"
#include "simulate/noise.h"
#include <math.h>
#include <stdlib.h>

#define BLOCK_STEPS 50

/* Per node, of the lane at work, in a step and in its reverse. */
typedef struct workspace {
  double *S, *P, *k1;             /* state, predicted state, slope at S */
  double *input, *coupling;       /* sum over sources of W S, coupling of S */
  double *input_P, *coupling_P;   /* the same of P, where the corrector takes that one */
  double *by_S, *by_P, *by_k1;    /* derivatives of the loss */
  double *by_coupling, *by_state; /* by_state: of the state after the step, then of that before it */
} workspace;
#define N_ARRAYS (sizeof(workspace) / sizeof(double *))

/* What is kept of the run recorded last. */
typedef struct recording {
  rww_trajectory trajectory;
  size_t n_lanes;
  double *starts;        /* [n_segments][node][n_lanes] */
  double *states;        /* [segment_steps + 1][node][n_lanes], of one segment: before its first step, after each */
  uint64_t held_segment; /* that one */
} recording;

struct rww_integrator {
  rww_simulation simulation;
  double *weights; /* [source][target]: the inner loop of the coupling runs over targets */
  double *values;  /* [parameter][node], of the lane at work */
  double *arrays;  /* [N_ARRAYS][node], those of `at` */
  workspace at;
  double *z; /* [BLOCK_STEPS][node], noise of the lane at work */
  recording record;
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

/* c_i = a_c * input_i + b_c, input_i = sum_j W_ij S_j, j ascending. */
RWW_MULTIVERSION static void couple(size_t n, const double *restrict weights, const double *restrict values,
                                    const double *restrict S, double *restrict input, double *restrict c) {
  for (size_t i = 0; i < n; i++) input[i] = 0;
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i < n; i++) input[i] += weights[j * n + i] * S[j];
  for (size_t i = 0; i < n; i++) c[i] = values[RWW_COUPLING_A * n + i] * input[i] + values[RWW_COUPLING_B * n + i];
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

static bounds bounds_of(const rww_simulation *simulation) {
  return simulation->semantics->clip ? (bounds){0, 1} : (bounds){-INFINITY, INFINITY};
}

/* Slope and predicted state from S, and what the corrector takes for the coupling. */
static const double *predict_from_state(rww_integrator *r, const double *z) {
  const rww_simulation *simulation = &r->simulation;
  size_t n = simulation->n_nodes;
  workspace *at = &r->at;
  couple(n, r->weights, r->values, at->S, at->input, at->coupling);
  predict(n, simulation->step_ms, bounds_of(simulation), r->values, at->S, at->coupling, z, at->k1, at->P);
  if (!simulation->semantics->corrector_coupling_of_predictor) return at->coupling;
  couple(n, r->weights, r->values, at->P, at->input_P, at->coupling_P);
  return at->coupling_P;
}

/* One step of stochastic Heun on S, with this step's z. */
static void step(rww_integrator *r, const double *z) {
  const rww_simulation *simulation = &r->simulation;
  workspace *at = &r->at;
  const double *c = predict_from_state(r, z);
  correct(simulation->n_nodes, simulation->step_ms, bounds_of(simulation), r->values, at->P, c, z, at->k1, at->S);
}

/* Parameters of one lane, a value a node. */
static void select_lane(rww_integrator *r, const rww_lanes *lanes, size_t lane) {
  size_t n = r->simulation.n_nodes;
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    for (size_t i = 0; i < n; i++)
      r->values[(size_t)p * n + i] = lanes->value[p][(lanes->per_node[p] ? i * lanes->n_lanes : 0) + lane];
}

/* One lane of [node][n_lanes] out of it, and into it. */
static void load(size_t n, size_t n_lanes, size_t lane, const double *all, double *one) {
  for (size_t i = 0; i < n; i++) one[i] = all[i * n_lanes + lane];
}
static void save(size_t n, size_t n_lanes, size_t lane, const double *one, double *all) {
  for (size_t i = 0; i < n; i++) all[i * n_lanes + lane] = one[i];
}

/* Selects a lane and its noise of these steps; the noise of one seed serves the lanes that follow each other with it.
 */
static void begin_lane(rww_integrator *r, const rww_lanes *lanes, size_t lane, uint64_t first_step, size_t n_steps) {
  if (lane == 0 || lanes->seeds[lane] != lanes->seeds[lane - 1])
    rww_noise_fill(lanes->seeds[lane], r->simulation.noise_dtype, r->simulation.n_nodes, first_step, n_steps, r->z);
  select_lane(r, lanes, lane);
}

/* All lanes through a block of steps: states [n_steps + 1][node][n_lanes], the first of which is given. */
static void run_block(rww_integrator *r, const rww_lanes *lanes, uint64_t first_step, size_t n_steps, double *states) {
  size_t n = r->simulation.n_nodes, n_lanes = lanes->n_lanes;
  for (size_t lane = 0; lane < n_lanes; lane++) {
    begin_lane(r, lanes, lane, first_step, n_steps);
    load(n, n_lanes, lane, states, r->at.S);
    for (size_t t = 0; t < n_steps; t++) {
      step(r, &r->z[t * n]);
      save(n, n_lanes, lane, r->at.S, &states[(t + 1) * n * n_lanes]);
    }
  }
}

static size_t count_until(uint64_t step, uint64_t end) {
  return end - step < BLOCK_STEPS ? (size_t)(end - step) : BLOCK_STEPS;
}

static rww_status run(rww_integrator *r, const rww_lanes *lanes, double *state, rww_sink sink) {
  uint64_t n_steps = r->simulation.n_steps;
  size_t width = r->simulation.n_nodes * lanes->n_lanes;
  double *states;
  RWW_TRY(RWW_NEW(&states, (BLOCK_STEPS + 1) * width));
  for (uint64_t t = 0; t < n_steps; t += BLOCK_STEPS) {
    size_t n = count_until(t, n_steps);
    memcpy(states, state, width * sizeof *states);
    run_block(r, lanes, t, n, states);
    sink.take(sink.context, t, n, states + width);
    memcpy(state, states + n * width, width * sizeof *states);
  }
  free(states);
  return RWW_OK;
}

static uint64_t segment_begin(const rww_integrator *r, uint64_t segment) {
  return segment * r->record.trajectory.segment_steps;
}
static uint64_t segment_end(const rww_integrator *r, uint64_t segment) {
  uint64_t end = segment_begin(r, segment + 1);
  return end < r->simulation.n_steps ? end : r->simulation.n_steps;
}

/* A segment from its start, which is kept, into the states that are held. */
static void run_segment(rww_integrator *r, const rww_lanes *lanes, uint64_t segment, const rww_sink *sink) {
  size_t width = r->simulation.n_nodes * lanes->n_lanes;
  uint64_t begin = segment_begin(r, segment), end = segment_end(r, segment);
  memcpy(r->record.states, r->record.starts + segment * width, width * sizeof(double));
  for (uint64_t t = begin; t < end; t += BLOCK_STEPS) {
    size_t n = count_until(t, end);
    double *states = r->record.states + (t - begin) * width;
    run_block(r, lanes, t, n, states);
    if (sink) sink->take(sink->context, t, n, states + width);
  }
  r->record.held_segment = segment;
}

static void forget_recording(rww_integrator *r) {
  free(r->record.starts);
  free(r->record.states);
  r->record = (recording){0};
}

static rww_status prepare_recording(rww_integrator *r, size_t n_lanes) {
  size_t width = r->simulation.n_nodes * n_lanes;
  if (r->record.n_lanes == n_lanes) return RWW_OK;
  forget_recording(r);
  recording fresh = {rww_backend_plan_trajectory(&rww_backend_reference, &r->simulation), n_lanes, NULL, NULL, 0};
  RWW_TRY(RWW_NEW(&fresh.starts, fresh.trajectory.n_segments * width));
  rww_status status = RWW_NEW(&fresh.states, (fresh.trajectory.segment_steps + 1) * width);
  if (status != RWW_OK) {
    free(fresh.starts);
    return status;
  }
  r->record = fresh;
  return RWW_OK;
}

static rww_status record(rww_integrator *r, const rww_lanes *lanes, double *state, rww_sink sink) {
  size_t width = r->simulation.n_nodes * lanes->n_lanes;
  RWW_TRY(prepare_recording(r, lanes->n_lanes));
  for (uint64_t segment = 0; segment < r->record.trajectory.n_segments; segment++) {
    memcpy(r->record.starts + segment * width, state, width * sizeof *state);
    run_segment(r, lanes, segment, &sink);
    uint64_t n_steps = segment_end(r, segment) - segment_begin(r, segment);
    memcpy(state, r->record.states + n_steps * width, width * sizeof *state);
  }
  return RWW_OK;
}

/* Whether a value lay where the clip changes nothing, and so lets the adjoint through. */
static inline bool passes(bounds to, double x) {
  return x > to.low && x < to.high;
}

/* gradient [parameter][node] += by_slope * partials. */
static inline void add_partials(double *gradient, size_t n, size_t i, double by_slope, const rww_model *partials) {
  gradient[RWW_MODEL_A * n + i] += by_slope * partials->a;
  gradient[RWW_MODEL_B * n + i] += by_slope * partials->b;
  gradient[RWW_MODEL_D * n + i] += by_slope * partials->d;
  gradient[RWW_MODEL_GAMMA * n + i] += by_slope * partials->gamma;
  gradient[RWW_MODEL_TAU_S * n + i] += by_slope * partials->tau_s;
  gradient[RWW_MODEL_J_N * n + i] += by_slope * partials->J_N;
  gradient[RWW_MODEL_W * n + i] += by_slope * partials->w;
  gradient[RWW_MODEL_I_O * n + i] += by_slope * partials->I_o;
}

/* Transpose of the corrector, S' = clip(S + dt/2 (k1 + k2) + n), k2 = f(P, c): from the adjoint of S' to those of S,
 * k1, P and c. */
static void reverse_correct(const rww_integrator *r, const double *z, const double *c, double *gradient) {
  const rww_simulation *simulation = &r->simulation;
  const workspace *at = &r->at;
  size_t n = simulation->n_nodes;
  double dt = simulation->step_ms, sqrt_dt = sqrt(dt);
  for (size_t i = 0; i < n; i++) {
    rww_model node = model_of(r->values, n, i);
    rww_model_partials partials = rww_model_slope_partials(&node, at->P[i], c[i]);
    double noise = sqrt_dt * r->values[RWW_NOISE_SIGMA * n + i] * z[i];
    double corrected = at->S[i] + dt / 2 * (at->k1[i] + rww_model_slope(&node, at->P[i], c[i])) + noise;
    double by_corrected = passes(bounds_of(simulation), corrected) ? at->by_state[i] : 0;
    double by_k2 = dt / 2 * by_corrected;
    at->by_S[i] = by_corrected;
    at->by_k1[i] = dt / 2 * by_corrected;
    at->by_P[i] = by_k2 * partials.S;
    at->by_coupling[i] = by_k2 * partials.coupling;
    add_partials(gradient, n, i, by_k2, &partials.parameter);
    gradient[RWW_NOISE_SIGMA * n + i] += by_corrected * sqrt_dt * z[i];
  }
}

/* Transpose of the predictor, P = clip(S + dt k1 + n), k1 = f(S, c): from the adjoints of P and k1 to those of S and c,
 * in addition to what these hold. */
static void reverse_predict(const rww_integrator *r, const double *z, double *gradient) {
  const rww_simulation *simulation = &r->simulation;
  const workspace *at = &r->at;
  size_t n = simulation->n_nodes;
  double dt = simulation->step_ms, sqrt_dt = sqrt(dt);
  for (size_t i = 0; i < n; i++) {
    rww_model node = model_of(r->values, n, i);
    rww_model_partials partials = rww_model_slope_partials(&node, at->S[i], at->coupling[i]);
    double noise = sqrt_dt * r->values[RWW_NOISE_SIGMA * n + i] * z[i];
    double predicted = at->S[i] + dt * at->k1[i] + noise;
    double by_predicted = passes(bounds_of(simulation), predicted) ? at->by_P[i] : 0;
    double by_k1 = at->by_k1[i] + dt * by_predicted;
    at->by_S[i] += by_predicted + by_k1 * partials.S;
    at->by_coupling[i] += by_k1 * partials.coupling;
    add_partials(gradient, n, i, by_k1, &partials.parameter);
    gradient[RWW_NOISE_SIGMA * n + i] += by_predicted * sqrt_dt * z[i];
  }
}

/* Transpose of the coupling: by_S_j += sum_i W_ij a_c by_c_i, i ascending; that of c has done its work. */
static void reverse_couple(const rww_integrator *r, const double *input, double *by_S, double *gradient) {
  size_t n = r->simulation.n_nodes;
  for (size_t i = 0; i < n; i++) {
    double by_c = r->at.by_coupling[i], by_input = r->values[RWW_COUPLING_A * n + i] * by_c;
    gradient[RWW_COUPLING_A * n + i] += by_c * input[i];
    gradient[RWW_COUPLING_B * n + i] += by_c;
    for (size_t j = 0; j < n; j++) by_S[j] += r->simulation.weights[i * n + j] * by_input;
    r->at.by_coupling[i] = 0;
  }
}

/* From the adjoint of the state after a step to that of the state before it, S. */
static void reverse_step(rww_integrator *r, const double *z, double damping, double *gradient) {
  workspace *at = &r->at;
  const double *c = predict_from_state(r, z);
  reverse_correct(r, z, c, gradient);
  if (c == at->coupling_P) reverse_couple(r, at->input_P, at->by_P, gradient);
  reverse_predict(r, z, gradient);
  reverse_couple(r, at->input, at->by_S, gradient);
  for (size_t i = 0; i < r->simulation.n_nodes; i++) at->by_state[i] = damping * at->by_S[i];
}

/* What a reverse run carries from block to block. */
typedef struct reverse_run {
  double damping;
  double *adjoint;  /* [BLOCK_STEPS][node][n_lanes], from the source */
  double *by_state; /* [node][n_lanes], what a step has handed to the one before it */
  double *gradient; /* [n_lanes][parameter][node] */
} reverse_run;

/* All lanes back through a block of steps, from states [n_steps + 1][node][n_lanes]. */
static void reverse_block(rww_integrator *r, const rww_lanes *lanes, uint64_t first_step, size_t n_steps,
                          const double *states, const reverse_run *reverse) {
  size_t n = r->simulation.n_nodes, n_lanes = lanes->n_lanes;
  for (size_t lane = 0; lane < n_lanes; lane++) {
    begin_lane(r, lanes, lane, first_step, n_steps);
    load(n, n_lanes, lane, reverse->by_state, r->at.by_state);
    for (size_t t = n_steps; t-- > 0;) {
      load(n, n_lanes, lane, &states[t * n * n_lanes], r->at.S);
      for (size_t i = 0; i < n; i++) r->at.by_state[i] += reverse->adjoint[(t * n + i) * n_lanes + lane];
      reverse_step(r, &r->z[t * n], reverse->damping, &reverse->gradient[lane * RWW_N_PARAMETERS * n]);
    }
    save(n, n_lanes, lane, r->at.by_state, reverse->by_state);
  }
}

static void reverse_segment(rww_integrator *r, const rww_lanes *lanes, uint64_t segment, rww_adjoint_source source,
                            const reverse_run *reverse) {
  size_t width = r->simulation.n_nodes * lanes->n_lanes;
  uint64_t begin = segment_begin(r, segment), end = segment_end(r, segment);
  if (r->record.held_segment != segment) run_segment(r, lanes, segment, NULL);
  for (uint64_t block = (end - begin + BLOCK_STEPS - 1) / BLOCK_STEPS; block-- > 0;) {
    uint64_t t = begin + block * BLOCK_STEPS;
    size_t n = count_until(t, end);
    source.give(source.context, t, n, reverse->adjoint);
    reverse_block(r, lanes, t, n, r->record.states + (t - begin) * width, reverse);
  }
}

/* A parameter that all nodes share has the sum of what it does at each, in their order. */
static void hand_over(size_t n, const rww_lanes *lanes, const double *gradient, const rww_lanes_gradient *to) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    for (size_t lane = 0; lane < lanes->n_lanes && to->value[p]; lane++) {
      const double *by_node = &gradient[(lane * RWW_N_PARAMETERS + (size_t)p) * n];
      if (!lanes->per_node[p]) to->value[p][lane] = 0;
      for (size_t i = 0; i < n; i++) {
        if (lanes->per_node[p])
          to->value[p][i * lanes->n_lanes + lane] = by_node[i];
        else
          to->value[p][lane] += by_node[i];
      }
    }
}

static void reverse_run_free(reverse_run *reverse) {
  free(reverse->adjoint);
  free(reverse->by_state);
  free(reverse->gradient);
}

static rww_status reverse_run_create(size_t n, size_t n_lanes, double damping, reverse_run *reverse) {
  *reverse = (reverse_run){.damping = damping};
  rww_status status = RWW_NEW(&reverse->adjoint, BLOCK_STEPS * n * n_lanes);
  if (status == RWW_OK) status = RWW_NEW(&reverse->by_state, n * n_lanes);
  if (status == RWW_OK) status = RWW_NEW(&reverse->gradient, n_lanes * RWW_N_PARAMETERS * n);
  if (status != RWW_OK) reverse_run_free(reverse);
  return status;
}

static rww_status reverse(rww_integrator *r, const rww_lanes *lanes, double damping, rww_adjoint_source source,
                          const rww_lanes_gradient *gradient) {
  size_t n = r->simulation.n_nodes;
  reverse_run reverse;
  RWW_TRY(reverse_run_create(n, lanes->n_lanes, damping, &reverse));
  for (uint64_t segment = r->record.trajectory.n_segments; segment-- > 0;)
    reverse_segment(r, lanes, segment, source, &reverse);
  hand_over(n, lanes, reverse.gradient, gradient);
  reverse_run_free(&reverse);
  return RWW_OK;
}

static void destroy(rww_integrator *r) {
  if (!r) return;
  forget_recording(r);
  free(r->weights);
  free(r->values);
  free(r->arrays);
  free(r->z);
  free(r);
}

static rww_status allocate(rww_integrator *r) {
  size_t n = r->simulation.n_nodes;
  RWW_TRY(RWW_NEW(&r->weights, n * n));
  RWW_TRY(RWW_NEW(&r->values, RWW_N_PARAMETERS * n));
  RWW_TRY(RWW_NEW(&r->arrays, N_ARRAYS * n));
  RWW_TRY(RWW_NEW(&r->z, BLOCK_STEPS * n));
  double *a = r->arrays;
  r->at = (workspace){a,         a + n,     a + 2 * n, a + 3 * n, a + 4 * n,  a + 5 * n,
                      a + 6 * n, a + 7 * n, a + 8 * n, a + 9 * n, a + 10 * n, a + 11 * n};
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

static size_t count_lane_step(rww_precision of) {
  (void)of;
  return 1;
}

const rww_backend rww_backend_reference = {
    .name = "reference",
    .family = "reference",
    .is_supported = is_supported,
    .count_lanes = count_lanes,
    .count_lane_step = count_lane_step,
    .n_recorded = 1,
    .create = create,
    .run = run,
    .record = record,
    .reverse = reverse,
    .destroy = destroy,
};
