/* What work would take, against what can be reckoned by hand: seconds a unit, with a second for the first seed. */
#include "check.h"
#include "schedule/rehearsal.h"

static const rww_unit_sizes in_batches = {16, 16, 0};
static const rww_speed speed = {.of_losses = {.n_lanes = 16, .unit_s = 10, .step_s = 6, .lone_s = 3},
                                .of_gradients = {.n_lanes = 16, .unit_s = 30, .step_s = 18, .lone_s = 9},
                                .seed_s = 1};

static rww_cost rehearse(const rww_unit_sizes *sizes, uint64_t n_points, uint64_t n_seeds, size_t n_ranks) {
  rww_cost cost;
  CHECK_OK(rww_rehearse_points(sizes, &speed, n_points, n_seeds, n_ranks, &cost));
  return cost;
}

static void a_rank_does_one_batch_after_the_other(void) {
  CHECK_NEAR(rehearse(&in_batches, 16, 1, 1).wall_s, 11, 1e-12);
  CHECK_NEAR(rehearse(&in_batches, 17, 1, 1).wall_s, 21, 1e-12);
  CHECK_NEAR(rehearse(&in_batches, 160, 3, 1).wall_s, 103, 1e-12);
}

static void ranks_share_batches(void) {
  CHECK_NEAR(rehearse(&in_batches, 32, 1, 2).wall_s, 11, 1e-12);
  CHECK_NEAR(rehearse(&in_batches, 33, 1, 2).wall_s, 21, 1e-12);
  CHECK_NEAR(rehearse(&in_batches, 33, 1, 2).core_s, 42, 1e-12);
}

static void part_of_a_batch_takes_its_own_time(void) {
  const rww_unit_sizes in_halves = {16, 8, 0};
  CHECK_NEAR(rehearse(&in_halves, 8, 1, 1).wall_s, 7, 1e-12);
  CHECK_NEAR(rehearse(&in_halves, 16, 1, 2).wall_s, 7, 1e-12);
}

static void lanes_take_their_share_where_batches_gain_nothing(void) {
  static const rww_speed even = {.of_losses = {.n_lanes = 8, .unit_s = 8, .step_s = 1, .lone_s = 1}};
  const rww_unit_sizes one_by_one = {8, 1, 0};
  rww_cost cost;
  CHECK_OK(rww_rehearse_points(&one_by_one, &even, 30, 0, 1, &cost));
  CHECK_NEAR(cost.wall_s, 30, 1e-12);
}

static void lone_lanes_take_their_own_time(void) {
  const rww_unit_sizes sizes = {16, 16, 5};
  CHECK_NEAR(rehearse(&sizes, 2, 1, 2).wall_s, 4, 1e-12);
  CHECK(rehearse(&sizes, 2, 1, 2).n_most_lanes == 1);
}

static void a_measured_unit_may_be_one_lone_lane(void) {
  static const rww_speed lone = {.of_losses = {.n_lanes = 1, .unit_s = 3, .step_s = 3, .lone_s = 3}};
  const rww_unit_sizes sizes = {16, 8, 4};
  rww_cost cost;
  CHECK_OK(rww_rehearse_points(&sizes, &lone, 1, 0, 1, &cost));
  CHECK_NEAR(cost.wall_s, 3, 1e-12);
}

static void ranks_without_work_are_counted(void) {
  CHECK(rehearse(&in_batches, 32, 1, 5).n_idle_ranks == 3);
  CHECK(rehearse(&in_batches, 32, 1, 2).n_idle_ranks == 0);
  CHECK(rehearse(&in_batches, 16, 1, 1).n_units == 1 && rehearse(&in_batches, 17, 1, 1).n_units == 2);
}

static void nothing_takes_no_time(void) {
  CHECK(rehearse(&in_batches, 0, 1, 3).wall_s == 0);
}

static void steps_follow_each_other(void) {
  rww_cost cost;
  CHECK_OK(rww_rehearse_steps(&in_batches, &speed, 7, 32, 4, 2, &cost));
  CHECK_NEAR(cost.wall_s, 7 * 30 + 4, 1e-12);
  CHECK(cost.n_most_lanes == 16 && cost.n_units == 14);
}

/* More than is rehearsed in full: 1000 workers, one rank leads. */
static void large_work_takes_its_share(void) {
  CHECK_NEAR(rehearse(&in_batches, 1600000000, 1, 1001).wall_s, 1e6, 1e4);
}

int main(void) {
  a_rank_does_one_batch_after_the_other();
  ranks_share_batches();
  part_of_a_batch_takes_its_own_time();
  lanes_take_their_share_where_batches_gain_nothing();
  lone_lanes_take_their_own_time();
  a_measured_unit_may_be_one_lone_lane();
  ranks_without_work_are_counted();
  nothing_takes_no_time();
  steps_follow_each_other();
  large_work_takes_its_share();
  return check_report();
}
