/* Gradients of the lane backends: the same bits from every instruction set, in any lane, however much is stored, and
 * the reference's results. test_reverse.c holds them against differences. */
#include "check.h"
#include "simulate/lanes.h"
#include "simulate/reference.h"

#define N 23
#define N_STEPS 150
#define MAX_LANES 40
#define EVERY (-1)

typedef struct gradients {
  double value[RWW_N_PARAMETERS][N * MAX_LANES]; /* [node][n_lanes] where regional */
} gradients;

/* Lane l is the same simulation whatever the number of lanes. */
typedef struct problem {
  const rww_backend *backend;
  rww_precision precision, noise_dtype;
  size_t trajectory_bytes, first, n_lanes;
  bool own_seeds;
  int only; /* the parameter that is wanted, or EVERY */
} problem;

static double wave(size_t i) {
  return sin((double)(i * i % 1009) * 0.7);
}

static bool is_regional(int parameter) {
  return parameter == RWW_MODEL_W || parameter == RWW_MODEL_I_O || parameter == RWW_MODEL_TAU_S;
}

static double value_of(int parameter, size_t node, size_t lane) {
  double value = parameter == RWW_COUPLING_B ? 0.05 : rww_parameter_get((rww_parameter)parameter)->value;
  return value * (1 + 0.1 * wave(100 * (size_t)parameter + lane + (is_regional(parameter) ? 7 * node : 0)));
}

static void ignore(void *context, uint64_t first_step, size_t n_steps, const void *states) {
  (void)context, (void)first_step, (void)n_steps, (void)states;
}

/* What the loss sees of each state. */
static void give(void *context, uint64_t first_step, size_t n_steps, void *adjoint) {
  const problem *p = context;
  for (size_t i = 0; i < n_steps * N * p->n_lanes; i++) {
    double value = wave(first_step * N + i / p->n_lanes + 31 * (p->first + i % p->n_lanes));
    if (p->precision == RWW_FLOAT32)
      ((float *)adjoint)[i] = (float)value;
    else
      ((double *)adjoint)[i] = value;
  }
}

static void compute(const problem *p, gradients *found) {
  static double weights[N * N], values[RWW_N_PARAMETERS][N * MAX_LANES], state[N * MAX_LANES];
  static const rww_semantics semantics = {.clip = true};
  uint64_t seeds[MAX_LANES];
  rww_lanes lanes = {.n_lanes = p->n_lanes, .seeds = seeds};
  rww_lanes_gradient gradient = {{0}};
  rww_integrator *integrator;
  for (size_t i = 0; i < N * N; i++) weights[i] = i % (N + 1) == 0 ? 0 : fabs(wave(i)) / 6;
  rww_simulation simulation = {.n_nodes = N, .weights = weights, .step_ms = 4, .n_steps = N_STEPS};
  simulation.precision = p->precision;
  simulation.noise_dtype = p->noise_dtype;
  simulation.semantics = &semantics;
  simulation.trajectory_bytes = p->trajectory_bytes;
  for (size_t l = 0; l < p->n_lanes; l++) seeds[l] = p->own_seeds ? p->first + l : 5;
  for (size_t i = 0; i < N * p->n_lanes; i++) state[i] = 0.1 + 0.001 * (double)(p->first + i % p->n_lanes);
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    lanes.value[k] = values[k];
    lanes.per_node[k] = is_regional(k);
    if (p->only == EVERY || p->only == k) gradient.value[k] = found->value[k];
    for (size_t i = 0; i < (is_regional(k) ? N : 1) * p->n_lanes; i++)
      values[k][i] = value_of(k, i / p->n_lanes, p->first + i % p->n_lanes);
  }
  CHECK_OK(p->backend->create(&simulation, &integrator));
  CHECK_OK(p->backend->record(integrator, &lanes, state, (rww_sink){ignore, NULL}));
  CHECK_OK(p->backend->reverse(integrator, &lanes, 1, (rww_adjoint_source){give, (void *)p}, &gradient));
  p->backend->destroy(integrator);
}

/* Largest difference of one parameter's gradients, relative to the largest of them; `part` begins at lane `first`. */
static double compare(int parameter, const gradients *whole, size_t n_whole, const gradients *part, size_t first,
                      size_t n_part) {
  double difference = 0, scale = 0;
  for (size_t i = 0; i < (is_regional(parameter) ? N : 1); i++)
    for (size_t l = 0; l < n_part; l++) {
      double expected = whole->value[parameter][i * n_whole + first + l], got = part->value[parameter][i * n_part + l];
      scale = fmax(scale, fabs(expected));
      if (!(fabs(got - expected) <= difference)) difference = fabs(got - expected);
    }
  return difference / scale;
}

static const char *const names[] = {"generic", "avx2", "avx512", "neon"};

static void check_same_bits(rww_precision precision, bool own_seeds) {
  static const size_t parts[][2] = {{0, MAX_LANES}, {0, 1}, {3, 5}, {7, 33}};
  static gradients expected, found;
  problem p = {&rww_backend_generic, precision, precision, 0, 0, MAX_LANES, own_seeds, EVERY};
  compute(&p, &expected);
  for (size_t b = 0; b < sizeof names / sizeof *names; b++)
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
      if (rww_backend_find(names[b], NULL, &p.backend) != RWW_OK) continue;
      p.first = parts[k][0], p.n_lanes = parts[k][1];
      p.trajectory_bytes = k % 2 ? 1000 : 0;
      compute(&p, &found);
      for (int q = 0; q < RWW_N_PARAMETERS; q++)
        CHECK(compare(q, &expected, MAX_LANES, &found, p.first, p.n_lanes) == 0);
    }
}

static void bits_depend_on_neither_instruction_set_nor_lanes_nor_storage(void) {
  check_same_bits(RWW_FLOAT64, false);
  check_same_bits(RWW_FLOAT32, true);
}

static void check_each_alone(const rww_backend *backend, rww_precision precision) {
  static gradients all, one;
  problem p = {backend, precision, precision, 0, 0, MAX_LANES, false, EVERY};
  compute(&p, &all);
  for (p.only = 0; p.only < RWW_N_PARAMETERS; p.only++) {
    compute(&p, &one);
    CHECK(compare(p.only, &all, MAX_LANES, &one, 0, MAX_LANES) == 0);
  }
}

static void what_else_is_wanted_changes_no_bit(void) {
  for (size_t b = 0; b < sizeof names / sizeof *names; b++) {
    const rww_backend *backend;
    if (rww_backend_find(names[b], NULL, &backend) != RWW_OK) continue;
    check_each_alone(backend, RWW_FLOAT64);
    check_each_alone(backend, RWW_FLOAT32);
  }
}

/* 1e-10: sums over steps and nodes lose some 1e-16 of their largest terms a time. */
static void gradients_are_those_of_the_reference(void) {
  static gradients expected, found;
  problem p = {&rww_backend_reference, RWW_FLOAT64, RWW_FLOAT64, 0, 0, 9, true, EVERY};
  compute(&p, &expected);
  p.backend = &rww_backend_generic;
  compute(&p, &found);
  for (int q = 0; q < RWW_N_PARAMETERS; q++) CHECK(compare(q, &expected, 9, &found, 0, 9) < 1e-10);
}

/* 1e-3: rounding of 6e-8 a step piles up over the decay time of S, and in the sums. */
static void float32_gradients_are_close_on_the_same_noise(void) {
  static gradients expected, found;
  problem p = {&rww_backend_generic, RWW_FLOAT64, RWW_FLOAT64, 0, 0, 9, true, EVERY};
  compute(&p, &expected);
  p.precision = RWW_FLOAT32;
  compute(&p, &found);
  for (int q = 0; q < RWW_N_PARAMETERS; q++) CHECK(compare(q, &expected, 9, &found, 0, 9) < 1e-3);
}

int main(void) {
  bits_depend_on_neither_instruction_set_nor_lanes_nor_storage();
  what_else_is_wanted_changes_no_bit();
  gradients_are_those_of_the_reference();
  float32_gradients_are_close_on_the_same_noise();
  return check_report();
}
