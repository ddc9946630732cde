#include "app/measure.h"

#include "app/footprint.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plan/grid_source.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST_MS 20000.0 /* that a configuration may have */
#define BUDGET_S 0.3        /* of one evaluation with its warm-up */
#define N_REPEATS 3

/* The experiment's own evaluation at another duration. */
typedef struct trial {
  rww_integration_config integration;
  rww_observation_config observation;
  rww_objective *objective;
  void *ballast; /* what the whole duration takes more of memory */
  size_t lane_step;
} trial;

/* Of this program alone: getrusage remembers also what the process was before exec. 0 where it cannot be told. */
static size_t peak_bytes(void) {
  size_t peak_kib = 0;
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %zu", &peak_kib) == 1) break;
  if (status) fclose(status);
  return 1024 * peak_kib;
}

/* So much of a run of `whole_ms`. */
static rww_status prepare(const rww_experiment *experiment, double whole_ms, double duration_ms, trial *self) {
  rww_objective_spec spec = rww_experiment_objective(experiment);
  self->integration = *spec.integration;
  self->integration.duration_ms = duration_ms;
  self->observation = *spec.observation;
  self->observation.fc_skip = 0; /* a short run has few samples */
  spec.trajectory_bytes = (size_t)((double)spec.trajectory_bytes * duration_ms / whole_ms);
  spec.rehearsed_ms = whole_ms;
  spec.integration = &self->integration;
  spec.observation = &self->observation;
  self->lane_step = rww_experiment_unit_sizes(experiment).lane_step;
  return rww_objective_create(&spec, &self->objective);
}

static uint64_t count_unit_seeds(const rww_unit *unit) {
  uint64_t n = 0;
  for (size_t k = 0; k < unit->n_lanes; k++) {
    size_t first = 0;
    while (unit->seeds[first] != unit->seeds[k]) first++;
    n += first == k;
  }
  return n;
}

/* Takes what the run takes and the trial does not, so that both have the same peak. */
static rww_status take_ballast(const rww_experiment *experiment, const rww_unit *unit, uint64_t n_resident_bytes,
                               trial *self) {
  size_t n_bytes;
  RWW_TRY(rww_footprint_foresee(experiment, unit->n_lanes, &n_bytes));
  rww_footprint tried = rww_objective_count_bytes(self->objective, count_unit_seeds(unit));
  n_bytes += n_resident_bytes - (tried.kept_bytes + unit->n_lanes * tried.lane_bytes);
  RWW_TRY(rww_allocate(n_bytes, 1, &self->ballast));
  memset(self->ballast, 1, n_bytes);
  return RWW_OK;
}

static void trial_free(trial *self) {
  rww_objective_destroy(self->objective);
  free(self->ballast);
}

/* Loss, and gradient where the unit has one. */
static rww_status evaluate(const trial *self, const rww_unit *unit, double *elapsed_s) {
  rww_batch batch = rww_unit_batch(unit);
  rww_outcome *outcomes;
  double *numbers, begin_s = rww_clock_s();
  RWW_TRY(RWW_NEW(&outcomes, unit->n_lanes));
  rww_status status = RWW_NEW(&numbers, (1 + unit->n_value_rows) * unit->n_lanes);
  rww_evaluation evaluation = {.loss = numbers,
                               .outcome = outcomes,
                               .adjoint_damping = 1,
                               .gradient = unit->with_gradient ? numbers + unit->n_lanes : NULL};
  if (status == RWW_OK) status = rww_objective_evaluate(self->objective, &batch, &evaluation);
  free(numbers);
  free(outcomes);
  *elapsed_s = rww_clock_s() - begin_s;
  return status;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The median of as many evaluations of the unit's first lanes. */
static rww_status time_lanes(const trial *self, const rww_unit *unit, size_t n_lanes, size_t n_repeats,
                             double *median_s) {
  double elapsed_s[N_REPEATS];
  rww_unit part;
  RWW_TRY(rww_unit_take(unit, 0, n_lanes, &part));
  rww_status status = RWW_OK;
  for (size_t i = 0; i < n_repeats && status == RWW_OK; i++) status = evaluate(self, &part, &elapsed_s[i]);
  rww_unit_free(&part);
  RWW_TRY(status);
  qsort(elapsed_s, n_repeats, sizeof *elapsed_s, by_size);
  *median_s = elapsed_s[n_repeats / 2];
  return RWW_OK;
}

static rww_status time_unit(const trial *self, const rww_unit *unit, rww_unit_times *times) {
  times->n_lanes = unit->n_lanes;
  RWW_TRY(time_lanes(self, unit, 1, N_REPEATS, &times->lone_s));
  RWW_TRY(time_lanes(self, unit, unit->n_lanes, N_REPEATS, &times->unit_s));
  if (unit->n_lanes > self->lane_step) return time_lanes(self, unit, self->lane_step, N_REPEATS, &times->step_s);
  times->step_s = times->unit_s;
  return RWW_OK;
}

/* Times of this duration: the first evaluation of a seed has its noise and its warm-up in it. */
static rww_status time_losses(const trial *self, const rww_unit *unit, rww_speed *speed) {
  double first_s;
  RWW_TRY(time_lanes(self, unit, 1, 1, &first_s));
  RWW_TRY(time_unit(self, unit, &speed->of_losses));
  speed->seed_s = fmax(first_s - speed->of_losses.lone_s, 0);
  return RWW_OK;
}

static rww_status time_duration(const rww_experiment *experiment, double duration_ms, const rww_unit *unit,
                                uint64_t n_resident_bytes, rww_speed *speed) {
  trial self = {0};
  rww_status status = prepare(experiment, experiment->config->integration.duration_ms, duration_ms, &self);
  if (status == RWW_OK) status = take_ballast(experiment, unit, n_resident_bytes, &self);
  if (status == RWW_OK) status = time_losses(&self, unit, speed);
  trial_free(&self);
  return status;
}

static void scale(rww_unit_times *times, double factor) {
  times->unit_s *= factor;
  times->step_s *= factor;
  times->lone_s *= factor;
}

/* As long a run as the budget allows, whole steps of the shortest one; what is longer is extrapolated. */
static rww_status measure_losses(const rww_experiment *experiment, const rww_unit *unit, uint64_t n_resident_bytes,
                                 rww_speed *speed, size_t *n_bytes) {
  double full_ms = experiment->config->integration.duration_ms, shortest_ms = fmin(SHORTEST_MS, full_ms);
  RWW_TRY(time_duration(experiment, shortest_ms, unit, n_resident_bytes, speed));
  double affordable = fmax(floor(BUDGET_S / (speed->of_losses.unit_s + speed->seed_s)), 1);
  double duration_ms = fmin(full_ms, affordable * shortest_ms);
  if (duration_ms > shortest_ms) RWW_TRY(time_duration(experiment, duration_ms, unit, n_resident_bytes, speed));
  scale(&speed->of_losses, full_ms / duration_ms);
  speed->seed_s *= full_ms / duration_ms;
  *n_bytes = peak_bytes();
  return RWW_OK;
}

/* Points that are spread over the grid. */
static rww_status draw_unit(const rww_experiment *experiment, rww_unit *unit) {
  uint64_t n = rww_experiment_count_lanes(experiment), *points;
  rww_grid_source *source;
  bool available;
  if (n > experiment->grid.n_points) n = experiment->grid.n_points;
  RWW_TRY(RWW_NEW(&points, n));
  for (uint64_t i = 0; i < n; i++) points[i] = i * (experiment->grid.n_points / n);
  rww_row_list all = {.rows = points, .n_plain = n};
  rww_status status = rww_grid_source_create(&experiment->grid, experiment->config->base.seed, 0, &all, &source);
  free(points);
  RWW_TRY(status);
  rww_work_source work = rww_grid_source_work(source);
  status = work.next(work.self, n, &available, unit);
  rww_grid_source_destroy(source);
  return status;
}

static void spread_seeds(const uint64_t *seeds, size_t n_seeds, rww_unit *unit) {
  for (size_t lane = 0; lane < unit->n_lanes; lane++) unit->seeds[lane] = seeds[lane % n_seeds];
}

/* Where there is no grid: the base point, as often as an evaluation or a fit has lanes. */
static rww_status make_unit(const rww_experiment *experiment, rww_unit *unit) {
  bool alone = experiment->config->optimize.n_fits == 0 && !experiment->config->evaluate.given;
  RWW_TRY(rww_unit_create(0, alone ? 1 : rww_experiment_count_lanes(experiment), 0, 0, unit));
  spread_seeds(&experiment->config->base.seed, 1, unit);
  return RWW_OK;
}

/* ---- evaluation ---- */

/* Of a short run, in which noise is kept only where that of the long one is. */
static rww_status measure_evaluation(const rww_experiment *experiment, rww_speed *speed) {
  const rww_evaluate_config *config = &experiment->config->evaluate;
  double duration_ms = fmin(SHORTEST_MS, config->duration_ms), factor = config->duration_ms / duration_ms;
  rww_unit unit;
  trial self = {0};
  if (!config->given) return RWW_OK;
  RWW_TRY(rww_unit_create(0, rww_experiment_count_lanes(experiment), 0, 0, &unit));
  spread_seeds(config->seeds.seeds, config->seeds.n_per_step, &unit);
  rww_status status = prepare(experiment, config->duration_ms, duration_ms, &self);
  if (status == RWW_OK) status = time_losses(&self, &unit, speed);
  trial_free(&self);
  rww_unit_free(&unit);
  scale(&speed->of_losses, factor);
  speed->seed_s *= factor;
  return status;
}

/* ---- gradients ---- */

/* The fit with the most numbers to differentiate by. */
static const rww_fit_config *find_largest_fit(const rww_experiment *experiment, size_t *n_rows) {
  const rww_optimize_config *optimize = &experiment->config->optimize;
  const rww_fit_config *largest = NULL;
  *n_rows = 0;
  for (size_t k = 0; k < optimize->n_fits; k++) {
    const rww_fit_config *fit = &optimize->fits[k];
    size_t n = rww_free_count_rows(fit->free, fit->n_free, experiment->connectome.n_nodes);
    if (n > *n_rows) largest = fit;
    if (n > *n_rows) *n_rows = n;
  }
  return largest;
}

/* Of the longest step of a fit, as far as it goes into one unit. */
static size_t count_gradient_lanes(const rww_experiment *experiment) {
  const rww_optimize_config *optimize = &experiment->config->optimize;
  uint64_t most = 1, n_lanes = rww_experiment_count_lanes(experiment);
  for (size_t k = 0; k < optimize->n_fits; k++) {
    uint64_t n = optimize->fits[k].n_restarts * optimize->fits[k].seeds.n_per_step;
    if (n > most) most = n;
  }
  return (size_t)(most < n_lanes ? most : n_lanes);
}

/* Every lane at the base parameters. */
static void fill_base(const rww_experiment *experiment, rww_unit *unit) {
  double *row = unit->values;
  for (size_t k = 0; k < unit->n_free; k++) {
    const rww_values *base = &experiment->config->base.value[unit->free[k].parameter];
    size_t n = rww_free_count_rows(&unit->free[k], 1, experiment->connectome.n_nodes);
    for (size_t i = 0; i < n; i++)
      for (size_t lane = 0; lane < unit->n_lanes; lane++) *row++ = base->values[base->n > 1 ? i : 0];
  }
}

static rww_status make_gradient_unit(const rww_experiment *experiment, const rww_fit_config *fit, size_t n_rows,
                                     rww_unit *unit) {
  RWW_TRY(rww_unit_create(0, count_gradient_lanes(experiment), fit->n_free, n_rows, unit));
  unit->with_gradient = true;
  memcpy(unit->free, fit->free, fit->n_free * sizeof *unit->free);
  spread_seeds(fit->seeds.seeds, fit->seeds.n_per_step, unit);
  fill_base(experiment, unit);
  return RWW_OK;
}

static rww_status time_gradients(const trial *self, const rww_unit *unit, rww_unit_times *times) {
  double first_s;
  RWW_TRY(evaluate(self, unit, &first_s));
  return time_unit(self, unit, times);
}

/* On a short run, whose trajectory is kept in the same way as that of the long one. */
static rww_status measure_gradients(const rww_experiment *experiment, rww_unit_times *times,
                                    rww_trajectory *trajectory) {
  rww_objective_spec spec = rww_experiment_objective(experiment);
  double full_ms = spec.integration->duration_ms, duration_ms = fmin(SHORTEST_MS, full_ms);
  size_t n_rows;
  const rww_fit_config *fit = find_largest_fit(experiment, &n_rows);
  rww_unit unit;
  trial self = {0};
  if (!fit) return RWW_OK;
  *trajectory = rww_objective_plan_trajectory(&spec);
  RWW_TRY(make_gradient_unit(experiment, fit, n_rows, &unit));
  rww_status status = prepare(experiment, full_ms, duration_ms, &self);
  if (status == RWW_OK) status = time_gradients(&self, &unit, times);
  trial_free(&self);
  rww_unit_free(&unit);
  scale(times, full_ms / duration_ms);
  return status;
}

rww_status rww_measure(const rww_experiment *experiment, uint64_t n_resident_bytes, rww_speeds *speeds,
                       rww_rank_memory *memory) {
  rww_unit unit = {0};
  if (experiment->grid.n_axes > 0)
    RWW_TRY(draw_unit(experiment, &unit));
  else
    RWW_TRY(make_unit(experiment, &unit));
  *speeds = (rww_speeds){0};
  *memory = (rww_rank_memory){0};
  rww_status status = measure_losses(experiment, &unit, n_resident_bytes, &speeds->of_points, &memory->n_bytes);
  rww_unit_free(&unit);
  memory->n_bytes += RWW_MPI_BYTES;
  if (status == RWW_OK) status = measure_evaluation(experiment, &speeds->of_evaluation);
  return status == RWW_OK ? measure_gradients(experiment, &speeds->of_points.of_gradients, &memory->trajectory)
                          : status;
}
