#include "check.h"
#include "observe/fc.h"

#include <stdlib.h>

/* Deviations (1, 2, -3), (2, -1, -1), (-2, 4, -2) around any mean: by hand, r01 = 3/sqrt(14 * 6), r02 = 12/sqrt(14 *
 * 24), r12 = -6/sqrt(6 * 24). */
static void correlations_follow_the_definition(void) {
  const double bold[3][3] = {{1.5, 7, -2}, {2.5, 4, 4}, {-2.5, 4, -2}};
  double scores[3][3], norm[3], fc[3][3];
  CHECK(rww_fc_compute(3, 3, bold[0], scores[0], norm, fc[0]) == RWW_DONE);
  CHECK_NEAR(fc[0][1], 3 / sqrt(84), 4e-16);
  CHECK_NEAR(fc[0][2], 12 / sqrt(336), 4e-16);
  CHECK_NEAR(fc[1][2], -6 / sqrt(144), 4e-16);
  CHECK_NEAR(norm[2], sqrt(24), 1e-15);
  CHECK_NEAR(scores[2][0], -3 / sqrt(14), 4e-16);
  for (int i = 0; i < 3; i++) {
    CHECK(fc[i][i] == 0);
    for (int j = 0; j < 3; j++) CHECK(fc[i][j] == fc[j][i]);
  }
}

static rww_outcome outcome_of(double a, double b, double c) {
  const double bold[3][2] = {{1, a}, {3, b}, {2, c}};
  double scores[3][2], norm[2], fc[2][2];
  return rww_fc_compute(3, 2, bold[0], scores[0], norm, fc[0]);
}

static void a_node_that_does_not_vary_is_degenerate(void) {
  CHECK(outcome_of(0.1, 0.1, 0.1) == RWW_DEGENERATE);
  CHECK(outcome_of(0, 0, 0) == RWW_DEGENERATE);
  CHECK(outcome_of(0.1, 0.1 + 0x1p-56, 0.1) == RWW_DEGENERATE); /* in the last bit alone */
  CHECK(outcome_of(0.1, 0.1 + 1e-6, 0.1) == RWW_DONE);          /* little, but a signal */
}

static void a_signal_that_is_not_finite_is_diverged(void) {
  CHECK(outcome_of(0.1, NAN, 0.3) == RWW_DIVERGED);
  CHECK(outcome_of(0.1, INFINITY, 0.3) == RWW_DIVERGED);
  const double bold[3][2] = {{1, NAN}, {1, 2}, {1, 3}}; /* diverged tells more than degenerate */
  double scores[3][2], norm[2], fc[2][2];
  CHECK(rww_fc_compute(3, 2, bold[0], scores[0], norm, fc[0]) == RWW_DIVERGED);
}

#define N_SAMPLES 6
#define N_NODES 4

/* Sum of fc times by_fc, whose rows and columns are no mirror images; its diagonal must not count. */
static double weighted_fc(const double *bold, const double *by_fc, double *scores, double *norm) {
  double fc[N_NODES * N_NODES], sum = 0;
  CHECK(rww_fc_compute(N_SAMPLES, N_NODES, bold, scores, norm, fc) == RWW_DONE);
  for (size_t i = 0; i < N_NODES * N_NODES; i++) sum += by_fc[i] * fc[i];
  return sum;
}

/* 1e-8: central differences with h = 1e-5. */
static void reverse_is_the_limit_of_differences(void) {
  double bold[N_SAMPLES * N_NODES], by_fc[N_NODES * N_NODES], by_bold[N_SAMPLES * N_NODES];
  double symmetric[N_NODES * N_NODES], scores[N_SAMPLES * N_NODES], other_scores[N_SAMPLES * N_NODES], norm[N_NODES],
      other_norm[N_NODES];
  const double h = 1e-5;
  for (size_t i = 0; i < N_SAMPLES * N_NODES; i++) bold[i] = sin((double)(i * i));
  for (size_t i = 0; i < N_NODES * N_NODES; i++) by_fc[i] = cos((double)(i * i));
  weighted_fc(bold, by_fc, scores, norm);
  memcpy(symmetric, by_fc, sizeof by_fc);
  rww_fc_reverse(N_SAMPLES, N_NODES, scores, norm, symmetric, by_bold);
  for (size_t i = 0; i < N_SAMPLES * N_NODES; i++) {
    double middle = bold[i];
    bold[i] = middle + h;
    double high = weighted_fc(bold, by_fc, other_scores, other_norm);
    bold[i] = middle - h;
    double low = weighted_fc(bold, by_fc, other_scores, other_norm);
    bold[i] = middle;
    CHECK_NEAR(by_bold[i], (high - low) / (2 * h), 1e-8);
  }
}

/* By hand, for two samples fc is 1 or -1 and has no derivative but 0. */
static void correlation_of_two_samples_does_not_change(void) {
  const double bold[2][2] = {{1, 5}, {3, 4}};
  double by_fc[2][2] = {{9, 1}, {2, 9}}, scores[2][2], norm[2], fc[2][2], by_bold[2][2];
  CHECK(rww_fc_compute(2, 2, bold[0], scores[0], norm, fc[0]) == RWW_DONE);
  rww_fc_reverse(2, 2, scores[0], norm, by_fc[0], by_bold[0]);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) CHECK_NEAR(by_bold[i][j], 0, 1e-14);
}

int main(void) {
  reverse_is_the_limit_of_differences();
  correlation_of_two_samples_does_not_change();
  correlations_follow_the_definition();
  a_node_that_does_not_vary_is_degenerate();
  a_signal_that_is_not_finite_is_diverged();
  return check_report();
}
