#include "cluster.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/threefry.h"
#include "cluster_work.h"
#include "schedule/messages.h"
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_VALUES 2 /* free parameters of a lane, the size of a message */

/* ---- events, the earliest first; of two at the same time the older one ---- */

typedef enum event_kind {
  UNIT_ARRIVES,    /* at its worker */
  UNIT_ENDS,       /* there */
  RESULTS_ARRIVE,  /* at the leader */
  LEADER_IS_FREE,  /* to compute */
  RANK_DIES,       /* stops, or is cut off the network: the leader hears it no more */
  RANK_IS_GIVEN_UP /* by the leader */
} event_kind;

typedef struct event {
  double at_s;
  uint64_t order;
  event_kind kind;
  uint32_t rank;
  const rww_unit *unit; /* of the queue, valid as long as the rank is not given up */
  double elapsed_s;     /* of the unit */
} event;

typedef struct event_heap {
  event *events;
  size_t n, capacity;
  uint64_t n_ever;
} event_heap;

static bool comes_before(const event *a, const event *b) {
  return a->at_s < b->at_s || (a->at_s == b->at_s && a->order < b->order);
}

static rww_status push(event_heap *heap, event what) {
  if (heap->n == heap->capacity) {
    size_t capacity = heap->capacity ? 2 * heap->capacity : 1024;
    event *grown = realloc(heap->events, capacity * sizeof *grown);
    if (!grown) return rww_raise(RWW_ERR_MEMORY, "out of memory for %zu events", capacity);
    heap->events = grown;
    heap->capacity = capacity;
  }
  what.order = heap->n_ever++;
  size_t i = heap->n++;
  for (; i > 0 && comes_before(&what, &heap->events[(i - 1) / 2]); i = (i - 1) / 2)
    heap->events[i] = heap->events[(i - 1) / 2];
  heap->events[i] = what;
  return RWW_OK;
}

static event pop(event_heap *heap) {
  event first = heap->events[0], last = heap->events[--heap->n];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < heap->n; i = child) {
    if (child + 1 < heap->n && comes_before(&heap->events[child + 1], &heap->events[child])) child++;
    if (!comes_before(&heap->events[child], &last)) break;
    heap->events[i] = heap->events[child];
  }
  heap->events[i] = last;
  return first;
}

/* ---- the cluster ---- */

typedef struct rank {
  const rww_unit *waiting[RWW_SCHEDULE_DEPTH]; /* [n_waiting], the oldest first, one at work not counted */
  size_t n_waiting, bytes_held;                /* bytes_held: of its units, at the leader */
  bool computes, is_slow, is_cut_off, is_dead, is_given_up;
  double started_s, busy_s, died_s; /* started_s: of its first unit; negative: none yet */
} rank;

typedef struct cluster {
  const cluster_spec *spec;
  cluster_report *report;
  event_heap heap;
  cluster_work work;
  rww_queue *queue;
  rank *ranks; /* [n_ranks] */
  rww_result *results;
  size_t results_capacity;
  const rww_unit *own; /* to be computed by the leader itself */
  double leader_free_s, leader_busy_s, clock_s;
  size_t bytes_held;
  uint64_t n_drawn;
} cluster;

/* On [0, 1). */
static double draw(cluster *self) {
  return (double)(rww_threefry(self->spec->seed, self->n_drawn++) >> 11) * 0x1p-53;
}

static double draw_tail(cluster *self) {
  return 1 + fmin(self->spec->tail_scale * (1 / sqrt(1 - draw(self)) - 1), self->spec->tail_cut);
}

static double mean_tail(const cluster_spec *spec) {
  double a = spec->tail_scale;
  return a > 0 ? 1 + a * (1 - a / (a + spec->tail_cut)) : 1;
}

static double batch_s(cluster *self, double cost) {
  return self->spec->point_s * cost * draw_tail(self);
}

/* What the rank will need for the unit. */
static double draw_elapsed_s(cluster *self, const rank *who, const rww_unit *unit) {
  const cluster_spec *spec = self->spec;
  double elapsed_s = 0, cost = unit->with_gradient ? spec->gradient_cost : 1;
  size_t left = unit->n_lanes, half = spec->batch_lanes / 2;
  for (; left > half; left -= left < spec->batch_lanes ? left : spec->batch_lanes)
    elapsed_s += batch_s(self, cost * (double)spec->batch_lanes);
  for (; left > spec->lone_lanes; left = 0) elapsed_s += batch_s(self, cost * spec->half_cost * (double)half);
  for (; left > 0; left--) elapsed_s += batch_s(self, cost * spec->lone_cost);
  return elapsed_s * (who->is_slow ? spec->slow_factor : 1);
}

static double transfer_s(const cluster *self, size_t n_bytes) {
  return self->spec->latency_s + (double)n_bytes / self->spec->bytes_per_s;
}

static size_t unit_bytes(const rww_unit *unit) {
  return sizeof *unit + unit->n_lanes * (2 + unit->n_value_rows) * 8;
}

static void note(cluster *self, uint64_t what) {
  self->report->fingerprint = rww_threefry(self->report->fingerprint, what);
}

/* ---- workers ---- */

static rww_status start_unit(cluster *self, uint32_t index, double now_s) {
  rank *who = &self->ranks[index];
  if (who->computes || who->n_waiting == 0 || who->is_dead) return RWW_OK;
  const rww_unit *unit = who->waiting[0];
  memmove(who->waiting, who->waiting + 1, --who->n_waiting * sizeof *who->waiting);
  who->computes = true;
  if (who->started_s < 0) {
    who->started_s = now_s;
    self->report->started_s = fmax(self->report->started_s, now_s);
  }
  double elapsed_s = draw_elapsed_s(self, who, unit);
  return push(&self->heap, (event){now_s + elapsed_s, 0, UNIT_ENDS, index, unit, elapsed_s});
}

static rww_status take_unit(cluster *self, const event *now) {
  rank *who = &self->ranks[now->rank];
  if (who->is_dead || who->is_cut_off) return RWW_OK;
  if (who->n_waiting == RWW_SCHEDULE_DEPTH) return rww_raise(RWW_ERR_COMM, "rank %u was given too much", now->rank);
  who->waiting[who->n_waiting++] = now->unit;
  return start_unit(self, now->rank, now->at_s);
}

/* Who is cut off computes on; what it sends arrives long after it has been given up. */
static rww_status end_unit(cluster *self, const event *now) {
  rank *who = &self->ranks[now->rank];
  if (who->is_dead) return RWW_OK;
  who->computes = false;
  double late_s = who->is_cut_off ? 2 * self->spec->silence_s : 0;
  if (who->is_cut_off) {
    who->n_waiting = 0;
  } else {
    who->busy_s += now->elapsed_s;
    self->report->end_s = fmax(self->report->end_s, now->at_s);
  }
  size_t n_bytes = who->is_given_up ? 0 : now->unit->n_lanes * sizeof(rww_result);
  event results = {
      now->at_s + late_s + transfer_s(self, n_bytes), 0, RESULTS_ARRIVE, now->rank, now->unit, now->elapsed_s};
  RWW_TRY(push(&self->heap, results));
  return start_unit(self, now->rank, now->at_s);
}

static rww_status lose_rank(cluster *self, const event *now) {
  rank *who = &self->ranks[now->rank];
  if (rww_queue_is_finished(self->queue)) return RWW_OK;
  self->report->n_dead++;
  who->died_s = now->at_s;
  if (draw(self) < 0.5)
    who->is_cut_off = true;
  else
    who->is_dead = true;
  return push(&self->heap, (event){now->at_s + self->spec->silence_s, 0, RANK_IS_GIVEN_UP, now->rank, NULL, 0});
}

/* ---- the leader: one message after the other, as they come ---- */

static void occupy_leader(cluster *self, double now_s, double cost_s) {
  self->leader_free_s = fmax(self->leader_free_s, now_s) + cost_s;
  self->leader_busy_s += cost_s;
}

static rww_status decide(cluster *self, size_t *index, const rww_unit **unit) {
  double begin_s = rww_clock_s();
  rww_status status = rww_queue_decide(self->queue, index, unit);
  self->clock_s += rww_clock_s() - begin_s;
  return status;
}

/* Half of what a unit costs is due when it is sent, half when its results come. */
static rww_status give_units(cluster *self) {
  const cluster_spec *spec = self->spec;
  for (;;) {
    size_t index;
    const rww_unit *unit;
    RWW_TRY(decide(self, &index, &unit));
    if (!unit) return RWW_OK;
    note(self, index << 32 | unit->n_lanes);
    self->bytes_held += unit_bytes(unit);
    self->ranks[index].bytes_held += unit_bytes(unit);
    if (self->bytes_held > self->report->most_bytes_held) self->report->most_bytes_held = self->bytes_held;
    if (index == 0) {
      self->own = unit;
      continue;
    }
    occupy_leader(self, 0, (spec->leader_unit_s + spec->leader_lane_s * (double)unit->n_lanes) / 2);
    double at_s = self->leader_free_s + transfer_s(self, unit_bytes(unit));
    RWW_TRY(push(&self->heap, (event){at_s, 0, UNIT_ARRIVES, (uint32_t)index, unit, 0}));
  }
}

static rww_status act(cluster *self) {
  RWW_TRY(give_units(self));
  if (!self->own) return RWW_OK;
  return push(&self->heap, (event){self->leader_free_s, 0, LEADER_IS_FREE, 0, NULL, 0});
}

static rww_status fill_results(cluster *self, const rww_unit *unit) {
  if (unit->n_lanes > self->results_capacity) {
    free(self->results);
    self->results_capacity = 2 * unit->n_lanes;
    RWW_TRY(RWW_NEW(&self->results, self->results_capacity));
  }
  for (size_t lane = 0; lane < unit->n_lanes; lane++) self->results[lane].row = unit->rows[lane];
  return RWW_OK;
}

static rww_status digest(cluster *self, uint32_t index, const rww_unit *unit, double elapsed_s) {
  size_t n = unit->n_lanes;
  RWW_TRY(fill_results(self, unit));
  self->bytes_held -= unit_bytes(unit);
  self->ranks[index].bytes_held -= unit_bytes(unit);
  double begin_s = rww_clock_s();
  rww_status status = rww_queue_digest(self->queue, index, self->results, n, elapsed_s);
  self->clock_s += rww_clock_s() - begin_s;
  self->report->n_units++;
  self->report->n_lanes += n;
  return status;
}

/* Late results are to be refused, whatever they are. */
static rww_status refuse(cluster *self, uint32_t index) {
  rww_result result = {0};
  self->report->n_refused++;
  if (rww_queue_digest(self->queue, index, &result, 1, 1) == RWW_ERR_COMM) return RWW_OK;
  return rww_raise(RWW_ERR_SHAPE, "results of rank %u were taken after it had been given up", index);
}

static rww_status take_results(cluster *self, const event *now) {
  if (self->ranks[now->rank].is_given_up) return refuse(self, now->rank);
  const cluster_spec *spec = self->spec;
  occupy_leader(self, now->at_s, (spec->leader_unit_s + spec->leader_lane_s * (double)now->unit->n_lanes) / 2);
  RWW_TRY(digest(self, now->rank, now->unit, now->elapsed_s));
  return act(self);
}

/* It hears nobody until its unit is done, and takes its own results first. */
static rww_status compute_as_leader(cluster *self, const event *now) {
  rank *leader = &self->ranks[0];
  const rww_unit *unit = self->own;
  if (!unit || self->leader_free_s > now->at_s) return RWW_OK; /* something came in between */
  double elapsed_s = draw_elapsed_s(self, leader, unit);
  if (leader->started_s < 0) leader->started_s = now->at_s;
  leader->busy_s += elapsed_s;
  self->own = NULL;
  self->leader_free_s = now->at_s + elapsed_s;
  self->report->end_s = fmax(self->report->end_s, self->leader_free_s);
  RWW_TRY(digest(self, 0, unit, elapsed_s));
  return act(self);
}

static rww_status give_up(cluster *self, const event *now) {
  rank *who = &self->ranks[now->rank];
  who->is_given_up = true;
  self->bytes_held -= who->bytes_held;
  occupy_leader(self, now->at_s, 0);
  rww_queue_leave(self->queue, now->rank);
  return act(self);
}

static rww_status (*const handle[])(cluster *self, const event *now) = {
    [UNIT_ARRIVES] = take_unit,           [UNIT_ENDS] = end_unit,  [RESULTS_ARRIVE] = take_results,
    [LEADER_IS_FREE] = compute_as_leader, [RANK_DIES] = lose_rank, [RANK_IS_GIVEN_UP] = give_up,
};

/* ---- a run ---- */

/* Without waiting, and without the points that dying ranks take with them; a restart's steps follow each other. */
static double ideal_s(const cluster_spec *spec, const cluster *self) {
  double speed = 0, tail = mean_tail(spec), gradients = (double)(spec->n_restarts * spec->n_steps);
  bool leads_only = spec->n_ranks > RWW_COMPUTING_LEADER_MAX_RANKS;
  for (size_t r = leads_only; r < spec->n_ranks; r++) speed += self->ranks[r].is_slow ? 1 / spec->slow_factor : 1;
  double work_s = spec->point_s * tail * ((double)spec->n_points + spec->gradient_cost * gradients);
  double chain_s = spec->point_s * tail * spec->gradient_cost * spec->lone_cost * (double)spec->n_steps;
  return fmax(work_s / speed, spec->n_restarts > 0 ? chain_s : 0);
}

static double end_of(const cluster *self, const rank *who) {
  return who->is_dead || who->is_cut_off ? fmin(who->died_s, self->report->end_s) : self->report->end_s;
}

static void sum_up(cluster *self) {
  cluster_report *report = self->report;
  double busy_s = 0, present_s = 0;
  for (size_t r = 0; r < self->spec->n_ranks; r++) {
    const rank *who = &self->ranks[r];
    if (who->started_s < 0 || end_of(self, who) <= who->started_s) continue;
    busy_s += who->busy_s;
    present_s += end_of(self, who) - who->started_s;
  }
  report->idle_share = 1 - busy_s / present_s;
  report->leader_share = self->leader_busy_s / report->end_s;
  report->decision_s = self->clock_s / (double)report->n_units;
  report->n_twice = self->work.n_twice;
  report->n_lost = cluster_work_count_rows(&self->work) - self->work.n_back;
}

/* Rank 0 is neither slow nor does it die, and neither does rank 1, so that there is somebody to go on. */
static rww_status choose_fates(cluster *self) {
  const cluster_spec *spec = self->spec;
  for (size_t r = 0; r < spec->n_ranks; r++) {
    self->ranks[r].started_s = -1;
    self->ranks[r].is_slow = draw(self) < spec->slow_share && r > 1;
  }
  self->report->ideal_s = ideal_s(spec, self);
  for (size_t r = 2; r < spec->n_ranks; r++) {
    double at_s = draw(self) * self->report->ideal_s;
    if (draw(self) < spec->dying_share) RWW_TRY(push(&self->heap, (event){at_s, 0, RANK_DIES, (uint32_t)r, NULL, 0}));
  }
  return RWW_OK;
}

static rww_status create_queue(cluster *self) {
  const cluster_spec *spec = self->spec;
  rww_unit_sizes sizes = {spec->batch_lanes, spec->batch_lanes / 2, spec->lone_lanes};
  size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  RWW_TRY(rww_queue_create(self->work.sources, CLUSTER_N_SOURCES, spec->n_ranks, &sizes, &self->queue));
  self->report->queue_bytes = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  if (spec->n_ranks <= RWW_COMPUTING_LEADER_MAX_RANKS) rww_queue_join(self->queue, 0, 1);
  for (size_t r = 1; r < spec->n_ranks; r++) rww_queue_join(self->queue, r, RWW_SCHEDULE_DEPTH);
  return RWW_OK;
}

static rww_status simulate(cluster *self) {
  const cluster_spec *spec = self->spec;
  RWW_TRY(cluster_work_create(spec->n_points, spec->n_restarts, spec->n_steps, &self->work));
  RWW_TRY(RWW_NEW(&self->ranks, spec->n_ranks));
  RWW_TRY(choose_fates(self));
  RWW_TRY(create_queue(self));
  RWW_TRY(act(self));
  while (self->heap.n > 0) {
    event now = pop(&self->heap);
    RWW_TRY(handle[now.kind](self, &now));
  }
  sum_up(self);
  return RWW_OK;
}

rww_status cluster_run(const cluster_spec *spec, cluster_report *report) {
  cluster self = {.spec = spec, .report = report};
  *report = (cluster_report){0};
  rww_status status = simulate(&self);
  rww_queue_destroy(self.queue);
  cluster_work_free(&self.work);
  free(self.ranks);
  free(self.results);
  free(self.heap.events);
  return status;
}

cluster_spec cluster_default(size_t n_ranks, uint64_t n_points, double point_s) {
  return (cluster_spec){.seed = 1,
                        .n_ranks = n_ranks,
                        .n_points = n_points,
                        .point_s = point_s,
                        .batch_lanes = 16,
                        .lone_lanes = 4,
                        .half_cost = 1.14,
                        .lone_cost = 2.0,
                        .gradient_cost = 2.5,
                        .tail_scale = 0.05,
                        .tail_cut = 3,
                        .slow_factor = 10,
                        .silence_s = 100 * point_s,
                        .latency_s = 2e-5,
                        .bytes_per_s = 1e9,
                        .leader_unit_s = 5e-6,
                        .leader_lane_s = 5e-8};
}
