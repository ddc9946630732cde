#include "schedule/schedule.h"

#include "base/clock.h"
#include "schedule/messages.h"
#include <time.h>

static void sleep_for(double s) {
  struct timespec left = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
  while (nanosleep(&left, &left) != 0) continue;
}

rww_status rww_schedule_evaluate(rww_comm *comm, const rww_schedule_calls *calls, const rww_schedule_options *options,
                                 const rww_unit *unit, rww_result *results) {
  double begin_s = rww_clock_s();
  RWW_TRY(calls->evaluate(calls->context, unit, results));
  if (options->slow_rank == rww_comm_rank(comm)) sleep_for(9 * (rww_clock_s() - begin_s));
  return RWW_OK;
}

rww_status rww_schedule_run(rww_comm *comm, const rww_work_source *sources, size_t n_sources,
                            const rww_schedule_calls *calls, const rww_schedule_options *options,
                            rww_schedule_summary *summary) {
  rww_status status = rww_comm_rank(comm) == 0 ? rww_schedule_lead(comm, sources, n_sources, calls, options, summary)
                                               : rww_schedule_work(comm, calls, options);
  return rww_comm_agree(comm, status);
}
