#include "plan/row_source.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

struct rww_row_source {
  rww_row_source_spec spec;
  uint64_t *rows;              /* [n_rows] */
  double *values;              /* [n_values], of a row */
  uint64_t n_together, n_rows; /* n_together: before those that want to be alone */
  uint64_t n_given, n_digested;
};

static rww_status fill(rww_row_source *source) {
  const rww_row_list *list = &source->spec.rows;
  source->n_together = list->n_plain + list->n_apart;
  source->n_rows = source->n_together + list->n_alone;
  RWW_TRY(RWW_NEW(&source->values, source->spec.n_values));
  RWW_TRY(RWW_NEW(&source->rows, source->n_rows));
  if (source->n_rows) memcpy(source->rows, list->rows, source->n_rows * sizeof *source->rows);
  return RWW_OK;
}

rww_status rww_row_source_create(const rww_row_source_spec *spec, rww_row_source **source) {
  RWW_TRY(RWW_NEW(source, 1));
  (*source)->spec = *spec;
  rww_status status = fill(*source);
  if (status == RWW_OK) return RWW_OK;
  rww_row_source_destroy(*source);
  *source = NULL;
  return status;
}

void rww_row_source_destroy(rww_row_source *source) {
  if (!source) return;
  free(source->rows);
  free(source->values);
  free(source);
}

static void fill_lane(const rww_row_source *source, uint64_t row, size_t lane, rww_unit *unit) {
  unit->rows[lane] = row;
  source->spec.get(source->spec.context, row, source->values, &unit->seeds[lane]);
  for (size_t k = 0; k < unit->n_value_rows; k++) unit->values[k * unit->n_lanes + lane] = source->values[k];
}

/* Rows that want to be alone come one by one. */
static uint64_t count_available(const void *self) {
  const rww_row_source *source = self;
  if (source->n_given < source->n_together) return source->n_together - source->n_given;
  return source->n_given < source->n_rows ? 1 : 0;
}

static size_t count_next(const rww_row_source *source, size_t max_lanes) {
  uint64_t n_plain = source->spec.rows.n_plain;
  if (source->n_given >= n_plain) return 1;
  uint64_t n_left = n_plain - source->n_given;
  return n_left < max_lanes ? (size_t)n_left : max_lanes;
}

static rww_status next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  rww_row_source *source = self;
  const rww_row_source_spec *spec = &source->spec;
  *available = count_available(source) > 0;
  if (!*available) return RWW_OK;
  size_t n_lanes = count_next(source, max_lanes);
  RWW_TRY(rww_unit_create(spec->source, n_lanes, spec->n_free, spec->n_values, unit));
  if (spec->n_free) memcpy(unit->free, spec->free, spec->n_free * sizeof *unit->free);
  for (size_t lane = 0; lane < n_lanes; lane++) fill_lane(source, source->rows[source->n_given++], lane, unit);
  return RWW_OK;
}

static rww_status digest(void *self, const rww_result *results, size_t n) {
  rww_row_source *source = self;
  source->n_digested += n;
  for (size_t i = 0; source->spec.note && i < n; i++) source->spec.note(source->spec.taker, &results[i]);
  return RWW_OK;
}

static uint64_t count_total(const void *self) {
  return ((const rww_row_source *)self)->n_rows;
}

static bool wants_alone(const void *self) {
  const rww_row_source *source = self;
  return source->n_together < source->n_rows && source->n_given >= source->n_together &&
         source->n_digested < source->n_rows;
}

rww_work_source rww_row_source_work(rww_row_source *source) {
  return (rww_work_source){source, next, digest, count_available, count_total, false, wants_alone};
}

uint64_t rww_row_source_count_left(const rww_row_source *source) {
  return source->n_rows - source->n_digested;
}
