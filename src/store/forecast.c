#include "base/files.h"
#include "base/memory.h"
#include "store/create.h"
#include "store/inside.h"
#include "store/reuse.h"
#include "store/shards.h"
#include <stdlib.h>

static uint64_t count_done(const rww_slot *slots, uint64_t n_rows) {
  uint64_t n = 0;
  for (uint64_t row = 0; row < n_rows; row++)
    n += rww_slot_task(&slots[row]) >= RWW_N_ROWS_TO_COMPUTE && slots[row].outcome != RWW_ELSEWHERE;
  return n;
}

static void note_size(const rww_layout *layout, rww_forecast *forecast) {
  forecast->n_bytes = layout->n_bytes;
  forecast->n_resident_bytes = layout->n_rows * sizeof(rww_slot);
}

/* Of the shard's rows. */
static rww_status look_at(const rww_reader *reader, const rww_file_spec *spec, rww_forecast *forecast) {
  rww_rows rows = rww_reader_rows(reader);
  rww_findings findings;
  rww_slot *slots;
  RWW_TRY(RWW_NEW(&slots, rows.layout->n_rows));
  rww_status status = rww_resume_examine(&rows, slots, &findings);
  rww_shards_mark(spec, slots);
  forecast->exists = true;
  forecast->n_done = count_done(slots, rows.layout->n_rows);
  free(slots);
  note_size(rows.layout, forecast);
  return status;
}

static rww_status look(const char *path, const rww_file_spec *spec, rww_forecast *forecast) {
  rww_reader *reader;
  RWW_TRY(rww_reader_open(path, &reader));
  rww_status status = look_at(reader, spec, forecast);
  rww_reader_close(reader);
  return status;
}

static rww_status count_reusable(const rww_file_spec *spec, const rww_layout *layout, rww_forecast *forecast) {
  rww_rows none = {-1, "new result file", layout};
  rww_slot *slots;
  RWW_TRY(RWW_NEW(&slots, layout->n_rows));
  rww_shards_mark(spec, slots);
  rww_status status = rww_reuse_rows(spec, &none, slots, &forecast->n_reused);
  forecast->n_done = count_done(slots, layout->n_rows);
  free(slots);
  return status;
}

static rww_status imagine(const rww_comm *comm, const rww_file_spec *spec, rww_forecast *forecast) {
  rww_layout layout;
  RWW_TRY(rww_store_lay_out(comm, spec, &layout));
  note_size(&layout, forecast);
  rww_status status = spec->redo ? RWW_OK : count_reusable(spec, &layout, forecast);
  rww_layout_free(&layout);
  return status;
}

rww_status rww_store_forecast(const rww_comm *comm, const rww_file_spec *spec, rww_forecast *forecast) {
  char *path;
  *forecast = (rww_forecast){.n_rows = rww_shards_count_rows(spec)};
  RWW_TRY(rww_store_path(spec->directory, spec->stage, spec->key, spec->shard, &path));
  bool exists = !spec->redo && rww_file_exists(path);
  rww_status status = exists ? look(path, spec, forecast) : imagine(comm, spec, forecast);
  free(path);
  return status;
}
