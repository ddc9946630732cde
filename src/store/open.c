#include "base/files.h"
#include "base/memory.h"
#include "store/create.h"
#include "store/inside.h"
#include "store/link.h"
#include "store/reuse.h"
#include "store/shards.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_PATIENCE_S 30

rww_status rww_store_path(const char *directory, const char *stage, const char *key, rww_shard shard, char **path) {
  char name[512], part[64] = "";
  if (shard.n > 0) snprintf(part, sizeof part, ".shard-%" PRIu32 "-of-%" PRIu32, shard.index, shard.n);
  snprintf(name, sizeof name, "%s-%.16s%s.h5", stage, key, part);
  return rww_path_join(directory, name, path);
}

static rww_status check_key(const rww_store *store, const char *key) {
  const char *found = rww_reader_attribute(store->reader, "key");
  if (found && strcmp(found, key) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE,
                   "%s: belongs to key %s; expected %s. It is untouched; move it away or use another output directory",
                   store->path, found ? found : "(none)", key);
}

static size_t count_row_bytes(const rww_file_spec *spec, const rww_dataset *dataset) {
  size_t n = dataset->type == RWW_REAL32 ? 4 : dataset->type == RWW_UINT8 ? 1 : 8;
  for (size_t d = dataset->n_row_dimensions; d < dataset->n_dimensions; d++)
    for (size_t k = 0; k < spec->n_dimensions; k++)
      if (strcmp(spec->dimensions[k].name, dataset->dimensions[d]) == 0) n *= spec->dimensions[k].n;
  return n;
}

/* Rows are written by position, so that the file must have exactly the datasets that this run writes. */
static rww_status check_datasets(const rww_store *store, const rww_file_spec *spec) {
  const rww_layout *layout = store->rows.layout;
  bool same = layout->n_items == spec->n_datasets && layout->n_rows == spec->n_rows &&
              layout->n_row_items == spec->n_datasets - spec->n_summary_datasets;
  for (size_t i = 0; same && i < spec->n_datasets; i++)
    same = strcmp(layout->items[i].name, spec->datasets[i].name) == 0 &&
           rww_layout_row_bytes(layout, i) == count_row_bytes(spec, &spec->datasets[i]);
  if (same) return RWW_OK;
  return rww_raise(RWW_ERR_STORE,
                   "%s: holds other datasets than this configuration asks for. It is untouched; run with --redo=%s to "
                   "replace it, or use another output directory",
                   store->path, spec->stage);
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
  RWW_TRY(check_key(store, spec->key));
  return rww_shards_check_file(store->reader, store->path, spec);
}

static rww_status look_closely(rww_store *store, const rww_file_spec *spec, rww_findings *findings,
                               uint64_t *n_marked) {
  RWW_TRY(check_datasets(store, spec));
  free(store->slots);
  RWW_TRY(RWW_NEW(&store->slots, store->rows.layout->n_rows));
  RWW_TRY(rww_resume_examine(&store->rows, store->slots, findings));
  *n_marked = rww_shards_mark(spec, store->slots);
  return RWW_OK;
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
  uint64_t n_marked;
  bool left, agrees;
  *complete = false;
  RWW_TRY(look(store, spec));
  RWW_TRY(has_work_left(store, &left));
  if (left) return RWW_OK;
  RWW_TRY(look_closely(store, spec, &findings, &n_marked));
  RWW_TRY(rww_resume_derive_status(&store->rows, store->slots, false, &agrees));
  *complete = agrees && findings.n_pending == 0 && n_marked == 0;
  return RWW_OK;
}

static rww_status open_for_writing(rww_store *store) {
  store->descriptor = open(store->path, O_RDWR | O_CLOEXEC);
  if (store->descriptor < 0)
    return rww_raise(RWW_ERR_OUTPUT, "%s: cannot be opened for writing: %s", store->path, strerror(errno));
  store->rows.descriptor = store->descriptor;
  rww_keeper_attach(store->keeper, store->descriptor, rww_store_let_go, store);
  return RWW_OK;
}

/* Under the lock: makes or repairs the file. */
static rww_status prepare(rww_store *store, const rww_file_spec *spec, bool *created) {
  rww_findings findings;
  uint64_t n_reused = 0, n_marked;
  *created = spec->redo || !rww_file_exists(store->path);
  if (*created) RWW_TRY(rww_store_create_file(store->comm, spec, store->path));
  RWW_TRY(look(store, spec));
  RWW_TRY(look_closely(store, spec, &findings, &n_marked));
  RWW_TRY(open_for_writing(store));
  rww_store_report(store, &findings);
  if (!spec->redo) RWW_TRY(rww_reuse_rows(spec, &store->rows, store->slots, &n_reused));
  return n_marked || n_reused || findings.n_damaged || findings.n_crashed ? rww_store_write_slots(store) : RWW_OK;
}

/* The heartbeat begins at once: making a file may take long. */
static rww_status lock(rww_store *store, double patience_s) {
  RWW_TRY(rww_lock_acquire(store->path, patience_s > 0 ? patience_s : LOCK_PATIENCE_S, &store->lock));
  return rww_keeper_start(store->lock, &store->keeper);
}

static rww_status lead(rww_store *store, const rww_file_spec *spec, bool *created) {
  RWW_TRY(rww_directory_create(spec->directory));
  RWW_TRY(rww_shards_check_directory(spec));
  if (!spec->redo && rww_file_exists(store->path)) RWW_TRY(find_complete(store, spec, &store->complete));
  if (!store->complete) {
    RWW_TRY(lock(store, spec->lock_patience_s));
    RWW_TRY(prepare(store, spec, created));
  }
  if (spec->shard.n == 0) rww_link_set(spec->directory, spec->stage, store->path);
  return RWW_OK;
}

static rww_status look_from_afar(rww_store *store, const rww_file_spec *spec) {
  rww_status status = look(store, spec);
  if (status == RWW_OK) return RWW_OK;
  char host[256] = "this host";
  gethostname(host, sizeof host - 1);
  return rww_raise_context(status,
                           "on %s, where a rank looks for the file that rank 0 opened (is the output directory on a "
                           "disk that all hosts share?): ",
                           host);
}

static rww_status follow(rww_store *store, const rww_file_spec *spec, const char token[RWW_TOKEN_SIZE]) {
  RWW_TRY(look_from_afar(store, spec));
  RWW_TRY(rww_lock_join(store->path, token, &store->lock));
  RWW_TRY(rww_keeper_start(NULL, &store->keeper));
  return open_for_writing(store);
}

/* What rank 0 tells the others about the file. */
typedef struct rww_state {
  bool created, complete;
  char token[RWW_TOKEN_SIZE]; /* of the lock */
} rww_state;

static rww_status open_together(rww_store *store, const rww_file_spec *spec, bool *created) {
  bool leads = rww_comm_rank(store->comm) == 0;
  rww_state state = {0};
  RWW_TRY(rww_comm_agree(store->comm, leads ? lead(store, spec, &state.created) : RWW_OK));
  state.complete = store->complete;
  if (store->lock) memcpy(state.token, rww_lock_token(store->lock), sizeof state.token);
  RWW_TRY(rww_comm_share(store->comm, &state, sizeof state));
  *created = state.created;
  store->complete = state.complete;
  return rww_comm_agree(store->comm, leads || state.complete ? RWW_OK : follow(store, spec, state.token));
}

rww_status rww_store_open(rww_comm *comm, const rww_file_spec *spec, bool *created, rww_store **store) {
  rww_store *opened;
  RWW_TRY(RWW_NEW(&opened, 1));
  *opened = (rww_store){.comm = comm, .descriptor = -1};
  rww_status status = rww_store_path(spec->directory, spec->stage, spec->key, spec->shard, &opened->path);
  if (status == RWW_OK) status = open_together(opened, spec, created);
  if (status != RWW_OK) {
    rww_store_destroy(opened);
    return status;
  }
  *store = opened;
  return RWW_OK;
}
