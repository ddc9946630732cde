#include "base/memory.h"
#include "small_problem.h"

#define MAX_ROWS (2 * MAX_NODES + 1)
#define MAX_LANES 3

/* What an evaluation with gradient gives. */
typedef struct results {
  double loss[MAX_LANES], fc_corr[MAX_LANES], gradient[MAX_ROWS * MAX_LANES];
  rww_outcome outcome[MAX_LANES];
} results;

static void evaluate(const small_problem *p, const rww_batch *batch, const rww_loss_weights *weights, double damping,
                     results *r) {
  rww_objective *objective;
  rww_evaluation evaluation = {.loss = r->loss,
                               .fc_corr = r->fc_corr,
                               .outcome = r->outcome,
                               .weights = weights,
                               .adjoint_damping = damping,
                               .gradient = r->gradient};
  CHECK_OK(rww_objective_create(&p->spec, &objective));
  CHECK_OK(rww_objective_evaluate(objective, batch, &evaluation));
  rww_objective_destroy(objective);
}

static rww_batch batch_of(const small_problem *p) {
  return (rww_batch){1, p->n_free, p->free, p->free_values, &p->seed};
}

/* As NUMERICS asks: relative 1e-8. */
static void check_relative(const double *found, const double *expected, size_t n) {
  for (size_t i = 0; i < n; i++) CHECK_NEAR(found[i] / expected[i], 1, 1e-8);
}

static void asymmetric_gradient_agrees_with_the_reference(void) {
  small_problem p;
  results r;
  small_problem_asymmetric(&p);
  rww_batch batch = batch_of(&p);
  evaluate(&p, &batch, NULL, 1, &r);
  CHECK_NEAR(r.loss[0], asymmetric_loss, 1e-10);
  check_relative(r.gradient, asymmetric_grad_w, 7);
  check_relative(r.gradient + 7, asymmetric_grad_I_o, 7);
  check_relative(r.gradient + 14, &asymmetric_grad_a, 1);
}

/* The clip is active all the time. */
static void saturated_gradient_agrees_with_the_reference(void) {
  small_problem p;
  results r;
  small_problem_saturated(&p);
  rww_batch batch = batch_of(&p);
  evaluate(&p, &batch, NULL, 1, &r);
  CHECK_NEAR(r.loss[0], saturated_loss, 1e-10);
  check_relative(r.gradient, &saturated_grad_w, 1);
  check_relative(r.gradient + 1, &saturated_grad_I_o, 1);
  check_relative(r.gradient + 2, &saturated_grad_a, 1);
}

/* Every free parameter at its base value, and the others of the problem as well. */
static void begin_short(small_problem *p, double step_ms) {
  small_problem_asymmetric(p);
  p->integration = (rww_integration_config){.step_size_ms = step_ms, .duration_ms = 24000};
  p->observation.fc_skip = 8;
}

static void free_one(small_problem *p, rww_parameter parameter, bool regional) {
  p->n_free = 1;
  p->n_rows = regional ? 7 : 1;
  p->free[0] = (rww_free){parameter, regional};
  for (size_t i = 0; i < p->n_rows; i++) p->free_values[i] = p->value[parameter] * (1 + 0.01 * (double)i);
}

static double loss_at(const small_problem *p, rww_objective *objective, const rww_loss_weights *weights) {
  double loss;
  rww_outcome outcome;
  rww_batch batch = batch_of(p);
  rww_evaluation evaluation = {.loss = &loss, .outcome = &outcome, .weights = weights};
  CHECK_OK(rww_objective_evaluate(objective, &batch, &evaluation));
  return loss;
}

/* Derivative of the loss along (1, -2, 3, -4, ...) times h of each row, by central differences of fourth order. */
static double difference(small_problem *p, rww_objective *objective, const rww_loss_weights *weights, double h) {
  static const double offset[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
  double sum = 0, middle[MAX_ROWS];
  memcpy(middle, p->free_values, sizeof middle);
  for (int k = 0; k < 4; k++) {
    for (size_t i = 0; i < p->n_rows; i++)
      p->free_values[i] = middle[i] + offset[k] * h * (i % 2 ? -1 : 1) * (double)(i + 1);
    sum += weight[k] * loss_at(p, objective, weights);
  }
  memcpy(p->free_values, middle, sizeof middle);
  return sum / (12 * h);
}

/* With h = 1e-6 of the parameter (coupling.b is next to 0, beside numbers of order 1) the difference of losses known to
 * some 1e-15 is good to 1e-7 and better. Much larger steps would move a state over its clip here and there. */
static void check_parameter(small_problem *p, rww_parameter parameter, bool regional, const rww_loss_weights *weights) {
  results r;
  rww_objective *objective;
  double along = 0, h = 1e-6 * (parameter == RWW_COUPLING_B ? 1 : p->value[parameter]);
  free_one(p, parameter, regional);
  rww_batch batch = batch_of(p);
  evaluate(p, &batch, weights, 1, &r);
  for (size_t i = 0; i < p->n_rows; i++) along += r.gradient[i] * (i % 2 ? -1 : 1) * (double)(i + 1);
  CHECK_OK(rww_objective_create(&p->spec, &objective));
  CHECK_NEAR(along / difference(p, objective, weights, h), 1, 1e-6);
  rww_objective_destroy(objective);
}

static void gradient_by_every_parameter_is_the_limit_of_differences(void) {
  static const rww_loss_weights weights[] = {{1, 0}, {0, 1}, {0.5, 0.3}};
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    small_problem p;
    rww_parameter parameter = (rww_parameter)k;
    begin_short(&p, k % 2 ? 4 : 2);
    check_parameter(&p, parameter, false, &weights[k % 3]);
    if (rww_parameter_get(parameter)->per_node) check_parameter(&p, parameter, true, &weights[(k + 1) % 3]);
  }
}

static void storing_less_does_not_change_a_bit(void) {
  small_problem p;
  results whole, segments;
  small_problem_asymmetric(&p);
  rww_batch batch = batch_of(&p);
  evaluate(&p, &batch, NULL, 1, &whole);
  p.spec.trajectory_bytes = 100000;
  evaluate(&p, &batch, NULL, 1, &segments);
  CHECK(whole.loss[0] == segments.loss[0]);
  CHECK(memcmp(whole.gradient, segments.gradient, p.n_rows * sizeof(double)) == 0);
}

/* Seeds and parameters of their own in three lanes, in rows of three. */
static void bits_do_not_depend_on_the_batch(void) {
  small_problem p;
  results all, one;
  double values[MAX_ROWS * MAX_LANES];
  const uint64_t seeds[MAX_LANES] = {3, 9, 3};
  small_problem_asymmetric(&p);
  p.integration.duration_ms = 24000;
  for (size_t i = 0; i < p.n_rows * MAX_LANES; i++)
    values[i] = p.free_values[i / MAX_LANES] * (1 + 0.01 * (double)(i % 3));
  rww_batch batch = {MAX_LANES, p.n_free, p.free, values, seeds};
  evaluate(&p, &batch, NULL, 1, &all);
  for (size_t l = 0; l < MAX_LANES; l++) {
    for (size_t row = 0; row < p.n_rows; row++) p.free_values[row] = values[row * MAX_LANES + l];
    p.seed = seeds[l];
    rww_batch single = batch_of(&p);
    evaluate(&p, &single, NULL, 1, &one);
    CHECK(one.loss[0] == all.loss[l]);
    for (size_t row = 0; row < p.n_rows; row++) CHECK(one.gradient[row] == all.gradient[row * MAX_LANES + l]);
  }
}

/* The loss is linear in its weights, and so is its gradient; 1e-11: rounding of sums over 6000 steps. */
static void gradient_is_linear_in_the_weights(void) {
  small_problem p;
  results rmse, fc_corr, both;
  small_problem_asymmetric(&p);
  p.integration.duration_ms = 24000;
  rww_batch batch = batch_of(&p);
  evaluate(&p, &batch, &(rww_loss_weights){1, 0}, 0.99, &rmse);
  evaluate(&p, &batch, &(rww_loss_weights){0, 1}, 0.99, &fc_corr);
  evaluate(&p, &batch, &(rww_loss_weights){0.5, 2}, 0.99, &both);
  CHECK_NEAR(both.loss[0], 0.5 * rmse.loss[0] + 2 * fc_corr.loss[0], 1e-15);
  for (size_t i = 0; i < p.n_rows; i++)
    CHECK_NEAR(both.gradient[i], 0.5 * rmse.gradient[i] + 2 * fc_corr.gradient[i], 1e-11 * fabs(both.gradient[i]));
}

/* Without noise nothing varies; the lane beside it is not touched by that. */
static void a_lane_without_loss_has_no_gradient(void) {
  small_problem p;
  results r;
  const double sigma[2] = {0, 0.00283};
  const uint64_t seeds[2] = {3, 3};
  begin_short(&p, 4);
  p.integration.duration_ms = 60000;
  p.observation.fc_skip = 30; /* by then the HRF has forgotten the way from the base to this point */
  p.free[0] = (rww_free){RWW_NOISE_SIGMA, false};
  rww_batch batch = {2, 1, p.free, sigma, seeds};
  evaluate(&p, &batch, NULL, 1, &r);
  CHECK(r.outcome[0] == RWW_DEGENERATE && isnan(r.loss[0]) && isnan(r.gradient[0]));
  CHECK(r.outcome[1] == RWW_DONE && isfinite(r.loss[1]) && isfinite(r.gradient[1]));
}

int main(void) {
  asymmetric_gradient_agrees_with_the_reference();
  saturated_gradient_agrees_with_the_reference();
  gradient_by_every_parameter_is_the_limit_of_differences();
  storing_less_does_not_change_a_bit();
  bits_do_not_depend_on_the_batch();
  gradient_is_linear_in_the_weights();
  a_lane_without_loss_has_no_gradient();
  return check_report();
}
