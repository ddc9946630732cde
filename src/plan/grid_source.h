/** @file
 *  The grid as a source of work: it asks for all of its points at once. */
#ifndef RWW_PLAN_GRID_SOURCE_H
#define RWW_PLAN_GRID_SOURCE_H

#include "plan/grid.h"
#include "plan/unit.h"

typedef struct rww_grid_source rww_grid_source;

/** Points to be computed, in this order. The last ones are suspected of having ended an earlier job: they come when all
 *  others have been given away, so that these are not held up, and so that few are in flight if it happens again. */
typedef struct rww_grid_points {
  const uint64_t *points; /* [n_plain + n_apart + n_alone] */
  uint64_t n_plain;       /* in units of any size */
  uint64_t n_apart;       /* each in a unit of its own */
  uint64_t n_alone;       /* each with nothing else in flight */
} rww_grid_points;

/** Copies the points; the grid is borrowed. A result's row is its point's number. */
RWW_MUST_CHECK rww_status rww_grid_source_create(const rww_grid *grid, uint64_t base_seed, uint64_t index,
                                                 const rww_grid_points *points, rww_grid_source **source);
void rww_grid_source_destroy(rww_grid_source *source);

/** The source as the scheduler takes it; valid as long as `source`. */
rww_work_source rww_grid_source_work(rww_grid_source *source);

/** Points whose results have not been digested yet. */
uint64_t rww_grid_source_count_left(const rww_grid_source *source);

/** From now on the losses that come in are put here [grid->n_points]. Borrowed. */
void rww_grid_source_note_losses(rww_grid_source *source, double *losses);

#endif
