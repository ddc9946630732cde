/* How fast the integrators are: the whole pipeline of full batches (noise kept, warm-up done, BOLD, FC, loss) on one
 * core, as node-steps per second and as the share of the core's multiply-add peak that the coupling's multiply-adds
 * reach, measured in the same run; then what gradients cost. Every result is compared with the reference backend's.
 *   kernels [BACKEND] [NODES ...]      all backends, 84 nodes where none is given */
#include "base/memory.h"
#include "base/threefry.h"
#include "objective/objective.h"
#include "peak.h"
#include "simulate/noise.h"
#include "simulate/reference.h"
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_RUNS 5   /* medians are of so many */
#define RUN_S 0.25 /* the number of evaluations doubles until a run takes so long */
#define STEP_MS 4.0
#define N_STEPS_PUBLISHED 30000
#define SMALL 100 /* nodes, up to which the whole published run is measured; else 24 s of it */
#define SEED 42
#define NOISE_BYTES 50000000 /* as the default of memory.noise */

/* Of this process, so that what others do on the machine counts as little as possible. */
static double processor_s(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

#define CHECK(expression) check((expression), #expression)
static void check(rww_status status, const char *expression) {
  if (status == RWW_OK) return;
  fprintf(stderr, "kernels: %s: %s\n", expression, rww_status_message(status));
  exit(EXIT_FAILURE);
}

/* ---- a problem of any size, dense, its weights alike in all respects but the numbers ---- */

typedef struct problem {
  rww_connectome connectome;
  rww_target target;
  rww_parameter_set base;
  double base_values[RWW_N_PARAMETERS], initial_S;
  rww_semantics semantics;
  rww_integration_config integration;
  rww_monitors_config monitors;
  rww_observation_config observation;
} problem;

/* Uniform on [0, 1). */
static double uniform(uint64_t i) {
  return (double)(rww_threefry(SEED, i) >> 11) * 0x1p-53;
}

static void problem_create(size_t n_nodes, double coupled, problem *p) {
  double duration_ms = n_nodes <= SMALL ? N_STEPS_PUBLISHED * STEP_MS : 24000;
  *p = (problem){.connectome.n_nodes = n_nodes, .target.n_nodes = n_nodes, .initial_S = 0.1};
  CHECK(RWW_NEW(&p->connectome.weights, n_nodes * n_nodes));
  CHECK(RWW_NEW(&p->target.fc, n_nodes * n_nodes));
  for (size_t i = 0; i < n_nodes * n_nodes; i++) {
    p->connectome.weights[i] = coupled * uniform(i) / (double)n_nodes;
    p->target.fc[i] = i % (n_nodes + 1) == 0 ? 0 : uniform(n_nodes * n_nodes + i);
  }
  for (rww_parameter k = 0; k < RWW_N_PARAMETERS; k++) {
    p->base_values[k] = rww_parameter_get(k)->value;
    p->base.value[k] = (rww_values){.n = 1, .values = &p->base_values[k]};
  }
  p->base.initial_S = (rww_values){.n = 1, .values = &p->initial_S};
  p->semantics = (rww_semantics){.clip = true, .bold_sample = RWW_SAMPLE_TVBO};
  p->integration = (rww_integration_config){.step_size_ms = STEP_MS, .duration_ms = duration_ms};
  p->monitors = (rww_monitors_config){.bold_period_ms = 1000};
  p->observation = (rww_observation_config){.fc_skip = 4, .loss = {.rmse = 1}};
}

static void problem_free(problem *p) {
  free(p->connectome.weights);
  free(p->target.fc);
}

static size_t count_steps(const problem *p) {
  return (size_t)(p->integration.duration_ms / p->integration.step_size_ms);
}

/* ---- the backend at work, watched ---- */

static struct {
  const rww_backend *backend;
  rww_sink sink;
  double run_s, sink_s;
  size_t n_bytes; /* allocated while it runs */
} watched;

static size_t count_allocated_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void take_watched(void *context, uint64_t first_step, size_t n_steps, const void *states) {
  (void)context;
  double begin_s = processor_s();
  if (first_step == 0) watched.n_bytes = count_allocated_bytes();
  watched.sink.take(watched.sink.context, first_step, n_steps, states);
  watched.sink_s += processor_s() - begin_s;
}

static void give_watched(void *context, uint64_t first_step, size_t n_steps, void *adjoint) {
  const rww_adjoint_source *source = context;
  if (first_step == 0) watched.n_bytes = count_allocated_bytes();
  source->give(source->context, first_step, n_steps, adjoint);
}

static rww_status reverse_watched(rww_integrator *integrator, const rww_lanes *lanes, double damping,
                                  rww_adjoint_source source, const rww_lanes_gradient *gradient) {
  return watched.backend->reverse(integrator, lanes, damping, (rww_adjoint_source){give_watched, &source}, gradient);
}

static rww_status run_watched(rww_integrator *integrator, const rww_lanes *lanes, double *state, rww_sink sink) {
  double begin_s = processor_s();
  watched.sink = sink;
  rww_status status = watched.backend->run(integrator, lanes, state, (rww_sink){take_watched, NULL});
  watched.run_s += processor_s() - begin_s;
  return status;
}

/* ---- evaluations ---- */

/* An objective and a batch for it; lanes differ in both of the published axes. */
typedef struct workload {
  rww_backend backend; /* the watched one, whose place it takes */
  rww_objective *objective;
  rww_batch batch;
  rww_free free[2];
  double *values, *loss, *gradient; /* [row][lane], [lane], [row][lane] or NULL */
  uint64_t *seeds;
  rww_outcome *outcomes;
} workload;

/* Gradients within `trajectory_bytes` a lane: of w and I_o at every node. */
typedef struct task {
  bool is_regional, wants_gradient;
  size_t trajectory_bytes;
} task;

static double draw_value(rww_parameter parameter, size_t row, size_t lane) {
  double share = uniform(1000 * lane + row);
  return parameter == RWW_MODEL_I_O ? 0.3 + 0.04 * share : 0.001 + 0.7 * share;
}

static void fill_batch(const problem *p, size_t n_lanes, workload *w) {
  size_t n_rows = rww_free_count_rows(w->free, 2, p->connectome.n_nodes);
  CHECK(RWW_NEW(&w->values, n_rows * n_lanes));
  CHECK(RWW_NEW(&w->loss, n_lanes));
  CHECK(RWW_NEW(&w->seeds, n_lanes));
  CHECK(RWW_NEW(&w->outcomes, n_lanes));
  for (size_t row = 0; row < n_rows; row++)
    for (size_t l = 0; l < n_lanes; l++)
      w->values[row * n_lanes + l] = draw_value(w->free[2 * row / n_rows].parameter, row, l);
  for (size_t l = 0; l < n_lanes; l++) w->seeds[l] = SEED;
  w->batch = (rww_batch){.n_lanes = n_lanes, .n_free = 2, .free = w->free, .values = w->values, .seeds = w->seeds};
}

static void workload_create(const problem *p, const rww_backend *backend, rww_precision precision, size_t n_lanes,
                            task wanted, workload *w) {
  watched.backend = backend;
  *w = (workload){.backend = *backend, .free = {{RWW_COUPLING_A, false}, {RWW_MODEL_W, false}}};
  if (wanted.is_regional) w->free[0] = (rww_free){RWW_MODEL_I_O, true}, w->free[1] = (rww_free){RWW_MODEL_W, true};
  w->backend.run = run_watched;
  w->backend.reverse = reverse_watched;
  rww_objective_spec spec = {
      .connectome = &p->connectome,
      .target = &p->target,
      .base = &p->base,
      .semantics = &p->semantics,
      .integration = &p->integration,
      .monitors = &p->monitors,
      .observation = &p->observation,
      .backend = &w->backend,
      .precision = precision,
      .trajectory_bytes = wanted.trajectory_bytes,
      .noise_bytes = NOISE_BYTES,
  };
  fill_batch(p, n_lanes, w);
  if (wanted.wants_gradient)
    CHECK(RWW_NEW(&w->gradient, rww_free_count_rows(w->free, 2, p->connectome.n_nodes) * n_lanes));
  CHECK(rww_objective_create(&spec, &w->objective));
}

static void workload_free(workload *w) {
  rww_objective_destroy(w->objective);
  free(w->values);
  free(w->loss);
  free(w->gradient);
  free(w->seeds);
  free(w->outcomes);
}

static void evaluate(workload *w) {
  rww_evaluation wanted = {.loss = w->loss, .outcome = w->outcomes, .gradient = w->gradient, .adjoint_damping = 1};
  CHECK(rww_objective_evaluate(w->objective, &w->batch, &wanted));
}

/* Seconds of an evaluation, and the peak at the time. */
typedef struct timing {
  double total_s, integrate_s, bold_s, peak_flops;
} timing;

static timing time_evaluations(workload *w, size_t n) {
  watched.run_s = watched.sink_s = 0;
  double begin_s = processor_s();
  for (size_t i = 0; i < n; i++) evaluate(w);
  double total_s = processor_s() - begin_s;
  return (timing){total_s / (double)n, (watched.run_s - watched.sink_s) / (double)n, watched.sink_s / (double)n, 0};
}

/* By the share of the peak. */
static int compare_timings(const void *left, const void *right) {
  const timing *a = left, *b = right;
  double difference = a->total_s * a->peak_flops - b->total_s * b->peak_flops;
  return (difference > 0) - (difference < 0);
}

/* Evaluations of a run. */
static size_t count_evaluations(workload *w) {
  size_t n = 1;
  evaluate(w);
  while ((double)n * time_evaluations(w, n).total_s < RUN_S) n *= 2;
  return n;
}

/* The median of N_RUNS runs. */
static timing measure(workload *w, rww_precision precision) {
  timing runs[N_RUNS];
  size_t n = count_evaluations(w);
  for (int i = 0; i < N_RUNS; i++) {
    double peak_flops = rww_peak_measure(w->backend.name, precision);
    runs[i] = time_evaluations(w, n);
    runs[i].peak_flops = peak_flops;
  }
  qsort(runs, N_RUNS, sizeof *runs, compare_timings);
  return runs[N_RUNS / 2];
}

/* ---- a line of the table ---- */

/* Losses of the first and the last lane, against those of the reference in float64 on the same noise. */
static void verify(const problem *p, const workload *w, rww_precision precision) {
  size_t n_lanes = w->batch.n_lanes, lanes[2] = {0, n_lanes - 1};
  double tolerance = precision == RWW_FLOAT64 ? 1e-12 : 1e-3, values[4];
  workload reference;
  workload_create(p, &rww_backend_reference, RWW_FLOAT64, 2, (task){0}, &reference);
  for (size_t k = 0; k < 4; k++) values[k] = w->values[k / 2 * n_lanes + lanes[k % 2]];
  reference.batch.values = values;
  evaluate(&reference);
  for (size_t k = 0; k < 2; k++)
    if (!(fabs(w->loss[lanes[k]] - reference.loss[k]) <= tolerance)) {
      fprintf(stderr, "kernels: backend %s: loss %.17g in lane %zu of %zu, expected %.17g within %g\n", w->backend.name,
              w->loss[lanes[k]], lanes[k], n_lanes, reference.loss[k], tolerance);
      exit(EXIT_FAILURE);
    }
  workload_free(&reference);
}

/* Seconds that integrating a block of lanes takes where there is no weight, so that nothing is summed up. */
static double measure_elementwise(size_t n_nodes, const rww_backend *backend, rww_precision precision, size_t n_lanes) {
  problem uncoupled;
  workload w;
  problem_create(n_nodes, 0, &uncoupled);
  workload_create(&uncoupled, backend, precision, n_lanes, (task){0}, &w);
  double elementwise_s = measure(&w, precision).integrate_s;
  workload_free(&w);
  problem_free(&uncoupled);
  return elementwise_s;
}

static void print_head(void) {
  puts(
      "\nnodes  precision  backend    lanes  ms/simulation  node-steps/s coupling elements     BOLD FC, loss  kB/lane  "
      "Gflop/s   peak  ratio");
}

/* A share of the time, where it is known. */
static void print_share(double part_s, double total_s) {
  if (isfinite(part_s))
    printf("%8.1f%%", 100 * part_s / total_s);
  else
    printf("%9s", "-");
}

static void print_line(const problem *p, const workload *w, rww_precision precision, const timing *t,
                       double elementwise_s, size_t lane_bytes) {
  double n = (double)p->connectome.n_nodes, n_lanes = (double)w->batch.n_lanes;
  double node_steps = n * n_lanes * (double)count_steps(p), flops = 2 * n * node_steps / t->total_s;
  printf("%5zu  %-9s  %-9s  %5zu  %13.2f  %12.2e", p->connectome.n_nodes,
         precision == RWW_FLOAT64 ? "float64" : "float32", w->backend.name, w->batch.n_lanes,
         1e3 * t->total_s / n_lanes * N_STEPS_PUBLISHED / (double)count_steps(p), node_steps / t->total_s);
  print_share(t->integrate_s - elementwise_s, t->total_s);
  print_share(elementwise_s, t->total_s);
  print_share(t->bold_s, t->total_s);
  print_share(t->total_s - t->integrate_s - t->bold_s, t->total_s);
  printf("  %7.0f  %7.1f  %5.1f  %5.3f\n", 1e-3 * (double)lane_bytes, 1e-9 * flops, 1e-9 * t->peak_flops,
         flops / t->peak_flops);
  fflush(stdout);
}

static void measure_backend(const problem *p, const rww_backend *backend, rww_precision precision, size_t n_lanes) {
  workload w;
  double elementwise_s = backend->is_vectorised && n_lanes > 1
                             ? measure_elementwise(p->connectome.n_nodes, backend, precision, n_lanes)
                             : NAN;
  workload_create(p, backend, precision, n_lanes, (task){0}, &w);
  timing t = measure(&w, precision);
  size_t lane_bytes = (watched.n_bytes - count_allocated_bytes()) / n_lanes;
  verify(p, &w, precision);
  print_line(p, &w, precision, &t, elementwise_s, lane_bytes);
  workload_free(&w);
}

/* ---- gradients ---- */

/* Derivatives of the first lane by the first and the last row, against those of the reference on the same noise. */
static void verify_gradient(const problem *p, const workload *w, rww_precision precision) {
  size_t n_rows = rww_free_count_rows(w->free, 2, p->connectome.n_nodes), rows[2] = {0, n_rows - 1};
  double tolerance = precision == RWW_FLOAT64 ? 1e-8 : 1e-2, scale = 0;
  workload reference;
  workload_create(p, &rww_backend_reference, RWW_FLOAT64, 1, (task){true, true, 0}, &reference);
  evaluate(&reference);
  for (size_t row = 0; row < n_rows; row++) scale = fmax(scale, fabs(reference.gradient[row]));
  for (size_t k = 0; k < 2; k++) {
    double found = w->gradient[rows[k] * w->batch.n_lanes], expected = reference.gradient[rows[k]];
    if (fabs(found - expected) <= tolerance * scale) continue;
    fprintf(stderr, "kernels: backend %s: derivative %.17g in row %zu, expected %.17g within %g\n", w->backend.name,
            found, rows[k], expected, tolerance * scale);
    exit(EXIT_FAILURE);
  }
  workload_free(&reference);
}

static int compare_numbers(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double get_median(double runs[N_RUNS]) {
  qsort(runs, N_RUNS, sizeof *runs, compare_numbers);
  return runs[N_RUNS / 2];
}

/* Seconds of an evaluation, and how many times those of the loss alone, whose runs are between its own: medians. */
typedef struct comparison {
  double total_s, times_loss;
} comparison;

static comparison compare_with_loss(workload *w, workload *loss) {
  double total_s[N_RUNS], times_loss[N_RUNS];
  size_t n_loss = count_evaluations(loss), n = count_evaluations(w);
  for (int i = 0; i < N_RUNS; i++) {
    double loss_s = time_evaluations(loss, n_loss).total_s;
    total_s[i] = time_evaluations(w, n).total_s;
    times_loss[i] = total_s[i] / loss_s;
  }
  return (comparison){get_median(total_s), get_median(times_loss)};
}

static void measure_task(const problem *p, const rww_backend *backend, rww_precision precision, size_t n_lanes,
                         const char *name, task wanted, workload *loss) {
  workload w;
  size_t bytes_before = count_allocated_bytes();
  workload_create(p, backend, precision, n_lanes, wanted, &w);
  comparison found = compare_with_loss(&w, loss);
  size_t lane_bytes = (watched.n_bytes - bytes_before) / n_lanes;
  if (wanted.wants_gradient) verify_gradient(p, &w, precision);
  printf("%5zu  %-9s  %-9s  %5zu  %-21s  %13.2f  %10.2f  %8.2f\n", p->connectome.n_nodes,
         precision == RWW_FLOAT64 ? "float64" : "float32", backend->name, n_lanes, name,
         1e3 * found.total_s / (double)n_lanes * N_STEPS_PUBLISHED / (double)count_steps(p), found.times_loss,
         1e-6 * (double)lane_bytes);
  fflush(stdout);
  workload_free(&w);
}

static void measure_gradients(const problem *p, const rww_backend *backend, rww_precision precision, size_t n_lanes) {
  static const struct {
    const char *name;
    task task;
  } tasks[] = {{"loss", {true, false, 0}},
               {"gradient, stored", {true, true, 0}},
               {"gradient, 3 MB a lane", {true, true, 3000000}}};
  workload loss;
  workload_create(p, backend, precision, n_lanes, tasks[0].task, &loss);
  evaluate(&loss);
  for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
    measure_task(p, backend, precision, n_lanes, tasks[i].name, tasks[i].task, &loss);
  workload_free(&loss);
}

/* ---- all of them ---- */

static const char *const backends[] = {"reference", "generic", "avx2", "avx512", "neon"};

static const char *chosen; /* the one backend to measure; NULL: all */

/* NULL where it is not asked for or not there, or where it would take minutes: the generic one calls fma in libm. */
static const rww_backend *find_backend(const char *name, rww_precision precision, size_t n_nodes) {
  const rww_backend *backend;
  if (chosen && strcmp(name, chosen) != 0) return NULL;
  if (precision == RWW_FLOAT32 && strcmp(name, "reference") == 0) return NULL;
  if (n_nodes > SMALL && strcmp(name, "generic") == 0) return NULL;
  return rww_backend_find(name, NULL, &backend) == RWW_OK ? backend : NULL;
}

/* A full block of lanes, half a one, a lone simulation. */
static void measure_widths(void (*measure_width)(const problem *, const rww_backend *, rww_precision, size_t),
                           const problem *p, const rww_backend *backend, rww_precision precision) {
  measure_width(p, backend, precision, backend->count_lanes(precision));
  if (!backend->is_vectorised) return;
  if (backend->count_lane_step(precision) > 1)
    measure_width(p, backend, precision, backend->count_lane_step(precision));
  measure_width(p, backend, precision, 1);
}

static void measure_losses(const problem *p) {
  size_t n_nodes = p->connectome.n_nodes;
  print_head();
  for (rww_precision precision = RWW_FLOAT64; precision <= RWW_FLOAT32; precision++)
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
      const rww_backend *backend = find_backend(backends[i], precision, n_nodes);
      if (!backend) continue;
      measure_widths(measure_backend, p, backend, precision);
    }
}

static void measure_all_gradients(const problem *p) {
  puts("\nnodes  precision  backend    lanes  w and I_o of every node  ms/simulation  times loss   MB/lane");
  for (rww_precision precision = RWW_FLOAT64; precision <= RWW_FLOAT32; precision++)
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
      const rww_backend *backend = find_backend(backends[i], precision, p->connectome.n_nodes);
      if (!backend || strcmp(backend->name, "generic") == 0) continue;
      measure_widths(measure_gradients, p, backend, precision);
    }
}

static void measure_size(size_t n_nodes) {
  problem p;
  problem_create(n_nodes, 1, &p);
  measure_losses(&p);
  if (n_nodes <= SMALL) measure_all_gradients(&p);
  problem_free(&p);
}

static void print_processor(void) {
  char line[256], name[256] = "unknown";
  FILE *info = fopen("/proc/cpuinfo", "r");
  while (info && fgets(line, sizeof line, info))
    if (sscanf(line, "model name : %255[^\n]", name) == 1) break;
  if (info) fclose(info);
  printf("processor   %s\ncompiler    %s\n", name, __VERSION__);
}

/* Noise is made once for all points of a seed. */
static void print_noise(void) {
  size_t n_nodes = 84, n_steps = 3000;
  double *z;
  CHECK(RWW_NEW(&z, n_nodes * n_steps));
  for (rww_precision stream = RWW_FLOAT64; stream <= RWW_FLOAT32; stream++) {
    double best_s = INFINITY;
    for (int i = 0; i < N_RUNS; i++) {
      double begin_s = processor_s();
      rww_noise_fill(SEED, stream, n_nodes, 0, n_steps, z);
      best_s = fmin(best_s, processor_s() - begin_s);
    }
    printf("noise       %.2f ns a number of the %s stream, %.1f ms a seed of 30000 steps and 84 nodes\n",
           1e9 * best_s / (double)(n_nodes * n_steps), stream == RWW_FLOAT64 ? "float64" : "float32",
           1e3 * best_s * N_STEPS_PUBLISHED / (double)n_steps);
  }
  free(z);
}

static bool is_backend(const char *name) {
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
    if (strcmp(name, backends[i]) == 0) return true;
  return false;
}

int main(int argc, char **argv) {
  int first = 1;
  if (argc > 1 && is_backend(argv[1])) chosen = argv[first++];
  print_processor();
  print_noise();
  if (first == argc) measure_size(84);
  for (int i = first; i < argc; i++) {
    size_t n_nodes = strtoull(argv[i], NULL, 10);
    if (n_nodes < 2 || n_nodes > RWW_MAX_NODES) {
      fprintf(stderr, "usage: kernels [BACKEND] [NODES ...]; %s is not a number from 2 to %d\n", argv[i],
              RWW_MAX_NODES);
      return EXIT_FAILURE;
    }
    measure_size(n_nodes);
  }
  return EXIT_SUCCESS;
}
