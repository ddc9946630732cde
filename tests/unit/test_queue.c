/* The scheduler's state machine: nothing is lost, nothing is done twice, whatever happens in whatever order. */
#include "check.h"
#include "fake_source.h"
#include "schedule/queue.h"
#include <math.h>
#include <stdlib.h>

#define MAX_LANES 16
#define MAX_WORKERS 64

static fake_source source, second;

static rww_queue *make_sized_queue(size_t n_sources, size_t n_workers, rww_unit_sizes sizes, size_t depth) {
  static rww_work_source sources[2];
  rww_queue *queue;
  sources[0] = fake_work(&source);
  sources[1] = fake_work(&second);
  CHECK_OK(rww_queue_create(sources, n_sources, n_workers, &sizes, &queue));
  for (size_t w = 0; w < n_workers; w++) rww_queue_join(queue, w, depth);
  return queue;
}

static rww_queue *make_queue(size_t n_sources, size_t n_workers, size_t lane_step, size_t depth) {
  return make_sized_queue(n_sources, n_workers, (rww_unit_sizes){MAX_LANES, lane_step, 0}, depth);
}

/* Copies of the units that each worker holds, as a worker has them. */
typedef struct mirror {
  uint64_t first_row[4];
  size_t n_lanes[4], n;
} mirror;

static bool give(rww_queue *queue, mirror *workers, size_t *worker) {
  const rww_unit *unit;
  CHECK_OK(rww_queue_decide(queue, worker, &unit));
  if (!unit) return false;
  mirror *who = &workers[*worker];
  who->first_row[who->n] = unit->rows[0];
  who->n_lanes[who->n++] = unit->n_lanes;
  return true;
}

static void give_all(rww_queue *queue, mirror *workers) {
  size_t worker;
  while (give(queue, workers, &worker)) continue;
}

static rww_status finish(rww_queue *queue, mirror *workers, size_t worker, double elapsed_s) {
  rww_result results[MAX_LANES] = {{0}};
  mirror *who = &workers[worker];
  size_t n = who->n_lanes[0];
  double gradients[MAX_LANES][2];
  for (size_t lane = 0; lane < n; lane++) {
    uint64_t row = results[lane].row = who->first_row[0] + lane;
    gradients[lane][0] = (double)row, gradients[lane][1] = -(double)row;
    if (source.with_gradient) results[lane].gradient = gradients[lane];
  }
  who->n--;
  memmove(who->first_row, who->first_row + 1, who->n * sizeof *who->first_row);
  memmove(who->n_lanes, who->n_lanes + 1, who->n * sizeof *who->n_lanes);
  return rww_queue_digest(queue, worker, results, n, elapsed_s);
}

static void every_lane_comes_back_once(void) {
  mirror workers[3] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 1000};
  rww_queue *queue = make_queue(1, 3, 1, 2);
  give_all(queue, workers);
  while (!rww_queue_is_finished(queue))
    for (size_t w = 0; w < 3; w++) {
      if (workers[w].n > 0) CHECK_OK(finish(queue, workers, w, 1));
      give_all(queue, workers);
    }
  CHECK(fake_all_once(&source));
  CHECK(rww_queue_count_done(queue) == 1000 && rww_queue_count_total(queue) == 1000);
  rww_queue_destroy(queue);
}

static void everybody_gets_a_unit_before_anybody_gets_a_second(void) {
  mirror workers[5] = {{{0}, {0}, 0}};
  size_t worker;
  source = (fake_source){.n_rows = 10000};
  rww_queue *queue = make_queue(1, 5, MAX_LANES, 2);
  for (size_t w = 0; w < 10; w++) {
    CHECK(give(queue, workers, &worker) && worker == w % 5);
    CHECK(workers[worker].n_lanes[w / 5] == MAX_LANES);
  }
  CHECK(!give(queue, workers, &worker));
  rww_queue_destroy(queue);
}

/* 56 lanes, 4 workers that are equally fast: shares of half of what is left are 56/8, 53/8, 50/8 and 47/8 lanes, in two
 * units each, the second of which completes the share of half of what is left by then: 45/8, 43/8, 41/8 and 39/8. */
static void units_are_shares_of_half_of_what_is_left(void) {
  static const size_t first[4] = {3, 3, 3, 2}, second_units[4] = {2, 2, 2, 2};
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 60};
  rww_queue *queue = make_queue(1, 4, 1, 2);
  give_all(queue, workers);
  for (size_t w = 0; w < 4; w++) CHECK_OK(finish(queue, workers, w, 1));
  give_all(queue, workers);
  for (size_t w = 0; w < 4; w++)
    CHECK(workers[w].n_lanes[0] == first[w] && workers[w].n == 2 && workers[w].n_lanes[1] == second_units[w]);
  rww_queue_destroy(queue);
}

/* A worker's part of 32 lanes is a batch of 16, that of 24 only half of one, whether a step or a grid asks. */
static void batches_are_whole_where_a_part_has_one(void) {
  static const size_t n_left[4] = {32, 24, 32, 24}, expected[4] = {16, 8, 16, 8};
  for (size_t k = 0; k < 4; k++) {
    mirror workers[2] = {{{0}, {0}, 0}};
    source = (fake_source){.n_rows = 16 + n_left[k], .with_gradient = k < 2};
    rww_queue *queue = make_sized_queue(1, 2, (rww_unit_sizes){16, 8, 0}, 1);
    give_all(queue, workers);
    for (size_t w = 0; w < 2; w++) CHECK_OK(finish(queue, workers, w, 1));
    give_all(queue, workers);
    for (size_t w = 0; w < 2; w++) CHECK(workers[w].n == 1 && workers[w].n_lanes[0] == expected[k]);
    rww_queue_destroy(queue);
  }
}

/* Of 120 lanes each gets 16 and 16 more, of 64 only the first. */
static void a_unit_waits_while_another_is_computed_as_long_as_all_get_one(void) {
  static const size_t n_left[2] = {120, 64}, expected[2] = {2, 1};
  for (size_t k = 0; k < 2; k++) {
    mirror workers[2] = {{{0}, {0}, 0}};
    source = (fake_source){.n_rows = 32 + n_left[k]};
    rww_queue *queue = make_sized_queue(1, 2, (rww_unit_sizes){16, 16, 0}, 2);
    give_all(queue, workers);
    for (size_t w = 0; w < 2; w++) CHECK_OK(finish(queue, workers, w, 1));
    give_all(queue, workers);
    for (size_t w = 0; w < 2; w++) CHECK(workers[w].n == expected[k]);
    rww_queue_destroy(queue);
  }
}

/* Any of them may be ten times slower: a tenth of a share, in two units. */
static void who_is_not_known_yet_is_taken_for_slow(void) {
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 1600};
  rww_queue *queue = make_sized_queue(1, 4, (rww_unit_sizes){100, 1, 0}, 2);
  give_all(queue, workers);
  for (size_t w = 0; w < 4; w++) CHECK(workers[w].n == 2 && workers[w].n_lanes[0] == (w == 0 ? 10 : 9));
  rww_queue_destroy(queue);
}

/* Where batches of 16 take as long as they do for a lane, but up to 5 lanes go one by one. */
static void the_last_lanes_go_one_by_one(void) {
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 1000};
  rww_queue *queue = make_sized_queue(1, 4, (rww_unit_sizes){MAX_LANES, MAX_LANES, 5}, 2);
  give_all(queue, workers);
  while (!rww_queue_is_finished(queue))
    for (size_t w = 0; w < 4; w++) {
      size_t n_left = (size_t)(source.n_rows - source.n_given);
      if (workers[w].n > 0) CHECK_OK(finish(queue, workers, w, 1));
      give_all(queue, workers);
      if (n_left > 4 * 2 * MAX_LANES) CHECK(workers[w].n > 0 && workers[w].n_lanes[workers[w].n - 1] == MAX_LANES);
      if (n_left < MAX_LANES && workers[w].n > 0) CHECK(workers[w].n_lanes[workers[w].n - 1] <= 5 || n_left == 0);
    }
  CHECK(fake_all_once(&source));
  rww_queue_destroy(queue);
}

/* A step of 40 lanes takes three workers a batch each, of 16 lanes' time; one by one four would take 10 lanes each, of
 * 17.5. */
static void a_step_goes_in_batches_where_that_takes_less_time(void) {
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 40, .with_gradient = true};
  rww_queue *queue = make_sized_queue(1, 4, (rww_unit_sizes){MAX_LANES, MAX_LANES, 5}, 2);
  give_all(queue, workers);
  CHECK(workers[0].n_lanes[0] == 16 && workers[1].n_lanes[0] == 16 && workers[2].n_lanes[0] == 8);
  rww_queue_destroy(queue);
}

static void a_step_of_few_lanes_is_shared(void) {
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 4, .with_gradient = true};
  rww_queue *queue = make_sized_queue(1, 4, (rww_unit_sizes){MAX_LANES, MAX_LANES, 5}, 2);
  give_all(queue, workers);
  for (size_t w = 0; w < 4; w++) CHECK(workers[w].n == 1 && workers[w].n_lanes[0] == 1);
  rww_queue_destroy(queue);
}

/* 100 000 workers of 100 lanes a second: the lanes take half of the leader's time, at 0.05 us each; units of 5 us may
 * take 40 % more, so that they have 125 lanes at least. */
static void units_are_so_long_that_the_leader_keeps_up(void) {
  size_t worker, n_workers = 100000;
  rww_result results[8] = {{0}};
  const rww_unit *unit;
  source = (fake_source){.n_rows = 100 * n_workers};
  rww_queue *queue = make_sized_queue(1, n_workers, (rww_unit_sizes){8, 8, 2}, 1);
  for (size_t w = 0; w < n_workers; w++) CHECK_OK(rww_queue_decide(queue, &worker, &unit));
  for (size_t lane = 0; lane < 8; lane++) results[lane].row = lane;
  CHECK_OK(rww_queue_digest(queue, 0, results, 8, 0.08));
  CHECK_OK(rww_queue_decide(queue, &worker, &unit));
  CHECK(worker == 0 && unit->n_lanes == 120);
  rww_queue_destroy(queue);
}

static void units_are_multiples_of_the_step(void) {
  mirror workers[4] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 100};
  rww_queue *queue = make_queue(1, 4, 8, 2);
  give_all(queue, workers);
  for (size_t w = 0; w < 4; w++) CHECK(workers[w].n_lanes[0] == 8);
  rww_queue_destroy(queue);
}

static void what_a_worker_held_goes_to_others_when_it_leaves(void) {
  mirror workers[2] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 2000};
  rww_queue *queue = make_queue(1, 2, MAX_LANES, 2);
  give_all(queue, workers);
  rww_queue_leave(queue, 0);
  CHECK_OK(finish(queue, workers, 1, 1));
  give_all(queue, workers);
  CHECK(workers[1].first_row[1] == 0 && workers[1].n_lanes[1] == MAX_LANES);
  CHECK(workers[0].n == 2); /* it was given nothing more */
  CHECK(finish(queue, workers, 0, 1) == RWW_ERR_COMM);
  while (!rww_queue_is_finished(queue)) {
    CHECK_OK(finish(queue, workers, 1, 1));
    give_all(queue, workers);
  }
  CHECK(fake_all_once(&source));
  rww_queue_destroy(queue);
}

static void results_of_something_else_are_refused(void) {
  mirror workers[2] = {{{0}, {0}, 0}};
  rww_result results[MAX_LANES + 1] = {{0}};
  source = (fake_source){.n_rows = 1000};
  rww_queue *queue = make_queue(1, 2, MAX_LANES, 1);
  give_all(queue, workers);
  for (size_t lane = 0; lane <= MAX_LANES; lane++) results[lane].row = lane;
  CHECK(rww_queue_digest(queue, 0, results, MAX_LANES - 1, 1) == RWW_ERR_COMM);
  CHECK(rww_queue_digest(queue, 0, results, MAX_LANES + 1, 1) == RWW_ERR_COMM);
  CHECK(rww_queue_digest(queue, 1, results, MAX_LANES, 1) == RWW_ERR_COMM);
  CHECK_MESSAGE(RWW_ERR_COMM, "worker 1 returned 16 results that it was not asked for");
  CHECK_OK(rww_queue_digest(queue, 0, results, MAX_LANES, 1));
  CHECK(rww_queue_digest(queue, 0, results, MAX_LANES, 1) == RWW_ERR_COMM);
  rww_queue_destroy(queue);
}

static void the_first_source_comes_first(void) {
  mirror workers[1] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 10, .width = 5};
  second = (fake_source){.first_row = 500, .n_rows = 1000};
  rww_queue *queue = make_queue(2, 1, MAX_LANES, 2);
  give_all(queue, workers);
  CHECK(workers[0].first_row[0] == 0 && workers[0].n_lanes[0] == 5);
  CHECK(workers[0].first_row[1] == 500);
  CHECK_OK(finish(queue, workers, 0, 1));
  give_all(queue, workers);
  CHECK(workers[0].first_row[1] == 5);
  rww_queue_destroy(queue);
}

/* Two lanes of the first source want to be alone, while the second has work for all. */
static void a_lane_that_wants_to_be_alone_waits_for_all_and_all_for_it(void) {
  mirror workers[3] = {{{0}, {0}, 0}};
  size_t worker;
  source = (fake_source){.n_rows = 8, .n_together = 6};
  second = (fake_source){.n_rows = 100, .first_row = 1000};
  rww_queue *queue = make_queue(2, 3, 1, 1);
  give_all(queue, workers);
  while (source.n_digested < source.n_rows) {
    size_t n_held = 0, with_loner = 3;
    for (size_t w = 0; w < 3; w++) n_held += workers[w].n;
    for (size_t w = 0; w < 3; w++)
      if (workers[w].n > 0 && (workers[w].first_row[0] == 6 || workers[w].first_row[0] == 7)) with_loner = w;
    CHECK(with_loner == 3 || (n_held == 1 && workers[with_loner].n_lanes[0] == 1));
    for (worker = 0; workers[worker].n == 0; worker++) continue;
    CHECK_OK(finish(queue, workers, worker, 1));
    give_all(queue, workers);
  }
  CHECK(fake_all_once(&source) && !rww_queue_is_finished(queue));
  rww_queue_destroy(queue);
}

static void who_had_to_wait_for_a_source_gets_its_next_round(void) {
  mirror workers[3] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 4, .width = 1};
  rww_queue *queue = make_queue(1, 3, 1, 2);
  for (size_t round = 0; round < 4; round++) {
    give_all(queue, workers);
    CHECK(workers[round % 3].n == 1); /* who has waited longest */
    CHECK_OK(finish(queue, workers, round % 3, 1));
  }
  CHECK(rww_queue_is_finished(queue) && fake_all_once(&source));
  rww_queue_destroy(queue);
}

/* Runs workers that take seconds_per_lane each on a clock of their own; returns the longest time that anybody had
 * nothing to do, from the first unit to the end of the last, in units of the longest unit. */
static double simulate(rww_queue *queue, mirror *workers, size_t n_workers, const double *seconds_per_lane,
                       size_t *n_lanes) {
  double end_s[MAX_WORKERS] = {0}, now_s = 0, longest_unit_s = 0, longest_idle_s = 0;
  bool busy[MAX_WORKERS] = {false};
  for (;;) {
    give_all(queue, workers);
    size_t next = n_workers;
    for (size_t w = 0; w < n_workers; w++) {
      double unit_s = (double)workers[w].n_lanes[0] * seconds_per_lane[w];
      if (!busy[w] && workers[w].n > 0) {
        longest_idle_s = fmax(longest_idle_s, now_s - end_s[w]);
        longest_unit_s = fmax(longest_unit_s, unit_s);
        end_s[w] = now_s + unit_s;
        busy[w] = true;
      }
      if (busy[w] && (next == n_workers || end_s[w] < end_s[next])) next = w;
    }
    if (next == n_workers) break;
    now_s = end_s[next];
    busy[next] = false;
    n_lanes[next] += workers[next].n_lanes[0];
    CHECK_OK(finish(queue, workers, next, (double)workers[next].n_lanes[0] * seconds_per_lane[next]));
  }
  for (size_t w = 0; w < n_workers; w++) longest_idle_s = fmax(longest_idle_s, now_s - end_s[w]);
  return longest_idle_s / longest_unit_s;
}

static void the_others_finish_the_share_of_a_slow_worker(void) {
  mirror workers[5] = {{{0}, {0}, 0}};
  size_t n_lanes[5] = {0};
  source = (fake_source){.n_rows = 4096};
  rww_queue *queue = make_queue(1, 5, 1, 2);
  double idle = simulate(queue, workers, 5, (const double[]){1, 1, 10, 1, 1}, n_lanes);
  CHECK(fake_all_once(&source));
  /* its share is 4096 * .1/4.1 = 99.9 lanes; it may have one largest unit more, or a second one less */
  CHECK_NEAR((double)n_lanes[2], 99.9, 2 * MAX_LANES);
  /* it gets no lane, 10 s, that others would have done in 9 s less, in the last three times 9 s of that */
  CHECK(idle * MAX_LANES <= 10 + 3 * 9 + MAX_LANES);
  rww_queue_destroy(queue);
}

static void nobody_idles_longer_than_a_unit(void) {
  double seconds_per_lane[MAX_WORKERS];
  for (size_t n_workers = 1; n_workers <= MAX_WORKERS; n_workers *= 2) {
    mirror workers[MAX_WORKERS] = {{{0}, {0}, 0}};
    size_t n_lanes[MAX_WORKERS] = {0};
    for (size_t w = 0; w < n_workers; w++) seconds_per_lane[w] = 1 + 0.03 * (double)(w * 37 % 41);
    source = (fake_source){.n_rows = 4096};
    rww_queue *queue = make_queue(1, n_workers, 1, 2);
    CHECK(simulate(queue, workers, n_workers, seconds_per_lane, n_lanes) <= 1);
    CHECK(fake_all_once(&source));
    rww_queue_destroy(queue);
  }
}

/* SplitMix64 (Steele et al. 2014). */
static uint64_t draw(uint64_t *state, uint64_t below) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (z ^ z >> 31) % below;
}

/* Random events: somebody's results, somebody leaves, work is given out or not yet. */
static void any_order_of_events_does_every_lane_once(void) {
  for (uint64_t seed = 1; seed <= 300; seed++) {
    mirror workers[MAX_WORKERS] = {{{0}, {0}, 0}};
    uint64_t state = seed;
    bool left[MAX_WORKERS] = {false};
    size_t n_workers = 1 + draw(&state, 9), n_left = 0, worker;
    source = (fake_source){.n_rows = draw(&state, 300), .width = draw(&state, 2) * (1 + draw(&state, 20))};
    second = (fake_source){.first_row = 10000, .n_rows = draw(&state, 2000)};
    rww_queue *queue = make_queue(2, n_workers, 1 + draw(&state, 8), 1 + draw(&state, 3));
    while (!rww_queue_is_finished(queue)) {
      size_t w = draw(&state, n_workers);
      uint64_t event = draw(&state, 40);
      if (event < 20) {
        give(queue, workers, &worker);
      } else if (event < 39 || n_left + 1 == n_workers) {
        if (workers[w].n > 0 && !left[w]) CHECK_OK(finish(queue, workers, w, (double)draw(&state, 100)));
      } else if (!left[w]) {
        rww_queue_leave(queue, w);
        left[w] = true;
        n_left++;
      }
      CHECK(left[w] || rww_queue_count_held(queue, w) == workers[w].n);
    }
    CHECK(fake_all_once(&source) && fake_all_once(&second));
    rww_queue_destroy(queue);
    if (check_failures) return;
  }
}

/* A lane of the first source takes 4 s, one of the second 1 s. */
static void what_is_left_takes_as_long_as_its_own_kind_did(void) {
  mirror workers[2] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 10, .width = 1};
  second = (fake_source){.n_rows = 100, .first_row = 1000};
  rww_queue *queue = make_queue(2, 2, 1, 1);
  give_all(queue, workers);
  double n_second = (double)workers[1].n_lanes[0];
  CHECK(isnan(rww_queue_foretell_s(queue)));
  CHECK_OK(finish(queue, workers, 1, n_second));
  CHECK(rww_queue_foretell_s(queue) == 10 + 100 - n_second);
  CHECK_OK(finish(queue, workers, 0, 4));
  CHECK(rww_queue_foretell_s(queue) == 9 * 4 + 100 - n_second);
  CHECK(rww_queue_count_busy_s(queue) == 4 + n_second);
  rww_queue_destroy(queue);
}

static void nothing_is_foretold_from_the_lesser_part_of_what_is_left(void) {
  mirror workers[2] = {{{0}, {0}, 0}};
  source = (fake_source){.n_rows = 10, .width = 1};
  second = (fake_source){.n_rows = 100, .first_row = 1000};
  rww_queue *queue = make_queue(2, 2, 1, 1);
  give_all(queue, workers);
  CHECK_OK(finish(queue, workers, 0, 4));
  CHECK(isnan(rww_queue_foretell_s(queue)));
  rww_queue_destroy(queue);
}

static void no_work_is_finished_at_once(void) {
  source = (fake_source){.n_rows = 0};
  rww_queue *queue = make_queue(1, 2, 1, 2), *none;
  CHECK(rww_queue_is_finished(queue));
  rww_queue_destroy(queue);
  CHECK_OK(rww_queue_create(NULL, 0, 2, &(rww_unit_sizes){MAX_LANES, 1, 0}, &none));
  CHECK(rww_queue_is_finished(none));
  rww_queue_destroy(none);
}

int main(void) {
  every_lane_comes_back_once();
  everybody_gets_a_unit_before_anybody_gets_a_second();
  units_are_shares_of_half_of_what_is_left();
  batches_are_whole_where_a_part_has_one();
  a_unit_waits_while_another_is_computed_as_long_as_all_get_one();
  who_is_not_known_yet_is_taken_for_slow();
  the_last_lanes_go_one_by_one();
  a_step_goes_in_batches_where_that_takes_less_time();
  a_step_of_few_lanes_is_shared();
  units_are_so_long_that_the_leader_keeps_up();
  units_are_multiples_of_the_step();
  what_a_worker_held_goes_to_others_when_it_leaves();
  results_of_something_else_are_refused();
  the_first_source_comes_first();
  a_lane_that_wants_to_be_alone_waits_for_all_and_all_for_it();
  who_had_to_wait_for_a_source_gets_its_next_round();
  the_others_finish_the_share_of_a_slow_worker();
  nobody_idles_longer_than_a_unit();
  any_order_of_events_does_every_lane_once();
  what_is_left_takes_as_long_as_its_own_kind_did();
  nothing_is_foretold_from_the_lesser_part_of_what_is_left();
  no_work_is_finished_at_once();
  return check_report();
}
