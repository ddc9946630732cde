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

int main(void) {
  correlations_follow_the_definition();
  a_node_that_does_not_vary_is_degenerate();
  a_signal_that_is_not_finite_is_diverged();
  return check_report();
}
