/** @file
 *  The grid as a source of work: it asks for all of its points at once. */
#ifndef RWW_PLAN_GRID_SOURCE_H
#define RWW_PLAN_GRID_SOURCE_H

#include "plan/grid.h"
#include "plan/row_source.h"

typedef struct rww_grid_source rww_grid_source;

/** Copies the points; the grid is borrowed. A result's row is its point's number. */
RWW_MUST_CHECK rww_status rww_grid_source_create(const rww_grid *grid, uint64_t base_seed, uint64_t index,
                                                 const rww_row_list *points, rww_grid_source **source);
void rww_grid_source_destroy(rww_grid_source *source);

/** The source as the scheduler takes it; valid as long as `source`. */
rww_work_source rww_grid_source_work(rww_grid_source *source);

/** Points whose results have not been digested yet. */
uint64_t rww_grid_source_count_left(const rww_grid_source *source);

/** From now on the losses that come in are put here [grid->n_points]. Borrowed. */
void rww_grid_source_note_losses(rww_grid_source *source, double *losses);

#endif
