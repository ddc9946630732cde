#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "schedule/messages.h"
#include "schedule/pace.h"
#include "schedule/queue.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENT_UNITS 5 /* a rank in the middle of a unit is not silent before so many times the longest one */
#define ABSENCE_S 1    /* longer between two looks, the leader was away */

typedef struct peer {
  double heard_s; /* when it last spoke, or was given work after it had none */
  bool computed, named_silent, gone;
} peer;

typedef struct leader {
  const rww_rank_run *run;
  rww_schedule_summary *summary;
  rww_queue *queue;
  rww_pace pace;
  peer *peers; /* [n_ranks] */
  int n_ranks, n_gone;
  const rww_unit *own; /* to be computed by the leader itself */
  rww_stop stop;
  rww_status failure; /* of any rank, its message kept; RWW_OK: none */
  bool is_over;       /* everybody has been told so, and has to say BYE */
  double begin_s, computing_s, waiting_s, longest_unit_s, looked_s;
  double free_since_s; /* the end of the leader's latest unit; 0: none yet */
} leader;

static rww_status send_unit(const leader *self, int rank, const rww_unit *unit) {
  void *bytes;
  size_t n_bytes;
  RWW_TRY(rww_unit_pack(unit, &bytes, &n_bytes));
  rww_status status = rww_comm_send(self->run->comm, rank, RWW_MESSAGE_UNIT, bytes, n_bytes);
  free(bytes);
  return status;
}

static rww_status give_units(leader *self) {
  for (;;) {
    size_t rank;
    const rww_unit *unit;
    RWW_TRY(rww_queue_decide(self->queue, &rank, &unit));
    if (!unit) return RWW_OK;
    if (rww_queue_count_held(self->queue, rank) == 1) self->peers[rank].heard_s = rww_clock_s();
    if (rank == 0)
      self->own = unit;
    else
      RWW_TRY(send_unit(self, (int)rank, unit));
  }
}

static rww_status digest(leader *self, int rank, const rww_unit_results *results) {
  const rww_results_head *head = results->head;
  RWW_TRY(rww_queue_digest(self->queue, (size_t)rank, results->results, head->n_lanes, head->elapsed_s));
  self->peers[rank].computed = true;
  self->longest_unit_s = fmax(self->longest_unit_s, head->elapsed_s);
  self->summary->longest_idle_s = fmax(self->summary->longest_idle_s, head->idle_s);
  self->summary->n_units++;
  self->summary->n_lanes += head->n_lanes;
  self->summary->lanes_of_rank[rank] += head->n_lanes;
  return RWW_OK;
}

static rww_status take_results(leader *self, int from, char *bytes, size_t n_bytes) {
  rww_unit_results results;
  if (self->failure != RWW_OK) return RWW_OK; /* they are stored; what is made of them no longer matters */
  RWW_TRY(rww_unit_results_open(from, bytes, n_bytes, &results));
  return digest(self, from, &results);
}

static rww_status take_stop(leader *self, int from, char *bytes, size_t n_bytes) {
  rww_stop asked;
  if (n_bytes != sizeof asked) return rww_raise(RWW_ERR_COMM, "rank %d sent %zu bytes to stop", from, n_bytes);
  memcpy(&asked, bytes, sizeof asked);
  if (asked > self->stop) self->stop = asked;
  return RWW_OK;
}

/* The first failure is the one that is told. */
static rww_status take_failure(leader *self, int from, char *bytes, size_t n_bytes) {
  rww_status failure;
  if (n_bytes <= sizeof failure || bytes[n_bytes - 1])
    return rww_raise(RWW_ERR_COMM, "rank %d failed, and its message is damaged", from);
  memcpy(&failure, bytes, sizeof failure);
  if (self->failure == RWW_OK) self->failure = rww_raise(failure, "rank %d: %s", from, bytes + sizeof failure);
  return RWW_OK;
}

static rww_status take_bye(leader *self, int from, char *bytes, size_t n_bytes) {
  (void)bytes, (void)n_bytes;
  self->peers[from].gone = true;
  self->n_gone++;
  return RWW_OK;
}

static rww_status (*const take[RWW_N_MESSAGES])(leader *self, int from, char *bytes, size_t n_bytes) = {
    [RWW_MESSAGE_RESULTS] = take_results,
    [RWW_MESSAGE_STOP] = take_stop,
    [RWW_MESSAGE_FAILED] = take_failure,
    [RWW_MESSAGE_BYE] = take_bye,
};

static void note_word_of(leader *self, int rank) {
  peer *who = &self->peers[rank];
  if (who->named_silent) rww_log(RWW_LOG_INFO, "rank %d is heard again", rank);
  who->named_silent = false;
  who->heard_s = rww_clock_s();
}

static rww_status hear(leader *self, double timeout_s, bool *heard) {
  int from, tag;
  void *bytes;
  size_t n_bytes;
  double begin_s = rww_clock_s();
  RWW_TRY(rww_comm_wait(self->run->comm, timeout_s, &from, &tag, &n_bytes));
  self->waiting_s += rww_clock_s() - begin_s;
  *heard = from >= 0;
  if (!*heard) return RWW_OK;
  RWW_TRY(rww_schedule_receive(self->run->comm, from, tag, n_bytes, &bytes));
  note_word_of(self, from);
  rww_status status = tag < RWW_N_MESSAGES && take[tag]
                          ? take[tag](self, from, bytes, n_bytes)
                          : rww_raise(RWW_ERR_COMM, "rank %d sent message %d, which nobody knows", from, tag);
  free(bytes);
  return status;
}

static rww_status compute(leader *self) {
  double begin_s = rww_clock_s();
  rww_unit_results results;
  RWW_TRY(rww_unit_results_create(self->own, &results));
  results.head->idle_s = self->free_since_s > 0 ? begin_s - self->free_since_s : 0;
  rww_status status = rww_schedule_evaluate(self->run, self->own, &results);
  self->own = NULL;
  self->free_since_s = rww_clock_s();
  self->computing_s += self->free_since_s - begin_s;
  if (status == RWW_OK) status = digest(self, 0, &results);
  self->peers[0].heard_s = self->free_since_s;
  free(results.head);
  return status;
}

static bool has_work(const leader *self, int rank) {
  return rww_queue_count_held(self->queue, (size_t)rank) > 0;
}

static bool owes_word(const leader *self, int rank) {
  return !self->peers[rank].gone && (self->is_over || has_work(self, rank));
}

static void name_if_silent(leader *self, int rank, double now_s, double patience_s) {
  peer *who = &self->peers[rank];
  char duration[RWW_DURATION_SIZE];
  if (!owes_word(self, rank) || who->named_silent || now_s - who->heard_s <= patience_s) return;
  rww_clock_format_duration(now_s - who->heard_s, duration);
  rww_log(RWW_LOG_WARNING, "rank %d %s and has said nothing for %s", rank,
          has_work(self, rank) ? "has work" : "was told to end", duration);
  who->named_silent = true;
}

/* Time in which the leader did not listen, for a whole job can be suspended, counts for nobody. */
static void name_silent_ranks(leader *self) {
  double patience_s = fmax(self->run->options->silence_s, SILENT_UNITS * self->longest_unit_s);
  double now_s = rww_clock_s(), away_s = now_s - self->looked_s;
  for (int rank = 1; rank < self->n_ranks; rank++) {
    if (away_s > fmax(patience_s / 2, ABSENCE_S)) self->peers[rank].heard_s += away_s;
    name_if_silent(self, rank, now_s, patience_s);
  }
  self->looked_s = now_s;
}

/* Whether all that is left to wait for is silent ranks. Once it is over, a unit of the leader's own is not begun. */
static bool is_left_alone(const leader *self) {
  bool alone = false, computes = self->own && !self->is_over;
  for (int rank = 1; rank < self->n_ranks && !computes; rank++) {
    if (!owes_word(self, rank)) continue;
    if (!self->peers[rank].named_silent) return false;
    alone = true;
  }
  return alone;
}

static void show_progress(leader *self, bool finished) {
  rww_progress progress;
  rww_pace_measure(&self->pace, self->queue, finished, &progress);
  if (self->run->calls->progress) self->run->calls->progress(self->run->calls->context, &progress);
}

/* What is due from time to time. */
static void look_around(leader *self) {
  rww_stop asked = self->run->calls->stop(self->run->calls->context);
  if (asked > self->stop) self->stop = asked;
  if (!rww_pace_is_due(&self->pace)) return;
  show_progress(self, false);
  name_silent_ranks(self);
  if (is_left_alone(self)) self->stop = RWW_STOP_NOW;
}

static rww_status lead_until_over(leader *self) {
  while (self->stop == RWW_STOP_NO && self->failure == RWW_OK && !rww_queue_is_finished(self->queue)) {
    bool heard;
    RWW_TRY(give_units(self));
    RWW_TRY(hear(self, self->own ? 0 : RWW_SCHEDULE_LOOK_S, &heard));
    if (self->own && !heard) RWW_TRY(compute(self));
    look_around(self);
  }
  return RWW_OK;
}

static _Noreturn void leave_busy_ranks(const leader *self) {
  int n_busy = self->n_ranks - 1 - self->n_gone;
  rww_log(RWW_LOG_INFO, "not waiting for %d rank%s %s", n_busy, n_busy == 1 ? "" : "s",
          is_left_alone(self) ? "of which nothing is heard; run again to go on" : "in the middle of a batch");
  if (self->failure != RWW_OK) rww_schedule_give_up(self->run->comm, self->failure);
  rww_comm_abort(self->run->comm, rww_status_exit(RWW_STOPPED));
}

/* Hears everybody out who has been told that it is over. */
static rww_status await_byes(leader *self) {
  double hurry_since_s = INFINITY;
  while (self->n_gone < self->n_ranks - 1) {
    bool heard, hurry = self->failure != RWW_OK || self->stop == RWW_STOP_NOW;
    hurry_since_s = hurry ? fmin(hurry_since_s, rww_clock_s()) : INFINITY;
    if (rww_clock_s() - hurry_since_s > RWW_SCHEDULE_GRACE_S) leave_busy_ranks(self);
    rww_status status = hear(self, RWW_SCHEDULE_LOOK_S, &heard);
    if (status == RWW_ERR_COMM) return status;
    if (status != RWW_OK) self->failure = status;
    look_around(self);
  }
  return RWW_OK;
}

static rww_status end_workers(leader *self) {
  for (int rank = 1; rank < self->n_ranks; rank++) {
    if (!owes_word(self, rank)) self->peers[rank].heard_s = rww_clock_s();
    RWW_TRY(rww_comm_send(self->run->comm, rank, RWW_MESSAGE_END, NULL, 0));
  }
  self->is_over = true;
  return await_byes(self);
}

/* Since each rank's last unit; called when the work is done. */
static void measure_last_idle(leader *self) {
  double now_s = rww_clock_s();
  for (int rank = 0; rank < self->n_ranks; rank++)
    if (self->peers[rank].computed)
      self->summary->longest_idle_s = fmax(self->summary->longest_idle_s, now_s - self->peers[rank].heard_s);
}

static void join_all(leader *self) {
  if (self->n_ranks <= RWW_COMPUTING_LEADER_MAX_RANKS) rww_queue_join(self->queue, 0, 1);
  for (int rank = 1; rank < self->n_ranks; rank++) rww_queue_join(self->queue, (size_t)rank, RWW_SCHEDULE_DEPTH);
}

static rww_status lead(leader *self) {
  join_all(self);
  rww_status status = lead_until_over(self);
  if (status == RWW_ERR_COMM) return status;
  if (status != RWW_OK) self->failure = status;
  measure_last_idle(self);
  RWW_TRY(end_workers(self));
  show_progress(self, true);
  self->summary->elapsed_s = rww_clock_s() - self->begin_s;
  self->summary->leader_busy_s = self->summary->elapsed_s - self->computing_s - self->waiting_s;
  if (self->failure != RWW_OK) return self->failure;
  return rww_queue_is_finished(self->queue) ? RWW_OK : RWW_STOPPED;
}

static rww_status leader_create(const rww_rank_run *run, const rww_work_source *sources, size_t n_sources,
                                rww_schedule_summary *summary, leader *self) {
  size_t n_ranks = (size_t)rww_comm_size(run->comm);
  *self = (leader){.run = run, .summary = summary, .n_ranks = (int)n_ranks, .begin_s = rww_clock_s()};
  self->looked_s = self->begin_s;
  rww_pace_begin(&self->pace);
  RWW_TRY(RWW_NEW(&summary->lanes_of_rank, n_ranks));
  RWW_TRY(RWW_NEW(&self->peers, n_ranks));
  return rww_queue_create(sources, n_sources, n_ranks, &run->options->sizes, &self->queue);
}

rww_status rww_schedule_lead(const rww_rank_run *run, const rww_work_source *sources, size_t n_sources,
                             rww_schedule_summary *summary) {
  leader self;
  rww_status status = leader_create(run, sources, n_sources, summary, &self);
  if (status != RWW_OK && self.n_ranks > 1) rww_schedule_give_up(run->comm, status); /* nobody would end the workers */
  if (status == RWW_OK) status = lead(&self);
  rww_queue_destroy(self.queue);
  free(self.peers);
  return status;
}
