#include "base/memory.h"
#include "small_problem.h"

#define MAX_LANES 6

/* All that an evaluation gives. */
typedef struct results {
  double loss[MAX_LANES], rmse[MAX_LANES], fc_corr[MAX_LANES], triangle[MAX_LANES];
  rww_outcome outcome[MAX_LANES];
  double fc[MAX_LANES * MAX_NODES * MAX_NODES], bold[MAX_LANES * MAX_SAMPLES * MAX_NODES];
} results;

static rww_evaluation into(results *r) {
  return (rww_evaluation){.loss = r->loss,
                          .rmse = r->rmse,
                          .fc_corr = r->fc_corr,
                          .fc_corr_triangle = r->triangle,
                          .outcome = r->outcome,
                          .fc = r->fc,
                          .bold = r->bold};
}

/* The problem's free parameters in every lane, lane k with w increased by k/10 and with seeds[k]. */
static void evaluate_lanes(const small_problem *p, rww_objective *objective, size_t n_lanes, const size_t *shifts,
                           const uint64_t *seeds, results *r) {
  double values[(2 * MAX_NODES + 1) * MAX_LANES];
  for (size_t row = 0; row < p->n_rows; row++)
    for (size_t k = 0; k < n_lanes; k++)
      values[row * n_lanes + k] = p->free_values[row] + (row == 0 ? 0.1 * (double)shifts[k] : 0);
  rww_batch batch = {n_lanes, p->n_free, p->free, values, seeds};
  rww_evaluation evaluation = into(r);
  CHECK_OK(rww_objective_evaluate(objective, &batch, &evaluation));
}

static void evaluate_one(const small_problem *p, size_t shift, uint64_t seed, results *r) {
  rww_objective *objective;
  CHECK_OK(rww_objective_create(&p->spec, &objective));
  evaluate_lanes(p, objective, 1, &shift, &seed, r);
  rww_objective_destroy(objective);
}

static double largest_difference(const double *found, const double *expected, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(found[i] - expected[i]));
  return largest;
}

/* 1e-10: what NUMERICS asks for; BOLD and FC sum up less rounding than the loss is sensitive to. */
static void asymmetric_case_agrees_with_the_reference(void) {
  small_problem p;
  results r;
  small_problem_asymmetric(&p);
  evaluate_one(&p, 0, p.seed, &r);
  CHECK(r.outcome[0] == RWW_DONE);
  CHECK_NEAR(r.loss[0], asymmetric_loss, 1e-10);
  CHECK_NEAR(r.fc_corr[0], asymmetric_fc_corr, 1e-10);
  CHECK_NEAR(largest_difference(r.bold, asymmetric_bold[0], 60 * 7), 0, 1e-10);
  CHECK_NEAR(largest_difference(r.fc, asymmetric_fc[0], 7 * 7), 0, 1e-10);
}

static void saturated_case_agrees_with_the_reference(void) {
  small_problem p;
  results r;
  small_problem_saturated(&p);
  evaluate_one(&p, 0, p.seed, &r);
  CHECK(r.outcome[0] == RWW_DONE);
  CHECK_NEAR(r.loss[0], saturated_loss, 1e-10);
  CHECK_NEAR(r.fc_corr[0], saturated_fc_corr, 1e-10);
  CHECK_NEAR(largest_difference(r.bold, saturated_bold[0], 40 * 5), 0, 1e-10);
  CHECK_NEAR(largest_difference(r.fc, saturated_fc[0], 5 * 5), 0, 1e-10);
}

/* Lanes of several seeds and parameters, some of them twice, against each alone. */
static void bits_do_not_depend_on_the_batch(void) {
  const size_t shifts[MAX_LANES] = {0, 1, 0, 2, 1, 0};
  const uint64_t seeds[MAX_LANES] = {3, 3, 9, 1u << 20, 9, 3};
  small_problem p;
  results batch, again, alone;
  rww_objective *objective;
  small_problem_asymmetric(&p);
  p.integration.duration_ms = 20000;
  p.n_samples = 20;
  CHECK_OK(rww_objective_create(&p.spec, &objective));
  evaluate_lanes(&p, objective, MAX_LANES, shifts, seeds, &batch);
  evaluate_lanes(&p, objective, MAX_LANES, shifts, seeds, &again); /* from the warm-ups that were kept */
  rww_objective_destroy(objective);
  CHECK(memcmp(batch.loss, again.loss, sizeof batch.loss) == 0);
  for (size_t k = 0; k < MAX_LANES; k++) {
    evaluate_one(&p, shifts[k], seeds[k], &alone);
    CHECK(batch.loss[k] == alone.loss[0] && batch.fc_corr[k] == alone.fc_corr[0]);
    CHECK(memcmp(&batch.bold[k * 20 * 7], alone.bold, 20 * 7 * sizeof(double)) == 0);
    CHECK(memcmp(&batch.fc[k * 7 * 7], alone.fc, 7 * 7 * sizeof(double)) == 0);
  }
  CHECK(batch.loss[0] != batch.loss[1] && batch.loss[0] != batch.loss[2]);
}

/* A global value of a parameter that is regional at the base, and the same value for every node. */
static void a_global_value_is_the_same_for_every_node(void) {
  small_problem p;
  results global, regional;
  double base_w[MAX_NODES];
  small_problem_asymmetric(&p);
  p.integration.duration_ms = 20000;
  for (size_t i = 0; i < 7; i++) base_w[i] = 0.5 + 0.01 * (double)i;
  p.base.value[RWW_MODEL_W] = (rww_values){.n = 7, .values = base_w};
  p.n_free = 1;
  p.n_rows = 1;
  p.free[0] = (rww_free){RWW_MODEL_W, false};
  p.free_values[0] = 0.55;
  evaluate_one(&p, 0, 3, &global);
  p.n_rows = 7;
  p.free[0].regional = true;
  for (size_t i = 0; i < 7; i++) p.free_values[i] = 0.55;
  evaluate_one(&p, 0, 3, &regional);
  CHECK(global.loss[0] == regional.loss[0]);
}

static void without_noise_a_point_is_degenerate(void) {
  small_problem p;
  results r;
  small_problem_asymmetric(&p);
  p.value[RWW_NOISE_SIGMA] = 0;
  p.observation.fc_skip = 30; /* by then the HRF has forgotten the way from the base to this point */
  evaluate_one(&p, 0, 3, &r);
  CHECK(r.outcome[0] == RWW_DEGENERATE);
  CHECK(isnan(r.loss[0]) && isnan(r.rmse[0]) && isnan(r.fc_corr[0]) && isnan(r.triangle[0]) && isnan(r.fc[1]));
}

/* tau_s so short that Heun's step multiplies S by more than 1: without the clip it grows without bound. */
static void a_state_that_is_not_finite_is_diverged(void) {
  small_problem p;
  results r;
  const size_t shifts[2] = {0, 0};
  const uint64_t seeds[2] = {3, 3};
  rww_objective *objective;
  small_problem_asymmetric(&p);
  p.semantics.clip = false;
  p.integration.duration_ms = 20000;
  CHECK_OK(rww_objective_create(&p.spec, &objective));
  p.n_free = 1;
  p.n_rows = 1;
  p.free[0] = (rww_free){RWW_MODEL_TAU_S, false};
  p.free_values[0] = 0.1;
  evaluate_lanes(&p, objective, 2, shifts, seeds, &r);
  rww_objective_destroy(objective);
  for (size_t k = 0; k < 2; k++) CHECK(r.outcome[k] == RWW_DIVERGED && isnan(r.loss[k]));
}

static void without_a_target_there_is_fc_but_no_loss(void) {
  small_problem p;
  results r;
  small_problem_asymmetric(&p);
  p.target.fc = NULL;
  evaluate_one(&p, 0, p.seed, &r);
  CHECK(r.outcome[0] == RWW_DONE && isnan(r.loss[0]));
  CHECK_NEAR(largest_difference(r.fc, asymmetric_fc[0], 7 * 7), 0, 1e-10);
}

/* The base run is the lane of a batch that sets nothing; its traces agree with each other. */
static void base_run_is_the_same_as_a_lane(void) {
  small_problem p;
  results base, lane;
  rww_objective *objective;
  double raw_warmup[1000 * 7], raw_main[1000 * 7], last_warmup[7], last_main[7], *full;
  small_problem_asymmetric(&p);
  p.n_free = p.n_rows = 0;
  CHECK_OK(RWW_NEW(&full, 15000 * 7));
  CHECK_OK(rww_objective_create(&p.spec, &objective));
  rww_evaluation evaluation = into(&base);
  rww_base_traces traces = {raw_warmup, raw_main, last_warmup, last_main, full};
  CHECK_OK(rww_objective_run_base(objective, &evaluation, &traces));
  evaluate_lanes(&p, objective, 1, (size_t[]){0}, &p.seed, &lane);
  rww_objective_destroy(objective);
  CHECK(base.loss[0] == lane.loss[0] && memcmp(base.bold, lane.bold, 60 * 7 * sizeof(double)) == 0);
  CHECK_NEAR(largest_difference(last_warmup, asymmetric_warm_last, 7), 0, 1e-12);
  CHECK(memcmp(last_warmup, raw_warmup + 999 * 7, sizeof last_warmup) == 0);
  CHECK(memcmp(last_main, raw_main + 999 * 7, sizeof last_main) == 0);
  for (size_t m = 1; m <= 60; m++) /* 1e-13: rounding of the Fourier transform */
    CHECK_NEAR(largest_difference(&base.bold[(m - 1) * 7], &full[(m * 250 - 2) * 7], 7), 0, 1e-13);
  free(full);
}

static void samples_that_are_too_few_are_refused(void) {
  small_problem p;
  rww_objective *objective;
  small_problem_asymmetric(&p);
  p.observation.fc_skip = 58;
  CHECK(rww_objective_create(&p.spec, &objective) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "60 BOLD samples, of which the first 58 are skipped");
}

int main(void) {
  asymmetric_case_agrees_with_the_reference();
  saturated_case_agrees_with_the_reference();
  bits_do_not_depend_on_the_batch();
  a_global_value_is_the_same_for_every_node();
  without_noise_a_point_is_degenerate();
  a_state_that_is_not_finite_is_diverged();
  without_a_target_there_is_fc_but_no_loss();
  base_run_is_the_same_as_a_lane();
  samples_that_are_too_few_are_refused();
  return check_report();
}
