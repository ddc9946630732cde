/** @file
 *  Axes and points of an exploration. Pure: no I/O, no MPI. */
#ifndef RWW_PLAN_GRID_H
#define RWW_PLAN_GRID_H

#include "config/config.h"

/** One axis with its coordinates: `seeds` for noise.seed, `values` for every other parameter; the other is NULL. */
typedef struct rww_axis {
  rww_parameter parameter;
  size_t n;
  double *values;  /* [n], the parameter's unit */
  uint64_t *seeds; /* [n] */
} rww_axis;

/** Zero-initialised is empty; rww_grid_free releases. Points are numbered in row-major order, last axis fastest. */
typedef struct rww_grid {
  size_t n_axes;
  rww_axis *axes;
  uint64_t n_points;
  rww_free *free; /* [n_free], the axes that are not noise.seed, in order */
  size_t n_free;
} rww_grid;

/** Coordinates of a linear axis are low + (high - low) * p / q with p/q = i/(n - 1) in lowest terms, so that a refined
 *  axis has the bits of the coarse one at the points that they share; of a log axis likewise in the exponent.
 *  Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_grid_create(const rww_explore_config *config, rww_grid *grid);
void rww_grid_free(rww_grid *grid);

/** Seeds that the points have between them: 1 where noise.seed is no axis. */
uint64_t rww_grid_count_seeds(const rww_grid *grid);

/** Values of the free parameters [n_free] and the seed (`base_seed` where noise.seed is no axis) of a point. */
void rww_grid_get_point(const rww_grid *grid, uint64_t point, uint64_t base_seed, double *values, uint64_t *seed);

#endif
