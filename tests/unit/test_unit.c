/* A unit of work survives its journey through a message, and nothing else is taken for one. */
#include "check.h"
#include "plan/unit.h"
#include <stdlib.h>

static rww_unit make_unit(void) {
  rww_unit unit;
  CHECK_OK(rww_unit_create(3, 2, 2, 5, &unit));
  unit.with_gradient = true;
  unit.free[0] = (rww_free){RWW_COUPLING_A, false};
  unit.free[1] = (rww_free){RWW_MODEL_W, true};
  for (size_t i = 0; i < 10; i++) unit.values[i] = 0.1 * (double)i;
  unit.rows[0] = 5;
  unit.rows[1] = UINT64_C(1) << 40;
  unit.seeds[1] = UINT64_MAX;
  return unit;
}

static void packed_and_unpacked_is_the_same_unit(void) {
  rww_unit unit = make_unit(), back;
  void *bytes;
  size_t n_bytes;
  CHECK_OK(rww_unit_pack(&unit, &bytes, &n_bytes));
  CHECK_OK(rww_unit_unpack(bytes, n_bytes, &back));
  CHECK(back.source == 3 && back.with_gradient && back.n_lanes == 2 && back.n_free == 2 && back.n_value_rows == 5);
  CHECK(memcmp(back.values, unit.values, 10 * sizeof(double)) == 0);
  CHECK(back.rows[0] == 5 && back.rows[1] == UINT64_C(1) << 40 && back.seeds[1] == UINT64_MAX);
  CHECK(back.free[0].parameter == RWW_COUPLING_A && !back.free[0].regional);
  CHECK(back.free[1].parameter == RWW_MODEL_W && back.free[1].regional);
  free(bytes);
  rww_unit_free(&unit);
  rww_unit_free(&back);
}

static void a_part_has_the_lanes_of_the_whole(void) {
  rww_unit unit = make_unit(), part;
  size_t last = unit.n_lanes - 1;
  unit.with_gradient = true;
  CHECK_OK(rww_unit_take(&unit, last, 1, &part));
  CHECK(part.n_lanes == 1 && part.source == unit.source && part.with_gradient && part.n_free == unit.n_free);
  CHECK(part.rows[0] == unit.rows[last] && part.seeds[0] == unit.seeds[last]);
  for (size_t k = 0; k < unit.n_value_rows; k++) CHECK(part.values[k] == unit.values[k * unit.n_lanes + last]);
  CHECK(memcmp(part.free, unit.free, unit.n_free * sizeof *unit.free) == 0);
  rww_unit_free(&part);
  rww_unit_free(&unit);
}

static void bytes_of_another_length_are_refused(void) {
  rww_unit unit = make_unit(), back;
  void *bytes;
  size_t n_bytes;
  CHECK_OK(rww_unit_pack(&unit, &bytes, &n_bytes));
  CHECK(rww_unit_unpack(bytes, n_bytes - 8, &back) == RWW_ERR_COMM);
  CHECK(rww_unit_unpack(bytes, 3, &back) == RWW_ERR_COMM);
  free(bytes);
  rww_unit_free(&unit);
}

static void lanes_without_number_are_refused(void) {
  rww_unit unit;
  CHECK(rww_unit_create(0, (size_t)1 << 62, 1, 8, &unit) == RWW_ERR_MEMORY);
}

int main(void) {
  packed_and_unpacked_is_the_same_unit();
  a_part_has_the_lanes_of_the_whole();
  bytes_of_another_length_are_refused();
  lanes_without_number_are_refused();
  return check_report();
}
