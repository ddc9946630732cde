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

void rww_pace_measure(rww_pace *pace, uint64_t n_done, uint64_t n_total, bool finished, rww_progress *progress) {
  double now_s = rww_clock_s(), passed_s = now_s - pace->measured_s, kept = exp(-passed_s / FADING_S);
  pace->recent_lanes = kept * pace->recent_lanes + (double)(n_done - pace->n_measured);
  pace->recent_s = kept * pace->recent_s + passed_s;
  pace->n_measured = n_done;
  pace->measured_s = now_s;
  double rate_per_s = pace->recent_s > 0 ? pace->recent_lanes / pace->recent_s : 0;
  *progress = (rww_progress){.n_done = n_done,
                             .n_total = n_total,
                             .elapsed_s = now_s - pace->begin_s,
                             .rate_per_s = rate_per_s,
                             .remaining_s = rate_per_s > 0 ? (double)(n_total - n_done) / rate_per_s : NAN,
                             .finished = finished};
}
