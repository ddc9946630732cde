/* Restarts as a source of work: what is asked for, and what is made of results in any order. */
#include "check.h"
#include "optimise/fit_source.h"
#include "optimise/start.h"

#define N_RESTARTS 3
#define N_SEEDS 2
#define N_BLOCKS 3
#define N_ROWS 3
#define N_STEPS 4

static const rww_bounds none[N_ROWS] = {{-INFINITY, INFINITY}, {-INFINITY, INFINITY}, {-INFINITY, INFINITY}};
static const rww_free free_parameters[2] = {{RWW_COUPLING_A, false}, {RWW_MODEL_W, true}};
static const uint64_t seeds[N_BLOCKS * N_SEEDS] = {11, 12, 21, 22, 31, 32};
static const rww_fit_rules rules = {
    .n_rows = N_ROWS,
    .n_steps = N_STEPS,
    .optimizer = {.learning_rate = 0.1, .b1 = 0.9, .b2 = 0.99, .eps = 1e-8, .clip_norm = INFINITY},
    .bounds = none};

/* Entries of each restart, as kept, and which of them were asked for. */
typedef struct trace {
  bool begun[N_RESTARTS][N_STEPS + 1], kept[N_RESTARTS][N_STEPS + 1];
  double loss[N_RESTARTS][N_STEPS + 1], parameters[N_RESTARTS][N_STEPS + 1][N_ROWS];
  double gradient[N_RESTARTS][N_STEPS + 1][N_ROWS];
} trace;

static rww_status recall_nothing(void *context, size_t restart, uint64_t entry, const double *parameters,
                                 rww_fit_found *found, rww_recall *known) {
  (void)context, (void)restart, (void)entry, (void)parameters, (void)found;
  *known = RWW_RECALL_NOTHING;
  return RWW_OK;
}

static rww_status begin(void *context, size_t restart, uint64_t entry) {
  trace *t = context;
  CHECK(!t->begun[restart][entry]);
  t->begun[restart][entry] = true;
  return RWW_OK;
}

static rww_status keep(void *context, size_t restart, uint64_t entry, const double *parameters,
                       const rww_fit_found *found, double gradient_norm) {
  trace *t = context;
  CHECK(t->begun[restart][entry] && !t->kept[restart][entry]);
  CHECK(isnan(gradient_norm) == (entry == N_STEPS));
  t->kept[restart][entry] = true;
  t->loss[restart][entry] = found->loss;
  memcpy(t->parameters[restart][entry], parameters, sizeof t->parameters[restart][entry]);
  if (found->gradient) memcpy(t->gradient[restart][entry], found->gradient, sizeof t->gradient[restart][entry]);
  return RWW_OK;
}

/* What an earlier run of the same fit has kept, but for one entry in the middle; another one was in work when it died.
 */
static trace earlier;
#define LOST_RESTART 1
#define LOST_ENTRY 2
#define SUSPECT_RESTART 2

static rww_status recall_earlier(void *context, size_t restart, uint64_t entry, const double *parameters,
                                 rww_fit_found *found, rww_recall *known) {
  trace *t = context;
  bool lost = restart == LOST_RESTART && entry == LOST_ENTRY, suspect = restart == SUSPECT_RESTART && entry == N_STEPS;
  *known = lost ? RWW_RECALL_NOTHING : suspect ? RWW_RECALL_SUSPECT : RWW_RECALL_FOUND;
  if (*known != RWW_RECALL_FOUND) return RWW_OK;
  CHECK(memcmp(parameters, earlier.parameters[restart][entry], sizeof earlier.parameters[restart][entry]) == 0);
  *found = (rww_fit_found){.loss = earlier.loss[restart][entry], .outcome = RWW_DONE};
  if (entry < N_STEPS) found->gradient = earlier.gradient[restart][entry];
  t->loss[restart][entry] = found->loss;
  memcpy(t->parameters[restart][entry], parameters, sizeof t->parameters[restart][entry]);
  if (found->gradient) memcpy(t->gradient[restart][entry], found->gradient, sizeof t->gradient[restart][entry]);
  return RWW_OK;
}

/* The same of a run that was stopped at its second entry. */
static rww_status recall_halved(void *context, size_t restart, uint64_t entry, const double *parameters,
                                rww_fit_found *found, rww_recall *known) {
  if (entry >= 2) return recall_nothing(context, restart, entry, parameters, found, known);
  rww_status status = recall_earlier(context, restart, entry, parameters, found, known);
  CHECK(*known == RWW_RECALL_FOUND);
  return status;
}

/* A loss that its seed moves, of one lane of a unit: sum of (p - seed/100)^2. */
static rww_result evaluate(const rww_unit *unit, size_t lane, double *gradient) {
  rww_result result = {.row = unit->rows[lane], .outcome = RWW_DONE, .gradient = unit->with_gradient ? gradient : NULL};
  for (size_t i = 0; i < N_ROWS; i++) {
    double distance = unit->values[i * unit->n_lanes + lane] - (double)unit->seeds[lane] / 100;
    result.loss += distance * distance;
    gradient[i] = 2 * distance;
  }
  return result;
}

typedef struct fit {
  rww_restart restarts[N_RESTARTS];
  rww_fit_source *source;
  rww_work_source work;
  trace trace;
  uint64_t halve_every;
} fit;

static void fit_begin_from(fit *f, rww_status (*recall)(void *, size_t, uint64_t, const double *, rww_fit_found *,
                                                        rww_recall *)) {
  *f = (fit){.halve_every = f->halve_every};
  for (size_t r = 0; r < N_RESTARTS; r++) {
    double start[N_ROWS] = {1, 2, 3 + (double)r};
    CHECK_OK(rww_restart_create(&rules, start, &f->restarts[r]));
  }
  rww_fit_source_spec spec = {.source = 7,
                              .n_free = 2,
                              .free = free_parameters,
                              .seeds = {N_SEEDS, N_BLOCKS, seeds},
                              .n_restarts = N_RESTARTS,
                              .restarts = f->restarts,
                              .halve_every = f->halve_every,
                              .record = {&f->trace, recall, begin, keep}};
  CHECK_OK(rww_fit_source_create(&spec, &f->source));
  f->work = rww_fit_source_work(f->source);
}

static void fit_begin(fit *f) {
  fit_begin_from(f, recall_nothing);
}

static void fit_end(fit *f) {
  rww_fit_source_destroy(f->source);
  for (size_t r = 0; r < N_RESTARTS; r++) rww_restart_free(&f->restarts[r]);
}

/* Draws all units that there are, of at most max_lanes lanes; digests them the last first where `backwards`. */
static void round_trip(fit *f, size_t max_lanes, bool backwards) {
  rww_unit units[N_RESTARTS * N_SEEDS];
  size_t n = 0;
  bool available = true;
  while (available) {
    CHECK_OK(f->work.next(f->work.self, max_lanes, &available, &units[n]));
    n += available;
  }
  CHECK(f->work.count_available(f->work.self) == 0);
  for (size_t k = 0; k < n; k++) {
    rww_unit *unit = &units[backwards ? n - 1 - k : k];
    for (size_t l = 0; l < unit->n_lanes; l++) {
      double gradient[N_ROWS];
      rww_result result = evaluate(unit, backwards ? unit->n_lanes - 1 - l : l, gradient);
      CHECK_OK(f->work.digest(f->work.self, &result, 1));
    }
    rww_unit_free(unit);
  }
}

static trace run(size_t max_lanes, bool backwards) {
  fit f = {.halve_every = 0};
  fit_begin(&f);
  CHECK(f.work.count_total(f.work.self) == N_RESTARTS * N_SEEDS * (N_STEPS + 1));
  while (f.work.count_available(f.work.self) > 0) round_trip(&f, max_lanes, backwards);
  CHECK(f.work.count_total(f.work.self) == N_RESTARTS * N_SEEDS * (N_STEPS + 1));
  for (size_t r = 0; r < N_RESTARTS; r++) CHECK(rww_restart_get_end(&f.restarts[r]) == RWW_RESTART_DONE);
  trace t = f.trace;
  fit_end(&f);
  return t;
}

static void bits_do_not_depend_on_units_and_order(void) {
  trace all = run(N_RESTARTS * N_SEEDS, false), one = run(1, false), back = run(4, true);
  CHECK(memcmp(&all, &one, sizeof all) == 0 && memcmp(&all, &back, sizeof all) == 0);
  for (size_t r = 0; r < N_RESTARTS; r++)
    for (size_t k = 0; k <= N_STEPS; k++) CHECK(all.kept[r][k]);
}

static void what_is_recalled_is_not_asked_for_and_leads_to_the_same_bits(void) {
  fit f = {.halve_every = 0};
  earlier = run(2, false);
  fit_begin_from(&f, recall_earlier);
  CHECK(!rww_fit_source_is_finished(f.source));
  while (f.work.count_available(f.work.self) > 0) round_trip(&f, 4, false);
  CHECK(rww_fit_source_is_finished(f.source));
  CHECK(memcmp(f.trace.loss, earlier.loss, sizeof earlier.loss) == 0);
  CHECK(memcmp(f.trace.parameters, earlier.parameters, sizeof earlier.parameters) == 0);
  for (size_t r = 0; r < N_RESTARTS; r++)
    for (size_t k = 0; k <= N_STEPS; k++)
      CHECK(f.trace.begun[r][k] == ((r == LOST_RESTART && k == LOST_ENTRY) || (r == SUSPECT_RESTART && k == N_STEPS)));
  fit_end(&f);
}

static void a_suspect_is_computed_alone(void) {
  fit f = {.halve_every = 0};
  rww_unit unit;
  bool available;
  earlier = run(2, false);
  fit_begin_from(&f, recall_earlier);
  for (size_t seed = 0; seed < N_SEEDS; seed++) { /* its own lanes may be in flight together */
    CHECK_OK(f.work.next(f.work.self, 1, &available, &unit));
    CHECK(available && unit.n_lanes == 1 && unit.rows[0] == SUSPECT_RESTART * N_SEEDS + seed);
    rww_unit_free(&unit);
  }
  CHECK(f.work.count_available(f.work.self) == 0); /* though another restart has something to ask for */
  CHECK_OK(f.work.next(f.work.self, 4, &available, &unit));
  CHECK(!available);
  fit_end(&f);
}

/* Starts lie the further from where the losses are least the later the restart. */
static trace run_halving(uint64_t halve_every, size_t max_lanes, bool backwards, bool recalls) {
  fit f = {.halve_every = halve_every};
  fit_begin_from(&f, recalls ? recall_halved : recall_nothing);
  while (f.work.count_available(f.work.self) > 0) round_trip(&f, max_lanes, backwards);
  CHECK(rww_fit_source_is_finished(f.source));
  for (size_t r = 0; r < N_RESTARTS; r++) {
    bool left = r + 1 > (halve_every == 1 ? 1 : 2);
    CHECK(rww_restart_get_end(&f.restarts[r]) == (left ? RWW_RESTART_LEFT : RWW_RESTART_DONE));
    CHECK(rww_restart_get_entry(&f.restarts[r]) == (left ? halve_every * (3 - r) + 1 : N_STEPS + 1));
  }
  trace t = f.trace;
  fit_end(&f);
  return t;
}

static void the_worse_half_ends_where_all_have_come(void) {
  trace whole = run(2, false), all = run_halving(2, N_RESTARTS * N_SEEDS, false, false);
  for (size_t r = 0; r < N_RESTARTS; r++)
    for (size_t k = 0; k <= N_STEPS; k++) {
      CHECK(all.begun[r][k] == (r < 2 || k <= 2));
      if (all.begun[r][k]) CHECK(all.loss[r][k] == whole.loss[r][k]);
    }
  trace one = run_halving(2, 1, false, false), back = run_halving(2, 4, true, false);
  CHECK(memcmp(&all, &one, sizeof all) == 0 && memcmp(&all, &back, sizeof all) == 0);
  run_halving(1, 4, false, false);
}

static void halving_is_resumed_from_what_is_recorded(void) {
  earlier = run_halving(1, 4, false, false);
  trace again = run_halving(1, 4, true, true);
  CHECK(memcmp(again.loss, earlier.loss, sizeof earlier.loss) == 0);
  for (size_t r = 0; r < N_RESTARTS; r++)
    for (size_t k = 0; k <= N_STEPS; k++) CHECK(again.begun[r][k] == (k >= 2 && r + k <= (r == 0 ? N_STEPS : 3)));
}

static void fixed_values_go_with_their_restart(void) {
  static const rww_free with_fixed[3] = {{RWW_COUPLING_A, false}, {RWW_MODEL_W, true}, {RWW_MODEL_I_O, false}};
  static const double fixed[N_RESTARTS] = {0.31, 0.32, 0.33};
  fit f = {.halve_every = 0};
  rww_unit unit;
  bool available;
  fit_begin(&f);
  rww_fit_source_spec spec = {.n_free = 2,
                              .n_fixed = 1,
                              .free = with_fixed,
                              .n_fixed_rows = 1,
                              .fixed = fixed,
                              .seeds = {1, N_BLOCKS, seeds},
                              .n_restarts = N_RESTARTS,
                              .restarts = f.restarts,
                              .record = {&f.trace, recall_nothing, begin, keep}};
  rww_fit_source_destroy(f.source);
  CHECK_OK(rww_fit_source_create(&spec, &f.source));
  f.work = rww_fit_source_work(f.source);
  CHECK_OK(f.work.next(f.work.self, 3, &available, &unit));
  CHECK(available && unit.n_free == 3 && unit.n_value_rows == N_ROWS + 1);
  for (size_t lane = 0; lane < 3; lane++) CHECK(unit.values[N_ROWS * 3 + lane] == fixed[lane]);
  rww_unit_free(&unit);
  fit_end(&f);
}

/* Entry k has the seeds of block k mod 3: the means of both seeds' losses, by hand for the start (1, 2, 3). */
static void an_entry_is_the_mean_over_its_seeds(void) {
  trace t = run(2, false);
  double sum = 0;
  for (int i = 1; i <= 3; i++) sum += ((i - 0.11) * (i - 0.11) + (i - 0.12) * (i - 0.12)) / 2;
  CHECK_NEAR(t.loss[0][0], sum, 1e-14);
  sum = 0;
  for (size_t i = 0; i < N_ROWS; i++) {
    double p = t.parameters[0][1][i];
    sum += ((p - 0.21) * (p - 0.21) + (p - 0.22) * (p - 0.22)) / 2;
  }
  CHECK_NEAR(t.loss[0][1], sum, 1e-14);
}

static void a_unit_is_of_one_kind(void) {
  fit f = {.halve_every = 0};
  rww_unit unit;
  bool available;
  fit_begin(&f);
  CHECK_OK(f.work.next(f.work.self, 4, &available, &unit));
  CHECK(available && unit.n_lanes == 4 && unit.with_gradient && unit.source == 7);
  CHECK(unit.free[1].parameter == RWW_MODEL_W && unit.free[1].regional && unit.n_value_rows == N_ROWS);
  CHECK(unit.rows[0] == 0 && unit.rows[1] == 1 && unit.rows[2] == 2 && unit.rows[3] == 3);
  CHECK(unit.seeds[0] == 11 && unit.seeds[1] == 12 && unit.seeds[2] == 11);
  CHECK(unit.values[2 * 4] == 3 && unit.values[2 * 4 + 2] == 4);
  rww_unit_free(&unit);
  fit_end(&f);
}

/* Lane by lane, each digested before the next one is asked for. */
static void restarts_go_on_side_by_side(void) {
  fit f = {.halve_every = 0};
  rww_unit unit;
  bool available;
  double gradient[N_ROWS];
  fit_begin(&f);
  for (size_t k = 0; k < 2 * N_RESTARTS * N_SEEDS; k++) {
    CHECK_OK(f.work.next(f.work.self, 1, &available, &unit));
    CHECK(available && unit.rows[0] == k % (N_RESTARTS * N_SEEDS));
    rww_result result = evaluate(&unit, 0, gradient);
    CHECK_OK(f.work.digest(f.work.self, &result, 1));
    rww_unit_free(&unit);
  }
  fit_end(&f);
}

static void results_that_were_not_asked_for_are_refused(void) {
  fit f = {.halve_every = 0};
  fit_begin(&f);
  rww_result result = {.row = 0, .outcome = RWW_DONE};
  CHECK(f.work.digest(f.work.self, &result, 1) == RWW_ERR_SHAPE);
  result.row = 99;
  CHECK(f.work.digest(f.work.self, &result, 1) == RWW_ERR_SHAPE);
  fit_end(&f);
}

static void starts_are_drawn_by_what_they_are_of(void) {
  const double start[3] = {0.5, 0.6, 0.6};
  const rww_bounds bounds[3] = {{0, 1}, {-INFINITY, INFINITY}, {-INFINITY, INFINITY}};
  double both[3], regional[2], other[3];
  rww_start_draw(42, 5, 0.1, 2, 2, free_parameters, start, bounds, both);
  rww_start_draw(42, 5, 0.1, 2, 1, free_parameters + 1, start + 1, bounds + 1, regional);
  rww_start_draw(42, 6, 0.1, 2, 2, free_parameters, start, bounds, other);
  CHECK(both[1] == regional[0] && both[2] == regional[1]); /* coupling.a being free as well changes nothing */
  CHECK(both[0] != other[0] && both[1] != other[1] && both[1] != both[2]);
  for (int i = 0; i < 3; i++) CHECK(fabs(both[i] - start[i]) <= 0.1 * (i == 0 ? 1 : 0.6) && both[i] != start[i]);
}

/* Uniform: mean 0 and variance 1/3 of the width; 20 000 numbers have them within 1 %. A spread beyond the bounds stays
 * inside. */
static void starts_are_uniform_and_stay_inside(void) {
  const double start = 1;
  const rww_bounds unbounded = {-INFINITY, INFINITY}, narrow = {0.9, 1.1};
  double sum = 0, squares = 0, drawn;
  for (uint64_t r = 0; r < 20000; r++) {
    rww_start_draw(1, r, 1, 1, 1, free_parameters, &start, &unbounded, &drawn);
    sum += drawn - 1;
    squares += (drawn - 1) * (drawn - 1);
    rww_start_draw(1, r, 5, 1, 1, free_parameters, &start, &narrow, &drawn);
    CHECK(rww_bounds_hold(narrow, RWW_BOUND_BY_TRANSFORM, drawn));
  }
  CHECK_NEAR(sum / 20000, 0, 0.01);
  CHECK_NEAR(squares / 20000, 1.0 / 3, 0.01);
}

int main(void) {
  bits_do_not_depend_on_units_and_order();
  what_is_recalled_is_not_asked_for_and_leads_to_the_same_bits();
  a_suspect_is_computed_alone();
  the_worse_half_ends_where_all_have_come();
  halving_is_resumed_from_what_is_recorded();
  fixed_values_go_with_their_restart();
  an_entry_is_the_mean_over_its_seeds();
  a_unit_is_of_one_kind();
  restarts_go_on_side_by_side();
  results_that_were_not_asked_for_are_refused();
  starts_are_drawn_by_what_they_are_of();
  starts_are_uniform_and_stay_inside();
  return check_report();
}
