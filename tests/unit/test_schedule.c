/* Units over ranks, with an evaluation that only counts. Alone, this is one process; the same program runs under
 * mpirun. Runs follow each other in one process, so a message that one leaves behind harms the next. */
#include "check.h"
#include "fake_source.h"
#include "schedule/schedule.h"
#include <stdlib.h>
#include <time.h>

#define ENDLESS (UINT64_C(1) << 60)
#define TAG_COUNT 77
#define MAX_LANES 16

typedef struct evaluator {
  uint64_t n_lanes, n_looks;
  int failing_rank, stopping_rank;
  rww_stop stop;
  double lane_s;
  rww_progress shown;
} evaluator;

static rww_comm *comm;
static fake_source source;

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  evaluator *self = context;
  struct timespec nap = {.tv_nsec = (long)(1e9 * self->lane_s * (double)unit->n_lanes)};
  self->n_lanes += unit->n_lanes;
  CHECK(unit->n_lanes <= MAX_LANES);
  if (rww_comm_rank(comm) == self->failing_rank)
    return rww_raise(RWW_ERR_STORE, "explore.h5: row %d is in the way", (int)unit->rows[0]);
  if (self->lane_s > 0) nanosleep(&nap, NULL);
  for (size_t lane = 0; lane < unit->n_lanes; lane++) {
    results[lane].row = unit->rows[lane];
    if (!unit->with_gradient) continue;
    results[lane].gradient[0] = (double)unit->rows[lane];
    results[lane].gradient[1] = -(double)unit->rows[lane];
  }
  return RWW_OK;
}

static rww_stop stop(void *context) {
  evaluator *self = context;
  return rww_comm_rank(comm) == self->stopping_rank && self->n_looks++ > 2 ? self->stop : RWW_STOP_NO;
}

static void progress(void *context, const rww_progress *now) {
  ((evaluator *)context)->shown = *now;
}

static evaluator make_evaluator(void) {
  return (evaluator){.failing_rank = -1, .stopping_rank = -1};
}

static rww_status schedule(evaluator *self, rww_work_source *work, int slow_rank, rww_schedule_summary *summary) {
  rww_schedule_calls calls = {self, evaluate, stop, progress};
  rww_schedule_options options = {.sizes = {MAX_LANES, 1, 0}, .silence_s = INFINITY, .slow_rank = slow_rank};
  return rww_schedule_run(comm, work, rww_comm_rank(comm) == 0 ? 1 : 0, &calls, &options, summary);
}

/* Lanes evaluated by all ranks, on rank 0. */
static uint64_t sum_over_ranks(uint64_t n) {
  int from, tag;
  size_t n_bytes;
  if (rww_comm_rank(comm) > 0) CHECK_OK(rww_comm_send(comm, 0, TAG_COUNT, &n, sizeof n));
  for (int rank = 1; rww_comm_rank(comm) == 0 && rank < rww_comm_size(comm); rank++) {
    uint64_t other = 0;
    from = -1;
    while (from < 0) CHECK_OK(rww_comm_wait(comm, 1, &from, &tag, &n_bytes));
    CHECK(tag == TAG_COUNT && n_bytes == sizeof other);
    CHECK_OK(rww_comm_receive(comm, from, tag, &other, n_bytes));
    n += other;
  }
  CHECK_OK(rww_comm_agree(comm, RWW_OK));
  return n;
}

static void every_row_is_computed_once(uint64_t n_rows, uint64_t width, int slow_rank) {
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  source = (fake_source){.n_rows = n_rows, .width = width};
  rww_work_source work = fake_work(&source);
  CHECK_OK(schedule(&self, &work, slow_rank, &summary));
  uint64_t n_evaluated = sum_over_ranks(self.n_lanes), n_of_ranks = 0;
  if (rww_comm_rank(comm) == 0) {
    for (int rank = 0; rank < rww_comm_size(comm); rank++) n_of_ranks += summary.lanes_of_rank[rank];
    CHECK(fake_all_once(&source));
    CHECK(n_evaluated == n_rows && n_of_ranks == n_rows && summary.n_lanes == n_rows);
    CHECK(summary.lanes_of_rank[0] == self.n_lanes);
    CHECK(self.shown.finished && self.shown.n_done == n_rows && self.shown.n_total == n_rows);
  } else {
    CHECK(summary.n_lanes == 0 && summary.lanes_of_rank == NULL);
  }
  free(summary.lanes_of_rank);
}

/* The source refuses what is not the gradient of its row. */
static void gradients_come_back_with_their_rows(void) {
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  source = (fake_source){.n_rows = 500, .width = 7, .with_gradient = true};
  rww_work_source work = fake_work(&source);
  CHECK_OK(schedule(&self, &work, -1, &summary));
  if (rww_comm_rank(comm) == 0) CHECK(fake_all_once(&source));
  free(summary.lanes_of_rank);
}

/* The slow rank takes ten times as long as it measures; any other one may be slow for reasons of its own, but hardly
 * all of them. */
static void a_slow_rank_gets_less(void) {
  int slow = rww_comm_size(comm) - 1;
  uint64_t most = 0;
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  if (slow == 0) return;
  self.lane_s = 1e-4;
  source = (fake_source){.n_rows = 2000};
  rww_work_source work = fake_work(&source);
  CHECK_OK(schedule(&self, &work, slow, &summary));
  for (int rank = 0; rww_comm_rank(comm) == 0 && rank < slow; rank++)
    if (summary.lanes_of_rank[rank] > most) most = summary.lanes_of_rank[rank];
  if (rww_comm_rank(comm) == 0) CHECK(fake_all_once(&source) && summary.lanes_of_rank[slow] < most);
  free(summary.lanes_of_rank);
}

static void an_error_of_one_rank_is_everybodys(int failing) {
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  char expected[32];
  self.failing_rank = failing;
  source = (fake_source){.n_rows = ENDLESS};
  rww_work_source work = fake_work(&source);
  CHECK(schedule(&self, &work, -1, &summary) == RWW_ERR_STORE);
  snprintf(expected, sizeof expected, failing > 0 ? "rank %d: explore.h5: row " : "explore.h5: row ", failing);
  if (rww_comm_rank(comm) == 0) CHECK(strncmp(rww_status_message(RWW_ERR_STORE), expected, strlen(expected)) == 0);
  free(summary.lanes_of_rank);
}

static void a_stop_on_one_rank_ends_all(int stopping, rww_stop how) {
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  self.stopping_rank = stopping;
  self.stop = how;
  source = (fake_source){.n_rows = ENDLESS};
  rww_work_source work = fake_work(&source);
  CHECK(schedule(&self, &work, -1, &summary) == RWW_STOPPED);
  uint64_t n_evaluated = sum_over_ranks(self.n_lanes);
  if (rww_comm_rank(comm) == 0) CHECK(n_evaluated == summary.n_lanes && summary.n_lanes == source.n_digested);
  for (uint64_t row = 0; row < FAKE_MAX_ROWS; row++) CHECK(source.n_times[row] <= 1);
  free(summary.lanes_of_rank);
}

static rww_status refuse(void *self, const rww_result *results, size_t n) {
  (void)self, (void)n;
  return rww_raise(RWW_ERR_SHAPE, "row %d makes no sense", (int)results[0].row);
}

static void an_error_of_a_source_is_everybodys(void) {
  evaluator self = make_evaluator();
  rww_schedule_summary summary;
  source = (fake_source){.n_rows = ENDLESS};
  rww_work_source work = fake_work(&source);
  work.digest = refuse;
  CHECK(schedule(&self, &work, -1, &summary) == RWW_ERR_SHAPE);
  if (rww_comm_rank(comm) == 0) CHECK_MESSAGE(RWW_ERR_SHAPE, "makes no sense");
  free(summary.lanes_of_rank);
}

int main(void) {
  CHECK_OK(rww_comm_begin(&comm));
  int last = rww_comm_size(comm) - 1;
  every_row_is_computed_once(5000, 0, -1);
  every_row_is_computed_once(500, 7, -1);
  every_row_is_computed_once(0, 0, -1);
  every_row_is_computed_once(2, 0, -1);
  every_row_is_computed_once(500, 0, last);
  gradients_come_back_with_their_rows();
  a_slow_rank_gets_less();
  if (last < 8) an_error_of_one_rank_is_everybodys(0); /* where the leader computes */
  an_error_of_one_rank_is_everybodys(last);
  a_stop_on_one_rank_ends_all(0, RWW_STOP_SOON);
  a_stop_on_one_rank_ends_all(last, RWW_STOP_SOON);
  a_stop_on_one_rank_ends_all(last, RWW_STOP_NOW);
  an_error_of_a_source_is_everybodys();
  every_row_is_computed_once(5000, 0, -1);
  rww_comm_end(comm);
  return check_report();
}
