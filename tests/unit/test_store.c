/* Result files in one process: what is written is read back, and what is found again is right. */
#include "check.h"
#include "store_case.h"

static rww_comm *comm;

static rww_store *open_case(const char *directory, bool *created) {
  rww_file_spec spec = case_spec(directory);
  rww_store *store = NULL;
  CHECK_OK(rww_store_open(comm, &spec, created, &store));
  return store;
}

static char *fresh_directory(void) {
  char *directory = NULL;
  CHECK_OK(case_directory(comm, &directory));
  return directory;
}

/* A file with every row done, closed. */
static char *finished_case(void) {
  bool created;
  char *directory = fresh_directory();
  rww_store *store = open_case(directory, &created);
  CHECK(created);
  for (uint64_t row = 0; row < CASE_ROWS; row++) CHECK_OK(case_write(store, row, row == 5 ? RWW_DIVERGED : RWW_DONE));
  CHECK_OK(rww_store_close(store));
  return directory;
}

static rww_reader *read_case(const char *directory) {
  char path[256];
  rww_reader *reader = NULL;
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  CHECK_OK(rww_reader_open(path, &reader));
  return reader;
}

static void rows_are_read_back_through_the_link(void) {
  rww_reader *reader = read_case(finished_case());
  double *values;
  size_t shape[RWW_MAX_DIMENSIONS], n;
  CHECK_OK(rww_reader_dataset(reader, "loss", &values, shape, &n));
  CHECK(n == 2 && shape[0] == 3 && shape[1] == 4);
  for (uint64_t row = 0; row < CASE_ROWS; row++) CHECK(values[row] == case_loss(row));
  CHECK_OK(rww_reader_dataset(reader, "fc", &values, shape, &n));
  CHECK(n == 4 && values[7 * CASE_FC + 3] == 73);
  CHECK_OK(rww_reader_dataset(reader, "status", &values, shape, &n));
  CHECK(values[4] == RWW_DONE && values[5] == RWW_DIVERGED);
  rww_reader_close(reader);
}

static void configuration_and_origin_are_in_the_file(void) {
  rww_reader *reader = read_case(finished_case());
  char *text;
  CHECK(strcmp(rww_reader_attribute(reader, "key"), CASE_KEY) == 0);
  CHECK(strcmp(rww_reader_attribute(reader, "stage"), "explore") == 0);
  CHECK(rww_reader_attribute(reader, "no such thing") == NULL);
  CHECK_OK(rww_reader_text(reader, "/config/source", &text));
  CHECK(strcmp(text, "name: case # as given\n") == 0);
  rww_reader_close(reader);
}

static void a_finished_file_is_found_again_and_not_written_to(void) {
  bool created;
  rww_store *store = open_case(finished_case(), &created);
  CHECK(!created);
  CHECK(rww_store_slots(store)[3].outcome == RWW_DONE && rww_store_slots(store)[3].attempts == 1);
  uint64_t row = 3;
  CHECK(rww_store_start_rows(store, &row, 1) == RWW_ERR_STORE);
  CHECK_OK(rww_store_close(store));
}

static void a_new_row_is_nan_until_it_is_written(void) {
  bool created;
  char *directory = fresh_directory();
  rww_store *store = open_case(directory, &created);
  CHECK_OK(case_write(store, 2, RWW_DONE));
  rww_reader *reader = read_case(directory);
  double *values;
  size_t shape[RWW_MAX_DIMENSIONS], n;
  CHECK_OK(rww_reader_dataset(reader, "loss", &values, shape, &n));
  CHECK(isnan(values[1]) && values[2] == case_loss(2));
  rww_reader_close(reader);
  CHECK_OK(rww_store_close(store));
}

static void what_was_started_and_not_written_is_pending_after_a_stop(void) {
  bool created;
  char *directory = fresh_directory();
  rww_store *store = open_case(directory, &created);
  uint64_t row = 4;
  CHECK_OK(rww_store_start_rows(store, &row, 1));
  CHECK_OK(rww_store_close(store));
  store = open_case(directory, &created);
  CHECK(!created && rww_slot_task(&rww_store_slots(store)[4]) == RWW_ROW_COMPUTE);
  CHECK(rww_store_slots(store)[4].attempts == 1);
  CHECK_OK(rww_store_close(store));
}

int main(void) {
  CHECK_OK(rww_comm_begin(&comm));
  rows_are_read_back_through_the_link();
  configuration_and_origin_are_in_the_file();
  a_finished_file_is_found_again_and_not_written_to();
  a_new_row_is_nan_until_it_is_written();
  what_was_started_and_not_written_is_pending_after_a_stop();
  rww_comm_end(comm);
  return check_report();
}
