#include "schedule/queue.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* What a worker holds, the oldest first. */
typedef struct holding {
  size_t n;
  rww_unit units[RWW_QUEUE_DEPTH];
  bool lost;
} holding;

struct rww_queue {
  const rww_work_source *sources;
  size_t n_sources, n_workers, n_live, max_lanes;
  holding *workers;   /* [n_workers] */
  rww_unit *returned; /* [n_returned], of lost workers */
  size_t n_returned, n_in_flight;
  uint64_t n_done;
};

rww_status rww_queue_create(const rww_work_source *sources, size_t n_sources, size_t n_workers, size_t max_lanes,
                            rww_queue **queue) {
  rww_queue *made;
  RWW_TRY(RWW_NEW(&made, 1));
  *made = (rww_queue){.sources = sources,
                      .n_sources = n_sources,
                      .n_workers = n_workers,
                      .n_live = n_workers,
                      .max_lanes = max_lanes > 0 ? max_lanes : 1};
  rww_status status = RWW_NEW(&made->workers, n_workers);
  if (status == RWW_OK) status = RWW_NEW(&made->returned, n_workers * RWW_QUEUE_DEPTH);
  if (status == RWW_OK)
    *queue = made;
  else
    rww_queue_destroy(made);
  return status;
}

void rww_queue_destroy(rww_queue *queue) {
  if (!queue) return;
  for (size_t w = 0; queue->workers && w < queue->n_workers; w++)
    for (size_t i = 0; i < queue->workers[w].n; i++) rww_unit_free(&queue->workers[w].units[i]);
  for (size_t i = 0; i < queue->n_returned; i++) rww_unit_free(&queue->returned[i]);
  free(queue->workers);
  free(queue->returned);
  free(queue);
}

/* Half of what is available now, shared by the workers there are. */
static size_t choose_lanes(const rww_queue *queue, uint64_t n_available) {
  uint64_t share = n_available / (2 * queue->n_live);
  return share < 1 ? 1 : share < queue->max_lanes ? (size_t)share : queue->max_lanes;
}

static rww_status draw_from_sources(rww_queue *queue, bool *available, rww_unit *unit) {
  *available = false;
  for (size_t s = 0; s < queue->n_sources && !*available; s++) {
    const rww_work_source *source = &queue->sources[s];
    RWW_TRY(source->next(source->self, choose_lanes(queue, source->count_available(source->self)), available, unit));
  }
  return RWW_OK;
}

rww_status rww_queue_draw(rww_queue *queue, size_t worker, const rww_unit **unit) {
  holding *held = &queue->workers[worker];
  bool available = queue->n_returned > 0;
  *unit = NULL;
  if (held->lost || held->n == RWW_QUEUE_DEPTH) return RWW_OK;
  if (available)
    held->units[held->n] = queue->returned[--queue->n_returned];
  else
    RWW_TRY(draw_from_sources(queue, &available, &held->units[held->n]));
  if (!available) return RWW_OK;
  *unit = &held->units[held->n++];
  queue->n_in_flight++;
  return RWW_OK;
}

static bool are_results_of(const rww_unit *unit, const rww_result *results, size_t n) {
  if (n != unit->n_lanes) return false;
  for (size_t lane = 0; lane < n; lane++)
    if (results[lane].row != unit->rows[lane]) return false;
  return true;
}

rww_status rww_queue_finish(rww_queue *queue, size_t worker, const rww_result *results, size_t n) {
  holding *held = &queue->workers[worker];
  if (held->n == 0 || !are_results_of(&held->units[0], results, n))
    return rww_raise(RWW_ERR_COMM, "worker %zu returned %zu results that it was not asked for", worker, n);
  const rww_work_source *source = &queue->sources[held->units[0].source];
  rww_status status = source->digest(source->self, results, n);
  rww_unit_free(&held->units[0]);
  memmove(held->units, held->units + 1, --held->n * sizeof *held->units);
  queue->n_in_flight--;
  queue->n_done += n;
  return status;
}

void rww_queue_lose(rww_queue *queue, size_t worker) {
  holding *held = &queue->workers[worker];
  if (held->lost) return;
  for (size_t i = 0; i < held->n; i++) queue->returned[queue->n_returned++] = held->units[i];
  queue->n_in_flight -= held->n;
  held->n = 0;
  held->lost = true;
  queue->n_live--;
}

size_t rww_queue_count_held(const rww_queue *queue, size_t worker) {
  return queue->workers[worker].n;
}

bool rww_queue_is_finished(const rww_queue *queue) {
  return queue->n_in_flight == 0 && queue->n_returned == 0 && queue->n_done >= rww_queue_count_total(queue);
}

uint64_t rww_queue_count_done(const rww_queue *queue) {
  return queue->n_done;
}

uint64_t rww_queue_count_total(const rww_queue *queue) {
  uint64_t total = 0;
  for (size_t s = 0; s < queue->n_sources; s++) total += queue->sources[s].count_total(queue->sources[s].self);
  return total;
}
