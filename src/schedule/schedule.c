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

rww_status rww_schedule_evaluate(const rww_rank_run *run, const rww_unit *unit, rww_result *results,
                                 double *elapsed_s) {
  double begin_s = rww_clock_s();
  RWW_TRY(run->calls->evaluate(run->calls->context, unit, results));
  if (run->options->slow_rank == rww_comm_rank(run->comm)) sleep_for(9 * (rww_clock_s() - begin_s));
  *elapsed_s = rww_clock_s() - begin_s;
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
