/* Rows taken from earlier files of the stage: those with the same base key and coordinates, bit for bit. */
#include "store_case.h"

/* Another grid over the same experiment: its own key and coordinates, axes in this order. */
typedef struct other_grid {
  const char *key;
  size_t n_a, n_seeds;
  const double *a;
  const uint64_t *seeds; /* NULL: noise_seed is no axis */
  bool seeds_first;
} other_grid;

static const uint64_t base_seed = 2;

static rww_store *open_grid(const char *directory, const other_grid *grid) {
  static rww_dimension dimensions[4];
  static rww_dataset datasets[2];
  rww_file_spec spec = case_spec(directory);
  rww_store *store = NULL;
  bool created;
  memcpy(dimensions, case_dimensions, sizeof dimensions);
  memcpy(datasets, case_datasets, sizeof datasets);
  dimensions[0].n = grid->n_a;
  dimensions[0].coordinates = grid->a;
  dimensions[1].n = grid->n_seeds;
  dimensions[1].coordinates = grid->seeds;
  for (int i = 0; i < 2; i++) {
    rww_dataset *dataset = &datasets[i];
    if (grid->seeds_first) {
      dataset->dimensions[0] = "noise_seed";
      dataset->dimensions[1] = "coupling_a";
    }
    if (grid->seeds) continue;
    memmove(dataset->dimensions + 1, dataset->dimensions + 2, 2 * sizeof *dataset->dimensions);
    dataset->n_dimensions--;
    dataset->n_row_dimensions--;
  }
  spec.key = grid->key;
  spec.dimensions = dimensions;
  spec.n_dimensions = 4;
  spec.datasets = datasets;
  spec.n_rows = grid->n_a * (grid->seeds ? grid->n_seeds : 1);
  spec.base_seed = grid->seeds ? NULL : &base_seed;
  CHECK_OK(rww_store_open(case_comm, &spec, &created, &store));
  return store;
}

#define KEY_2 "2222222222222222222222222222222f"
static const double refined_a[5] = {0.1, 0.15, 0.2, 0.3, 0.4};

static void a_refined_grid_takes_the_points_that_it_shares(void) {
  const char *directory = case_finished();
  const other_grid refined = {KEY_2, 5, 4, refined_a, case_seeds, false};
  rww_store *store = open_grid(directory, &refined);
  const rww_slot *slots = rww_store_slots(store);
  for (size_t row = 0; row < 20; row++) {
    bool shared = row / 4 % 2 == 0;
    CHECK(rww_slot_task(&slots[row]) == (shared ? RWW_ROW_TAKE : RWW_ROW_COMPUTE));
    CHECK(slots[row].attempts == 0);
  }
  CHECK_OK(rww_store_close(store));
  CHECK(case_value(directory, "loss", 9) == case_loss(5));
  CHECK(case_value(directory, "fc", 19 * CASE_FC + 2) == 112);
  CHECK(case_value(directory, "status", 9) == RWW_DIVERGED);
  CHECK(isnan(case_value(directory, "loss", 4)));
}

static void axes_in_another_order_are_matched_by_name(void) {
  const char *directory = case_finished();
  const other_grid turned = {KEY_2, 3, 4, case_a, case_seeds, true};
  CHECK_OK(rww_store_close(open_grid(directory, &turned)));
  CHECK(case_value(directory, "loss", 3 * 3 + 1) == case_loss(1 * 4 + 3));
}

static void a_coordinate_that_differs_in_its_last_bit_is_another(void) {
  const char *directory = case_finished();
  const double a[1] = {nextafter(0.2, 1)};
  const other_grid near = {KEY_2, 1, 4, a, case_seeds, false};
  rww_store *store = open_grid(directory, &near);
  CHECK(rww_slot_task(&rww_store_slots(store)[0]) == RWW_ROW_COMPUTE);
  CHECK_OK(rww_store_close(store));
}

static void without_a_seed_axis_rows_have_the_base_seed(void) {
  const char *directory = case_finished();
  const other_grid one_seed = {KEY_2, 3, 0, case_a, NULL, false};
  CHECK_OK(rww_store_close(open_grid(directory, &one_seed)));
  CHECK(case_value(directory, "loss", 2) == case_loss(2 * 4 + 1)); /* seed 2 is the second */
}

static void another_base_key_gives_nothing(void) {
  rww_file_spec spec = case_spec(case_finished());
  rww_store *store;
  bool created;
  spec.key = KEY_2;
  spec.base_key = "ffffffffffffffffffffffffffffffff";
  CHECK_OK(rww_store_open(case_comm, &spec, &created, &store));
  CHECK(rww_slot_task(&rww_store_slots(store)[0]) == RWW_ROW_COMPUTE);
  CHECK_OK(rww_store_close(store));
}

static void a_damaged_row_is_not_taken(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  CHECK_OK(case_write(store, 0, RWW_DONE));
  CHECK_OK(case_write(store, 1, RWW_DONE));
  CHECK_OK(rww_store_close(store));
  char path[256];
  snprintf(path, sizeof path, "%s/explore-0123456789abcdef.h5", directory);
  static char content[1 << 16];
  FILE *file = fopen(path, "r+b");
  size_t size = fread(content, 1, sizeof content, file);
  double loss = case_loss(1);
  char *found = memmem(content, size, &loss, sizeof loss);
  CHECK(found != NULL);
  fseek(file, found - content, SEEK_SET);
  fputc(1, file);
  fclose(file);
  const other_grid same = {KEY_2, 3, 4, case_a, case_seeds, false};
  store = open_grid(directory, &same);
  CHECK(rww_slot_task(&rww_store_slots(store)[0]) == RWW_ROW_TAKE);
  CHECK(rww_slot_task(&rww_store_slots(store)[1]) == RWW_ROW_COMPUTE);
  CHECK_OK(rww_store_close(store));
}

int main(void) {
  CHECK_OK(rww_comm_begin(&case_comm));
  a_refined_grid_takes_the_points_that_it_shares();
  axes_in_another_order_are_matched_by_name();
  a_coordinate_that_differs_in_its_last_bit_is_another();
  without_a_seed_axis_rows_have_the_base_seed();
  another_base_key_gives_nothing();
  a_damaged_row_is_not_taken();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
