#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "schedule/messages.h"
#include "schedule/queue.h"
#include <math.h>
#include <stdlib.h>

/* With so few ranks the leader computes as well: its messages are few, and a worker's waiting unit covers the time that
 * it does not listen. With more, a rank for the leader alone costs less than it would hold up. */
#define COMPUTING_LEADER_MAX_RANKS 8
#define PROGRESS_PERIOD_S 0.2
#define GRACE_S 5.0 /* for ranks in the middle of a unit, after an error */

typedef struct peer {
  double heard_s, idle_since_s; /* idle_since_s: 0 while it holds something or has not had anything */
  bool named;                   /* as silent */
  bool gone;                    /* has said BYE */
} peer;

typedef struct leader {
  rww_comm *comm;
  rww_queue *queue;
  const rww_schedule_calls *calls;
  const rww_schedule_options *options;
  rww_schedule_summary *summary;
  int n_ranks;
  bool computes;
  bool starving; /* somebody could take more than there was */
  peer *peers;   /* [n_ranks] */
  rww_stop stop;
  rww_status failure; /* of a worker, whose message comes with the final agreement */
  double begin_s, progress_s, longest_unit_s;
} leader;

static rww_status send_unit(leader *self, int rank, const rww_unit *unit) {
  void *bytes;
  size_t n_bytes;
  RWW_TRY(rww_unit_pack(unit, &bytes, &n_bytes));
  rww_status status = rww_comm_send(self->comm, rank, RWW_MESSAGE_UNIT, bytes, n_bytes);
  free(bytes);
  return status;
}

static void note_work(leader *self, int rank) {
  peer *who = &self->peers[rank];
  double now_s = rww_clock_s();
  if (who->idle_since_s > 0) {
    self->summary->longest_idle_s = fmax(self->summary->longest_idle_s, now_s - who->idle_since_s);
    who->heard_s = now_s;
  }
  who->idle_since_s = 0;
}

/* Gives a worker units until it holds `depth`. */
static rww_status fill(leader *self, int rank, size_t depth) {
  while (rww_queue_count_held(self->queue, (size_t)rank) < depth) {
    const rww_unit *unit;
    RWW_TRY(rww_queue_draw(self->queue, (size_t)rank, &unit));
    if (!unit) {
      self->starving = true;
      return RWW_OK;
    }
    note_work(self, rank);
    RWW_TRY(send_unit(self, rank, unit));
  }
  return RWW_OK;
}

/* Everybody gets a first unit before anybody gets a second. */
static rww_status fill_all(leader *self) {
  self->starving = false;
  for (size_t depth = 1; depth <= RWW_QUEUE_DEPTH; depth++)
    for (int rank = 1; rank < self->n_ranks; rank++) RWW_TRY(fill(self, rank, depth));
  return RWW_OK;
}

static rww_status digest(leader *self, int rank, const rww_result *results, size_t n) {
  peer *who = &self->peers[rank];
  double now_s = rww_clock_s();
  self->longest_unit_s = fmax(self->longest_unit_s, n > 0 ? results[0].elapsed_s * (double)n : 0);
  who->heard_s = now_s;
  who->named = false;
  RWW_TRY(rww_queue_finish(self->queue, (size_t)rank, results, n));
  self->summary->n_units++;
  self->summary->n_lanes += n;
  self->summary->lanes_of_rank[rank] += n;
  if (rww_queue_count_held(self->queue, (size_t)rank) == 0) who->idle_since_s = now_s;
  return RWW_OK;
}

static rww_status take_message(leader *self, int from, int tag, const void *bytes, size_t n_bytes) {
  switch (tag) {
  case RWW_MESSAGE_RESULTS:
    return digest(self, from, bytes, n_bytes / sizeof(rww_result));
  case RWW_MESSAGE_STOP:
    if (*(const rww_stop *)bytes > self->stop) self->stop = *(const rww_stop *)bytes;
    return RWW_OK;
  case RWW_MESSAGE_FAILED:
    self->failure = *(const rww_status *)bytes;
    rww_queue_lose(self->queue, (size_t)from);
    return RWW_OK;
  case RWW_MESSAGE_BYE:
    self->peers[from].gone = true;
    return RWW_OK;
  default:
    return rww_raise(RWW_ERR_COMM, "rank %d sent message %d, which nobody knows", from, tag);
  }
}

/* Looks for a message for so long; *from is -1 where none came. */
static rww_status listen(leader *self, double timeout_s, int *from) {
  int tag;
  size_t n_bytes;
  void *bytes;
  RWW_TRY(rww_comm_wait(self->comm, timeout_s, from, &tag, &n_bytes));
  if (*from < 0) return RWW_OK;
  double begin_s = rww_clock_s();
  RWW_TRY(rww_allocate(n_bytes, 1, &bytes));
  rww_status status = rww_comm_receive(self->comm, *from, tag, bytes, n_bytes);
  if (status == RWW_OK) status = take_message(self, *from, tag, bytes, n_bytes);
  free(bytes);
  self->summary->leader_busy_s += rww_clock_s() - begin_s;
  return status;
}

static bool is_over(const leader *self) {
  return self->stop != RWW_STOP_NO || self->failure != RWW_OK || rww_queue_is_finished(self->queue);
}

/* Hears everybody who has something to say; waits for one at most `timeout_s`. */
static rww_status serve(leader *self, double timeout_s) {
  int from;
  RWW_TRY(listen(self, timeout_s, &from));
  while (from >= 0 && !is_over(self)) {
    double begin_s = rww_clock_s();
    RWW_TRY(self->starving ? fill_all(self) : fill(self, from, RWW_QUEUE_DEPTH));
    self->summary->leader_busy_s += rww_clock_s() - begin_s;
    RWW_TRY(listen(self, 0, &from));
  }
  return RWW_OK;
}

/* Computes one unit, where there is one. */
static rww_status compute(leader *self, bool *computed) {
  const rww_unit *unit;
  rww_result *results;
  RWW_TRY(rww_queue_draw(self->queue, 0, &unit));
  *computed = unit != NULL;
  if (!unit) return RWW_OK;
  note_work(self, 0);
  size_t n = unit->n_lanes;
  RWW_TRY(RWW_NEW(&results, n));
  rww_status status = rww_schedule_evaluate(self->comm, self->calls, self->options, unit, results);
  if (status == RWW_OK) status = digest(self, 0, results, n);
  free(results);
  if (status == RWW_OK && self->starving) status = fill_all(self);
  return status;
}

static void report_progress(leader *self, bool finished) {
  double now_s = rww_clock_s();
  if (!self->calls->progress || (!finished && now_s - self->progress_s < PROGRESS_PERIOD_S)) return;
  self->progress_s = now_s;
  rww_progress now = {.n_done = rww_queue_count_done(self->queue),
                      .n_total = rww_queue_count_total(self->queue),
                      .elapsed_s = now_s - self->begin_s,
                      .remaining_s = NAN,
                      .finished = finished};
  if (now.n_done > 0) {
    now.rate_per_s = (double)now.n_done / now.elapsed_s;
    now.remaining_s = (double)(now.n_total - now.n_done) / now.rate_per_s;
  }
  self->calls->progress(self->calls->context, &now);
}

/* A rank in the middle of a unit cannot talk, so that silence is more than three times the longest unit so far. */
static void name_silent(leader *self) {
  double limit_s = fmax(self->options->silence_warning_s, 3 * self->longest_unit_s), now_s = rww_clock_s();
  for (int rank = 1; rank < self->n_ranks && isfinite(limit_s); rank++) {
    peer *who = &self->peers[rank];
    if (who->named || now_s - who->heard_s < limit_s || rww_queue_count_held(self->queue, (size_t)rank) == 0) continue;
    rww_log(RWW_LOG_WARNING, "rank %d holds work and has said nothing for %.0f s", rank, now_s - who->heard_s);
    who->named = true;
  }
}

static rww_status lead_until_over(leader *self) {
  RWW_TRY(fill_all(self));
  while (!is_over(self)) {
    bool computed = false;
    if (self->computes) RWW_TRY(compute(self, &computed));
    RWW_TRY(serve(self, computed ? 0 : RWW_SCHEDULE_WAIT_S));
    rww_stop asked = self->calls->stop(self->calls->context);
    if (asked > self->stop) self->stop = asked;
    report_progress(self, false);
    name_silent(self);
  }
  return RWW_OK;
}

static bool are_all_gone(const leader *self) {
  for (int rank = 1; rank < self->n_ranks; rank++)
    if (!self->peers[rank].gone) return false;
  return true;
}

/* Tells everybody that it is over and hears them out. After an error, those who take too long are ended. */
static rww_status end_workers(leader *self, rww_status status) {
  double begin_s = rww_clock_s();
  bool failed = status != RWW_OK || self->failure != RWW_OK;
  int from;
  for (int rank = 1; rank < self->n_ranks; rank++) RWW_TRY(rww_comm_send(self->comm, rank, RWW_MESSAGE_END, NULL, 0));
  while (!are_all_gone(self)) {
    RWW_TRY(listen(self, RWW_SCHEDULE_WAIT_S, &from));
    if (!failed || rww_clock_s() - begin_s < GRACE_S) continue;
    rww_log(RWW_LOG_ERROR, "%s", rww_status_message(status != RWW_OK ? status : self->failure));
    rww_comm_abort(self->comm, rww_status_exit(status != RWW_OK ? status : self->failure));
  }
  return RWW_OK;
}

static rww_status lead(leader *self) {
  rww_status status = lead_until_over(self);
  rww_status ended = end_workers(self, status);
  report_progress(self, true);
  self->summary->elapsed_s = rww_clock_s() - self->begin_s;
  if (status == RWW_OK) status = ended;
  if (status == RWW_OK && self->failure == RWW_OK && !rww_queue_is_finished(self->queue)) return RWW_STOPPED;
  return status;
}

rww_status rww_schedule_lead(rww_comm *comm, const rww_work_source *sources, size_t n_sources,
                             const rww_schedule_calls *calls, const rww_schedule_options *options,
                             rww_schedule_summary *summary) {
  int n_ranks = rww_comm_size(comm);
  leader self = {.comm = comm,
                 .calls = calls,
                 .options = options,
                 .summary = summary,
                 .n_ranks = n_ranks,
                 .computes = n_ranks <= COMPUTING_LEADER_MAX_RANKS,
                 .begin_s = rww_clock_s()};
  *summary = (rww_schedule_summary){0};
  rww_status status = RWW_NEW(&summary->lanes_of_rank, (size_t)n_ranks);
  if (status == RWW_OK) status = RWW_NEW(&self.peers, (size_t)n_ranks);
  if (status == RWW_OK) status = rww_queue_create(sources, n_sources, (size_t)n_ranks, options->max_lanes, &self.queue);
  for (int rank = 0; status == RWW_OK && rank < n_ranks; rank++) self.peers[rank].heard_s = self.begin_s;
  if (status == RWW_OK) status = lead(&self);
  rww_queue_destroy(self.queue);
  free(self.peers);
  return status;
}
