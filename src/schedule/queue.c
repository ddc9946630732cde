#include "schedule/queue.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

/* Many workers together hold at most one part in so many of the work that is left, each its share of that, in so many
 * units (or more, where they would be too large), so that there is one to go on with while the next is on its way. */
#define N_ROUNDS 2
#define N_UNITS 2

/* How much of what is known of a worker's speed is kept with each further unit. */
#define MEMORY 0.75

/* The following were chosen with benchmarks/schedule_simulation, whose README has the figures. */

#define LONE_COST 2 /* of a lane that goes by itself, measured against one of a full batch */

/* A worker whose speed is not known yet may be ten times slower than the others: a share for such a one. */
#define UNKNOWN_SPEED 0.1

/* A batch may take several times as long as usual, and in the end everybody waits for it. Therefore a worker with fewer
 * whole batches than these before it gets parts of them, with less than one its lanes go one by one though each takes
 * longer so, and it keeps a unit waiting only while there are N_ROUNDS of them for everybody. The fewer workers there
 * are, the less likely is a late one: with fewer than 2^8 all this is done in part. */
#define WHOLE_BATCHES 4
#define LATE_WORKERS_LOG2 8

/* A unit may take so many times as long as expected: what a slow worker must not be given towards the end. */
#define STRETCH 3

/* What a unit, and each of its lanes, takes of the leader's time where there are many workers, and the part of its time
 * that it may spend so. Where the lanes alone take nearly all of it, units get long. */
#define LEADER_UNIT_S 5e-6
#define LEADER_LANE_S 5e-8
#define LEADER_SHARE 0.9
#define LEADER_LEAST_SHARE 0.1
#define FIRST_RATE_PER_S 100 /* lanes of a worker a second, as long as nothing is known */

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

typedef struct worker_list {
  struct worker *first, *last;
} worker_list;

typedef struct worker {
  unit_list held;
  size_t depth;
  struct worker_list *list;     /* of the queue's, that it is in; NULL: none */
  struct worker *next, *before; /* there */
  double recent_work, recent_s; /* of its latest units, older ones fading; recent_s 0: no unit yet */
} worker;

/* What is done of a source. */
typedef struct tally {
  uint64_t n_lanes;
  double busy_s;
} tally;

struct rww_queue {
  const rww_work_source *sources;
  tally *done; /* [n_sources] */
  size_t n_sources, n_workers;
  rww_unit_sizes sizes;
  worker *workers;            /* [n_workers] */
  worker_list empty, partial; /* workers to be given units: those who hold none, and those who hold some */
  worker_list parked;         /* who hold none, and are too slow for what is left */
  unit_list returned;         /* by workers who left */
  size_t n_joined, n_rated, n_in_flight;
  uint64_t n_lanes_in_flight;
  double rates_per_s; /* work a second, the sum over workers with a rate */
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
  who->list = list;
  who->next = NULL;
  who->before = list->last;
  if (list->last)
    list->last->next = who;
  else
    list->first = who;
  list->last = who;
}

/* From the list that it is in, if any. */
static void remove_worker(worker *who) {
  if (!who->list) return;
  *(who->before ? &who->before->next : &who->list->first) = who->next;
  *(who->next ? &who->next->before : &who->list->last) = who->before;
  who->list = NULL;
}

rww_status rww_queue_create(const rww_work_source *sources, size_t n_sources, size_t n_workers,
                            const rww_unit_sizes *sizes, rww_queue **queue) {
  rww_queue *made;
  RWW_TRY(RWW_NEW(&made, 1));
  *made = (rww_queue){.sources = sources, .n_sources = n_sources, .n_workers = n_workers, .sizes = *sizes};
  rww_status status = RWW_NEW(&made->workers, n_workers);
  if (status == RWW_OK) status = RWW_NEW(&made->done, n_sources);
  if (status == RWW_OK)
    *queue = made;
  else
    rww_queue_destroy(made);
  return status;
}

void rww_queue_destroy(rww_queue *queue) {
  if (!queue) return;
  for (size_t w = 0; w < queue->n_workers && queue->workers; w++)
    while (queue->workers[w].held.n > 0) free_unit(take_unit(&queue->workers[w].held));
  while (queue->returned.n > 0) free_unit(take_unit(&queue->returned));
  free(queue->workers);
  free(queue->done);
  free(queue);
}

void rww_queue_join(rww_queue *queue, size_t worker_index, size_t depth) {
  worker *who = &queue->workers[worker_index];
  who->depth = depth;
  queue->n_joined++;
  append_worker(&queue->empty, who);
}

/* A unit's work in lanes of full batches, as far as its size tells. */
static double get_work(const rww_unit_sizes *sizes, size_t n_lanes) {
  double places = (double)rww_unit_count_places(sizes, n_lanes);
  return n_lanes <= sizes->lone_lanes ? LONE_COST * places : places;
}

static bool is_rated(const worker *who) {
  return who->recent_s > 0;
}

static double get_rate(const worker *who) {
  return who->recent_work / who->recent_s;
}

static void forget_rate(rww_queue *queue, const worker *who) {
  if (!is_rated(who)) return;
  queue->rates_per_s -= get_rate(who);
  queue->n_rated--;
}

static void rate(rww_queue *queue, worker *who, double work, double elapsed_s) {
  if (!(elapsed_s > 0)) return;
  forget_rate(queue, who);
  who->recent_work = MEMORY * who->recent_work + work;
  who->recent_s = MEMORY * who->recent_s + elapsed_s;
  queue->rates_per_s += get_rate(who);
  queue->n_rated++;
}

/* Compared with the average worker, 1. */
static double get_relative_speed(const rww_queue *queue, const worker *who) {
  return is_rated(who) ? get_rate(who) * (double)queue->n_rated / queue->rates_per_s : 1;
}

static uint64_t count_available(const rww_work_source *source) {
  return source->count_available(source->self);
}

/* The source whose next lanes must be computed with nothing else in flight; NULL: none. */
static const rww_work_source *find_loner(const rww_queue *queue) {
  for (size_t s = 0; s < queue->n_sources; s++) {
    const rww_work_source *source = &queue->sources[s];
    if (source->wants_alone && source->wants_alone(source->self)) return source;
  }
  return NULL;
}

/* A loner waits for what is in flight, and until it has come back everything else waits for it. */
static uint64_t count_left(const rww_queue *queue) {
  uint64_t left = queue->returned.n_lanes;
  const rww_work_source *loner = find_loner(queue);
  if (loner) return left + (left + queue->n_in_flight == 0 ? count_available(loner) : 0);
  for (size_t s = 0; s < queue->n_sources; s++) left += count_available(&queue->sources[s]);
  return left;
}

static bool are_next_in_steps(const rww_queue *queue) {
  for (size_t s = 0; s < queue->n_sources && queue->returned.n == 0; s++)
    if (count_available(&queue->sources[s]) > 0) return queue->sources[s].in_steps;
  return false;
}

/* Lanes of an average worker a second. */
static double get_mean_rate(const rww_queue *queue) {
  return queue->n_rated > 0 ? queue->rates_per_s / (double)queue->n_rated : FIRST_RATE_PER_S;
}

/* From 0 to 1, of many workers. */
static double get_risk_of_lateness(const rww_queue *queue) {
  return fmin(log2((double)queue->n_joined) / LATE_WORKERS_LOG2, 1);
}

/* Lanes that an average worker's unit must have so that the leader can keep up with all workers. */
static double get_affordable_lanes(const rww_queue *queue) {
  double lanes_per_s = get_mean_rate(queue) * (double)queue->n_joined;
  return lanes_per_s * LEADER_UNIT_S / fmax(LEADER_SHARE - lanes_per_s * LEADER_LANE_S, LEADER_LEAST_SHARE);
}

/* Whether the leader can give out lanes one by one: for good, or all that are left while a batch is computed. */
static bool can_go_alone(const rww_queue *queue, uint64_t n_left, double affordable) {
  double batch_s = (double)queue->sizes.lane_step / get_mean_rate(queue);
  if (queue->sizes.lone_lanes == 0) return false;
  return affordable <= LONE_COST * (double)queue->sizes.lone_lanes || (double)n_left * LEADER_UNIT_S <= batch_s;
}

/* Others would have done all that is left before it had done so much more work. */
static bool is_too_slow(const rww_queue *queue, const worker *who, uint64_t n_left, double work) {
  double rest = ((double)n_left + (double)queue->n_lanes_in_flight / 2) / (double)queue->n_joined;
  double lag = ((double)who->held.n_lanes + work) * (1 / get_relative_speed(queue, who) - 1);
  return queue->n_in_flight > 0 && STRETCH * lag > rest;
}

/* So few lanes are left, `due` of them to the worker, that they had better go one by one. Those of a step come again
 * with the next one: they do where a worker's share of all of them takes no longer than a batch. */
static bool are_few(const rww_queue *queue, const worker *who, uint64_t n_left, double due) {
  double step = (double)queue->sizes.lane_step, n_of_step = (double)(n_left + queue->n_lanes_in_flight);
  if (are_next_in_steps(queue)) return LONE_COST * n_of_step <= step * (double)queue->n_joined;
  return due < get_risk_of_lateness(queue) * step || is_too_slow(queue, who, n_left, step);
}

/* Whole batches cost least a lane, as long as the worker's part of all that is not done has one of a step, where all
 * come back together; elsewhere so many that waiting for the last of them costs less. */
static double choose_step(const rww_queue *queue, const worker *who, uint64_t n_left, double speed) {
  double part = (double)(n_left + queue->n_lanes_in_flight) * speed / (double)queue->n_joined;
  double n_whole = are_next_in_steps(queue) ? 1 : fmax(1, WHOLE_BATCHES * get_risk_of_lateness(queue));
  size_t max_lanes = queue->sizes.max_lanes;
  bool are_left = part - (double)who->held.n_lanes >= n_whole * (double)max_lanes;
  return (double)(are_left ? max_lanes : queue->sizes.lane_step);
}

/* Lanes of the worker's next unit; 0 where it holds enough, or is too slow. */
static size_t choose_lanes(const rww_queue *queue, const worker *who, uint64_t n_left) {
  const rww_unit_sizes *sizes = &queue->sizes;
  double speed = is_rated(who) ? get_relative_speed(queue, who) : UNKNOWN_SPEED;
  double held = (double)who->held.n_lanes, due = (double)n_left * speed / (double)queue->n_joined;
  double share = due / N_ROUNDS - held, most_held = due / (1 + (N_ROUNDS - 1) * get_risk_of_lateness(queue));
  double step = choose_step(queue, who, n_left, speed);
  double affordable = get_affordable_lanes(queue) * fmin(speed, 1);
  bool alone = are_few(queue, who, n_left, due) && can_go_alone(queue, n_left, affordable);
  double least = alone ? 1 : step;
  if (is_too_slow(queue, who, n_left, alone ? LONE_COST : step)) return 0;
  if (who->held.n > 0 && held + least > most_held) return 0;
  double most = alone ? (double)sizes->lone_lanes : fmax((double)sizes->max_lanes * fmin(speed, 1), affordable);
  double wanted = fmax(who->held.n > 0 ? share : share / N_UNITS, affordable / (alone ? LONE_COST : 1));
  return (size_t)least * (size_t)fmax(fmin(wanted, most) / least, 1);
}

static rww_status draw(rww_queue *queue, size_t max_lanes, held_unit **drawn) {
  held_unit *held;
  bool available = false;
  rww_status status = RWW_OK;
  *drawn = NULL;
  held = calloc(1, sizeof *held); /* as rww_unit_create, and why */
  if (!held) return rww_raise(RWW_ERR_MEMORY, "out of memory for a unit");
  const rww_work_source *loner = find_loner(queue);
  for (size_t s = 0; s < queue->n_sources && status == RWW_OK && !available; s++) {
    if (loner && loner != &queue->sources[s]) continue;
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
  remove_worker(who);
  append_unit(&who->held, held);
  queue->n_in_flight++;
  queue->n_lanes_in_flight += held->unit.n_lanes;
  if (who->held.n < who->depth) append_worker(&queue->partial, who);
  *unit = &held->unit;
  return RWW_OK;
}

static worker *choose_worker(const rww_queue *queue) {
  if (queue->empty.first) return queue->empty.first;
  return queue->partial.first ? queue->partial.first : queue->parked.first;
}

/* Who gets nothing now waits for its next results, or, where it holds nothing, until nobody else is to be had. */
rww_status rww_queue_decide(rww_queue *queue, size_t *worker_index, const rww_unit **unit) {
  uint64_t n_left = count_left(queue);
  *unit = NULL;
  while (n_left > 0) {
    worker *who = choose_worker(queue);
    if (!who) return RWW_OK;
    *worker_index = (size_t)(who - queue->workers);
    size_t n_lanes = choose_lanes(queue, who, n_left);
    if (n_lanes > 0) return give(queue, who, n_lanes, unit);
    if (who->list == &queue->parked) return RWW_OK;
    remove_worker(who);
    if (who->held.n == 0) append_worker(&queue->parked, who);
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
  remove_worker(who);
  held_unit *held = take_unit(&who->held);
  const rww_work_source *source = &queue->sources[held->source];
  tally *done = &queue->done[held->source];
  free_unit(held);
  append_worker(who->held.n == 0 ? &queue->empty : &queue->partial, who);
  rate(queue, who, get_work(&queue->sizes, n), elapsed_s);
  queue->n_in_flight--;
  queue->n_lanes_in_flight -= n;
  done->n_lanes += n;
  done->busy_s += elapsed_s;
  return source->digest(source->self, results, n);
}

void rww_queue_leave(rww_queue *queue, size_t worker_index) {
  worker *who = &queue->workers[worker_index];
  if (who->depth == 0) return;
  remove_worker(who);
  queue->n_in_flight -= who->held.n;
  queue->n_lanes_in_flight -= who->held.n_lanes;
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

static tally sum_up(const rww_queue *queue) {
  tally all = {0};
  for (size_t s = 0; s < queue->n_sources; s++) {
    all.n_lanes += queue->done[s].n_lanes;
    all.busy_s += queue->done[s].busy_s;
  }
  return all;
}

uint64_t rww_queue_count_done(const rww_queue *queue) {
  return sum_up(queue).n_lanes;
}

double rww_queue_count_busy_s(const rww_queue *queue) {
  return sum_up(queue).busy_s;
}

static uint64_t count_total(const rww_work_source *source) {
  return source->count_total(source->self);
}

uint64_t rww_queue_count_total(const rww_queue *queue) {
  uint64_t total = 0;
  for (size_t s = 0; s < queue->n_sources; s++) total += count_total(&queue->sources[s]);
  return total;
}

double rww_queue_foretell_s(const rww_queue *queue) {
  tally all = sum_up(queue);
  double left_s = 0;
  uint64_t n_left = 0, n_unknown = 0;
  for (size_t s = 0; s < queue->n_sources; s++) {
    tally own = queue->done[s], like = own.n_lanes > 0 ? own : all;
    uint64_t n_own = count_total(&queue->sources[s]) - own.n_lanes;
    left_s += (double)n_own * like.busy_s / (double)like.n_lanes;
    n_left += n_own;
    n_unknown += own.n_lanes > 0 ? 0 : n_own;
  }
  return 2 * n_unknown > n_left ? NAN : left_s;
}
