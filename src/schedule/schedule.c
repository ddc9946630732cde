#include "schedule/schedule.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "schedule/messages.h"
#include <stdlib.h>
#include <time.h>

static void sleep_for(double s) {
  struct timespec left = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
  while (nanosleep(&left, &left) != 0) continue;
}

static rww_status evaluate_part(const rww_rank_run *run, const rww_unit *unit, size_t first, rww_result *results) {
  rww_unit part;
  size_t most = run->options->sizes.max_lanes, left = unit->n_lanes - first;
  RWW_TRY(rww_unit_take(unit, first, left < most ? left : most, &part));
  rww_status status = run->calls->evaluate(run->calls->context, &part, results + first);
  rww_unit_free(&part);
  return status;
}

/* A unit that is longer than a batch goes batch by batch. */
static rww_status evaluate(const rww_rank_run *run, const rww_unit *unit, rww_result *results) {
  size_t most = run->options->sizes.max_lanes;
  if (unit->n_lanes <= most) return run->calls->evaluate(run->calls->context, unit, results);
  for (size_t first = 0; first < unit->n_lanes; first += most) RWW_TRY(evaluate_part(run, unit, first, results));
  return RWW_OK;
}

rww_status rww_schedule_evaluate(const rww_rank_run *run, const rww_unit *unit, const rww_unit_results *results) {
  double begin_s = rww_clock_s();
  RWW_TRY(evaluate(run, unit, results->results));
  if (run->options->slow_rank == rww_comm_rank(run->comm)) sleep_for(9 * (rww_clock_s() - begin_s));
  results->head->elapsed_s = rww_clock_s() - begin_s;
  return RWW_OK;
}

/* Each result points to its lane's gradient, of so many rows, behind the results. */
static rww_unit_results place_results(void *bytes, size_t n_bytes, size_t n_lanes, size_t n_rows) {
  rww_results_head *head = bytes;
  rww_result *results = (rww_result *)(head + 1);
  double *gradient = (double *)(results + n_lanes);
  for (size_t lane = 0; lane < n_lanes; lane++) results[lane].gradient = n_rows ? gradient + lane * n_rows : NULL;
  return (rww_unit_results){head, results, n_bytes};
}

rww_status rww_unit_results_create(const rww_unit *unit, rww_unit_results *results) {
  size_t n_rows = unit->with_gradient ? unit->n_value_rows : 0;
  size_t n_bytes = sizeof(rww_results_head) + unit->n_lanes * (sizeof(rww_result) + n_rows * sizeof(double));
  void *bytes;
  RWW_TRY(rww_allocate(n_bytes, 1, &bytes));
  *results = place_results(bytes, n_bytes, unit->n_lanes, n_rows);
  results->head->n_lanes = unit->n_lanes;
  return RWW_OK;
}

rww_status rww_unit_results_open(int rank, void *bytes, size_t n_bytes, rww_unit_results *results) {
  const rww_results_head *head = bytes;
  uint64_t n = n_bytes < sizeof *head ? 0 : head->n_lanes;
  size_t lane_bytes = n == 0 ? 0 : (n_bytes - sizeof *head) / n;
  if (lane_bytes < sizeof(rww_result) || (n_bytes - sizeof *head) % n != 0 || lane_bytes % sizeof(double) != 0)
    return rww_raise(RWW_ERR_COMM, "rank %d sent %zu bytes of results", rank, n_bytes);
  *results = place_results(bytes, n_bytes, n, (lane_bytes - sizeof(rww_result)) / sizeof(double));
  return RWW_OK;
}

rww_status rww_schedule_receive(rww_comm *comm, int from, int tag, size_t n_bytes, void **bytes) {
  RWW_TRY(rww_allocate(n_bytes, 1, bytes));
  rww_status status = rww_comm_receive(comm, from, tag, *bytes, n_bytes);
  if (status != RWW_OK) free(*bytes);
  return status;
}

_Noreturn void rww_schedule_give_up(rww_comm *comm, rww_status status) {
  rww_log(RWW_LOG_ERROR, "%s", rww_status_message(status));
  rww_comm_abort(comm, rww_status_exit(status));
}

rww_status rww_schedule_run(rww_comm *comm, const rww_work_source *sources, size_t n_sources,
                            const rww_schedule_calls *calls, const rww_schedule_options *options,
                            rww_schedule_summary *summary) {
  rww_rank_run run = {comm, calls, options};
  *summary = (rww_schedule_summary){0};
  rww_status status =
      rww_comm_rank(comm) == 0 ? rww_schedule_lead(&run, sources, n_sources, summary) : rww_schedule_work(&run);
  if (status == RWW_ERR_COMM && rww_comm_size(comm) > 1) rww_schedule_give_up(comm, status);
  return rww_comm_agree(comm, status);
}
