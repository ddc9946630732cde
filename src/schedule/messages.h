/** @file
 *  What leader and workers say to each other. Every message of a run has been received when the run ends. */
#ifndef RWW_SCHEDULE_MESSAGES_H
#define RWW_SCHEDULE_MESSAGES_H

#include "schedule/schedule.h"

typedef enum rww_message {
  RWW_MESSAGE_UNIT = 1, /* leader to worker: a packed unit */
  RWW_MESSAGE_END,      /* leader to worker, the last one: nothing more will come; drop what waits */
  RWW_MESSAGE_RESULTS,  /* worker to leader: rww_result [n_lanes] of its oldest unit */
  RWW_MESSAGE_STOP,     /* worker to leader: an rww_stop that this process was asked for */
  RWW_MESSAGE_FAILED,   /* worker to leader: its evaluation failed (rww_status); it computes no more */
  RWW_MESSAGE_BYE       /* worker to leader, the last one, in answer to END */
} rww_message;

#define RWW_SCHEDULE_WAIT_S 0.05 /* between two looks at the clock and at stop requests */

/** Each rank's part of rww_schedule_run, up to and without its final agreement. */
RWW_MUST_CHECK rww_status rww_schedule_lead(rww_comm *comm, const rww_work_source *sources, size_t n_sources,
                                            const rww_schedule_calls *calls, const rww_schedule_options *options,
                                            rww_schedule_summary *summary);
RWW_MUST_CHECK rww_status rww_schedule_work(rww_comm *comm, const rww_schedule_calls *calls,
                                            const rww_schedule_options *options);

/** Evaluates a unit; the slow rank of a test takes ten times as long. */
RWW_MUST_CHECK rww_status rww_schedule_evaluate(rww_comm *comm, const rww_schedule_calls *calls,
                                                const rww_schedule_options *options, const rww_unit *unit,
                                                rww_result *results);

#endif
