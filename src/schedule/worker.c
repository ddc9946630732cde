#include "base/clock.h"
#include "base/memory.h"
#include "schedule/messages.h"
#include <stdlib.h>
#include <string.h>

typedef struct worker {
  const rww_rank_run *run;
  rww_unit units[RWW_SCHEDULE_DEPTH]; /* [n_units], the oldest first */
  size_t n_units;
  double free_since_s; /* the end of its latest unit; 0: none yet */
  rww_stop told;       /* what the leader knows of stop requests here */
  bool ended;
} worker;

static rww_status tell(const worker *self, rww_message message, const void *bytes, size_t n_bytes) {
  return rww_comm_send(self->run->comm, 0, (int)message, bytes, n_bytes);
}

static rww_status take_unit(worker *self, const void *bytes, size_t n_bytes) {
  if (self->n_units == RWW_SCHEDULE_DEPTH) return rww_raise(RWW_ERR_COMM, "the leader sent more units than agreed");
  RWW_TRY(rww_unit_unpack(bytes, n_bytes, &self->units[self->n_units]));
  self->n_units++;
  return RWW_OK;
}

static void drop_oldest(worker *self) {
  rww_unit_free(&self->units[0]);
  memmove(self->units, self->units + 1, --self->n_units * sizeof *self->units);
}

/* Takes the next message, which may take timeout_s to come. */
static rww_status hear(worker *self, double timeout_s, bool *heard) {
  int from, tag;
  void *bytes;
  size_t n_bytes;
  rww_status status = RWW_OK;
  RWW_TRY(rww_comm_wait(self->run->comm, timeout_s, &from, &tag, &n_bytes));
  *heard = from >= 0;
  if (!*heard) return RWW_OK;
  RWW_TRY(rww_schedule_receive(self->run->comm, from, tag, n_bytes, &bytes));
  if (tag == RWW_MESSAGE_UNIT)
    status = take_unit(self, bytes, n_bytes);
  else
    self->ended = tag == RWW_MESSAGE_END;
  free(bytes);
  return status;
}

static rww_status hear_all(worker *self) {
  for (bool heard = true; heard && !self->ended;) RWW_TRY(hear(self, 0, &heard));
  return RWW_OK;
}

static rww_status pass_on_stop(worker *self) {
  rww_stop asked = self->run->calls->stop(self->run->calls->context);
  if (asked <= self->told) return RWW_OK;
  self->told = asked;
  return tell(self, RWW_MESSAGE_STOP, &asked, sizeof asked);
}

/* Computes the oldest unit and sends its results. */
static rww_status compute(worker *self) {
  const rww_unit *unit = &self->units[0];
  rww_unit_results results;
  RWW_TRY(rww_unit_results_create(unit, &results));
  results.head->idle_s = self->free_since_s > 0 ? rww_clock_s() - self->free_since_s : 0;
  rww_status status = rww_schedule_evaluate(self->run, unit, &results);
  self->free_since_s = rww_clock_s();
  if (status == RWW_OK) status = tell(self, RWW_MESSAGE_RESULTS, results.head, results.n_bytes);
  free(results.head);
  drop_oldest(self);
  return status;
}

static rww_status work_until_ended(worker *self) {
  bool heard;
  RWW_TRY(hear_all(self));
  while (!self->ended) {
    RWW_TRY(pass_on_stop(self));
    if (self->n_units > 0 && self->told == RWW_STOP_NO)
      RWW_TRY(compute(self));
    else
      RWW_TRY(hear(self, RWW_SCHEDULE_LOOK_S, &heard));
    RWW_TRY(hear_all(self));
  }
  return RWW_OK;
}

/* The leader may be in the middle of a unit and not hear of it in time. */
static rww_status report_failure(worker *self, rww_status failure) {
  const char *text = rww_status_message(failure);
  size_t size = strlen(text) + 1;
  char *report;
  double begin_s = rww_clock_s();
  bool heard;
  RWW_TRY(RWW_NEW(&report, sizeof failure + size));
  memcpy(report, &failure, sizeof failure);
  memcpy(report + sizeof failure, text, size);
  rww_status status = tell(self, RWW_MESSAGE_FAILED, report, sizeof failure + size);
  free(report);
  while (status == RWW_OK && !self->ended) {
    while (self->n_units > 0) drop_oldest(self);
    if (rww_clock_s() - begin_s > RWW_SCHEDULE_GRACE_S) rww_schedule_give_up(self->run->comm, failure);
    status = hear(self, RWW_SCHEDULE_LOOK_S, &heard);
  }
  return status;
}

rww_status rww_schedule_work(const rww_rank_run *run) {
  worker self = {.run = run};
  rww_status failure = work_until_ended(&self), status = failure;
  if (failure != RWW_OK && failure != RWW_ERR_COMM) status = report_failure(&self, failure);
  while (self.n_units > 0) drop_oldest(&self);
  if (status != RWW_ERR_COMM) status = tell(&self, RWW_MESSAGE_BYE, NULL, 0);
  return status == RWW_OK ? failure : status;
}
