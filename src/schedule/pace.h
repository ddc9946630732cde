/** @file
 *  How fast the work goes, for progress. */
#ifndef RWW_SCHEDULE_PACE_H
#define RWW_SCHEDULE_PACE_H

#include "schedule/queue.h"
#include "schedule/schedule.h"

typedef struct rww_pace {
  double begin_s, measured_s;
  uint64_t n_measured;
  double measured_busy_s;
  double recent_lanes, recent_busy_s, recent_s; /* fading */
} rww_pace;

void rww_pace_begin(rww_pace *pace);

/** Whether the last measurement is long enough ago to be shown anew. */
bool rww_pace_is_due(const rww_pace *pace);

void rww_pace_measure(rww_pace *pace, const rww_queue *queue, bool finished, rww_progress *progress);

#endif
