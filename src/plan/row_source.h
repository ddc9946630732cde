/** @file
 *  Rows that are all known beforehand as a source of work: it asks for all of them at once. */
#ifndef RWW_PLAN_ROW_SOURCE_H
#define RWW_PLAN_ROW_SOURCE_H

#include "plan/unit.h"

/** Rows to be computed, in this order. The last ones are suspected of having ended an earlier job: they come when all
 *  others have been given away, so that these are not held up, and so that few are in flight if it happens again. */
typedef struct rww_row_list {
  const uint64_t *rows; /* [n_plain + n_apart + n_alone] */
  uint64_t n_plain;     /* in units of any size */
  uint64_t n_apart;     /* each in a unit of its own */
  uint64_t n_alone;     /* each with nothing else in flight */
} rww_row_list;

/** What to compute. */
typedef struct rww_row_source_spec {
  uint64_t source; /* index among the sources of work */
  size_t n_free, n_values;
  const rww_free *free; /* [n_free]; borrowed */
  /** Values [n_values] and seed of a row. */
  void (*get)(const void *context, uint64_t row, double *values, uint64_t *seed);
  const void *context; /* borrowed */
  rww_row_list rows;   /* a result's row is one of these; copied */
  /** Takes each result; NULL: nobody does. */
  void (*note)(void *taker, const rww_result *result);
  void *taker; /* borrowed */
} rww_row_source_spec;

typedef struct rww_row_source rww_row_source;

/** Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_row_source_create(const rww_row_source_spec *spec, rww_row_source **source);
void rww_row_source_destroy(rww_row_source *source);

/** The source as the scheduler takes it; valid as long as `source`. */
rww_work_source rww_row_source_work(rww_row_source *source);

/** Rows whose results have not been digested yet. */
uint64_t rww_row_source_count_left(const rww_row_source *source);

#endif
