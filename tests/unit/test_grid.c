/* Coordinates of axes, and the numbering of points. */
#include "check.h"
#include "plan/grid.h"
#include <stdlib.h>

static rww_grid make_grid(rww_axis_config *axes, size_t n_axes) {
  rww_explore_config config = {.n_axes = n_axes, .axes = axes};
  rww_grid grid = {0};
  CHECK_OK(rww_grid_create(&config, &grid));
  return grid;
}

static void linear_axis_includes_both_ends_exactly(void) {
  rww_axis_config axis = {.parameter = RWW_MODEL_W, .low = 0.001, .high = 0.7, .n = 64};
  rww_grid grid = make_grid(&axis, 1);
  CHECK(grid.axes[0].values[0] == 0.001 && grid.axes[0].values[63] == 0.7);
  /* 63 intervals: 31/63 of the way; a few ulp are the rounding of the formula itself */
  CHECK_NEAR(grid.axes[0].values[31], 0.34495238095238095, 1e-16);
  rww_grid_free(&grid);
}

static void refined_axis_shares_bits_with_the_coarse_one(rww_scale scale, size_t factor) {
  rww_axis_config axes[] = {
      {.parameter = RWW_MODEL_W, .scale = scale, .low = 0.001, .high = 0.7, .n = 64},
      {.parameter = RWW_MODEL_I_O, .scale = scale, .low = 0.001, .high = 0.7, .n = 63 * factor + 1}};
  rww_grid grid = make_grid(axes, 2);
  for (size_t i = 0; i < 64; i++) CHECK(grid.axes[0].values[i] == grid.axes[1].values[i * factor]);
  rww_grid_free(&grid);
}

static void log_axis_has_a_constant_ratio(void) {
  rww_axis_config axis = {.parameter = RWW_COUPLING_A, .scale = RWW_SCALE_LOG, .low = 0.01, .high = 100, .n = 5};
  rww_grid grid = make_grid(&axis, 1);
  const double expected[] = {0.01, 0.1, 1, 10, 100};
  /* exp and log are within an ulp of values below 10: 1e-14 relative is far above that */
  for (size_t i = 0; i < 5; i++) CHECK_NEAR(grid.axes[0].values[i] / expected[i], 1.0, 1e-14);
  rww_grid_free(&grid);
}

static void last_axis_is_fastest_and_a_seed_axis_is_no_free_parameter(void) {
  double a[] = {0.1, 0.2}, w[] = {0.5, 0.6, 0.7};
  uint64_t seeds[] = {7, UINT64_C(18446744073709551615)};
  rww_axis_config axes[] = {{.parameter = RWW_COUPLING_A, .n = 2, .values = a},
                            {.parameter = RWW_NOISE_SEED, .n = 2, .seeds = seeds},
                            {.parameter = RWW_MODEL_W, .n = 3, .values = w}};
  rww_grid grid = make_grid(axes, 3);
  CHECK(grid.n_points == 12 && grid.n_free == 2);
  CHECK(grid.free[0].parameter == RWW_COUPLING_A && grid.free[1].parameter == RWW_MODEL_W);
  double values[2];
  uint64_t seed;
  rww_grid_get_point(&grid, 1 * 6 + 1 * 3 + 2, 42, values, &seed);
  CHECK(values[0] == 0.2 && values[1] == 0.7 && seed == UINT64_C(18446744073709551615));
  rww_grid_free(&grid);
}

static void base_seed_serves_where_there_is_no_seed_axis(void) {
  double w[] = {0.5};
  rww_axis_config axis = {.parameter = RWW_MODEL_W, .n = 1, .values = w};
  rww_grid grid = make_grid(&axis, 1);
  double value;
  uint64_t seed;
  rww_grid_get_point(&grid, 0, 42, &value, &seed);
  CHECK(seed == 42 && value == 0.5);
  rww_grid_free(&grid);
}

int main(void) {
  linear_axis_includes_both_ends_exactly();
  for (size_t factor = 2; factor <= 7; factor++) {
    refined_axis_shares_bits_with_the_coarse_one(RWW_SCALE_LINEAR, factor);
    refined_axis_shares_bits_with_the_coarse_one(RWW_SCALE_LOG, factor);
  }
  log_axis_has_a_constant_ratio();
  last_axis_is_fastest_and_a_seed_axis_is_no_free_parameter();
  base_seed_serves_where_there_is_no_seed_axis();
  return check_report();
}
