#include "store/merge.h"

#include "base/files.h"
#include "base/memory.h"
#include "store/create.h"
#include "store/inside.h"
#include "store/link.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOBODY UINT32_MAX
#define LOCK_PATIENCE_S 30

/* The merge while it is going on. Sources are the whole, where there is one, and the shards, in this order. */
typedef struct merge {
  rww_merged *result;
  uint32_t n_shards_of_key; /* the N of I/N */
  const char **sources;     /* [n] */
  size_t n;
  bool has_whole;
  uint64_t n_rows;  /* with the summary */
  uint32_t *source; /* [n_rows] whose finished row it is, or NOBODY */
  rww_slot *slots;  /* [n_rows] likewise */
  bool *is_present; /* [n_shards_of_key] there is a file of that shard */
  rww_text left;    /* lines: what the shards have left to do */
} merge;

/* What all sources have to agree in with the first shard. */
typedef struct pattern {
  rww_reader *reader;
  rww_rows rows;
} pattern;

static rww_status raise_other_key(const pattern *of, const char *path, const char *stage, const char *key) {
  return rww_raise(RWW_ERR_USAGE, "%s: is of stage %s, key %s; %s is of stage %s, key %s. Expected shards of one key",
                   path, stage, key, of->rows.path, rww_reader_attribute(of->reader, "stage"),
                   rww_reader_attribute(of->reader, "key"));
}

static bool is_laid_out_alike(const rww_layout *a, const rww_layout *b) {
  bool alike = a->n_rows == b->n_rows && a->n_items == b->n_items && a->n_row_items == b->n_row_items;
  for (size_t i = 0; alike && i < a->n_items; i++)
    alike = strcmp(a->items[i].name, b->items[i].name) == 0 && a->items[i].n_bytes == b->items[i].n_bytes;
  return alike;
}

static rww_status check_alike(const pattern *of, const rww_reader *reader, const char *path) {
  const char *stage = rww_reader_attribute(reader, "stage"), *key = rww_reader_attribute(reader, "key");
  rww_rows rows = rww_reader_rows(reader);
  if (!key || strcmp(stage, rww_reader_attribute(of->reader, "stage")) != 0 ||
      strcmp(key, rww_reader_attribute(of->reader, "key")) != 0)
    return raise_other_key(of, path, stage, key ? key : "(none)");
  if (is_laid_out_alike(rows.layout, of->rows.layout)) return RWW_OK;
  return rww_raise(RWW_ERR_USAGE, "%s: holds other datasets than %s; expected shards of one configuration", path,
                   of->rows.path);
}

/* Of a source that is not the whole. */
static rww_status note_shard(merge *self, const rww_reader *reader, const char *path) {
  const char *text = rww_reader_attribute(reader, RWW_ATTRIBUTE_SHARD);
  rww_shard shard;
  if (!text) return rww_raise(RWW_ERR_USAGE, "%s: is no shard, but whole results; expected shards", path);
  RWW_TRY(rww_shard_parse(text, &shard));
  if (self->n_shards_of_key == 0) {
    self->n_shards_of_key = shard.n;
    RWW_TRY(RWW_NEW(&self->is_present, shard.n));
  }
  if (shard.n != self->n_shards_of_key)
    return rww_raise(RWW_ERR_USAGE, "%s: is shard %s, but %s is one of %" PRIu32 "; expected shards of one number",
                     path, text, self->sources[self->has_whole], self->n_shards_of_key);
  self->is_present[shard.index - 1] = true;
  return RWW_OK;
}

/* Waits for a dead owner's heartbeat to rest, as a run does. */
static rww_status check_unlocked(const char *path) {
  rww_owner owner;
  rww_life life;
  rww_lock *lock;
  bool held;
  RWW_TRY(rww_lock_look(path, &held, &owner, &life));
  if (!held) return RWW_OK;
  RWW_TRY(rww_lock_acquire(path, LOCK_PATIENCE_S, &lock));
  rww_lock_release(lock);
  return RWW_OK;
}

static rww_status describe_left(merge *self, const rww_reader *reader, const char *path, uint64_t n_left,
                                uint64_t first) {
  rww_text where = {0};
  rww_status status = rww_reader_describe_row(reader, first, &where);
  rww_text_add(&self->left, "\n  %s: %" PRIu64 " row%s left, the first at %s; run shard %s again", path, n_left,
               n_left == 1 ? "" : "s", where.chars ? where.chars : "row 0",
               rww_reader_attribute(reader, RWW_ATTRIBUTE_SHARD));
  rww_text_free(&where);
  return status;
}

/* A row with values that hold, or one that failed for good. */
static rww_status is_final(const rww_rows *rows, uint64_t row, const rww_slot *slot, bool *final) {
  uint32_t checksum;
  *final = rww_slot_is_intact(slot) && slot->outcome > RWW_STARTED && slot->outcome != RWW_ELSEWHERE;
  if (!*final || slot->outcome == RWW_FAILED) return RWW_OK;
  RWW_TRY(rww_rows_checksum(rows, row, &checksum));
  *final = checksum == slot->row_checksum;
  return RWW_OK;
}

static rww_status survey_rows(merge *self, uint32_t source, const rww_reader *reader, const rww_slot *slots) {
  rww_rows rows = rww_reader_rows(reader);
  uint64_t n_left = 0, first = 0;
  for (uint64_t row = 0; row < self->n_rows; row++) {
    bool final;
    if (self->source[row] != NOBODY) continue;
    RWW_TRY(is_final(&rows, row, &slots[row], &final));
    if (final) {
      self->source[row] = source;
      self->slots[row] = slots[row];
    } else if (slots[row].outcome != RWW_ELSEWHERE && n_left++ == 0)
      first = row;
  }
  bool is_whole = self->has_whole && source == 0;
  return n_left > 0 && !is_whole ? describe_left(self, reader, self->sources[source], n_left, first) : RWW_OK;
}

static rww_status survey_source(merge *self, const pattern *of, uint32_t source) {
  const char *path = self->sources[source];
  rww_reader *reader;
  rww_slot *slots;
  RWW_TRY(rww_reader_open(path, &reader));
  rww_status status = check_alike(of, reader, path);
  if (status == RWW_OK && !(self->has_whole && source == 0)) {
    status = note_shard(self, reader, path);
    if (status == RWW_OK) status = check_unlocked(path);
  }
  if (status == RWW_OK) status = rww_reader_slots(reader, &slots);
  if (status == RWW_OK) {
    status = survey_rows(self, source, reader, slots);
    free(slots);
  }
  rww_reader_close(reader);
  return status;
}

static rww_status survey(merge *self, const pattern *of) {
  self->n_rows = of->rows.layout->n_rows;
  RWW_TRY(RWW_NEW(&self->source, self->n_rows));
  RWW_TRY(RWW_NEW(&self->slots, self->n_rows));
  for (uint64_t row = 0; row < self->n_rows; row++) self->source[row] = NOBODY;
  for (uint32_t source = 0; source < self->n; source++) RWW_TRY(survey_source(self, of, source));
  return RWW_OK;
}

static void count(merge *self, const rww_layout *layout) {
  rww_merged *result = self->result;
  uint64_t n = result->n_rows = layout->n_rows - layout->has_summary;
  for (uint64_t row = 0; row < n; row++) {
    bool had = self->has_whole && self->source[row] == 0;
    result->n_finished += self->source[row] != NOBODY;
    result->n_taken += self->source[row] != NOBODY && !had;
  }
  result->lacks_summary = layout->has_summary && self->source[n] == NOBODY;
}

/* "shards 2, 3 and 7 of 8 are missing" would be long for many: ranges, as --array of sbatch takes them. */
static void list_missing(const merge *self, rww_text *list) {
  for (uint32_t i = 0, end; i < self->n_shards_of_key; i = end + 1) {
    for (end = i; end < self->n_shards_of_key && !self->is_present[end]; end++) continue;
    if (end == i) continue;
    rww_text_add(list, "%s%" PRIu32, list->length ? "," : "", i + 1);
    if (end > i + 1) rww_text_add(list, "-%" PRIu32, end);
  }
}

static rww_status raise_left(const merge *self) {
  const rww_merged *result = self->result;
  rww_text missing = {0}, what = {0};
  list_missing(self, &missing);
  rww_text_add(&what, "%s: %" PRIu64 " of %" PRIu64 " rows are left, so that nothing was merged", result->stage,
               result->n_rows - result->n_finished, result->n_rows);
  if (missing.length > 0)
    rww_text_add(&what, "\n  there is no shard %s of %" PRIu32 "; run it", missing.chars, self->n_shards_of_key);
  if (self->left.length > 0) rww_text_add(&what, "%s", self->left.chars);
  rww_status status = rww_raise(RWW_ERR_USAGE, "%s\n  or merge what there is: --partial", what.chars);
  rww_text_free(&missing);
  rww_text_free(&what);
  return status;
}

static rww_status copy_row(const rww_rows *from, const rww_rows *to, uint64_t row, char *buffer, const rww_slot *slot) {
  void *values[to->layout->n_items];
  rww_items items = rww_layout_row_items(to->layout, row);
  uint32_t checksum;
  if (slot->outcome == RWW_FAILED) return RWW_OK;
  for (size_t i = 0; i < items.n; i++) {
    values[i] = buffer;
    buffer += rww_layout_row_bytes(to->layout, items.first + i);
  }
  RWW_TRY(rww_rows_read(from, row, values));
  RWW_TRY(rww_rows_write(to, row, (const void *const *)values, &checksum));
  if (checksum == slot->row_checksum) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: row %" PRIu64 " changed while it was merged", from->path, row);
}

static rww_status copy_source(const merge *self, uint32_t source, const rww_rows *to, char *buffer) {
  rww_reader *reader;
  RWW_TRY(rww_reader_open(self->sources[source], &reader));
  rww_rows from = rww_reader_rows(reader);
  rww_status status = RWW_OK;
  for (uint64_t row = 0; row < self->n_rows && status == RWW_OK; row++)
    if (self->source[row] == source) status = copy_row(&from, to, row, buffer, &self->slots[row]);
  rww_reader_close(reader);
  return status;
}

static rww_status fill(const merge *self, const rww_rows *to) {
  char *buffer;
  size_t n_bytes = 0;
  bool agrees;
  for (size_t i = 0; i < to->layout->n_items; i++) n_bytes += rww_layout_row_bytes(to->layout, i);
  RWW_TRY(RWW_NEW(&buffer, n_bytes));
  rww_status status = RWW_OK;
  for (uint32_t source = 0; source < self->n && status == RWW_OK; source++)
    status = copy_source(self, source, to, buffer);
  free(buffer);
  RWW_TRY(status);
  RWW_TRY(rww_rows_write_slots(to, 0, self->n_rows, self->slots));
  return rww_resume_derive_status(to, self->slots, true, &agrees);
}

static rww_status fill_file(const merge *self, const char *path) {
  rww_reader *reader;
  RWW_TRY(rww_reader_open(path, &reader));
  rww_rows to = rww_reader_rows(reader);
  to.descriptor = open(path, O_RDWR | O_CLOEXEC);
  rww_status status = to.descriptor < 0 ? rww_raise(RWW_ERR_OUTPUT, "%s: %s", path, strerror(errno)) : fill(self, &to);
  if (status == RWW_OK && fsync(to.descriptor) != 0)
    status = rww_raise(RWW_ERR_OUTPUT, "%s: could not be brought to the disk: %s", path, strerror(errno));
  if (to.descriptor >= 0) close(to.descriptor);
  rww_reader_close(reader);
  return status;
}

/* Under another name, until it is complete. */
static rww_status write_whole(const merge *self, const pattern *of) {
  rww_text draft = {0};
  rww_text_add(&draft, "%s.merging", self->result->path);
  rww_status status = rww_store_create_whole(&of->rows, draft.chars);
  if (status == RWW_OK) status = fill_file(self, draft.chars);
  if (status == RWW_OK && rename(draft.chars, self->result->path) != 0)
    status = rww_raise(RWW_ERR_OUTPUT, "%s: could not be renamed: %s", draft.chars, strerror(errno));
  if (status != RWW_OK) unlink(draft.chars);
  rww_text_free(&draft);
  return status;
}

static rww_status publish(const merge *self, const pattern *of) {
  char *directory;
  RWW_TRY(write_whole(self, of));
  RWW_TRY(rww_path_directory(self->result->path, &directory));
  rww_status status = rww_directory_sync(directory);
  rww_link_set(directory, self->result->stage, self->result->path);
  free(directory);
  return status;
}

static rww_status survey_and_write(merge *self, const pattern *of, bool partial) {
  RWW_TRY(survey(self, of));
  count(self, of->rows.layout);
  if (!partial && self->result->n_finished < self->result->n_rows) return raise_left(self);
  return self->result->n_taken > 0 ? publish(self, of) : RWW_OK;
}

/* Whoever computes into the whole meanwhile would lose it. */
static rww_status merge_under_lock(merge *self, const pattern *of, bool partial) {
  rww_lock *lock;
  rww_keeper *keeper = NULL;
  RWW_TRY(rww_lock_acquire(self->result->path, LOCK_PATIENCE_S, &lock));
  rww_status status = rww_keeper_start(lock, &keeper);
  if (status == RWW_OK) status = survey_and_write(self, of, partial);
  rww_keeper_stop(keeper);
  rww_lock_release(lock);
  return status;
}

static rww_status list_sources(merge *self, const char *const *shards, size_t n_shards) {
  RWW_TRY(RWW_NEW(&self->sources, n_shards + 1));
  self->has_whole = rww_file_exists(self->result->path);
  if (self->has_whole) self->sources[self->n++] = self->result->path;
  memcpy(self->sources + self->n, shards, n_shards * sizeof *shards);
  self->n += n_shards;
  return RWW_OK;
}

static rww_status find_whole(const pattern *of, const char *directory, rww_merged *merged) {
  const char *stage = rww_reader_attribute(of->reader, "stage"), *key = rww_reader_attribute(of->reader, "key");
  char *beside = NULL;
  if (!key) return rww_raise(RWW_ERR_STORE, "%s: does not say of which key it is", of->rows.path);
  snprintf(merged->stage, sizeof merged->stage, "%s", stage);
  if (!directory) RWW_TRY(rww_path_directory(of->rows.path, &beside));
  rww_status status = rww_store_path(directory ? directory : beside, stage, key, (rww_shard){0}, &merged->path);
  free(beside);
  return status;
}

rww_status rww_store_merge(const char *const *shards, size_t n_shards, const char *directory, bool partial,
                           rww_merged *merged) {
  merge self = {.result = merged};
  pattern of;
  *merged = (rww_merged){0};
  RWW_TRY(rww_reader_open(shards[0], &of.reader));
  of.rows = rww_reader_rows(of.reader);
  rww_status status = find_whole(&of, directory, merged);
  if (status == RWW_OK) status = list_sources(&self, shards, n_shards);
  if (status == RWW_OK) status = merge_under_lock(&self, &of, partial);
  free(self.sources);
  free(self.source);
  free(self.slots);
  free(self.is_present);
  rww_text_free(&self.left);
  rww_reader_close(of.reader);
  if (status != RWW_OK) rww_merged_free(merged);
  return status;
}

void rww_merged_free(rww_merged *merged) {
  free(merged->path);
  merged->path = NULL;
}
