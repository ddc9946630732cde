#include "plan/grid_source.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

struct rww_grid_source {
  const rww_grid *grid;
  uint64_t base_seed, index;
  uint64_t *points;                       /* [n_points] */
  uint64_t n_plain, n_together, n_points; /* n_together: before those that want to be alone */
  uint64_t n_given, n_digested;
  double *losses; /* [grid->n_points], or NULL */
};

rww_status rww_grid_source_create(const rww_grid *grid, uint64_t base_seed, uint64_t index,
                                  const rww_grid_points *points, rww_grid_source **source) {
  rww_grid_source *made;
  uint64_t n_together = points->n_plain + points->n_apart, n_points = n_together + points->n_alone;
  RWW_TRY(RWW_NEW(&made, 1));
  *made = (rww_grid_source){.grid = grid,
                            .base_seed = base_seed,
                            .index = index,
                            .n_plain = points->n_plain,
                            .n_together = n_together,
                            .n_points = n_points};
  rww_status status = RWW_NEW(&made->points, n_points);
  if (status != RWW_OK) {
    free(made);
    return status;
  }
  if (n_points) memcpy(made->points, points->points, n_points * sizeof *made->points);
  *source = made;
  return RWW_OK;
}

void rww_grid_source_destroy(rww_grid_source *source) {
  if (!source) return;
  free(source->points);
  free(source);
}

static void fill_lane(const rww_grid_source *source, uint64_t point, size_t lane, double *values, rww_unit *unit) {
  unit->rows[lane] = point;
  rww_grid_get_point(source->grid, point, source->base_seed, values, &unit->seeds[lane]);
  for (size_t k = 0; k < unit->n_value_rows; k++) unit->values[k * unit->n_lanes + lane] = values[k];
}

/* A point that wants to be alone waits until nothing is in flight, and until it has come back the next one waits. */
static uint64_t count_available(const void *self) {
  const rww_grid_source *source = self;
  if (source->n_given < source->n_together) return source->n_together - source->n_given;
  bool in_flight = source->n_digested < source->n_given;
  return in_flight || source->n_given == source->n_points ? 0 : 1;
}

static size_t count_next(const rww_grid_source *source, size_t max_lanes) {
  if (source->n_given >= source->n_plain) return 1;
  uint64_t n_left = source->n_plain - source->n_given;
  return n_left < max_lanes ? (size_t)n_left : max_lanes;
}

static rww_status next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  rww_grid_source *source = self;
  const rww_grid *grid = source->grid;
  *available = count_available(source) > 0;
  if (!*available) return RWW_OK;
  size_t n_lanes = count_next(source, max_lanes);
  RWW_TRY(rww_unit_create(source->index, n_lanes, grid->n_free, grid->n_free, unit));
  memcpy(unit->free, grid->free, grid->n_free * sizeof *unit->free);
  double values[grid->n_free + 1];
  for (size_t lane = 0; lane < n_lanes; lane++)
    fill_lane(source, source->points[source->n_given++], lane, values, unit);
  return RWW_OK;
}

static rww_status digest(void *self, const rww_result *results, size_t n) {
  rww_grid_source *source = self;
  source->n_digested += n;
  for (size_t i = 0; source->losses && i < n; i++) source->losses[results[i].row] = results[i].loss;
  return RWW_OK;
}

static uint64_t count_total(const void *self) {
  return ((const rww_grid_source *)self)->n_points;
}

rww_work_source rww_grid_source_work(rww_grid_source *source) {
  return (rww_work_source){source, next, digest, count_available, count_total, false};
}

uint64_t rww_grid_source_count_left(const rww_grid_source *source) {
  return source->n_points - source->n_digested;
}

void rww_grid_source_note_losses(rww_grid_source *source, double *losses) {
  source->losses = losses;
}
