#include "schedule/pace.h"

#include "base/clock.h"
#include <math.h>

#define PERIOD_S 0.25
#define FADING_S 30.0 /* how far back the rate looks */

void rww_pace_begin(rww_pace *pace) {
  *pace = (rww_pace){.begin_s = rww_clock_s()};
  pace->measured_s = pace->begin_s;
}

bool rww_pace_is_due(const rww_pace *pace) {
  return rww_clock_s() - pace->measured_s >= PERIOD_S;
}

void rww_pace_measure(rww_pace *pace, const rww_queue *queue, bool finished, rww_progress *progress) {
  double now_s = rww_clock_s(), passed_s = now_s - pace->measured_s, kept = exp(-passed_s / FADING_S);
  uint64_t n_done = rww_queue_count_done(queue);
  double busy_s = rww_queue_count_busy_s(queue);
  pace->recent_lanes = kept * pace->recent_lanes + (double)(n_done - pace->n_measured);
  pace->recent_busy_s = kept * pace->recent_busy_s + busy_s - pace->measured_busy_s;
  pace->recent_s = kept * pace->recent_s + passed_s;
  pace->n_measured = n_done;
  pace->measured_busy_s = busy_s;
  pace->measured_s = now_s;
  *progress = (rww_progress){
      .n_done = n_done,
      .n_total = rww_queue_count_total(queue),
      .elapsed_s = now_s - pace->begin_s,
      .rate_per_s = pace->recent_s > 0 ? pace->recent_lanes / pace->recent_s : 0,
      .remaining_s = pace->recent_busy_s > 0 ? rww_queue_foretell_s(queue) * pace->recent_s / pace->recent_busy_s : NAN,
      .finished = finished};
}
