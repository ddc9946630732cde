/* The lane backends: the same bits from every instruction set, in any lane, and the reference's results. */
#include "base/memory.h"
#include "check.h"
#include "simulate/lanes.h"
#include "simulate/reference.h"

#define MAX_LANES 70

static const rww_backend *const backends[] = {
#ifdef __x86_64__
    &rww_backend_avx512, &rww_backend_avx2,
#endif
#ifdef __aarch64__
    &rww_backend_neon,
#endif
    &rww_backend_generic, &rww_backend_reference};
#define N_BACKENDS (sizeof backends / sizeof *backends)

/* A network of its own for each test: lane l has the same parameters whatever the number of lanes. */
typedef struct network {
  rww_simulation simulation;
  rww_semantics semantics;
  double *weights;
  bool per_node, own_seeds;
} network;

static double wave(size_t i) {
  return sin((double)(i * i % 1009) * 0.7);
}

static network make_network(size_t n, uint64_t n_steps, double step_ms, rww_precision precision) {
  network net = {.semantics = {.clip = true}};
  CHECK_OK(RWW_NEW(&net.weights, n * n));
  for (size_t i = 0; i < n * n; i++) net.weights[i] = i % (n + 1) == 0 ? 0 : fabs(wave(i)) / 4;
  net.simulation = (rww_simulation){.n_nodes = n,
                                    .weights = net.weights,
                                    .step_ms = step_ms,
                                    .n_steps = n_steps,
                                    .precision = precision,
                                    .noise_dtype = precision,
                                    .noise_bytes = 1 << 20};
  return net;
}

typedef struct recorder {
  size_t n_bytes; /* a step */
  uint64_t n_steps;
  char *trace;
} recorder;

static void record(void *context, uint64_t first_step, size_t n_steps, const void *states) {
  recorder *r = context;
  CHECK(first_step == r->n_steps);
  memcpy(r->trace + first_step * r->n_bytes, states, n_steps * r->n_bytes);
  r->n_steps += n_steps;
}

static double value_of(const network *net, rww_parameter p, size_t node, size_t lane) {
  double value = rww_parameter_get(p)->value, varied = 1 + 0.3 * wave(100 * p + lane);
  if (p == RWW_NOISE_SEED) return 0;
  if (p == RWW_COUPLING_B) value = 0.05;
  if (net->per_node && rww_parameter_get(p)->per_node) varied *= 1 + 0.1 * wave(7 * p + node);
  return p == RWW_MODEL_W || p == RWW_COUPLING_A || p == RWW_MODEL_I_O || net->per_node ? value * varied : value;
}

/* Trace [step][node][lane] of lanes first ..., in the simulation's precision; owned by the caller. */
static char *run(const network *net, const rww_backend *backend, size_t first, size_t n_lanes) {
  size_t n = net->simulation.n_nodes, bytes = net->simulation.precision == RWW_FLOAT32 ? 4 : 8;
  rww_simulation simulation = net->simulation;
  simulation.semantics = &net->semantics;
  double *values[RWW_N_PARAMETERS], *state;
  uint64_t seeds[MAX_LANES];
  rww_lanes lanes = {.n_lanes = n_lanes, .seeds = seeds};
  rww_integrator *integrator;
  recorder r = {.n_bytes = n * n_lanes * bytes};
  CHECK_OK(RWW_NEW(&state, n * n_lanes));
  CHECK_OK(RWW_NEW(&r.trace, simulation.n_steps * r.n_bytes));
  for (size_t l = 0; l < n_lanes; l++) seeds[l] = net->own_seeds ? 5 + first + l : 5;
  for (size_t i = 0; i < n * n_lanes; i++) state[i] = 0.1 + 0.001 * (double)(first + i % n_lanes);
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++) {
    lanes.per_node[p] = net->per_node && rww_parameter_get(p)->per_node;
    CHECK_OK(RWW_NEW(&values[p], n * n_lanes));
    lanes.value[p] = values[p];
    for (size_t i = 0; i < (lanes.per_node[p] ? n : 1); i++)
      for (size_t l = 0; l < n_lanes; l++) values[p][i * n_lanes + l] = value_of(net, p, i, first + l);
  }
  CHECK_OK(backend->create(&simulation, &integrator));
  CHECK_OK(backend->run(integrator, &lanes, state, (rww_sink){record, &r}));
  CHECK(r.n_steps == simulation.n_steps);
  backend->destroy(integrator);
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++) free(values[p]);
  free(state);
  return r.trace;
}

/* Lanes `first` ... of a trace of many are those of a trace of their own. */
static bool is_part(const network *net, const char *whole, size_t n_whole, const char *part, size_t first,
                    size_t n_part) {
  size_t bytes = net->simulation.precision == RWW_FLOAT32 ? 4 : 8;
  for (size_t row = 0; row < net->simulation.n_steps * net->simulation.n_nodes; row++)
    if (memcmp(whole + (row * n_whole + first) * bytes, part + row * n_part * bytes, n_part * bytes) != 0) return false;
  return true;
}

static void check_same_bits(const network *net) {
  static const size_t parts[][2] = {{0, 1}, {3, 2}, {1, 7}, {0, 16}, {5, 33}};
  char *expected = run(net, &rww_backend_generic, 0, MAX_LANES);
  for (size_t b = 0; b < N_BACKENDS; b++) {
    if (!backends[b]->is_supported() || strcmp(backends[b]->family, "lanes") != 0) continue;
    char *all = run(net, backends[b], 0, MAX_LANES);
    CHECK(is_part(net, expected, MAX_LANES, all, 0, MAX_LANES));
    free(all);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
      char *part = run(net, backends[b], parts[k][0], parts[k][1]);
      CHECK(is_part(net, expected, MAX_LANES, part, parts[k][0], parts[k][1]));
      free(part);
    }
  }
  free(expected);
}

/* Sizes around panels and vectors, tails of all kinds. */
static void bits_do_not_depend_on_instruction_set_lanes_or_tails(void) {
  static const size_t sizes[] = {1, 5, 7, 12, 37, 97};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (rww_precision p = RWW_FLOAT64; p <= RWW_FLOAT32; p++) {
      network net = make_network(sizes[k], 70, 2, p);
      net.per_node = k % 2 == 0;
      net.own_seeds = k % 3 == 0;
      check_same_bits(&net);
      free(net.weights);
    }
}

static void zero_weights_left_out_change_no_bit(void) {
  network net = make_network(50, 60, 4, RWW_FLOAT64);
  for (size_t i = 0; i < 50 * 50; i++)
    if (wave(3 * i) < 0.8) net.weights[i] = 0;
  check_same_bits(&net);
  free(net.weights);
}

static double largest_difference(const double *a, const double *b, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    if (!(fabs(a[i] - b[i]) <= largest)) largest = fabs(a[i] - b[i]);
  return largest;
}

static void traces_are_those_of_the_reference(void) {
  network net = make_network(37, 1500, 2, RWW_FLOAT64);
  net.per_node = true;
  char *fast = run(&net, backends[0]->is_supported() ? backends[0] : &rww_backend_generic, 0, 9);
  char *plain = run(&net, &rww_backend_reference, 0, 9);
  /* rounding of some 1e-15 a step, which the contracting dynamics do not pile up */
  CHECK(largest_difference((double *)fast, (double *)plain, 1500 * 37 * 9) < 1e-12);
  free(fast);
  free(plain);
  free(net.weights);
}

static void float32_noise_serves_a_float64_run(void) {
  network net = make_network(7, 40, 4, RWW_FLOAT64);
  net.simulation.noise_dtype = RWW_FLOAT32;
  char *fast = run(&net, &rww_backend_generic, 0, 3), *plain = run(&net, &rww_backend_reference, 0, 3);
  CHECK(largest_difference((double *)fast, (double *)plain, 40 * 7 * 3) < 1e-12); /* rounding, as above */
  free(fast);
  free(plain);
  check_same_bits(&net);
  free(net.weights);
}

/* Extremes that leave the exponent's range, and a parameter that folds to nothing. */
static void extreme_parameters_give_no_nan(void) {
  static const rww_parameter which[] = {RWW_MODEL_I_O, RWW_MODEL_W, RWW_MODEL_GAMMA, RWW_MODEL_A};
  static const double extremes[] = {-1e4, 1e4, 0};
  for (size_t k = 0; k < 4; k++)
    for (size_t e = 0; e < 3; e++) {
      double values[RWW_N_PARAMETERS], state[5] = {0, 0.2, 0.4, 0.8, 1};
      network net = make_network(5, 50, 4, RWW_FLOAT64);
      uint64_t seed = 1;
      rww_lanes lanes = {.n_lanes = 1, .seeds = &seed};
      rww_integrator *integrator;
      recorder r = {.n_bytes = 5 * sizeof(double)};
      for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++) {
        values[p] = p == which[k] ? extremes[e] : rww_parameter_get(p)->value;
        lanes.value[p] = &values[p];
      }
      net.simulation.semantics = &net.semantics;
      CHECK_OK(RWW_NEW(&r.trace, 50 * r.n_bytes));
      CHECK_OK(rww_backend_generic.create(&net.simulation, &integrator));
      CHECK_OK(rww_backend_generic.run(integrator, &lanes, state, (rww_sink){record, &r}));
      for (size_t i = 0; i < 5; i++) CHECK(state[i] >= 0 && state[i] <= 1);
      rww_backend_generic.destroy(integrator);
      free(r.trace);
      free(net.weights);
    }
}

static void other_semantics_are_refused(void) {
  network net = make_network(5, 50, 4, RWW_FLOAT64);
  rww_integrator *integrator;
  net.semantics.clip = false;
  net.simulation.semantics = &net.semantics;
  CHECK(rww_backend_generic.create(&net.simulation, &integrator) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "for the reference backend alone");
  free(net.weights);
}

int main(void) {
  bits_do_not_depend_on_instruction_set_lanes_or_tails();
  zero_weights_left_out_change_no_bit();
  traces_are_those_of_the_reference();
  float32_noise_serves_a_float64_run();
  extreme_parameters_give_no_nan();
  other_semantics_are_refused();
  return check_report();
}
