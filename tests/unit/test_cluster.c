/* The scheduler's state machine in a simulated cluster (benchmarks/cluster.h): messages take time, ranks are slow, die
 * or are cut off. */
#include "check.h"
#include "cluster.h"

static cluster_report run(const cluster_spec *spec) {
  cluster_report report;
  CHECK_OK(cluster_run(spec, &report));
  return report;
}

static void nothing_is_lost_or_done_twice_when_ranks_die(void) {
  uint64_t n_dead = 0, n_refused = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    cluster_spec spec = cluster_default(2 + 5 * seed, 3000, 0.007);
    spec.seed = seed;
    spec.dying_share = 0.3;
    spec.slow_share = 0.1;
    spec.n_restarts = 7 * (seed % 4);
    spec.n_steps = 4;
    cluster_report report = run(&spec);
    CHECK(report.n_lost == 0 && report.n_twice == 0);
    CHECK(report.n_lanes == spec.n_points + spec.n_restarts * spec.n_steps);
    n_dead += report.n_dead;
    n_refused += report.n_refused;
  }
  CHECK(n_dead > 20 && n_refused > 20); /* that much was tried: a third of 1000 ranks, half of which are cut off */
}

static void a_seed_makes_the_run(void) {
  cluster_spec spec = cluster_default(100, 5000, 0.007);
  spec.dying_share = spec.slow_share = 0.1;
  cluster_report first = run(&spec), again = run(&spec);
  spec.seed++;
  cluster_report other = run(&spec);
  CHECK(first.fingerprint == again.fingerprint && first.end_s == again.end_s && first.n_units == again.n_units);
  CHECK(first.fingerprint != other.fingerprint);
}

/* Without a fat tail and with free lone lanes nobody waits for more than a batch (and its message). */
static void a_run_takes_what_its_work_takes(void) {
  cluster_spec spec = cluster_default(33, 32000, 0.007);
  spec.tail_scale = 0;
  spec.lone_cost = 1;
  cluster_report report = run(&spec);
  CHECK_NEAR(report.ideal_s, 7, 1e-9);
  CHECK(report.end_s > report.ideal_s && report.end_s < report.ideal_s + 1.1 * spec.point_s * (double)spec.batch_lanes);
}

/* What benchmarks/README.md promises: with few points as a mean, since the end of such a run is a lottery. */
static void few_ranks_idle(void) {
  enum { N_RUNS = 8 };
  cluster_spec few = cluster_default(256, 4096, 0.007), many = cluster_default(1000, 1000000, 0.007);
  few.slow_share = many.slow_share = 0.01;
  double idle_share = 0;
  for (few.seed = 1; few.seed <= N_RUNS; few.seed++) idle_share += run(&few).idle_share / N_RUNS;
  CHECK(idle_share < 0.1);
  CHECK(run(&many).idle_share < 0.03);
}

/* Restarts come first and take 19 batches of 300 lanes, a part of the ranks; the grid takes the others. */
static void restarts_and_a_grid_share_the_ranks(void) {
  cluster_spec spec = cluster_default(256, 100000, 0.007);
  spec.n_restarts = 300;
  spec.n_steps = 10;
  cluster_report report = run(&spec);
  CHECK(report.n_lost == 0 && report.n_twice == 0);
  CHECK(report.end_s < 1.3 * report.ideal_s);
}

int main(void) {
  nothing_is_lost_or_done_twice_when_ranks_die();
  a_seed_makes_the_run();
  a_run_takes_what_its_work_takes();
  few_ranks_idle();
  restarts_and_a_grid_share_the_ranks();
  return check_report();
}
