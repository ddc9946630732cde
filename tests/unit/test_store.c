/* Result files in one process: what is written is read back, and what is found again is right. */
#include "store_case.h"

static void rows_are_read_back_through_the_link(void) {
  const char *directory = case_finished();
  for (uint64_t row = 0; row < CASE_ROWS; row++) {
    CHECK(case_value(directory, "loss", row) == case_loss(row));
    CHECK(case_value(directory, "fc", row * CASE_FC + 3) == (double)row * 10 + 3);
  }
}

static void status_is_derived_from_the_slots(void) {
  const char *directory = case_finished();
  CHECK(case_value(directory, "status", 4) == RWW_DONE);
  CHECK(case_value(directory, "status", 5) == RWW_DIVERGED);
}

static void datasets_have_their_shape(void) {
  rww_reader *reader = case_read(case_finished());
  double *values;
  size_t shape[RWW_MAX_DIMENSIONS], n;
  CHECK_OK(rww_reader_dataset(reader, "fc", &values, shape, &n));
  CHECK(n == 4 && shape[0] == 3 && shape[1] == 4 && shape[2] == 2 && shape[3] == 2);
  free(values);
  rww_reader_close(reader);
}

static void configuration_and_origin_are_in_the_file(void) {
  rww_reader *reader = case_read(case_finished());
  char *text;
  CHECK(strcmp(rww_reader_attribute(reader, "key"), CASE_KEY) == 0);
  CHECK(strcmp(rww_reader_attribute(reader, "stage"), "explore") == 0);
  CHECK(rww_reader_attribute(reader, "no such thing") == NULL);
  CHECK_OK(rww_reader_text(reader, "/config/source", &text));
  CHECK(strcmp(text, "name: case # as given\n") == 0);
  free(text);
  rww_reader_close(reader);
}

static void a_dimension_that_no_dataset_has_is_left_out(void) {
  rww_reader *reader = case_read(case_finished());
  CHECK(rww_reader_has(reader, "node") && !rww_reader_has(reader, "time"));
  rww_reader_close(reader);
}

static void a_row_is_described_by_its_coordinates(void) {
  rww_reader *reader = case_read(case_finished());
  rww_text text = {0};
  CHECK_OK(rww_reader_describe_row(reader, 7, &text));
  CHECK(strcmp(text.chars, "coupling.a 0.2, noise.seed 9223372036854775813") == 0);
  rww_text_free(&text);
  rww_reader_close(reader);
}

static void a_finished_file_is_not_written_to(void) {
  rww_store *store = case_open(case_finished());
  uint64_t row = 3;
  CHECK(rww_store_slots(store)[3].outcome == RWW_DONE);
  CHECK(rww_store_start_rows(store, &row, 1) == RWW_ERR_STORE);
  CHECK_OK(rww_store_close(store));
}

static void a_row_is_nan_until_it_is_written(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  CHECK_OK(case_write(store, 2, RWW_DONE));
  CHECK(isnan(case_value(directory, "loss", 1)));
  CHECK(case_value(directory, "loss", 2) == case_loss(2));
  CHECK_OK(rww_store_close(store));
}

static void another_key_in_the_file_is_refused(void) {
  rww_file_spec spec = case_spec(case_finished());
  rww_store *store;
  bool created;
  spec.key = "0123456789abcdefffffffffffffffff";
  CHECK(rww_store_open(case_comm, &spec, &created, &store) == RWW_ERR_STORE);
  CHECK_MESSAGE(RWW_ERR_STORE, CASE_KEY);
}

static void redo_replaces_the_file(void) {
  const char *directory = case_finished();
  rww_file_spec spec = case_spec(directory);
  rww_store *store;
  bool created;
  spec.redo = true;
  CHECK_OK(rww_store_open(case_comm, &spec, &created, &store));
  CHECK(created && rww_store_slots(store)[3].outcome == RWW_PENDING);
  CHECK_OK(rww_store_close(store));
}

static void a_file_removed_meanwhile_is_told(void) {
  char path[256];
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  snprintf(path, sizeof path, "%s/explore-0123456789abcdef.h5", directory);
  CHECK(remove(path) == 0);
  CHECK(case_write(store, 0, RWW_DONE) == RWW_ERR_OUTPUT);
  CHECK_MESSAGE(RWW_ERR_OUTPUT, "removed");
  CHECK(rww_store_close(store) == RWW_ERR_OUTPUT);
}

static void a_directory_that_cannot_be_made_is_told(void) {
  rww_file_spec spec = case_spec("/proc/no/such");
  rww_store *store;
  bool created;
  CHECK(rww_store_open(case_comm, &spec, &created, &store) == RWW_ERR_OUTPUT);
  CHECK_MESSAGE(RWW_ERR_OUTPUT, "/proc/no");
}

int main(void) {
  CHECK_OK(rww_comm_begin(&case_comm));
  rows_are_read_back_through_the_link();
  status_is_derived_from_the_slots();
  datasets_have_their_shape();
  configuration_and_origin_are_in_the_file();
  a_dimension_that_no_dataset_has_is_left_out();
  a_row_is_described_by_its_coordinates();
  a_finished_file_is_not_written_to();
  a_row_is_nan_until_it_is_written();
  another_key_in_the_file_is_refused();
  redo_replaces_the_file();
  a_file_removed_meanwhile_is_told();
  a_directory_that_cannot_be_made_is_told();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
