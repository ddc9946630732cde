/* Prints the losses of a small problem as bits, from every lane backend that this processor supports. Run on emulated
 * processors by tests/cli/test_processors.py. */
#include "../unit/small_problem.h"

#define N_LANES 5 /* of seeds and couplings of their own */

static void print_losses(const char *name, rww_precision precision) {
  small_problem p;
  rww_objective *objective;
  double values[N_LANES], loss[N_LANES];
  uint64_t seeds[N_LANES];
  rww_outcome outcomes[N_LANES];
  rww_free coupling = {RWW_COUPLING_A, false};
  small_problem_asymmetric(&p);
  p.integration.duration_ms = 24000;
  p.integration.noise_dtype = p.spec.precision = precision;
  if (rww_backend_find(name, NULL, &p.spec.backend) != RWW_OK) return;
  for (size_t l = 0; l < N_LANES; l++) {
    values[l] = 0.3 + 0.2 * (double)l;
    seeds[l] = l;
  }
  CHECK_OK(rww_objective_create(&p.spec, &objective));
  rww_batch batch = {.n_lanes = N_LANES, .n_free = 1, .free = &coupling, .values = values, .seeds = seeds};
  CHECK_OK(rww_objective_evaluate(objective, &batch, &(rww_evaluation){.loss = loss, .outcome = outcomes}));
  rww_objective_destroy(objective);
  printf("%s %s", name, precision == RWW_FLOAT64 ? "float64" : "float32");
  for (size_t l = 0; l < N_LANES; l++) printf(" %a", loss[l]);
  putchar('\n');
}

int main(void) {
  static const char *const names[] = {"generic", "avx2", "avx512", "neon"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    print_losses(names[i], RWW_FLOAT64);
    print_losses(names[i], RWW_FLOAT32);
  }
  return check_report();
}
