#include "base/memory.h"
#include "check.h"
#include "simulate/backend.h"

#include <float.h>

#define N 3
#define MAX_LANES 5
#define MAX_STEPS 130

/* A small asymmetric simulation whose loss is a weighted sum of all states, with weights that look random. */
typedef struct problem {
  const rww_backend *backend;
  double weights[N * N];
  rww_semantics semantics;
  rww_simulation simulation;
  size_t n_lanes;
  double value[RWW_N_PARAMETERS][N * MAX_LANES];
  bool per_node[RWW_N_PARAMETERS];
  uint64_t seeds[MAX_LANES];
  double initial[N * MAX_LANES];
  double adjoint[MAX_STEPS * N * MAX_LANES]; /* weights of the states in the loss */
  double loss[MAX_LANES];
  double gradient[RWW_N_PARAMETERS][N * MAX_LANES];
} problem;

static double next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
  return (double)(*state >> 11) * 0x1p-53;
}

static void problem_begin(problem *p, const rww_backend *backend, size_t n_lanes, size_t n_steps, double step_ms) {
  uint64_t random = 5;
  *p = (problem){.backend = backend, .semantics = {.clip = true}, .n_lanes = n_lanes};
  p->simulation = (rww_simulation){
      .n_nodes = N, .weights = p->weights, .step_ms = step_ms, .n_steps = n_steps, .semantics = &p->semantics};
  for (size_t i = 0; i < N * N; i++) p->weights[i] = i % (N + 1) ? next_random(&random) : 0;
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    p->per_node[k] = rww_parameter_get((rww_parameter)k)->per_node && k % 2;
    for (size_t i = 0; i < N * n_lanes; i++)
      p->value[k][i] = rww_parameter_get((rww_parameter)k)->value * (0.95 + 0.1 * next_random(&random));
  }
  for (size_t i = 0; i < n_lanes; i++) p->value[RWW_COUPLING_B][i] = 0.02 * next_random(&random);
  for (size_t i = 0; i < N * n_lanes; i++) p->initial[i] = 0.2 + 0.3 * next_random(&random);
  for (size_t i = 0; i < n_steps * N * n_lanes; i++) p->adjoint[i] = next_random(&random) - 0.5;
  for (size_t l = 0; l < n_lanes; l++) p->seeds[l] = l / 2; /* some of them twice */
}

static rww_lanes lanes_of(const problem *p) {
  rww_lanes lanes = {.n_lanes = p->n_lanes, .seeds = p->seeds};
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    lanes.value[k] = p->value[k];
    lanes.per_node[k] = p->per_node[k];
  }
  return lanes;
}

static void add_to_loss(void *context, uint64_t first_step, size_t n_steps, const void *states) {
  problem *p = context;
  size_t width = N * p->n_lanes;
  for (size_t i = 0; i < n_steps * width; i++)
    p->loss[i % p->n_lanes] += ((const double *)states)[i] * p->adjoint[first_step * width + i];
}

static void give_adjoint(void *context, uint64_t first_step, size_t n_steps, void *adjoint) {
  const problem *p = context;
  size_t width = N * p->n_lanes;
  memcpy(adjoint, p->adjoint + first_step * width, n_steps * width * sizeof(double));
}

static rww_integrator *create(const problem *p) {
  rww_integrator *integrator;
  CHECK_OK(p->backend->create(&p->simulation, &integrator));
  return integrator;
}

/* Losses, and the last state into `state` [node][n_lanes]. */
static void run(problem *p, double *state) {
  rww_integrator *integrator = create(p);
  rww_lanes lanes = lanes_of(p);
  memset(p->loss, 0, sizeof p->loss);
  memcpy(state, p->initial, sizeof p->initial);
  CHECK_OK(p->backend->run(integrator, &lanes, state, (rww_sink){add_to_loss, p}));
  p->backend->destroy(integrator);
}

static rww_lanes_gradient gradient_of(problem *p) {
  rww_lanes_gradient gradient;
  for (int k = 0; k < RWW_N_PARAMETERS; k++) gradient.value[k] = p->gradient[k];
  return gradient;
}

static void run_and_reverse(problem *p, double damping, double *state) {
  rww_integrator *integrator = create(p);
  rww_lanes lanes = lanes_of(p);
  rww_lanes_gradient gradient = gradient_of(p);
  memset(p->loss, 0, sizeof p->loss);
  memcpy(state, p->initial, sizeof p->initial);
  CHECK_OK(p->backend->record(integrator, &lanes, state, (rww_sink){add_to_loss, p}));
  CHECK_OK(p->backend->reverse(integrator, &lanes, damping, (rww_adjoint_source){give_adjoint, p}, &gradient));
  p->backend->destroy(integrator);
}

static size_t count_values(const problem *p, int parameter) {
  return p->n_lanes * (p->per_node[parameter] ? N : 1);
}

/* Loss of value i's lane by central differences of fourth order: the error of the difference is h^4 / 30 times a fifth
 * derivative, that of rounding some 1e-16 / h; with h = 3e-4 relative both are below 1e-8 of the derivatives here. */
static double difference(problem *p, int parameter, size_t i) {
  static const double offset[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
  double middle = p->value[parameter][i], h = 3e-4 * fabs(middle), sum = 0, state[N * MAX_LANES];
  for (int k = 0; k < 4; k++) {
    p->value[parameter][i] = middle + offset[k] * h;
    run(p, state);
    sum += weight[k] * p->loss[i % p->n_lanes];
  }
  p->value[parameter][i] = middle;
  return sum / (12 * h);
}

static void check_against_differences(problem *p) {
  double state[N * MAX_LANES];
  run_and_reverse(p, 1, state);
  for (int k = 0; k < RWW_N_PARAMETERS; k++)
    for (size_t i = 0; i < count_values(p, k); i++) {
      double expected = difference(p, k, i);
      CHECK_NEAR(p->gradient[k][i] / expected, 1, 1e-7);
    }
}

static void swap_global_and_regional(problem *p) {
  for (int k = 0; k < RWW_N_PARAMETERS; k++)
    p->per_node[k] = rww_parameter_get((rww_parameter)k)->per_node && !p->per_node[k];
}

/* Every parameter, global and regional, steps of 2 and 4 ms. */
static void gradient_is_the_limit_of_differences(const rww_backend *backend) {
  static problem p;
  for (int k = 0; k < 4; k++) {
    problem_begin(&p, backend, 2, 60, k % 2 ? 2 : 4);
    if (k / 2) swap_global_and_regional(&p);
    check_against_differences(&p);
  }
}

static void recorded_run_is_the_run(const rww_backend *backend) {
  static problem p;
  double plain[N * MAX_LANES], recorded[N * MAX_LANES], loss[MAX_LANES];
  problem_begin(&p, backend, MAX_LANES, MAX_STEPS, 4);
  run(&p, plain);
  memcpy(loss, p.loss, sizeof loss);
  run_and_reverse(&p, 1, recorded);
  CHECK(memcmp(plain, recorded, sizeof plain) == 0 && memcmp(loss, p.loss, sizeof loss) == 0);
}

static void storing_less_does_not_change_a_bit(const rww_backend *backend) {
  static problem whole, segments;
  double state[N * MAX_LANES], other_state[N * MAX_LANES];
  problem_begin(&whole, backend, MAX_LANES, MAX_STEPS, 4);
  problem_begin(&segments, backend, MAX_LANES, MAX_STEPS, 4);
  segments.simulation.trajectory_bytes = 1000;
  run_and_reverse(&whole, 1, state);
  run_and_reverse(&segments, 1, other_state);
  CHECK(rww_backend_plan_trajectory(backend, &whole.simulation).n_segments == 1);
  CHECK(rww_backend_plan_trajectory(backend, &segments.simulation).n_segments > 5);
  CHECK(memcmp(whole.loss, segments.loss, sizeof whole.loss) == 0 && memcmp(state, other_state, sizeof state) == 0);
  CHECK(memcmp(whole.gradient, segments.gradient, sizeof whole.gradient) == 0);
}

static void bits_do_not_depend_on_the_other_lanes(const rww_backend *backend) {
  static problem all, one;
  double state[N * MAX_LANES];
  problem_begin(&all, backend, MAX_LANES, MAX_STEPS, 4);
  run_and_reverse(&all, 1, state);
  for (size_t l = 0; l < MAX_LANES; l++) {
    problem_begin(&one, backend, 1, MAX_STEPS, 4);
    one.seeds[0] = all.seeds[l];
    for (int k = 0; k < RWW_N_PARAMETERS; k++)
      for (size_t i = 0; i < N; i++) one.value[k][i] = all.value[k][i * MAX_LANES + l];
    for (size_t i = 0; i < N; i++) one.initial[i] = all.initial[i * MAX_LANES + l];
    for (size_t i = 0; i < MAX_STEPS * N; i++) one.adjoint[i] = all.adjoint[i * MAX_LANES + l];
    run_and_reverse(&one, 1, state);
    for (int k = 0; k < RWW_N_PARAMETERS; k++)
      for (size_t i = 0; i < count_values(&one, k); i++)
        CHECK(one.gradient[k][i] == all.gradient[k][i * MAX_LANES + l]);
  }
}

/* Noise that throws S out of [0, 1] again and again: where the value was clipped, nothing passes. The clip has no
 * derivative where a value meets its bound, which no difference here comes near. */
static void clip_blocks_the_gradient_outside(const rww_backend *backend) {
  static problem p;
  double state[N * MAX_LANES];
  problem_begin(&p, backend, 2, 20, 4);
  for (size_t i = 0; i < 2; i++) p.value[RWW_NOISE_SIGMA][i] = 0.2;
  run_and_reverse(&p, 1, state);
  CHECK_NEAR(p.gradient[RWW_MODEL_W][0] / difference(&p, RWW_MODEL_W, 0), 1, 1e-7);
  CHECK_NEAR(p.gradient[RWW_NOISE_SIGMA][1] / difference(&p, RWW_NOISE_SIGMA, 1), 1, 1e-7);
  for (size_t i = 0; i < 2; i++) p.value[RWW_NOISE_SIGMA][i] = 1e9; /* every value lies outside */
  run_and_reverse(&p, 1, state);
  for (int k = 0; k < RWW_N_PARAMETERS; k++) CHECK(p.gradient[k][0] == 0);
}

/* The state one step later, without noise, when every step is the same map. */
static void map_once(problem *p, const double *from, double *to) {
  memcpy(p->initial, from, N * sizeof *from);
  run(p, to);
}

/* Derivative of the map along `along` in its state, and by model.w. */
static void differentiate_map(problem *p, const double *state, const double *along, double *by_state, double *by_w) {
  const double h = 1e-5;
  double high[N * MAX_LANES], low[N * MAX_LANES], moved[N], w = p->value[RWW_MODEL_W][0];
  for (size_t i = 0; i < N; i++) moved[i] = state[i] + h * along[i];
  map_once(p, moved, high);
  for (size_t i = 0; i < N; i++) moved[i] = state[i] - h * along[i];
  map_once(p, moved, low);
  for (size_t i = 0; i < N; i++) by_state[i] = (high[i] - low[i]) / (2 * h);
  p->value[RWW_MODEL_W][0] = w + h;
  map_once(p, state, high);
  p->value[RWW_MODEL_W][0] = w - h;
  map_once(p, state, low);
  p->value[RWW_MODEL_W][0] = w;
  for (size_t i = 0; i < N; i++) by_w[i] = (high[i] - low[i]) / (2 * h);
}

/* Damping belongs to the recursion: its transpose is the tangent d' = damping J d + dF/dw, whose product with the
 * weights of the states is the damped derivative. 1e-7: differences of second order with h = 1e-5. */
static void damping_multiplies_what_a_step_hands_back(const rww_backend *backend) {
  static problem p, map;
  double state[N * MAX_LANES], tangent[N] = {0}, by_state[N], by_w[N], expected = 0;
  const double damping = 0.9;
  problem_begin(&p, backend, 1, 40, 4);
  p.value[RWW_NOISE_SIGMA][0] = 0;
  map = p;
  map.simulation.weights = map.weights;
  map.simulation.n_steps = 1;
  run_and_reverse(&p, damping, state);
  CHECK(!p.per_node[RWW_MODEL_W]);
  memcpy(state, p.initial, sizeof state);
  for (size_t t = 0; t < p.simulation.n_steps; t++) {
    differentiate_map(&map, state, tangent, by_state, by_w);
    map_once(&map, state, state);
    for (size_t i = 0; i < N; i++) {
      tangent[i] = damping * by_state[i] + by_w[i];
      expected += p.adjoint[t * N + i] * tangent[i];
    }
  }
  CHECK_NEAR(p.gradient[RWW_MODEL_W][0] / expected, 1, 1e-7);
}

/* Later versions take the coupling of the predicted state in the corrector, and do not clip. */
static void gradient_of_later_versions_is_the_limit_of_differences(const rww_backend *backend) {
  static problem p;
  problem_begin(&p, backend, 2, 60, 4);
  p.semantics = (rww_semantics){.corrector_coupling_of_predictor = true};
  check_against_differences(&p);
}

int main(void) {
  static const char *const names[] = {"reference", "generic", "avx2", "avx512", "neon"};
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    const rww_backend *backend;
    if (rww_backend_find(names[k], NULL, &backend) != RWW_OK || backend->n_recorded == 0) continue;
    gradient_is_the_limit_of_differences(backend);
    recorded_run_is_the_run(backend);
    storing_less_does_not_change_a_bit(backend);
    bits_do_not_depend_on_the_other_lanes(backend);
    clip_blocks_the_gradient_outside(backend);
    damping_multiplies_what_a_step_hands_back(backend);
    if (k == 0) gradient_of_later_versions_is_the_limit_of_differences(backend);
  }
  return check_report();
}
