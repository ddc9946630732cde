#include "base/memory.h"
#include "small_problem.h"

/* A sink that keeps the whole trace. */
typedef struct recorder {
  size_t n_values; /* a step */
  uint64_t n_steps;
  double *trace; /* [step][node][lane] */
} recorder;

static void record(void *context, uint64_t first_step, size_t n_steps, const void *states) {
  recorder *r = context;
  CHECK(first_step == r->n_steps); /* every step once, in order */
  memcpy(r->trace + first_step * r->n_values, states, n_steps * r->n_values * sizeof(double));
  r->n_steps += n_steps;
}

/* Global parameters of a problem, each repeated in every lane; free_ ones may be put in their place. */
typedef struct lanes {
  rww_lanes view;
  double value[RWW_N_PARAMETERS][MAX_NODES * 4];
  uint64_t seeds[4];
} lanes;

static void lanes_begin(lanes *l, const small_problem *p, size_t n_lanes) {
  l->view = (rww_lanes){.n_lanes = n_lanes, .seeds = l->seeds};
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    l->view.value[k] = l->value[k];
    for (size_t lane = 0; lane < n_lanes; lane++) l->value[k][lane] = p->value[k];
  }
  for (size_t lane = 0; lane < n_lanes; lane++) l->seeds[lane] = p->seed;
}

static void set_regional(lanes *l, rww_parameter parameter, const double *values, size_t n_nodes) {
  l->view.per_node[parameter] = true;
  memcpy(l->value[parameter], values, n_nodes * sizeof *values);
}

static rww_simulation simulation_of(const small_problem *p, uint64_t n_steps) {
  return (rww_simulation){.n_nodes = p->connectome.n_nodes,
                          .weights = p->connectome.weights,
                          .step_ms = p->integration.step_size_ms,
                          .n_steps = n_steps,
                          .semantics = &p->semantics};
}

/* Trace [step][node][lane], owned by the caller; state in and out. */
static double *run(const rww_simulation *simulation, const lanes *l, double *state) {
  rww_integrator *integrator;
  recorder r = {.n_values = simulation->n_nodes * l->view.n_lanes};
  CHECK_OK(RWW_NEW(&r.trace, simulation->n_steps * r.n_values));
  CHECK_OK(rww_backend_reference.create(simulation, &integrator));
  CHECK_OK(rww_backend_reference.run(integrator, &l->view, state, (rww_sink){record, &r}));
  rww_backend_reference.destroy(integrator);
  CHECK(r.n_steps == simulation->n_steps);
  return r.trace;
}

static void check_states(const char *what, const double *found, const double *expected, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(found[i] - expected[i]));
  /* Rounding of 15 000 steps does not grow in these cases; JAX sums up W S in another order. */
  if (!(largest <= 1e-13)) fprintf(stderr, "%s: off by %g\n", what, largest);
  CHECK(largest <= 1e-13);
}

static void asymmetric_states_agree_with_the_reference(void) {
  small_problem p;
  lanes l;
  double state[7];
  small_problem_asymmetric(&p);
  rww_simulation simulation = simulation_of(&p, 15000);
  lanes_begin(&l, &p, 1);
  for (size_t i = 0; i < 7; i++) state[i] = 0.1;
  double *trace = run(&simulation, &l, state);
  check_states("warm-up, first", trace, asymmetric_warm_first[0], 2 * 7);
  check_states("warm-up, last", state, asymmetric_warm_last, 7);
  free(trace);
  set_regional(&l, RWW_MODEL_W, asymmetric_free_w, 7);
  set_regional(&l, RWW_MODEL_I_O, asymmetric_free_I_o, 7);
  l.value[RWW_COUPLING_A][0] = asymmetric_free_a;
  trace = run(&simulation, &l, state);
  check_states("main, first", trace, asymmetric_first[0], 2 * 7);
  check_states("main, last", state, asymmetric_last, 7);
  free(trace);
}

static void saturated_states_agree_with_the_reference(void) {
  small_problem p;
  lanes l;
  double state[5];
  small_problem_saturated(&p);
  rww_simulation simulation = simulation_of(&p, 10000);
  lanes_begin(&l, &p, 1);
  for (size_t i = 0; i < 5; i++) state[i] = 0.1;
  double *trace = run(&simulation, &l, state);
  check_states("warm-up, first", trace, saturated_warm_first[0], 2 * 5);
  check_states("warm-up, last", state, saturated_warm_last, 5);
  free(trace);
  l.value[RWW_MODEL_W][0] = saturated_free_w;
  l.value[RWW_MODEL_I_O][0] = saturated_free_I_o;
  l.value[RWW_COUPLING_A][0] = saturated_free_a;
  trace = run(&simulation, &l, state);
  check_states("main, first", trace, saturated_first[0], 2 * 5);
  check_states("main, last", state, saturated_last, 5);
  free(trace);
}

/* One noiseless step in long double, straight from NUMERICS. */
static void step_by_hand(const small_problem *p, const double *S, double *next) {
  size_t n = p->connectome.n_nodes;
  const double *v = p->value;
  long double predicted[MAX_NODES], k1[MAX_NODES], dt = p->integration.step_size_ms;
  for (int stage = 0; stage < 2; stage++)
    for (size_t i = 0; i < n; i++) {
      bool of_predicted = stage == 1 && p->semantics.corrector_coupling_of_predictor;
      long double sum = 0, at = stage == 0 ? S[i] : predicted[i];
      for (size_t j = 0; j < n; j++) sum += p->weights[i * n + j] * (of_predicted ? predicted[j] : S[j]);
      long double c = v[RWW_COUPLING_A] * sum + v[RWW_COUPLING_B];
      long double x = v[RWW_MODEL_I_O] + v[RWW_MODEL_J_N] * c + v[RWW_MODEL_W] * v[RWW_MODEL_J_N] * at;
      long double u = v[RWW_MODEL_A] * x - v[RWW_MODEL_B];
      long double k = -at / v[RWW_MODEL_TAU_S] + (1 - at) * u / (1 - expl(-v[RWW_MODEL_D] * u)) * v[RWW_MODEL_GAMMA];
      long double moved = stage == 0 ? S[i] + dt * k : S[i] + dt / 2 * (k1[i] + k);
      if (p->semantics.clip) moved = fminl(fmaxl(moved, 0), 1);
      if (stage == 0) {
        k1[i] = k;
        predicted[i] = moved;
      } else {
        next[i] = (double)moved;
      }
    }
}

/* States outside [0, 1], so that a clip, or none, shows; predictor and state differ, so that the coupling's shows. */
static void one_step_follows_the_equations(bool clip, bool of_predictor) {
  small_problem p;
  lanes l;
  double state[7] = {0.1, 0.9, -0.2, 1.3, 0.5, 0.4, 0.99}, expected[7];
  small_problem_asymmetric(&p);
  p.value[RWW_NOISE_SIGMA] = 0;
  p.semantics.clip = clip;
  p.semantics.corrector_coupling_of_predictor = of_predictor;
  step_by_hand(&p, state, expected);
  rww_simulation simulation = simulation_of(&p, 1);
  lanes_begin(&l, &p, 1);
  free(run(&simulation, &l, state));
  for (size_t i = 0; i < 7; i++) CHECK_NEAR(state[i], expected[i], 1e-15); /* a few roundings of numbers up to 1 */
}

static void bits_do_not_depend_on_other_lanes(void) {
  small_problem p;
  lanes many, one;
  double state[7 * 3], alone[7];
  small_problem_asymmetric(&p);
  rww_simulation simulation = simulation_of(&p, 333);
  lanes_begin(&many, &p, 3);
  for (size_t lane = 0; lane < 3; lane++) {
    many.seeds[lane] = 5 + lane / 2;
    many.value[RWW_MODEL_W][lane] = 0.3 + 0.2 * (double)lane;
  }
  for (size_t i = 0; i < 7 * 3; i++) state[i] = 0.1;
  double *trace = run(&simulation, &many, state);
  for (size_t lane = 0; lane < 3; lane++) {
    lanes_begin(&one, &p, 1);
    one.seeds[0] = many.seeds[lane];
    one.value[RWW_MODEL_W][0] = many.value[RWW_MODEL_W][lane];
    for (size_t i = 0; i < 7; i++) alone[i] = 0.1;
    double *trace_alone = run(&simulation, &one, alone);
    for (size_t k = 0; k < 333 * 7; k++) CHECK(trace[k * 3 + lane] == trace_alone[k]);
    free(trace_alone);
  }
  free(trace);
}

static void noise_of_float32_is_another_stream(void) {
  small_problem p;
  lanes l;
  double state[7], state_f32[7];
  small_problem_asymmetric(&p);
  rww_simulation simulation = simulation_of(&p, 10);
  lanes_begin(&l, &p, 1);
  for (size_t i = 0; i < 7; i++) state[i] = state_f32[i] = 0.1;
  free(run(&simulation, &l, state));
  simulation.noise_dtype = RWW_FLOAT32;
  free(run(&simulation, &l, state_f32));
  for (size_t i = 0; i < 7; i++) CHECK(isfinite(state_f32[i]) && state[i] != state_f32[i]);
}

static void nan_is_not_clipped_away(void) {
  small_problem p;
  lanes l;
  double state[7] = {0.1, 0.1, NAN, 0.1, 0.1, 0.1, 0.1};
  small_problem_asymmetric(&p);
  rww_simulation simulation = simulation_of(&p, 2);
  lanes_begin(&l, &p, 1);
  free(run(&simulation, &l, state));
  CHECK(isnan(state[2]));
}

static void float32_is_refused(void) {
  small_problem p;
  rww_integrator *integrator;
  small_problem_asymmetric(&p);
  rww_simulation simulation = simulation_of(&p, 10);
  simulation.precision = RWW_FLOAT32;
  CHECK(rww_backend_reference.create(&simulation, &integrator) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "float32 is not for the reference backend");
}

int main(void) {
  asymmetric_states_agree_with_the_reference();
  saturated_states_agree_with_the_reference();
  for (int k = 0; k < 4; k++) one_step_follows_the_equations(k & 1, k & 2);
  bits_do_not_depend_on_other_lanes();
  noise_of_float32_is_another_stream();
  nan_is_not_clipped_away();
  float32_is_refused();
  return check_report();
}
