#include "rwwsweep/rwwsweep.h"

#include "../data/reference_cases.h"
#include "check.h"

#define N_SETS 18 /* more than go into one batch */

static const rww_sweep_parameter base[] = {{"model.w", 0}, {"model.I_o", 0}, {"coupling.a", 0}, {"coupling.b", 0}};
static const double base_values[] = {0.6, 0.32, 0.9, 0.01};
static const rww_sweep_parameter parameters[] = {{"model.w", 1}, {"model.I_o", 1}, {"coupling.a", 0}};

static rww_sweep_problem asymmetric_problem(void) {
  rww_sweep_problem problem;
  rww_sweep_defaults(&problem);
  problem.n_nodes = 7;
  problem.weights = asymmetric_weights[0];
  problem.target_fc = asymmetric_target[0];
  problem.duration_ms = 60000;
  problem.n_skip = 10;
  problem.n_base = 4;
  problem.base = base;
  problem.base_values = base_values;
  problem.backend = "reference";
  return problem;
}

/* The reference's set first and last, others with another coupling between. 1e-10: as NUMERICS asks. */
static void losses_agree_with_the_reference(void) {
  rww_sweep_problem problem = asymmetric_problem();
  rww_sweep *sweep;
  double values[15][N_SETS], loss[N_SETS];
  uint64_t seeds[N_SETS];
  for (int k = 0; k < N_SETS; k++) {
    for (int i = 0; i < 7; i++) {
      values[i][k] = asymmetric_free_w[i];
      values[7 + i][k] = asymmetric_free_I_o[i];
    }
    values[14][k] = asymmetric_free_a + (k % (N_SETS - 1) ? 0.01 * k : 0);
    seeds[k] = 3;
  }
  CHECK(rww_sweep_create(&problem, &sweep) == 0);
  CHECK(rww_sweep_evaluate(sweep, N_SETS, 3, parameters, values[0], seeds, loss) == 0);
  rww_sweep_destroy(sweep);
  CHECK_NEAR(loss[0], asymmetric_loss, 1e-10);
  CHECK(loss[N_SETS - 1] == loss[0]);
  for (int k = 1; k < N_SETS - 1; k++) CHECK(isfinite(loss[k]) && loss[k] != loss[0]);
}

static void refuse(rww_sweep_problem problem, const char *message) {
  rww_sweep *sweep;
  CHECK(rww_sweep_create(&problem, &sweep) != 0);
  CHECK(sweep == NULL);
  if (!strstr(rww_sweep_message(), message)) fprintf(stderr, "found: %s\n", rww_sweep_message());
  CHECK(strstr(rww_sweep_message(), message));
}

static void wrong_problems_are_refused(void) {
  double nan_weights[49] = {0};
  nan_weights[8] = NAN;
  rww_sweep_problem problem = asymmetric_problem();
  problem.weights = nan_weights;
  refuse(problem, "weights[1][1] is nan");
  problem = asymmetric_problem();
  problem.target_fc = NULL;
  refuse(problem, "target_fc is missing");
  problem = asymmetric_problem();
  problem.n_nodes = 0;
  refuse(problem, "n_nodes is 0");
  problem = asymmetric_problem();
  problem.step_ms = 3;
  refuse(problem, "step of 3 ms");
  problem = asymmetric_problem();
  problem.step_ms = NAN;
  refuse(problem, "step of nan ms");
  problem = asymmetric_problem();
  problem.n_skip = SIZE_MAX;
  refuse(problem, "at least 3 must be left");
  problem = asymmetric_problem();
  problem.backend = "abacus";
  refuse(problem, "abacus");
  const rww_sweep_parameter unknown = {"model.v", 0}, regional_coupling = {"coupling.a", 1}, seed = {"noise.seed", 0};
  problem = asymmetric_problem();
  problem.n_base = 1;
  problem.base = &unknown;
  refuse(problem, "'model.v' is no parameter");
  problem.base = &regional_coupling;
  refuse(problem, "'coupling.a' cannot differ from node to node");
  problem.base = &seed;
  refuse(problem, "'noise.seed' is no parameter");
}

static void wrong_sets_are_refused(void) {
  const rww_sweep_parameter unknown = {"sigma", 0};
  const double value = 1;
  const uint64_t seed = 1;
  rww_sweep_problem problem = asymmetric_problem();
  rww_sweep *sweep;
  double loss;
  CHECK(rww_sweep_create(&problem, &sweep) == 0);
  CHECK(rww_sweep_evaluate(sweep, 1, 1, &unknown, &value, &seed, &loss) != 0);
  CHECK(strstr(rww_sweep_message(), "'sigma' is no parameter"));
  CHECK(rww_sweep_evaluate(sweep, 0, 0, NULL, NULL, NULL, NULL) == 0); /* nothing to do is no error */
  rww_sweep_destroy(sweep);
}

int main(void) {
  losses_agree_with_the_reference();
  wrong_problems_are_refused();
  wrong_sets_are_refused();
  CHECK(strcmp(rww_sweep_version(), RWW_SWEEP_VERSION) == 0);
  return check_report();
}
