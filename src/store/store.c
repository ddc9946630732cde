#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/inside.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const rww_slot *rww_store_slots(const rww_store *store) {
  return store->slots;
}

void rww_store_note_end(void) {
  rww_keeper_note_end();
}

void rww_store_destroy(rww_store *store) {
  rww_keeper_stop(store->keeper);
  rww_lock_release(store->lock);
  rww_reader_close(store->reader);
  if (store->descriptor >= 0) close(store->descriptor);
  free(store->path);
  free(store->slots);
  free(store->in_flight);
  free(store);
}

void rww_store_report(const rww_store *store, const rww_findings *findings) {
  if (findings->n_damaged > 0)
    rww_log(RWW_LOG_WARNING, "%s: %" PRIu64 " rows do not match their checksums and are computed again", store->path,
            findings->n_damaged);
  if (findings->n_crashed > 0)
    rww_log(RWW_LOG_INFO, "%s: %" PRIu64 " rows were in flight when an earlier run was cut off", store->path,
            findings->n_crashed);
  if (findings->n_failed > 0)
    rww_log(RWW_LOG_WARNING,
            "%s: %" PRIu64
            " rows were in flight at three such ends, at the last one alone; they failed and are passed over",
            store->path, findings->n_failed);
}

rww_status rww_store_sync(const rww_store *store) {
  if (fdatasync(store->descriptor) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: could not be brought to the disk: %s", store->path, strerror(errno));
}

rww_status rww_store_write_slots(const rww_store *store) {
  bool agrees;
  RWW_TRY(rww_rows_write_slots(&store->rows, 0, store->rows.layout->n_rows, store->slots));
  RWW_TRY(rww_resume_derive_status(&store->rows, store->slots, true, &agrees));
  return rww_store_sync(store);
}

/* A file that was removed, replaced or cut while the job runs must not swallow results in silence. */
static rww_status check_file(const rww_store *store) {
  struct stat info;
  if (store->descriptor < 0) return rww_raise(RWW_ERR_STORE, "%s: is complete; nothing is written to it", store->path);
  if (fstat(store->descriptor, &info) != 0) return rww_raise(RWW_ERR_STORE, "%s: %s", store->path, strerror(errno));
  if (info.st_nlink > 0 && (uint64_t)info.st_size >= store->rows.layout->n_bytes) return RWW_OK;
  return rww_raise(RWW_ERR_OUTPUT, "%s: was %s", store->path,
                   info.st_nlink ? "cut short while the job ran; move it away, and run again"
                                 : "removed or replaced while the job ran; run again to compute what is missing");
}

/* Before every write: the file is there and still ours. */
static rww_status check_writable(const rww_store *store) {
  RWW_TRY(check_file(store));
  RWW_TRY(rww_lock_check(store->lock));
  return rww_keeper_note_write(store->keeper, store->path);
}

static rww_status remember(rww_store *store, uint64_t row, const rww_slot *slot) {
  if (store->n_in_flight == store->capacity) {
    size_t capacity = 2 * store->capacity + 8;
    rww_in_flight *larger = realloc(store->in_flight, capacity * sizeof *larger);
    if (!larger) return rww_raise(RWW_ERR_MEMORY, "no memory for %zu rows in flight", capacity);
    store->in_flight = larger;
    store->capacity = capacity;
  }
  store->in_flight[store->n_in_flight++] = (rww_in_flight){row, *slot};
  return RWW_OK;
}

static rww_status check_row(const rww_store *store, uint64_t row) {
  if (row < store->rows.layout->n_rows) return RWW_OK;
  return rww_raise(RWW_ERR_SHAPE, "%s: row %" PRIu64 " of %" PRIu64, store->path, row, store->rows.layout->n_rows);
}

static rww_status start_row(rww_store *store, uint64_t row) {
  rww_slot slot;
  RWW_TRY(check_row(store, row));
  RWW_TRY(rww_rows_read_slots(&store->rows, row, 1, &slot));
  slot.outcome = RWW_STARTED;
  slot.attempts++;
  slot.rank = (uint32_t)rww_comm_rank(store->comm);
  slot.started_utc_s = rww_clock_utc_s();
  RWW_TRY(rww_rows_write_slots(&store->rows, row, 1, &slot));
  return remember(store, row, &slot);
}

static rww_status start_rows(rww_store *store, const uint64_t *rows, size_t n) {
  rww_status status = RWW_OK;
  RWW_TRY(check_writable(store));
  rww_keeper_hold(store->keeper);
  for (size_t i = 0; status == RWW_OK && i < n; i++) status = start_row(store, rows[i]);
  rww_keeper_resume(store->keeper);
  return status;
}

/* What a failed write means for the user. */
static rww_status explain(rww_status status) {
  if (status != RWW_ERR_STORE) return status;
  return rww_raise(status, "%s. What was finished is kept as far as its checksums hold; run again to go on",
                   rww_status_message(status));
}

rww_status rww_store_start_rows(rww_store *store, const uint64_t *rows, size_t n) {
  return explain(start_rows(store, rows, n));
}

static rww_status find_in_flight(const rww_store *store, uint64_t row, size_t *at) {
  for (*at = 0; *at < store->n_in_flight; ++*at)
    if (store->in_flight[*at].row == row) return RWW_OK;
  return rww_raise(RWW_ERR_SHAPE, "%s: row %" PRIu64 " is written but was not started", store->path, row);
}

static rww_status write_row(rww_store *store, uint64_t row, const void *const *values, rww_outcome outcome,
                            double elapsed_s) {
  size_t at;
  RWW_TRY(find_in_flight(store, row, &at));
  rww_slot slot = store->in_flight[at].slot;
  RWW_TRY(rww_rows_write(&store->rows, row, values, &slot.row_checksum));
  slot.outcome = (uint8_t)outcome;
  slot.suspect = 0;
  slot.elapsed_s = elapsed_s;
  RWW_TRY(rww_rows_write_slots(&store->rows, row, 1, &slot));
  store->in_flight[at] = store->in_flight[--store->n_in_flight];
  return RWW_OK;
}

rww_status rww_store_write_row(rww_store *store, uint64_t row, const void *const *values, rww_outcome outcome,
                               double elapsed_s) {
  rww_status status = check_writable(store);
  if (status == RWW_OK) {
    rww_keeper_hold(store->keeper);
    status = write_row(store, row, values, outcome, elapsed_s);
    rww_keeper_resume(store->keeper);
  }
  return explain(status);
}

rww_status rww_store_read_row(const rww_store *store, uint64_t row, void *const *values) {
  RWW_TRY(check_row(store, row));
  return rww_rows_read(&store->rows, row, values);
}

/* A stop on request is no crash: what was in flight is pending as before. */
static rww_status release_in_flight(rww_store *store) {
  for (size_t i = 0; i < store->n_in_flight; i++) {
    rww_in_flight *left = &store->in_flight[i];
    left->slot.outcome = RWW_PENDING;
    RWW_TRY(rww_rows_write_slots(&store->rows, left->row, 1, &left->slot));
  }
  return RWW_OK;
}

void rww_store_let_go(void *self) {
  rww_store *store = self;
  rww_status status = check_file(store);
  if (status == RWW_OK) status = rww_lock_check(store->lock);
  if (status == RWW_OK) status = release_in_flight(store);
  if (status != RWW_OK) rww_log(RWW_LOG_DEBUG, "rows in flight stay so: %s", rww_status_message(status));
}

static rww_status finish_rank(rww_store *store) {
  if (store->complete) return RWW_OK;
  RWW_TRY(check_writable(store));
  rww_keeper_hold(store->keeper);
  rww_status status = release_in_flight(store);
  store->n_in_flight = 0;
  rww_keeper_resume(store->keeper);
  RWW_TRY(status);
  return rww_store_sync(store);
}

/* On rank 0, when all ranks have written: every checksum once more, and what users read. */
static rww_status finish_file(rww_store *store) {
  rww_findings findings;
  if (store->complete) return RWW_OK;
  RWW_TRY(rww_resume_examine(&store->rows, store->slots, &findings));
  rww_store_report(store, &findings);
  return rww_store_write_slots(store);
}

rww_status rww_store_close(rww_store *store) {
  rww_comm *comm = store->comm;
  rww_status status = rww_comm_agree(comm, explain(finish_rank(store)));
  if (status == RWW_OK && rww_comm_rank(comm) == 0) status = explain(finish_file(store));
  status = rww_comm_agree(comm, status);
  rww_store_destroy(store);
  return status;
}
