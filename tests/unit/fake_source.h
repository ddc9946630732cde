/** @file
 *  A source of work for tests of the scheduler: lanes without values, that notes how often each comes back. With a
 *  width, it asks for so many at a time and goes on when all of them have come back, as a fit does. */
#ifndef RWW_TESTS_FAKE_SOURCE_H
#define RWW_TESTS_FAKE_SOURCE_H

#include "plan/unit.h"

#define FAKE_MAX_ROWS 100000

typedef struct fake_source {
  uint64_t first_row, n_rows, width; /* width 0: all at once */
  bool with_gradient;                /* by two values, which are to be the row and its negative */
  uint64_t n_together;               /* 0: all; else those behind want to be alone, and are asked for one by one */
  uint64_t n_given, n_digested;
  unsigned char n_times[FAKE_MAX_ROWS]; /* digested, of each of the first rows */
} fake_source;

static inline bool fake_wants_alone(const void *self) {
  const fake_source *source = self;
  return source->n_together > 0 && source->n_given >= source->n_together && source->n_digested < source->n_rows;
}

static inline uint64_t fake_count_available(const void *self) {
  const fake_source *source = self;
  if (fake_wants_alone(self)) return source->n_given < source->n_rows ? 1 : 0;
  if (source->n_together > 0 && source->n_given < source->n_together) return source->n_together - source->n_given;
  if (source->width == 0) return source->n_rows - source->n_given;
  uint64_t end = (source->n_digested / source->width + 1) * source->width;
  return (end < source->n_rows ? end : source->n_rows) - source->n_given;
}

static inline uint64_t fake_count_total(const void *self) {
  return ((const fake_source *)self)->n_rows;
}

static inline rww_status fake_next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  fake_source *source = self;
  uint64_t n_available = fake_count_available(source);
  *available = n_available > 0;
  if (!*available) return RWW_OK;
  size_t n_lanes = n_available < max_lanes ? (size_t)n_available : max_lanes;
  RWW_TRY(rww_unit_create(0, n_lanes, 0, source->with_gradient ? 2 : 0, unit));
  unit->with_gradient = source->with_gradient;
  for (size_t lane = 0; lane < n_lanes; lane++) unit->rows[lane] = source->first_row + source->n_given++;
  return RWW_OK;
}

static inline rww_status fake_digest(void *self, const rww_result *results, size_t n) {
  fake_source *source = self;
  source->n_digested += n;
  for (size_t i = 0; i < n; i++) {
    uint64_t row = results[i].row - source->first_row;
    const double *gradient = results[i].gradient;
    if (row >= source->n_rows) return rww_raise(RWW_ERR_SHAPE, "a row of another source");
    if ((gradient != NULL) != source->with_gradient) return rww_raise(RWW_ERR_SHAPE, "a gradient too few or too many");
    if (gradient && (gradient[0] != (double)results[i].row || gradient[1] != -(double)results[i].row))
      return rww_raise(RWW_ERR_SHAPE, "the gradient of another row");
    if (row < FAKE_MAX_ROWS) source->n_times[row]++;
  }
  return RWW_OK;
}

static inline rww_work_source fake_work(fake_source *source) {
  return (rww_work_source){
      source, fake_next, fake_digest, fake_count_available, fake_count_total, source->with_gradient, fake_wants_alone};
}

static inline bool fake_all_once(const fake_source *source) {
  for (uint64_t row = 0; row < source->n_rows; row++)
    if (source->n_times[row] != 1) return false;
  return true;
}

#endif
