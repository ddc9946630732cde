/** @file
 *  Splits units of work over the ranks: a leader on rank 0, workers that hold one batch and have one more waiting; on
 *  small runs the leader computes too. Without a launcher the same in one process. */
#ifndef RWW_SCHEDULE_SCHEDULE_H
#define RWW_SCHEDULE_SCHEDULE_H

#include "comm/comm.h"
#include "plan/unit.h"

/** How soon to stop: not at all, when the units in flight are done, or at once (drop what is in flight). */
typedef enum rww_stop { RWW_STOP_NO, RWW_STOP_SOON, RWW_STOP_NOW } rww_stop;

typedef struct rww_progress {
  uint64_t n_done, n_total;     /* lanes */
  double elapsed_s, rate_per_s; /* lanes a second, over the last while; 0 where not known yet */
  double remaining_s;           /* NaN where not known yet */
  bool finished;
} rww_progress;

/** The callbacks of one rank; the wiring in app provides them. Scheduler and simulator never meet. */
typedef struct rww_schedule_calls {
  void *context;
  /** Every rank that computes: evaluates and stores a unit of at most sizes.max_lanes lanes; results [n_lanes], zeroed,
   * each with room for its gradient where the unit asks for gradients. */
  RWW_MUST_CHECK rww_status (*evaluate)(void *context, const rww_unit *unit, rww_result *results);
  /** Every rank: whether somebody asked this process to stop (a signal, the time). Called often; must be cheap. */
  rww_stop (*stop)(void *context);
  /** Leader alone, a few times a second at most; may be NULL. */
  void (*progress)(void *context, const rww_progress *progress);
} rww_schedule_calls;

typedef struct rww_schedule_options {
  rww_unit_sizes sizes;
  /* A rank that holds work and says nothing for so long is named in the log, and the others go on without it; infinite:
   * never. In the middle of a unit a rank cannot talk, so it is given five times the longest unit so far where that is
   * more. When nothing but silent ranks is left to wait for, the run stops at once. */
  double silence_s;
  int slow_rank; /* test setting: this rank takes ten times as long; -1: none */
} rww_schedule_options;

/** What the leader saw. Zero on the other ranks. */
typedef struct rww_schedule_summary {
  uint64_t n_units, n_lanes;
  double elapsed_s, leader_busy_s; /* leader_busy_s: handling messages, without computing */
  double longest_idle_s;   /* of any rank that computed, from its first unit on to the end of everybody's last */
  uint64_t *lanes_of_rank; /* [n_ranks], owned by the caller */
} rww_schedule_summary;

/** Runs until every source is exhausted, or until a stop is asked for on any rank (RWW_STOPPED, on all ranks), or an
 *  error of any rank (the same status on all ranks, the message on rank 0), or until only silent ranks are left.
 *  After an error, and when asked to stop at once, ranks in the middle of a unit are waited for 3 s; then the message
 *  is logged and all ranks are ended with the status's exit status: this call does not return.
 *  Sources are used on rank 0 alone (n_sources is 0 elsewhere). Collective. */
RWW_MUST_CHECK rww_status rww_schedule_run(rww_comm *comm, const rww_work_source *sources, size_t n_sources,
                                           const rww_schedule_calls *calls, const rww_schedule_options *options,
                                           rww_schedule_summary *summary);

#endif
