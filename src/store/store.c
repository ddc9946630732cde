#include "store/store.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/create.h"
#include "store/inside.h"
#include "store/link.h"
#include "store/resume.h"
#include "store/reuse.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A row that this rank has started and not yet written. */
typedef struct rww_in_flight {
  uint64_t row;
  rww_slot slot;
} rww_in_flight;

struct rww_store {
  rww_comm *comm;
  char *path;
  rww_reader *reader; /* of the metadata, which never change */
  int descriptor;     /* of the bytes; -1 where nothing is to be written */
  rww_rows rows;
  rww_slot *slots; /* [n_rows] on rank 0 */
  bool complete;   /* nothing is pending: no lock, no writing */
  rww_in_flight *in_flight;
  size_t n_in_flight, capacity;
};

rww_status rww_store_path(const char *directory, const char *stage, const char *key, char **path) {
  char name[256];
  snprintf(name, sizeof name, "%s-%.16s.h5", stage, key);
  return rww_path_join(directory, name, path);
}

const rww_slot *rww_store_slots(const rww_store *store) {
  return store->slots;
}

static void destroy(rww_store *store) {
  rww_reader_close(store->reader);
  if (store->descriptor >= 0) close(store->descriptor);
  free(store->path);
  free(store->slots);
  free(store->in_flight);
  free(store);
}

static rww_status check_key(const rww_store *store, const char *key) {
  const char *found = rww_reader_attribute(store->reader, "key");
  if (found && strcmp(found, key) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE,
                   "%s: belongs to key %s; expected %s. It is untouched; move it away or use another output directory",
                   store->path, found ? found : "(none)", key);
}

/* Rows are written by position, so that the file must have exactly the datasets that this run writes. */
static rww_status check_datasets(const rww_store *store, const rww_file_spec *spec) {
  bool same = store->rows.layout->n_items == spec->n_datasets && store->rows.layout->n_rows == spec->n_rows;
  for (size_t i = 0; i < spec->n_datasets; i++) same = same && rww_reader_has(store->reader, spec->datasets[i].name);
  if (same) return RWW_OK;
  return rww_raise(RWW_ERR_STORE,
                   "%s: holds other datasets than this configuration asks for. It is untouched; run with --redo=%s to "
                   "replace it, or use another output directory",
                   store->path, spec->stage);
}

static rww_status check_frozen(const rww_store *store) {
  bool intact;
  RWW_TRY(rww_rows_check_frozen(&store->rows, &intact));
  if (intact) return RWW_OK;
  return rww_raise(RWW_ERR_STORE,
                   "%s: was changed or damaged outside of its rows since it was created, so nothing is written to it. "
                   "`rwwsweep verify` tells which rows are intact; move the file away and run again",
                   store->path);
}

/* Opens the file for looking at it; writing goes through another descriptor. */
static rww_status look(rww_store *store, const rww_file_spec *spec) {
  rww_reader_close(store->reader);
  store->reader = NULL;
  rww_status status = rww_reader_open(store->path, &store->reader);
  if (status != RWW_OK)
    return rww_raise(status, "%s. Nothing was written to it; move it away, or run with --redo=%s, to compute it again",
                     rww_status_message(status), spec->stage);
  store->rows = rww_reader_rows(store->reader);
  return check_key(store, spec->key);
}

static rww_status look_closely(rww_store *store, const rww_file_spec *spec, rww_findings *findings) {
  RWW_TRY(check_datasets(store, spec));
  RWW_TRY(check_frozen(store));
  free(store->slots);
  RWW_TRY(RWW_NEW(&store->slots, store->rows.layout->n_rows));
  return rww_resume_examine(&store->rows, store->slots, findings);
}

static void report(const rww_store *store, const rww_findings *findings) {
  if (findings->n_damaged > 0)
    rww_log(RWW_LOG_WARNING, "%s: %" PRIu64 " rows do not match their checksums and are computed again", store->path,
            findings->n_damaged);
  if (findings->n_crashed > 0)
    rww_log(RWW_LOG_INFO, "%s: %" PRIu64 " rows were in flight when an earlier run was cut off", store->path,
            findings->n_crashed);
  if (findings->n_failed > 0)
    rww_log(RWW_LOG_WARNING,
            "%s: %" PRIu64 " rows ended their run twice while computed alone; they failed and are passed over",
            store->path, findings->n_failed);
}

/* A first look at the slots alone spares the checksums of a file that has work left anyway. */
static rww_status has_work_left(const rww_store *store, bool *left) {
  rww_slot *slots;
  *left = false;
  RWW_TRY(rww_reader_slots(store->reader, &slots));
  for (uint64_t row = 0; row < store->rows.layout->n_rows; row++) *left = *left || slots[row].outcome <= RWW_STARTED;
  free(slots);
  return RWW_OK;
}

static rww_status find_complete(rww_store *store, const rww_file_spec *spec, bool *complete) {
  rww_findings findings;
  bool left, agrees;
  *complete = false;
  RWW_TRY(look(store, spec));
  RWW_TRY(has_work_left(store, &left));
  if (left) return RWW_OK;
  RWW_TRY(look_closely(store, spec, &findings));
  RWW_TRY(rww_resume_derive_status(&store->rows, store->slots, false, &agrees));
  *complete = agrees && findings.n_pending == 0;
  return RWW_OK;
}

static rww_status open_for_writing(rww_store *store) {
  store->descriptor = open(store->path, O_RDWR | O_CLOEXEC);
  if (store->descriptor < 0)
    return rww_raise(RWW_ERR_OUTPUT, "%s: cannot be opened for writing: %s", store->path, strerror(errno));
  store->rows.descriptor = store->descriptor;
  return RWW_OK;
}

static rww_status sync_data(const rww_store *store) {
  if (fdatasync(store->descriptor) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: could not be brought to the disk: %s", store->path, strerror(errno));
}

static rww_status write_derived(const rww_store *store) {
  bool agrees;
  RWW_TRY(rww_rows_write_slots(&store->rows, 0, store->rows.layout->n_rows, store->slots));
  RWW_TRY(rww_resume_derive_status(&store->rows, store->slots, true, &agrees));
  return sync_data(store);
}

/* Under the lock: makes or repairs the file. */
static rww_status prepare(rww_store *store, const rww_file_spec *spec, bool *created) {
  rww_findings findings;
  uint64_t n_reused = 0;
  *created = spec->redo || !rww_file_exists(store->path);
  if (*created) RWW_TRY(rww_store_create_file(store->comm, spec, store->path));
  RWW_TRY(look(store, spec));
  RWW_TRY(look_closely(store, spec, &findings));
  RWW_TRY(open_for_writing(store));
  report(store, &findings);
  if (!spec->redo) RWW_TRY(rww_reuse_rows(spec, store->reader, &store->rows, store->slots, &n_reused));
  return n_reused || findings.n_damaged || findings.n_crashed ? write_derived(store) : RWW_OK;
}

static rww_status lead(rww_store *store, const rww_file_spec *spec, bool *created) {
  RWW_TRY(rww_directory_create(spec->directory));
  if (!spec->redo && rww_file_exists(store->path)) RWW_TRY(find_complete(store, spec, &store->complete));
  if (!store->complete) RWW_TRY(prepare(store, spec, created));
  rww_link_set(spec->directory, spec->stage, store->path);
  return RWW_OK;
}

static rww_status follow(rww_store *store, const rww_file_spec *spec) {
  rww_status status = look(store, spec);
  if (status == RWW_OK) return open_for_writing(store);
  char host[256] = "this host";
  gethostname(host, sizeof host - 1);
  return rww_raise_context(status,
                           "on %s, where a rank looks for the file that rank 0 opened (is the output directory "
                           "on a disk that all hosts share?): ",
                           host);
}

/* What rank 0 tells the others about the file. */
typedef struct rww_state {
  bool created, complete;
} rww_state;

static rww_status share_state(rww_comm *comm, rww_state *state) {
  void *bytes = rww_comm_rank(comm) == 0 ? state : NULL;
  size_t n_bytes = sizeof *state;
  RWW_TRY(rww_comm_broadcast(comm, &bytes, &n_bytes));
  if (rww_comm_rank(comm) == 0) return RWW_OK;
  memcpy(state, bytes, sizeof *state);
  free(bytes);
  return RWW_OK;
}

static rww_status open_together(rww_store *store, const rww_file_spec *spec, bool *created) {
  bool leads = rww_comm_rank(store->comm) == 0;
  rww_state state = {0};
  RWW_TRY(rww_comm_agree(store->comm, leads ? lead(store, spec, &state.created) : RWW_OK));
  state.complete = store->complete;
  RWW_TRY(share_state(store->comm, &state));
  *created = state.created;
  store->complete = state.complete;
  return rww_comm_agree(store->comm, leads || state.complete ? RWW_OK : follow(store, spec));
}

rww_status rww_store_open(rww_comm *comm, const rww_file_spec *spec, bool *created, rww_store **store) {
  rww_store *opened;
  RWW_TRY(RWW_NEW(&opened, 1));
  *opened = (rww_store){.comm = comm, .descriptor = -1};
  rww_status status = rww_store_path(spec->directory, spec->stage, spec->key, &opened->path);
  if (status == RWW_OK) status = open_together(opened, spec, created);
  if (status != RWW_OK) {
    destroy(opened);
    return status;
  }
  *store = opened;
  return RWW_OK;
}

/* A file that was removed, replaced or cut while the job runs must not swallow results in silence. */
static rww_status check_writable(const rww_store *store) {
  struct stat info;
  if (store->descriptor < 0) return rww_raise(RWW_ERR_STORE, "%s: is complete; nothing is written to it", store->path);
  if (fstat(store->descriptor, &info) != 0) return rww_raise(RWW_ERR_STORE, "%s: %s", store->path, strerror(errno));
  if (info.st_nlink > 0 && (uint64_t)info.st_size >= store->rows.layout->n_bytes) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: was %s while the job ran. Run again: what is missing is computed again",
                   store->path, info.st_nlink ? "cut short" : "removed or replaced");
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

static rww_status start_row(rww_store *store, uint64_t row) {
  rww_slot slot;
  RWW_TRY(rww_rows_read_slots(&store->rows, row, 1, &slot));
  slot.outcome = RWW_STARTED;
  slot.attempts++;
  slot.rank = (uint32_t)rww_comm_rank(store->comm);
  slot.started_utc_s = rww_clock_utc_s();
  RWW_TRY(rww_rows_write_slots(&store->rows, row, 1, &slot));
  return remember(store, row, &slot);
}

static rww_status check_row(const rww_store *store, uint64_t row) {
  if (row < store->rows.layout->n_rows) return RWW_OK;
  return rww_raise(RWW_ERR_SHAPE, "%s: row %" PRIu64 " of %" PRIu64, store->path, row, store->rows.layout->n_rows);
}

rww_status rww_store_start_rows(rww_store *store, const uint64_t *rows, size_t n) {
  RWW_TRY(check_writable(store));
  for (size_t i = 0; i < n; i++) {
    RWW_TRY(check_row(store, rows[i]));
    RWW_TRY(start_row(store, rows[i]));
  }
  return RWW_OK;
}

static rww_status find_in_flight(const rww_store *store, uint64_t row, size_t *at) {
  for (*at = 0; *at < store->n_in_flight; ++*at)
    if (store->in_flight[*at].row == row) return RWW_OK;
  return rww_raise(RWW_ERR_SHAPE, "%s: row %" PRIu64 " is written but was not started", store->path, row);
}

rww_status rww_store_write_row(rww_store *store, uint64_t row, const void *const *values, rww_outcome outcome,
                               double elapsed_s) {
  size_t at;
  RWW_TRY(check_writable(store));
  RWW_TRY(find_in_flight(store, row, &at));
  rww_slot slot = store->in_flight[at].slot;
  RWW_TRY(rww_rows_write(&store->rows, row, values, &slot.row_checksum));
  slot.outcome = (uint8_t)outcome;
  slot.alone = 0;
  slot.elapsed_s = elapsed_s;
  RWW_TRY(rww_rows_write_slots(&store->rows, row, 1, &slot));
  store->in_flight[at] = store->in_flight[--store->n_in_flight];
  return RWW_OK;
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

static rww_status finish_rank(rww_store *store) {
  if (store->complete) return RWW_OK;
  RWW_TRY(check_writable(store));
  RWW_TRY(release_in_flight(store));
  return sync_data(store);
}

/* On rank 0, when all ranks have written: every checksum once more, and what users read. */
static rww_status finish_file(rww_store *store) {
  rww_findings findings;
  if (store->complete) return RWW_OK;
  RWW_TRY(rww_resume_examine(&store->rows, store->slots, &findings));
  report(store, &findings);
  return write_derived(store);
}

rww_status rww_store_close(rww_store *store) {
  rww_comm *comm = store->comm;
  rww_status status = rww_comm_agree(comm, finish_rank(store));
  if (status == RWW_OK && rww_comm_rank(comm) == 0) status = finish_file(store);
  status = rww_comm_agree(comm, status);
  destroy(store);
  return status;
}
