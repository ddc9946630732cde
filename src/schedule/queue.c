#include "schedule/queue.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

/* All workers together hold at most one part in so many of the work that is left, each its share of that, in so many
 * units (or more, where they would be too large), so that there is one to go on with while the next is on its way. */
#define N_ROUNDS 2
#define N_UNITS 2

/* How much of what is known of a worker's speed is kept with each further unit. */
#define MEMORY 0.75

typedef struct held_unit {
  rww_unit unit;
  size_t source;
  struct held_unit *next;
} held_unit;

/* First in, first out. */
typedef struct unit_list {
  held_unit *first, *last;
  size_t n;
  uint64_t n_lanes;
} unit_list;

typedef struct worker {
  unit_list held;
  size_t depth;
  bool waits;                    /* is in one of the queue's lists */
  struct worker *next, *before;  /* there */
  double recent_lanes, recent_s; /* of its latest units, older ones fading; recent_s 0: no unit yet */
} worker;

typedef struct worker_list {
  worker *first, *last;
} worker_list;

struct rww_queue {
  const rww_work_source *sources;
  size_t n_sources, n_workers, lane_step, max_lanes;
  worker *workers;            /* [n_workers] */
  worker_list empty, partial; /* workers to be given units: those who hold none, and those who hold some */
  unit_list returned;         /* by workers who left */
  size_t n_joined, n_rated, n_in_flight;
  double rates_per_s; /* lanes a second, the sum over workers with a rate */
  uint64_t n_done;
};

static void append_unit(unit_list *list, held_unit *held) {
  held->next = NULL;
  if (list->last)
    list->last->next = held;
  else
    list->first = held;
  list->last = held;
  list->n++;
  list->n_lanes += held->unit.n_lanes;
}

static held_unit *take_unit(unit_list *list) {
  held_unit *held = list->first;
  list->first = held->next;
  if (!list->first) list->last = NULL;
  list->n--;
  list->n_lanes -= held->unit.n_lanes;
  return held;
}

static void free_unit(held_unit *held) {
  rww_unit_free(&held->unit);
  free(held);
}

static void append_worker(worker_list *list, worker *who) {
  who->waits = true;
  who->next = NULL;
  who->before = list->last;
  if (list->last)
    list->last->next = who;
  else
    list->first = who;
  list->last = who;
}

static void remove_worker(worker_list *list, worker *who) {
  who->waits = false;
  *(who->before ? &who->before->next : &list->first) = who->next;
  *(who->next ? &who->next->before : &list->last) = who->before;
}

static worker_list *get_list(rww_queue *queue, const worker *who) {
  return who->held.n == 0 ? &queue->empty : &queue->partial;
}

rww_status rww_queue_create(const rww_work_source *sources, size_t n_sources, size_t n_workers, size_t lane_step,
                            size_t max_lanes, rww_queue **queue) {
  rww_queue *made;
  RWW_TRY(RWW_NEW(&made, 1));
  *made = (rww_queue){.sources = sources,
                      .n_sources = n_sources,
                      .n_workers = n_workers,
                      .lane_step = lane_step > 0 ? lane_step : 1,
                      .max_lanes = max_lanes > 0 ? max_lanes : 1};
  rww_status status = RWW_NEW(&made->workers, n_workers);
  if (status == RWW_OK)
    *queue = made;
  else
    free(made);
  return status;
}

void rww_queue_destroy(rww_queue *queue) {
  if (!queue) return;
  for (size_t w = 0; w < queue->n_workers; w++)
    while (queue->workers[w].held.n > 0) free_unit(take_unit(&queue->workers[w].held));
  while (queue->returned.n > 0) free_unit(take_unit(&queue->returned));
  free(queue->workers);
  free(queue);
}

void rww_queue_join(rww_queue *queue, size_t worker_index, size_t depth) {
  worker *who = &queue->workers[worker_index];
  who->depth = depth;
  queue->n_joined++;
  append_worker(&queue->empty, who);
}

static double get_rate(const worker *who) {
  return who->recent_s > 0 ? who->recent_lanes / who->recent_s : 0;
}

static void forget_rate(rww_queue *queue, const worker *who) {
  if (!(who->recent_s > 0)) return;
  queue->rates_per_s -= get_rate(who);
  queue->n_rated--;
}

static void rate(rww_queue *queue, worker *who, size_t n_lanes, double elapsed_s) {
  if (!(elapsed_s > 0)) return;
  forget_rate(queue, who);
  who->recent_lanes = MEMORY * who->recent_lanes + (double)n_lanes;
  who->recent_s = MEMORY * who->recent_s + elapsed_s;
  queue->rates_per_s += get_rate(who);
  queue->n_rated++;
}

/* Compared with the average worker, 1. */
static double get_relative_speed(const rww_queue *queue, const worker *who) {
  return who->recent_s > 0 ? get_rate(who) * (double)queue->n_rated / queue->rates_per_s : 1;
}

static uint64_t count_left(const rww_queue *queue) {
  uint64_t left = queue->returned.n_lanes;
  for (size_t s = 0; s < queue->n_sources; s++) left += queue->sources[s].count_available(queue->sources[s].self);
  return left;
}

/* Lanes of the worker's next unit; 0 where it holds enough. */
static size_t choose_lanes(const rww_queue *queue, const worker *who, uint64_t n_left) {
  double speed = get_relative_speed(queue, who), step = (double)queue->lane_step;
  double share = (double)n_left * speed / (N_ROUNDS * (double)queue->n_joined) - (double)who->held.n_lanes;
  if (share < step && who->held.n > 0) return 0;
  double wanted = fmin(who->held.n > 0 ? share : share / N_UNITS, (double)queue->max_lanes * fmin(speed, 1));
  size_t n = queue->lane_step * (size_t)fmax(wanted / step, 1);
  return n < queue->max_lanes ? n : queue->max_lanes;
}

static rww_status draw(rww_queue *queue, size_t max_lanes, held_unit **drawn) {
  held_unit *held;
  bool available = false;
  rww_status status = RWW_OK;
  *drawn = NULL;
  RWW_TRY(RWW_NEW(&held, 1));
  for (size_t s = 0; s < queue->n_sources && status == RWW_OK && !available; s++) {
    held->source = s;
    status = queue->sources[s].next(queue->sources[s].self, max_lanes, &available, &held->unit);
  }
  if (status == RWW_OK && available)
    *drawn = held;
  else
    free(held);
  return status;
}

/* Returned units go first, whole. */
static rww_status find_unit(rww_queue *queue, size_t max_lanes, held_unit **found) {
  if (queue->returned.n == 0) return draw(queue, max_lanes, found);
  *found = take_unit(&queue->returned);
  return RWW_OK;
}

static rww_status give(rww_queue *queue, worker *who, size_t max_lanes, const rww_unit **unit) {
  held_unit *held;
  RWW_TRY(find_unit(queue, max_lanes, &held));
  if (!held) return RWW_OK;
  remove_worker(get_list(queue, who), who);
  append_unit(&who->held, held);
  queue->n_in_flight++;
  if (who->held.n < who->depth) append_worker(&queue->partial, who);
  *unit = &held->unit;
  return RWW_OK;
}

rww_status rww_queue_decide(rww_queue *queue, size_t *worker_index, const rww_unit **unit) {
  uint64_t n_left = count_left(queue);
  *unit = NULL;
  while (n_left > 0) {
    worker *who = queue->empty.first ? queue->empty.first : queue->partial.first;
    if (!who) return RWW_OK;
    *worker_index = (size_t)(who - queue->workers);
    size_t n_lanes = choose_lanes(queue, who, n_left);
    if (n_lanes > 0) return give(queue, who, n_lanes, unit);
    remove_worker(&queue->partial, who); /* until its next results */
  }
  return RWW_OK;
}

static bool are_results_of(const rww_unit *unit, const rww_result *results, size_t n) {
  if (n != unit->n_lanes) return false;
  for (size_t lane = 0; lane < n; lane++)
    if (results[lane].row != unit->rows[lane]) return false;
  return true;
}

rww_status rww_queue_digest(rww_queue *queue, size_t worker_index, const rww_result *results, size_t n,
                            double elapsed_s) {
  worker *who = &queue->workers[worker_index];
  if (who->held.n == 0 || !are_results_of(&who->held.first->unit, results, n))
    return rww_raise(RWW_ERR_COMM, "worker %zu returned %zu results that it was not asked for", worker_index, n);
  if (who->waits) remove_worker(get_list(queue, who), who);
  held_unit *held = take_unit(&who->held);
  const rww_work_source *source = &queue->sources[held->source];
  free_unit(held);
  append_worker(get_list(queue, who), who);
  rate(queue, who, n, elapsed_s);
  queue->n_in_flight--;
  queue->n_done += n;
  return source->digest(source->self, results, n);
}

void rww_queue_leave(rww_queue *queue, size_t worker_index) {
  worker *who = &queue->workers[worker_index];
  if (who->depth == 0) return;
  if (who->waits) remove_worker(get_list(queue, who), who);
  queue->n_in_flight -= who->held.n;
  while (who->held.n > 0) append_unit(&queue->returned, take_unit(&who->held));
  forget_rate(queue, who);
  who->depth = 0;
  queue->n_joined--;
}

bool rww_queue_is_finished(const rww_queue *queue) {
  return queue->n_in_flight == 0 && count_left(queue) == 0;
}

size_t rww_queue_count_held(const rww_queue *queue, size_t worker_index) {
  return queue->workers[worker_index].held.n;
}

uint64_t rww_queue_count_done(const rww_queue *queue) {
  return queue->n_done;
}

uint64_t rww_queue_count_total(const rww_queue *queue) {
  uint64_t total = 0;
  for (size_t s = 0; s < queue->n_sources; s++) total += queue->sources[s].count_total(queue->sources[s].self);
  return total;
}
