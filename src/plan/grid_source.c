#include "plan/grid_source.h"

#include "base/memory.h"
#include <stdlib.h>

struct rww_grid_source {
  const rww_grid *grid;
  uint64_t base_seed;
  rww_row_source *rows;
  double *losses; /* [grid->n_points], or NULL */
};

static void get_point(const void *context, uint64_t point, double *values, uint64_t *seed) {
  const rww_grid_source *source = context;
  rww_grid_get_point(source->grid, point, source->base_seed, values, seed);
}

static void note_loss(void *context, const rww_result *result) {
  const rww_grid_source *source = context;
  if (source->losses) source->losses[result->row] = result->loss;
}

rww_status rww_grid_source_create(const rww_grid *grid, uint64_t base_seed, uint64_t index, const rww_row_list *points,
                                  rww_grid_source **source) {
  RWW_TRY(RWW_NEW(source, 1));
  **source = (rww_grid_source){.grid = grid, .base_seed = base_seed};
  rww_row_source_spec spec = {.source = index,
                              .n_free = grid->n_free,
                              .n_values = grid->n_free,
                              .free = grid->free,
                              .get = get_point,
                              .context = *source,
                              .rows = *points,
                              .note = note_loss,
                              .taker = *source};
  rww_status status = rww_row_source_create(&spec, &(*source)->rows);
  if (status == RWW_OK) return RWW_OK;
  free(*source);
  *source = NULL;
  return status;
}

void rww_grid_source_destroy(rww_grid_source *source) {
  if (!source) return;
  rww_row_source_destroy(source->rows);
  free(source);
}

rww_work_source rww_grid_source_work(rww_grid_source *source) {
  return rww_row_source_work(source->rows);
}

uint64_t rww_grid_source_count_left(const rww_grid_source *source) {
  return rww_row_source_count_left(source->rows);
}

void rww_grid_source_note_losses(rww_grid_source *source, double *losses) {
  source->losses = losses;
}
