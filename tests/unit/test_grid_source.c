/* In which order, and in what company, the grid asks for its points. */
#include "check.h"
#include "plan/grid_source.h"

static const uint64_t points[] = {4, 1, 9, 0, 7, 2, 8, 3}; /* four plain ones, two apart, two alone */
static const rww_row_list asked = {points, 4, 2, 2};
static rww_grid grid;
static rww_grid_source *source;
static rww_work_source work;

static void begin(void) {
  CHECK_OK(rww_grid_source_create(&grid, 42, 0, &asked, &source));
  work = rww_grid_source_work(source);
}

static void end(void) {
  rww_grid_source_destroy(source);
}

/* Takes the next unit of at most max_lanes, which must be of these rows. */
static void take(size_t max_lanes, const uint64_t *rows, size_t n) {
  rww_unit unit;
  bool available;
  CHECK_OK(work.next(work.self, max_lanes, &available, &unit));
  CHECK(available);
  if (!available) return;
  CHECK(unit.n_lanes == n && memcmp(unit.rows, rows, n * sizeof *rows) == 0);
  rww_unit_free(&unit);
}

static void give_back(size_t n) {
  rww_result results[8] = {{.row = 0}};
  CHECK_OK(work.digest(work.self, results, n));
}

static void units_are_as_large_as_asked_and_mix_no_suspects_in(void) {
  begin();
  take(3, points, 3);
  take(3, points + 3, 1);
  end();
}

static void suspects_come_after_the_others_each_in_a_unit_of_its_own(void) {
  begin();
  take(8, points, 4);
  take(8, points + 4, 1);
  take(8, points + 5, 1);
  end();
}

static void the_last_suspects_want_to_be_alone(void) {
  begin();
  take(8, points, 4);
  take(8, points + 4, 1);
  CHECK(!work.wants_alone(work.self));
  take(8, points + 5, 1);
  CHECK(work.wants_alone(work.self) && work.count_available(work.self) == 1);
  take(8, points + 6, 1);
  CHECK(work.wants_alone(work.self) && work.count_available(work.self) == 1);
  take(8, points + 7, 1);
  give_back(7);
  CHECK(work.wants_alone(work.self) && work.count_available(work.self) == 0);
  give_back(1);
  CHECK(!work.wants_alone(work.self));
  CHECK(work.count_available(work.self) == 0 && work.count_total(work.self) == 8);
  end();
}

int main(void) {
  double values[10] = {0};
  rww_axis_config axis = {.parameter = RWW_MODEL_W, .n = 10, .values = values};
  rww_explore_config config = {.n_axes = 1, .axes = &axis};
  CHECK_OK(rww_grid_create(&config, &grid));
  units_are_as_large_as_asked_and_mix_no_suspects_in();
  suspects_come_after_the_others_each_in_a_unit_of_its_own();
  the_last_suspects_want_to_be_alone();
  rww_grid_free(&grid);
  return check_report();
}
