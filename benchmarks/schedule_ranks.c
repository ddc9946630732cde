/* What the scheduler itself costs: ranks that sleep instead of computing.
 *   mpirun -n N schedule_ranks POINTS MS_PER_POINT MAX_LANES N_VALUES
 * prints one line: the leader's time a unit, its busy share, idle ranks. Sleeping ranks need no core, so that hundreds
 * of them can be tried on a small machine. N_VALUES: free parameters times nodes, the size of a lane in a message. */
#include "base/clock.h"
#include "schedule/schedule.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

typedef struct points {
  uint64_t n, n_given, n_digested;
  size_t n_values;
} points;

static uint64_t count_available(const void *self) {
  return ((const points *)self)->n - ((const points *)self)->n_given;
}

static uint64_t count_total(const void *self) {
  return ((const points *)self)->n;
}

static rww_status next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  points *source = self;
  uint64_t left = count_available(source);
  *available = left > 0;
  if (!*available) return RWW_OK;
  RWW_TRY(rww_unit_create(0, left < max_lanes ? (size_t)left : max_lanes, 0, source->n_values, unit));
  for (size_t lane = 0; lane < unit->n_lanes; lane++) unit->rows[lane] = source->n_given++;
  return RWW_OK;
}

static rww_status digest(void *self, const rww_result *results, size_t n) {
  (void)results;
  ((points *)self)->n_digested += n;
  return RWW_OK;
}

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  double s = 1e-3 * *(const double *)context * (double)unit->n_lanes;
  struct timespec nap = {.tv_sec = (time_t)s, .tv_nsec = (long)(1e9 * (s - (double)(time_t)s))};
  if (s > 0) nanosleep(&nap, NULL);
  for (size_t lane = 0; lane < unit->n_lanes; lane++) results[lane].row = unit->rows[lane];
  return RWW_OK;
}

static rww_stop stop(void *context) {
  (void)context;
  return RWW_STOP_NO;
}

static double processor_s(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

static void print_summary(rww_comm *comm, const rww_schedule_summary *summary, double ms_per_point, double used_s) {
  int n_ranks = rww_comm_size(comm), n_computing = 0;
  for (int rank = 0; rank < n_ranks; rank++) n_computing += summary->lanes_of_rank[rank] > 0;
  double work_s = 1e-3 * ms_per_point * (double)summary->n_lanes;
  printf("ranks %d  points %" PRIu64 "  units %" PRIu64 "  elapsed %.3f s  ideal %.3f s  leader: %.2f us a unit, of "
         "processor time %.2f us, busy %.1f %%  longest idle %.1f ms  efficiency %.1f %%\n",
         n_ranks, summary->n_lanes, summary->n_units, summary->elapsed_s, work_s / n_computing,
         1e6 * summary->leader_busy_s / (double)summary->n_units, 1e6 * used_s / (double)summary->n_units,
         100 * summary->leader_busy_s / summary->elapsed_s, 1e3 * summary->longest_idle_s,
         100 * work_s / (n_computing * summary->elapsed_s));
}

int main(int argc, char **argv) {
  rww_comm *comm;
  rww_schedule_summary summary;
  points source = {.n = argc > 1 ? strtoull(argv[1], NULL, 10) : 4096,
                   .n_values = argc > 4 ? strtoull(argv[4], NULL, 10) : 2};
  double ms_per_point = argc > 2 ? strtod(argv[2], NULL) : 7;
  rww_work_source work = {&source, next, digest, count_available, count_total, false, NULL};
  rww_schedule_calls calls = {&ms_per_point, evaluate, stop, NULL};
  rww_schedule_options options = {
      .sizes = {argc > 3 ? strtoull(argv[3], NULL, 10) : 16, 1, 0}, .silence_s = 60, .slow_rank = -1};
  if (rww_comm_begin(&comm) != RWW_OK) return EXIT_FAILURE;
  prctl(PR_SET_TIMERSLACK, 50000); /* many ranks start sooner with a long slack, which these sleeps must not inherit */
  bool leads = rww_comm_rank(comm) == 0;
  rww_status status = rww_comm_agree(comm, RWW_OK); /* all begin together */
  double used_s = processor_s();
  if (status == RWW_OK) status = rww_schedule_run(comm, &work, leads ? 1 : 0, &calls, &options, &summary);
  if (status != RWW_OK && leads) fprintf(stderr, "%s\n", rww_status_message(status));
  if (status == RWW_OK && leads) print_summary(comm, &summary, ms_per_point, processor_s() - used_s);
  free(summary.lanes_of_rank);
  rww_comm_end(comm);
  return status == RWW_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
