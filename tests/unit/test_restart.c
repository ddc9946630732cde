/* Adam and what a restart makes of it, on losses that can be differentiated by hand. */
#include "check.h"
#include "optimise/adam.h"
#include "optimise/restart.h"

#define MAX_ENTRIES 64

static const rww_bounds none[2] = {{-INFINITY, INFINITY}, {-INFINITY, INFINITY}};

static rww_fit_rules make_rules(uint64_t n_steps) {
  return (rww_fit_rules){
      .n_rows = 2,
      .n_steps = n_steps,
      .optimizer = {.learning_rate = 0.01, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8, .decay = 0.1, .clip_norm = INFINITY},
      .bounds = none,
      .patience = 1,
      .max_recoveries = 3,
  };
}

/* What a restart did. */
typedef struct route {
  size_t n_entries;
  double parameters[MAX_ENTRIES][2], loss[MAX_ENTRIES], gradient_norm[MAX_ENTRIES];
  rww_restart_end end;
} route;

/* x^2 + 3 y^2 + x y */
static rww_fit_found bowl(const double *p, double *gradient) {
  gradient[0] = 2 * p[0] + p[1];
  gradient[1] = 6 * p[1] + p[0];
  return (rww_fit_found){.loss = p[0] * p[0] + 3 * p[1] * p[1] + p[0] * p[1], .outcome = RWW_DONE};
}

/* The same, which is not finite below x = 1.49. */
static rww_fit_found cliff(const double *p, double *gradient) {
  if (p[0] < 1.49) return (rww_fit_found){.loss = NAN, .outcome = RWW_DIVERGED};
  return bowl(p, gradient);
}

static rww_fit_found nowhere(const double *p, double *gradient) {
  (void)p, (void)gradient;
  return (rww_fit_found){.loss = NAN, .outcome = RWW_DEGENERATE};
}

typedef rww_fit_found (*loss_function)(const double *parameters, double *gradient);

/* One entry; false when the restart is over. */
static bool advance(rww_restart *restart, loss_function loss, route *r) {
  double gradient[2] = {NAN, NAN};
  size_t k = rww_restart_get_entry(restart);
  CHECK(k < MAX_ENTRIES);
  rww_restart_get_parameters(restart, r->parameters[k]);
  rww_fit_found found = loss(r->parameters[k], gradient);
  found.gradient = rww_restart_wants_gradient(restart) ? gradient : NULL;
  r->loss[k] = found.loss;
  rww_restart_digest(restart, &found, &r->gradient_norm[k]);
  r->n_entries = rww_restart_get_entry(restart);
  r->end = rww_restart_get_end(restart);
  return r->end == RWW_RESTART_GOES_ON;
}

static route run(const rww_fit_rules *rules, loss_function loss) {
  rww_restart restart;
  route r = {0};
  const double start[2] = {1.5, -0.25};
  CHECK_OK(rww_restart_create(rules, start, &restart));
  while (advance(&restart, loss, &r)) continue;
  rww_restart_free(&restart);
  return r;
}

static void check_fifth_entry(const rww_fit_rules *rules, double x, double y) {
  route r = run(rules, bowl);
  CHECK(r.n_entries == 6 && r.end == RWW_RESTART_DONE);
  CHECK_NEAR(r.parameters[5][0], x, 1e-15);
  CHECK_NEAR(r.parameters[5][1], y, 1e-15);
  CHECK(r.gradient_norm[0] == 2.75 && isnan(r.gradient_norm[5])); /* by hand, and before it is clipped */
}

/* mpmath, from the formulas of optax; 1e-15: a few roundings of numbers around 1. */
static void five_steps_agree_with_multiprecision(void) {
  rww_fit_rules rules = make_rules(5);
  check_fifth_entry(&rules, 1.4500303971016426055, -0.24471182652815819558);
  rules.optimizer.clip_norm = 0.5;
  check_fifth_entry(&rules, 1.4500000413691685276, -0.24465175410027877935);
  rules.optimizer.clip_norm = INFINITY;
  rules.optimizer.schedule = RWW_RATE_COSINE;
  check_fifth_entry(&rules, 1.4700080094220717194, -0.24661085934902993207);
  rules.optimizer.schedule = RWW_RATE_EXPONENTIAL;
  check_fifth_entry(&rules, 1.4756178905182379361, -0.24673965711877164306);
}

/* mpmath. */
static void learning_rates_follow_their_schedule(void) {
  static const double cosine[] = {1, 0.93301270189221932338, 0.75, 0.5, 0.25, 0.066987298107780676618, 0};
  static const double exponential[] = {1,
                                       0.6812920690579612855,
                                       0.46415888336127788924,
                                       0.3162277660168379332,
                                       0.21544346900318837218,
                                       0.14677992676220695409,
                                       0.1};
  rww_optimizer_config optimizer = {.learning_rate = 1, .decay = 0.1};
  for (uint64_t k = 0; k <= 6; k++) {
    optimizer.schedule = RWW_RATE_CONSTANT;
    CHECK(rww_adam_rate(&optimizer, k, 6) == 1);
    optimizer.schedule = RWW_RATE_COSINE;
    CHECK_NEAR(rww_adam_rate(&optimizer, k, 6), cosine[k], 4e-16);
    optimizer.schedule = RWW_RATE_EXPONENTIAL;
    CHECK_NEAR(rww_adam_rate(&optimizer, k, 6), exponential[k], 4e-16);
  }
}

static void no_steps_evaluate_the_start(void) {
  rww_fit_rules rules = make_rules(0);
  route r = run(&rules, bowl);
  CHECK(r.n_entries == 1 && r.end == RWW_RESTART_DONE && isnan(r.gradient_norm[0]));
}

/* Far from the minimum each step of Adam is the learning rate, so that the loss goes down by some 0.03 each time. */
static void a_loss_that_goes_down_too_slowly_is_the_end(void) {
  rww_fit_rules rules = make_rules(60);
  rules.tolerance = 0.04;
  rules.patience = 5;
  route r = run(&rules, bowl);
  CHECK(r.end == RWW_RESTART_DONE); /* in five steps it goes down by more */
  rules.tolerance = 0.4;
  r = run(&rules, bowl);
  CHECK(r.end == RWW_RESTART_CONVERGED && r.n_entries == 6);
}

/* Entries 0 and 1 are above the cliff, 2 is below: from entry 1 with half the rate, and so on. */
static void an_entry_that_is_not_finite_is_left_for_the_best(void) {
  rww_fit_rules rules = make_rules(40);
  rules.max_recoveries = 3;
  route r = run(&rules, cliff);
  CHECK(isnan(r.loss[2]) && r.parameters[2][0] < 1.49);
  CHECK(r.loss[1] < r.loss[0] && r.parameters[1][0] >= 1.49);
  CHECK_NEAR(r.parameters[3][0], r.parameters[1][0] - 0.005, 1e-9); /* Adam's first step is the rate */
  CHECK(r.end == RWW_RESTART_DIVERGED);
  size_t n_bad = 0;
  for (size_t k = 0; k < r.n_entries; k++) n_bad += isnan(r.loss[k]);
  CHECK(n_bad == 4); /* one more than it may recover from */
}

static void a_start_that_is_not_finite_is_the_end(void) {
  rww_fit_rules rules = make_rules(40);
  route r = run(&rules, nowhere);
  CHECK(r.n_entries == 1 && r.end == RWW_RESTART_DIVERGED);
}

/* 1e-13: rounding near the bounds, where the map is steep. */
static void bounds_map_back_and_have_their_slope(void) {
  const rww_bounds bounds = {-1, 3};
  const double inside[] = {-0.999, -0.5, 1, 2, 2.9};
  for (size_t k = 0; k < 5; k++) {
    double x = rww_bounds_open(bounds, inside[k]), h = 1e-5;
    double slope = (rww_bounds_close(bounds, x + h) - rww_bounds_close(bounds, x - h)) / (2 * h);
    CHECK_NEAR(rww_bounds_close(bounds, x), inside[k], 1e-13);
    CHECK_NEAR(rww_bounds_slope(bounds, x), slope, 1e-9); /* differences of second order */
  }
  CHECK(rww_bounds_slope(bounds, rww_bounds_open(bounds, 1)) == 1);
  const rww_bounding map = RWW_BOUND_BY_TRANSFORM, projection = RWW_BOUND_BY_PROJECTION;
  CHECK(rww_bounds_hold(bounds, map, 0) && !rww_bounds_hold(bounds, map, -1) && !rww_bounds_hold(bounds, map, NAN));
  CHECK(rww_bounds_hold(bounds, projection, -1) && !rww_bounds_hold(bounds, projection, -1.1));
  CHECK(!rww_bounds_hold(bounds, projection, NAN));
}

/* The minimum at 0 lies outside: the fit comes near to the bound and stays inside. */
static void a_bounded_fit_stays_inside(void) {
  const rww_bounds bounds[2] = {{1.4, 2}, {-1, 1}};
  rww_fit_rules rules = make_rules(60);
  rules.bounds = bounds;
  rules.optimizer.learning_rate = 0.1;
  route r = run(&rules, bowl);
  CHECK(r.end == RWW_RESTART_DONE);
  for (size_t k = 0; k < r.n_entries; k++) CHECK(r.parameters[k][0] > 1.4 && r.parameters[k][0] < 2);
  CHECK_NEAR(r.parameters[60][0], 1.4, 1e-3);
}

/* A fit that meets no bound goes the way of one without; one that does stays on it. */
static void a_projected_fit_is_set_back_onto_its_bounds(void) {
  const rww_bounds far[2] = {{-9, 9}, {-9, 9}}, near[2] = {{1.4, 2}, {-1, 1}};
  rww_fit_rules rules = make_rules(60);
  rules.optimizer.learning_rate = 0.1;
  route unbounded = run(&rules, bowl);
  rules.bounding = RWW_BOUND_BY_PROJECTION;
  rules.bounds = far;
  route r = run(&rules, bowl);
  CHECK(memcmp(r.parameters, unbounded.parameters, sizeof r.parameters) == 0);
  rules.bounds = near;
  r = run(&rules, bowl);
  for (size_t k = 0; k < r.n_entries; k++) CHECK(r.parameters[k][0] >= 1.4);
  CHECK(r.parameters[60][0] == 1.4);
}

int main(void) {
  five_steps_agree_with_multiprecision();
  learning_rates_follow_their_schedule();
  no_steps_evaluate_the_start();
  a_loss_that_goes_down_too_slowly_is_the_end();
  an_entry_that_is_not_finite_is_left_for_the_best();
  a_start_that_is_not_finite_is_the_end();
  bounds_map_back_and_have_their_slope();
  a_bounded_fit_stays_inside();
  a_projected_fit_is_set_back_onto_its_bounds();
  return check_report();
}
