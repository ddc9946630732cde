#include "plan/grid.h"

#include "base/elementary.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

static size_t greatest_common_divisor(size_t a, size_t b) {
  return b == 0 ? a : greatest_common_divisor(b, a % b);
}

static double linear_coordinate(double low, double high, size_t i, size_t n) {
  if (i == 0) return low;
  if (i == n - 1) return high;
  size_t divisor = greatest_common_divisor(i, n - 1);
  return low + (high - low) * (double)(i / divisor) / (double)((n - 1) / divisor);
}

static double log_coordinate(double low, double high, size_t i, size_t n) {
  if (i == 0 || i == n - 1) return i == 0 ? low : high;
  return low * rww_exp(linear_coordinate(0.0, rww_ln(high / low), i, n));
}

static rww_status expand_values(const rww_axis_config *config, rww_axis *axis) {
  RWW_TRY(RWW_NEW(&axis->values, axis->n));
  for (size_t i = 0; i < axis->n; i++)
    axis->values[i] = config->values                      ? config->values[i]
                      : config->scale == RWW_SCALE_LINEAR ? linear_coordinate(config->low, config->high, i, axis->n)
                                                          : log_coordinate(config->low, config->high, i, axis->n);
  return RWW_OK;
}

static rww_status expand_axis(const rww_axis_config *config, rww_axis *axis) {
  *axis = (rww_axis){.parameter = config->parameter, .n = config->n};
  if (config->parameter != RWW_NOISE_SEED) return expand_values(config, axis);
  RWW_TRY(RWW_NEW(&axis->seeds, axis->n));
  memcpy(axis->seeds, config->seeds, axis->n * sizeof *axis->seeds);
  return RWW_OK;
}

static rww_status fill_grid(const rww_explore_config *config, rww_grid *grid) {
  RWW_TRY(RWW_NEW(&grid->axes, config->n_axes));
  RWW_TRY(RWW_NEW(&grid->free, config->n_axes));
  grid->n_axes = config->n_axes;
  grid->n_points = config->n_axes > 0;
  for (size_t k = 0; k < config->n_axes; k++) {
    RWW_TRY(expand_axis(&config->axes[k], &grid->axes[k]));
    if (config->axes[k].parameter != RWW_NOISE_SEED)
      grid->free[grid->n_free++] = (rww_free){.parameter = config->axes[k].parameter};
    if (__builtin_mul_overflow(grid->n_points, config->axes[k].n, &grid->n_points))
      return rww_raise(RWW_ERR_CONFIG, "explore.axes: more points than 64 bits can count");
  }
  return RWW_OK;
}

rww_status rww_grid_create(const rww_explore_config *config, rww_grid *grid) {
  *grid = (rww_grid){0};
  rww_status status = fill_grid(config, grid);
  if (status != RWW_OK) rww_grid_free(grid);
  return status;
}

void rww_grid_free(rww_grid *grid) {
  for (size_t k = 0; k < grid->n_axes; k++) {
    free(grid->axes[k].values);
    free(grid->axes[k].seeds);
  }
  free(grid->axes);
  free(grid->free);
  *grid = (rww_grid){0};
}

uint64_t rww_grid_count_seeds(const rww_grid *grid) {
  for (size_t k = 0; k < grid->n_axes; k++)
    if (grid->axes[k].seeds) return grid->axes[k].n;
  return 1;
}

void rww_grid_get_point(const rww_grid *grid, uint64_t point, uint64_t base_seed, double *values, uint64_t *seed) {
  size_t row = grid->n_free;
  *seed = base_seed;
  for (size_t k = grid->n_axes; k-- > 0;) {
    const rww_axis *axis = &grid->axes[k];
    size_t i = point % axis->n;
    point /= axis->n;
    if (axis->parameter == RWW_NOISE_SEED)
      *seed = axis->seeds[i];
    else
      values[--row] = axis->values[i];
  }
}
