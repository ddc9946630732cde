/* A file's summary: its last row, of datasets that are not numbered by rows. */
#include "store_case.h"

#include <fcntl.h>
#include <hdf5.h>
#include <string.h>

enum { N_RESTARTS = 2, N_STEPS = 3, N_ROWS = N_RESTARTS * N_STEPS + 1, SUMMARY = N_ROWS - 1 };

static const rww_dimension dimensions[] = {
    {"restart", N_RESTARTS, RWW_UINT64, NULL, NULL, "Restart"},
    {"step", N_STEPS, RWW_UINT64, NULL, NULL, "Step"},
    {"node", 2, RWW_TEXT, case_labels, NULL, "Region"},
};
static const rww_dataset datasets[] = {
    {"loss", RWW_REAL64, 2, {"restart", "step"}, 2, "1", "Loss", NULL},
    {"best_step", RWW_UINT64, 1, {"restart"}, 0, NULL, "Step with the least loss", NULL},
    {"strength", RWW_REAL64, 1, {"node"}, 0, "1", "Of the best restart", NULL},
};

static rww_store *open_fit(const char *directory) {
  rww_file_spec spec = case_spec(directory);
  rww_store *store = NULL;
  bool created;
  spec.stage = "global";
  spec.group = "fit";
  spec.base_key = NULL;
  spec.n_dimensions = 3;
  spec.dimensions = dimensions;
  spec.n_datasets = 3;
  spec.n_summary_datasets = 2;
  spec.datasets = datasets;
  spec.n_rows = N_ROWS;
  CHECK_OK(rww_store_open(case_comm, &spec, &created, &store));
  return store;
}

static void write_rows(rww_store *store) {
  for (uint64_t row = 0; row < SUMMARY; row++) {
    double loss = case_loss(row);
    const void *const values[] = {&loss};
    CHECK_OK(rww_store_start_rows(store, &row, 1));
    CHECK_OK(rww_store_write_row(store, row, values, row == 2 ? RWW_SKIPPED : RWW_DONE, 0.5));
  }
}

static void write_summary(rww_store *store) {
  static const uint64_t best_step[N_RESTARTS] = {1, 2}, row = SUMMARY;
  static const double strength[2] = {0.25, 0.75};
  const void *const values[] = {best_step, strength};
  CHECK_OK(rww_store_start_rows(store, &row, 1));
  CHECK_OK(rww_store_write_row(store, row, values, RWW_DONE, 0.5));
}

static const char *finished(void) {
  const char *directory = case_directory();
  rww_store *store = open_fit(directory);
  write_rows(store);
  write_summary(store);
  CHECK_OK(rww_store_close(store));
  return directory;
}

static rww_reader *read_fit(const char *directory) {
  char path[256];
  rww_reader *reader = NULL;
  snprintf(path, sizeof path, "%s/global.h5", directory);
  CHECK_OK(rww_reader_open(path, &reader));
  return reader;
}

static void the_summary_is_read_back_from_the_group_that_was_named(void) {
  rww_reader *reader = read_fit(finished());
  double *values = NULL;
  size_t shape[RWW_MAX_DIMENSIONS], n;
  CHECK_OK(rww_reader_dataset(reader, "/fit/best_step", &values, shape, &n));
  CHECK(n == 1 && shape[0] == N_RESTARTS && values[0] == 1 && values[1] == 2);
  free(values);
  CHECK_OK(rww_reader_dataset(reader, "/fit/status", &values, shape, &n));
  CHECK(n == 2 && shape[0] == N_RESTARTS && shape[1] == N_STEPS && values[2] == RWW_SKIPPED);
  free(values);
  rww_reader_close(reader);
}

static void rows_are_read_back_as_they_were_written(void) {
  rww_store *store = open_fit(finished());
  uint64_t best_step[N_RESTARTS] = {0};
  double loss = 0, strength[2] = {0};
  CHECK_OK(rww_store_read_row(store, 4, (void *const[]){&loss}));
  CHECK(loss == case_loss(4));
  CHECK_OK(rww_store_read_row(store, SUMMARY, (void *const[]){best_step, strength}));
  CHECK(best_step[1] == 2 && strength[0] == 0.25 && strength[1] == 0.75);
  CHECK_OK(rww_store_close(store));
}

static void a_file_without_its_summary_has_work_left(void) {
  const char *directory = case_directory();
  rww_store *store = open_fit(directory);
  write_rows(store);
  CHECK_OK(rww_store_close(store));
  store = open_fit(directory);
  for (uint64_t row = 0; row < SUMMARY; row++) CHECK(rww_slot_task(&rww_store_slots(store)[row]) == RWW_ROW_TAKE);
  CHECK(rww_slot_task(&rww_store_slots(store)[SUMMARY]) == RWW_ROW_COMPUTE);
  CHECK_OK(rww_store_close(store));
}

/* Adds 1 to the last byte of the file's `strength`, which HDF5 is asked for. */
static void damage_strength(const char *directory) {
  char path[256];
  unsigned char byte;
  snprintf(path, sizeof path, "%s/global.h5", directory);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(file, "/fit/strength", H5P_DEFAULT);
  off_t at = (off_t)(H5Dget_offset(dataset) + H5Dget_storage_size(dataset) - 1);
  H5Dclose(dataset);
  H5Fclose(file);
  int descriptor = open(path, O_RDWR);
  CHECK(pread(descriptor, &byte, 1, at) == 1);
  byte++;
  CHECK(pwrite(descriptor, &byte, 1, at) == 1);
  close(descriptor);
}

static void damage_of_the_summary_is_found_and_named(void) {
  const char *directory = finished();
  rww_verification found;
  rww_text where = {0};
  damage_strength(directory);
  rww_reader *reader = read_fit(directory);
  CHECK_OK(rww_reader_verify(reader, &found));
  CHECK(found.n_damaged == 1 && found.damaged[0] == SUMMARY);
  CHECK_OK(rww_reader_describe_row(reader, found.damaged[0], &where));
  CHECK(strcmp(where.chars, "the summary") == 0);
  rww_text_free(&where);
  rww_verification_free(&found);
  rww_reader_close(reader);
}

int main(void) {
  CHECK_OK(rww_comm_begin(&case_comm));
  the_summary_is_read_back_from_the_group_that_was_named();
  rows_are_read_back_as_they_were_written();
  a_file_without_its_summary_has_work_left();
  damage_of_the_summary_is_found_and_named();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
