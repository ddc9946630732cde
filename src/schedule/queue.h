/** @file
 *  Which worker gets which unit: a pure state machine, without messages, clock or files. Events go in (a worker joins,
 *  results, a worker leaves), decisions come out (give this unit to that worker). Every call takes constant time but
 *  for the lanes of its unit; memory grows with workers and units in flight alone.
 *
 *  What one of many workers holds is at most its share of half of the work that is left, so that units shrink towards
 *  the end and nobody idles longer than one of them takes (guided self-scheduling: Polychronopoulos and Kuck 1987). A
 *  share comes in two units, or more where they would be too large: one is computed, the others wait. Few workers have
 *  one waiting nearly to the end, since their leader, who computes too, hears nobody meanwhile. Shares follow the speed
 *  at which each worker has worked so far; its first ones are those of a slow one. The last lanes go one by one where
 *  they can, and a slow worker gets no more than it will have done before the others have done the rest. With so many
 *  workers that the leader could not keep up, units are longer. */
#ifndef RWW_SCHEDULE_QUEUE_H
#define RWW_SCHEDULE_QUEUE_H

#include "plan/unit.h"

typedef struct rww_queue rww_queue;

/** For workers 0 ... n_workers - 1, none of whom has joined yet. Sources are borrowed; the first one that has work is
 *  asked. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_queue_create(const rww_work_source *sources, size_t n_sources, size_t n_workers,
                                           const rww_unit_sizes *sizes, rww_queue **queue);
void rww_queue_destroy(rww_queue *queue);

/** From now on the worker may hold up to `depth` units. Once a worker. */
void rww_queue_join(rww_queue *queue, size_t worker, size_t depth);

/** The worker's oldest unit is done, in elapsed_s: its source digests the results.
 *  Errors: RWW_ERR_COMM where they are not that unit's, or it holds none (as one that has left); the source's own. */
RWW_MUST_CHECK rww_status rww_queue_digest(rww_queue *queue, size_t worker, const rww_result *results, size_t n,
                                           double elapsed_s);

/** The worker takes no further part: what it holds is given to others. */
void rww_queue_leave(rww_queue *queue, size_t worker);

/** The next decision: *worker gets *unit (the queue's, until its results come or its worker leaves). *unit is NULL
 * where nothing is to be given before the next event. Errors: the sources' own. */
RWW_MUST_CHECK rww_status rww_queue_decide(rww_queue *queue, size_t *worker, const rww_unit **unit);

/** Nothing is in flight, and no source asks for anything. */
bool rww_queue_is_finished(const rww_queue *queue);

size_t rww_queue_count_held(const rww_queue *queue, size_t worker); /* units */
uint64_t rww_queue_count_done(const rww_queue *queue);              /* lanes */
uint64_t rww_queue_count_total(const rww_queue *queue);             /* lanes, as far as the sources know */
double rww_queue_count_busy_s(const rww_queue *queue);              /* of all workers, for what is done */

/** What all that is not done will take of workers' time: lanes of a source as long as its others so far, those of a
 *  source of which none is done as long as those of the others. NaN where these are more than half of all. */
double rww_queue_foretell_s(const rww_queue *queue);

#endif
