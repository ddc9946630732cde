#include "cluster_work.h"

#include "base/memory.h"
#include <stdlib.h>

#define AXIS_POINTS 10000 /* of the grid's inner axis; the outer one is as long as it must be */

static void note_back(cluster_work *work, uint64_t row) {
  unsigned char bit = (unsigned char)(1 << row % 8);
  if (work->is_back[row / 8] & bit)
    work->n_twice++;
  else
    work->n_back++;
  work->is_back[row / 8] |= bit;
}

/* ---- the grid: the program's own source, watched ---- */

static rww_status next_points(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  const rww_work_source *inner = &((cluster_work *)self)->inner;
  return inner->next(inner->self, max_lanes, available, unit);
}

static rww_status digest_points(void *self, const rww_result *results, size_t n) {
  cluster_work *work = self;
  for (size_t i = 0; i < n; i++) note_back(work, results[i].row);
  return work->inner.digest(work->inner.self, results, n);
}

static uint64_t count_points_available(const void *self) {
  const rww_work_source *inner = &((const cluster_work *)self)->inner;
  return inner->count_available(inner->self);
}

static uint64_t count_points(const void *self) {
  return ((const cluster_work *)self)->n_points;
}

static rww_status create_grid(cluster_work *work) {
  uint64_t *points;
  size_t n_outer = (size_t)(work->n_points / AXIS_POINTS + 1);
  RWW_TRY(RWW_NEW(&work->coordinates, n_outer > AXIS_POINTS ? n_outer : AXIS_POINTS));
  for (size_t k = 0; k < 2; k++) {
    work->axes[k] = (rww_axis){RWW_COUPLING_A, k == 0 ? n_outer : AXIS_POINTS, work->coordinates, NULL};
    work->free[k] = (rww_free){.parameter = RWW_COUPLING_A};
  }
  work->grid = (rww_grid){2, work->axes, n_outer * AXIS_POINTS, work->free, 2};
  RWW_TRY(RWW_NEW(&points, work->n_points));
  for (uint64_t point = 0; point < work->n_points; point++) points[point] = point;
  rww_row_list listed = {.rows = points, .n_plain = work->n_points};
  rww_status status = rww_grid_source_create(&work->grid, 0, CLUSTER_GRID, &listed, &work->points);
  free(points);
  if (status == RWW_OK) work->inner = rww_grid_source_work(work->points);
  return status;
}

/* ---- the fit: a lane a restart and step ---- */

static uint64_t count_restarts_available(const void *self) {
  return ((const cluster_work *)self)->n_asking;
}

static uint64_t count_steps(const void *self) {
  const cluster_work *work = self;
  return work->n_restarts * work->n_steps;
}

static rww_status next_steps(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  cluster_work *work = self;
  size_t n = work->n_asking < max_lanes ? work->n_asking : max_lanes;
  *available = n > 0;
  if (n == 0) return RWW_OK;
  RWW_TRY(rww_unit_create(CLUSTER_FIT, n, 0, 2, unit));
  unit->with_gradient = true;
  for (size_t lane = 0; lane < n; lane++) {
    size_t r = work->asking[--work->n_asking];
    unit->rows[lane] = work->n_points + r * work->n_steps + work->steps[r]++;
  }
  return RWW_OK;
}

static rww_status digest_steps(void *self, const rww_result *results, size_t n) {
  cluster_work *work = self;
  for (size_t i = 0; i < n; i++) {
    size_t r = (size_t)((results[i].row - work->n_points) / work->n_steps);
    note_back(work, results[i].row);
    if (work->steps[r] < work->n_steps) work->asking[work->n_asking++] = r;
  }
  return RWW_OK;
}

static rww_status create_fit(cluster_work *work) {
  RWW_TRY(RWW_NEW(&work->steps, work->n_restarts));
  RWW_TRY(RWW_NEW(&work->asking, work->n_restarts));
  if (work->n_steps > 0) work->n_asking = work->n_restarts;
  for (size_t k = 0; k < work->n_asking; k++) work->asking[k] = work->n_asking - 1 - k;
  return RWW_OK;
}

rww_status cluster_work_create(uint64_t n_points, uint64_t n_restarts, uint64_t n_steps, cluster_work *work) {
  *work = (cluster_work){.n_points = n_points, .n_restarts = n_restarts, .n_steps = n_steps};
  work->sources[CLUSTER_FIT] =
      (rww_work_source){work, next_steps, digest_steps, count_restarts_available, count_steps, true, NULL};
  work->sources[CLUSTER_GRID] =
      (rww_work_source){work, next_points, digest_points, count_points_available, count_points, false, NULL};
  RWW_TRY(RWW_NEW(&work->is_back, cluster_work_count_rows(work) / 8 + 1));
  RWW_TRY(create_fit(work));
  return create_grid(work);
}

void cluster_work_free(cluster_work *work) {
  rww_grid_source_destroy(work->points);
  free(work->coordinates);
  free(work->steps);
  free(work->asking);
  free(work->is_back);
}

uint64_t cluster_work_count_rows(const cluster_work *work) {
  return work->n_points + work->n_restarts * work->n_steps;
}
