/** @file
 *  What leader and workers say to each other. Every message of a run has been received when the run ends. */
#ifndef RWW_SCHEDULE_MESSAGES_H
#define RWW_SCHEDULE_MESSAGES_H

#include "schedule/schedule.h"

typedef enum rww_message {
  RWW_MESSAGE_UNIT,    /* leader to worker: a packed unit */
  RWW_MESSAGE_END,     /* leader to worker, the last one: begin nothing more */
  RWW_MESSAGE_RESULTS, /* worker to leader: what rww_unit_results holds, of its oldest unit */
  RWW_MESSAGE_STOP,    /* worker to leader: the rww_stop that this process was asked for */
  RWW_MESSAGE_FAILED,  /* worker to leader: rww_status and the message of its error; it computes no more */
  RWW_MESSAGE_BYE,     /* worker to leader, the last one, in answer to END */
  RWW_N_MESSAGES
} rww_message;

typedef struct rww_results_head {
  uint64_t n_lanes;
  double elapsed_s; /* that the unit took */
  double idle_s;    /* before it, since the worker's previous unit; 0 before the first */
} rww_results_head;

/** A unit's results as they travel, in one piece: the head, a result a lane, and where they were asked for the
 *  gradients [n_lanes][n_value_rows], to which the results point. */
typedef struct rww_unit_results {
  rww_results_head *head; /* begins the piece, which free() releases */
  rww_result *results;    /* [n_lanes] */
  size_t n_bytes;
} rww_unit_results;

/** Room for the results of a unit, zeroed. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_unit_results_create(const rww_unit *unit, rww_unit_results *results);

/** The results in a message from `rank`, in place. Errors: RWW_ERR_COMM where the bytes are none. */
RWW_MUST_CHECK rww_status rww_unit_results_open(int rank, void *bytes, size_t n_bytes, rww_unit_results *results);

/** How the worker learns what it may do, and the leader what it has to wait for. */
#define RWW_SCHEDULE_DEPTH 2    /* units that a worker holds */
#define RWW_SCHEDULE_LOOK_S 0.1 /* between two looks at stop requests, when waiting */
#define RWW_SCHEDULE_GRACE_S 3. /* for ranks in the middle of a unit, when there is an error or no time */

/** Up to so many ranks the leader computes as well. It hears nobody meanwhile, which the units that wait at the workers
 *  make up for, unless its own takes several times as long as usual. By benchmarks/schedule_simulation, with 4096
 * points of 7 ms: 8 % faster than with a rank for the leader alone at 8 ranks, as fast at 11, 5 % slower at 16. */
#define RWW_COMPUTING_LEADER_MAX_RANKS 8

/** One rank's part of a run. */
typedef struct rww_rank_run {
  rww_comm *comm;
  const rww_schedule_calls *calls;
  const rww_schedule_options *options;
} rww_rank_run;

/** What rank 0, and the others, do until the run ends; the ranks' statuses have yet to be agreed on. */
RWW_MUST_CHECK rww_status rww_schedule_lead(const rww_rank_run *run, const rww_work_source *sources, size_t n_sources,
                                            rww_schedule_summary *summary);
RWW_MUST_CHECK rww_status rww_schedule_work(const rww_rank_run *run);

/** Evaluates a unit and says in the head how long it took. */
RWW_MUST_CHECK rww_status rww_schedule_evaluate(const rww_rank_run *run, const rww_unit *unit,
                                                const rww_unit_results *results);

/** The message that rww_comm_wait told of, in *bytes (the caller's). */
RWW_MUST_CHECK rww_status rww_schedule_receive(rww_comm *comm, int from, int tag, size_t n_bytes, void **bytes);

/** Logs the message of `status` and ends all ranks, for they cannot be waited for. */
_Noreturn void rww_schedule_give_up(rww_comm *comm, rww_status status);

#endif
