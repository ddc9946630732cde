#include "base/memory.h"
#include "schedule/messages.h"
#include "schedule/queue.h"
#include <stdlib.h>
#include <string.h>

typedef struct worker {
  rww_comm *comm;
  rww_unit units[RWW_QUEUE_DEPTH]; /* [n_units], the oldest first */
  size_t n_units;
  rww_stop told; /* of stop requests, to the leader */
  bool ended;
} worker;

static rww_status tell(worker *self, rww_message message, const void *bytes, size_t n_bytes) {
  return rww_comm_send(self->comm, 0, message, bytes, n_bytes);
}

static rww_status take_unit(worker *self, const void *bytes, size_t n_bytes) {
  if (self->n_units == RWW_QUEUE_DEPTH) return rww_raise(RWW_ERR_COMM, "the leader sent more units than were agreed");
  RWW_TRY(rww_unit_unpack(bytes, n_bytes, &self->units[self->n_units]));
  self->n_units++;
  return RWW_OK;
}

/* Looks for a message for so long, and takes what there is. */
static rww_status listen(worker *self, double timeout_s, bool *heard) {
  int from, tag;
  size_t n_bytes;
  void *bytes;
  RWW_TRY(rww_comm_wait(self->comm, timeout_s, &from, &tag, &n_bytes));
  *heard = from >= 0;
  if (!*heard) return RWW_OK;
  RWW_TRY(rww_allocate(n_bytes, 1, &bytes));
  rww_status status = rww_comm_receive(self->comm, from, tag, bytes, n_bytes);
  if (status == RWW_OK && tag == RWW_MESSAGE_UNIT) status = take_unit(self, bytes, n_bytes);
  self->ended |= tag == RWW_MESSAGE_END;
  free(bytes);
  return status;
}

static rww_status listen_to_all(worker *self) {
  bool heard = true;
  while (heard && !self->ended) RWW_TRY(listen(self, 0, &heard));
  return RWW_OK;
}

static rww_status pass_on_stop(worker *self, const rww_schedule_calls *calls) {
  rww_stop asked = calls->stop(calls->context);
  if (asked <= self->told) return RWW_OK;
  self->told = asked;
  return tell(self, RWW_MESSAGE_STOP, &asked, sizeof asked);
}

static void drop_oldest(worker *self) {
  rww_unit_free(&self->units[0]);
  memmove(self->units, self->units + 1, --self->n_units * sizeof *self->units);
}

static rww_status compute(worker *self, const rww_schedule_calls *calls, const rww_schedule_options *options) {
  rww_result *results;
  size_t n = self->units[0].n_lanes;
  RWW_TRY(RWW_NEW(&results, n));
  rww_status status = rww_schedule_evaluate(self->comm, calls, options, &self->units[0], results);
  if (status == RWW_OK) status = tell(self, RWW_MESSAGE_RESULTS, results, n * sizeof *results);
  free(results);
  drop_oldest(self);
  return status;
}

static rww_status work_until_ended(worker *self, const rww_schedule_calls *calls, const rww_schedule_options *options) {
  while (!self->ended) {
    bool heard;
    RWW_TRY(listen_to_all(self));
    RWW_TRY(pass_on_stop(self, calls));
    if (self->ended) break;
    if (self->n_units > 0 && self->told == RWW_STOP_NO)
      RWW_TRY(compute(self, calls, options));
    else
      RWW_TRY(listen(self, RWW_SCHEDULE_WAIT_S, &heard));
  }
  return RWW_OK;
}

/* After an error: the leader must know, and what it has sent by then must be received. */
static rww_status report_failure(worker *self, rww_status failure) {
  bool heard;
  RWW_TRY(tell(self, RWW_MESSAGE_FAILED, &failure, sizeof failure));
  while (!self->ended) {
    while (self->n_units > 0) drop_oldest(self);
    RWW_TRY(listen(self, RWW_SCHEDULE_WAIT_S, &heard));
  }
  return RWW_OK;
}

rww_status rww_schedule_work(rww_comm *comm, const rww_schedule_calls *calls, const rww_schedule_options *options) {
  worker self = {.comm = comm};
  rww_status failure = work_until_ended(&self, calls, options), status = RWW_OK;
  if (failure != RWW_OK && failure != RWW_ERR_COMM) status = report_failure(&self, failure);
  while (self.n_units > 0) drop_oldest(&self);
  if (status == RWW_OK && failure != RWW_ERR_COMM) status = tell(&self, RWW_MESSAGE_BYE, NULL, 0);
  return failure != RWW_OK ? failure : status;
}
