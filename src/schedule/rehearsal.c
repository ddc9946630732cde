#include "schedule/rehearsal.h"

#include "base/memory.h"
#include "schedule/messages.h"
#include "schedule/queue.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More ranks are so many times these, each with the same share, and more lanes take as long as the others in between:
 * at the beginning and towards the end units are small. */
#define MOST_RANKS 500
#define MOST_BATCHES 20 /* a rank */

#define SAME_TIME 0.03 /* of a unit's, that equal ones may differ by */

typedef struct worker {
  const rww_unit *held[RWW_SCHEDULE_DEPTH]; /* [n_held], the oldest first, which is at work */
  size_t n_held;
  double elapsed_s, end_s; /* of the oldest */
  uint64_t n_units;
} worker;

typedef struct rehearsal {
  const rww_unit_sizes *sizes;
  const rww_unit_times *times;
  double seed_s;
  uint64_t n_lanes, n_given, n_seeds;
  bool in_steps;
  rww_queue *queue;
  worker *workers; /* [n_ranks] */
  size_t n_ranks;
  double now_s; /* of the leader */
  bool heard;   /* the last results that came just as the leader listened */
  size_t n_idle, n_most_lanes;
} rehearsal;

/* ---- the work: so many lanes, all at once ---- */

static rww_status next(void *context, size_t max_lanes, bool *available, rww_unit *unit) {
  rehearsal *self = context;
  uint64_t n = self->n_lanes - self->n_given;
  *available = n > 0;
  if (n == 0) return RWW_OK;
  RWW_TRY(rww_unit_create(0, n < max_lanes ? (size_t)n : max_lanes, 0, 0, unit));
  size_t n_places = rww_unit_count_places(self->sizes, unit->n_lanes);
  if (n_places > self->n_most_lanes) self->n_most_lanes = n_places;
  for (size_t lane = 0; lane < unit->n_lanes; lane++) unit->rows[lane] = self->n_given++;
  return RWW_OK;
}

static rww_status digest(void *context, const rww_result *results, size_t n) {
  (void)context, (void)results, (void)n;
  return RWW_OK;
}

static uint64_t count_available(const void *context) {
  const rehearsal *self = context;
  return self->n_lanes - self->n_given;
}

static uint64_t count_total(const void *context) {
  return ((const rehearsal *)context)->n_lanes;
}

/* ---- ranks ---- */

static size_t count_steps(const rehearsal *self, size_t n_lanes) {
  return (n_lanes + self->sizes->lane_step - 1) / self->sizes->lane_step;
}

/* What is no full unit takes as long as its first step, and for further ones their part of the rest of one. */
static double get_unit_s(const rehearsal *self, size_t n_lanes) {
  const rww_unit_times *times = self->times;
  if (n_lanes <= self->sizes->lone_lanes) return (double)n_lanes * times->lone_s;
  size_t n_full = count_steps(self, times->n_lanes), n_steps = count_steps(self, n_lanes), n_over = n_steps % n_full;
  double full_s = (double)(n_steps / n_full) * times->unit_s;
  if (n_over == 0) return full_s;
  return full_s + times->step_s + (double)(n_over - 1) / (double)(n_full - 1) * (times->unit_s - times->step_s);
}

/* A rank meets at most as many seeds as it gets units. */
static void start_oldest(const rehearsal *self, worker *who, double begin_s) {
  double seeds_s = who->n_units < self->n_seeds ? self->seed_s : 0;
  who->elapsed_s = seeds_s + get_unit_s(self, who->held[0]->n_lanes);
  who->end_s = begin_s + who->elapsed_s;
  who->n_units++;
}

static rww_status give_units(rehearsal *self) {
  for (;;) {
    size_t rank;
    const rww_unit *unit;
    RWW_TRY(rww_queue_decide(self->queue, &rank, &unit));
    if (!unit) return RWW_OK;
    worker *who = &self->workers[rank];
    who->held[who->n_held++] = unit;
    if (rank > 0 && who->n_held == 1) start_oldest(self, who, self->now_s);
  }
}

/* The other rank whose unit ends first; 0: none has any. */
static size_t find_earliest(const rehearsal *self) {
  size_t earliest = 0;
  for (size_t rank = 1; rank < self->n_ranks; rank++)
    if (self->workers[rank].n_held > 0 && (!earliest || self->workers[rank].end_s < self->workers[earliest].end_s))
      earliest = rank;
  return earliest;
}

static rww_status digest_oldest(rehearsal *self, size_t rank, double elapsed_s) {
  worker *who = &self->workers[rank];
  size_t n = who->held[0]->n_lanes;
  rww_result *results;
  RWW_TRY(RWW_NEW(&results, n));
  for (size_t lane = 0; lane < n; lane++) results[lane].row = who->held[0]->rows[lane];
  rww_status status = rww_queue_digest(self->queue, rank, results, n, elapsed_s);
  free(results);
  memmove(who->held, who->held + 1, --who->n_held * sizeof *who->held);
  return status;
}

static rww_status take_results(rehearsal *self, size_t rank) {
  worker *who = &self->workers[rank];
  self->now_s = fmax(self->now_s, who->end_s);
  RWW_TRY(digest_oldest(self, rank, who->elapsed_s));
  if (who->n_held > 0) start_oldest(self, who, who->end_s);
  return RWW_OK;
}

/* Meanwhile it hears nobody. */
static rww_status compute_as_leader(rehearsal *self) {
  worker *leader = &self->workers[0];
  start_oldest(self, leader, self->now_s);
  self->now_s = leader->end_s;
  return digest_oldest(self, 0, leader->elapsed_s);
}

/* Whether the leader hears of a unit that ends then before it computes one of its own. Equal units end almost in the
 * same instant, and then it is a matter of luck: every other time. */
static bool is_heard(rehearsal *self, const worker *who) {
  if (fabs(who->end_s - self->now_s) > SAME_TIME * who->elapsed_s) return who->end_s < self->now_s;
  return self->heard = !self->heard;
}

static rww_status run(rehearsal *self) {
  bool leader_computes = self->n_ranks <= RWW_COMPUTING_LEADER_MAX_RANKS;
  if (leader_computes) rww_queue_join(self->queue, 0, 1);
  for (size_t rank = 1; rank < self->n_ranks; rank++) rww_queue_join(self->queue, rank, RWW_SCHEDULE_DEPTH);
  while (!rww_queue_is_finished(self->queue)) {
    RWW_TRY(give_units(self));
    size_t earliest = find_earliest(self);
    bool computes = self->workers[0].n_held > 0;
    if (earliest && (!computes || is_heard(self, &self->workers[earliest])))
      RWW_TRY(take_results(self, earliest));
    else
      RWW_TRY(compute_as_leader(self));
  }
  for (size_t rank = !leader_computes; rank < self->n_ranks; rank++) self->n_idle += self->workers[rank].n_units == 0;
  return RWW_OK;
}

static rww_status rehearse(rehearsal *self, double *wall_s) {
  const rww_work_source source = {self, next, digest, count_available, count_total, self->in_steps, NULL};
  RWW_TRY(RWW_NEW(&self->workers, self->n_ranks));
  rww_status status = rww_queue_create(&source, 1, self->n_ranks, self->sizes, &self->queue);
  if (status == RWW_OK) status = run(self);
  rww_queue_destroy(self->queue);
  free(self->workers);
  *wall_s = self->now_s;
  return status;
}

/* ---- what it comes to ---- */

static rww_status rehearse_lanes(rehearsal of, uint64_t n_lanes, size_t n_ranks, rww_cost *cost) {
  double scale = fmax(1, (double)n_ranks / MOST_RANKS), n_full = (double)of.sizes->max_lanes;
  of.n_ranks = (size_t)ceil((double)n_ranks / scale);
  double n = ceil((double)n_lanes / scale), most = MOST_BATCHES * n_full * (double)of.n_ranks;
  of.n_lanes = (uint64_t)fmin(n, most);
  RWW_TRY(rehearse(&of, &cost->wall_s));
  cost->wall_s += fmax(n - most, 0) / (n_full * (double)of.n_ranks) * get_unit_s(&of, of.sizes->max_lanes);
  cost->n_idle_ranks = (size_t)((double)of.n_idle * scale);
  cost->n_most_lanes = of.n_most_lanes;
  return RWW_OK;
}

static uint64_t count_units(const rww_unit_sizes *sizes, uint64_t n_lanes) {
  return n_lanes / sizes->max_lanes + (n_lanes % sizes->max_lanes != 0);
}

rww_status rww_rehearse_points(const rww_unit_sizes *sizes, const rww_speed *speed, uint64_t n_points, uint64_t n_seeds,
                               size_t n_ranks, rww_cost *cost) {
  rehearsal of = {.sizes = sizes, .times = &speed->of_losses, .seed_s = speed->seed_s, .n_seeds = n_seeds};
  *cost = (rww_cost){.n_units = count_units(sizes, n_points)};
  if (n_points == 0) return RWW_OK;
  RWW_TRY(rehearse_lanes(of, n_points, n_ranks, cost));
  cost->core_s = cost->wall_s * (double)n_ranks;
  return RWW_OK;
}

rww_status rww_rehearse_steps(const rww_unit_sizes *sizes, const rww_speed *speed, uint64_t n_steps, uint64_t n_lanes,
                              uint64_t n_seeds, size_t n_ranks, rww_cost *cost) {
  rehearsal of = {.sizes = sizes, .times = &speed->of_gradients, .in_steps = true};
  *cost = (rww_cost){.n_units = n_steps * count_units(sizes, n_lanes)};
  if (n_steps == 0 || n_lanes == 0) return RWW_OK;
  RWW_TRY(rehearse_lanes(of, n_lanes, n_ranks, cost));
  cost->wall_s = (double)n_steps * cost->wall_s + speed->seed_s * (double)n_seeds;
  cost->core_s = cost->wall_s * (double)n_ranks;
  return RWW_OK;
}
