/** @file
 *  Which worker gets which unit: a pure state machine, without MPI, clock or I/O.
 *
 *  A worker holds at most RWW_QUEUE_DEPTH units: one that it computes and one that waits, so that it never waits for
 *  the leader. Units shrink towards the end: none is larger than its worker's share of half of what is left, so that
 *  nobody idles for longer than a unit. */
#ifndef RWW_SCHEDULE_QUEUE_H
#define RWW_SCHEDULE_QUEUE_H

#include "plan/unit.h"

#define RWW_QUEUE_DEPTH 2

typedef struct rww_queue rww_queue;

/** Sources are borrowed. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_queue_create(const rww_work_source *sources, size_t n_sources, size_t n_workers,
                                           size_t max_lanes, rww_queue **queue);
void rww_queue_destroy(rww_queue *queue);

/** Next unit for this worker, in *unit (the queue's, until it is finished or lost); NULL where it holds enough, or
 * where no source has anything to ask for now. */
RWW_MUST_CHECK rww_status rww_queue_draw(rww_queue *queue, size_t worker, const rww_unit **unit);

/** The worker's oldest unit is done: its source digests the results. Errors: RWW_ERR_COMM where it holds none, or where
 *  the results are not its lanes'. */
RWW_MUST_CHECK rww_status rww_queue_finish(rww_queue *queue, size_t worker, const rww_result *results, size_t n);

/** The worker is no more: its units go back, and it gets no others. */
void rww_queue_lose(rww_queue *queue, size_t worker);

/** Units that the worker holds. */
size_t rww_queue_count_held(const rww_queue *queue, size_t worker);

/** Nothing is in flight and no source will ask for anything. */
bool rww_queue_is_finished(const rww_queue *queue);

uint64_t rww_queue_count_done(const rww_queue *queue);  /* lanes */
uint64_t rww_queue_count_total(const rww_queue *queue); /* lanes */

#endif
