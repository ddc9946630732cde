/** @file
 *  A small exploration, for the tests of result files: 3 x 4 points, each with a loss and an FC of 2 regions. */
#ifndef RWW_TESTS_STORE_CASE_H
#define RWW_TESTS_STORE_CASE_H

#include "check.h"
#include "store/store.h"
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#define CASE_KEY "0123456789abcdef0123456789abcdef"
#define CASE_BASE_KEY "00112233445566778899aabbccddeeff"
enum { CASE_ROWS = 12, CASE_FC = 4 };

static double case_weights[4] = {0, 1, 1, 0}, case_target_fc[4] = {0, 0.5, 0.5, 0};
static char *case_labels[2] = {"lh-α", "rh-β"};
static rww_connectome case_connectome = {.n_nodes = 2, .weights = case_weights, .labels = case_labels};
static rww_target case_target = {.n_nodes = 2, .fc = case_target_fc};
static const double case_a[3] = {0.1, 0.2, 0.4};
static const uint64_t case_seeds[4] = {1, 2, 3, 9223372036854775813U /* 2^63 + 5 */};

static rww_dimension case_dimensions[] = {
    {"coupling_a", 3, RWW_REAL64, case_a, "1", "Global coupling strength"},
    {"noise_seed", 4, RWW_UINT64, case_seeds, "1", "Seed of the noise"},
    {"node", 2, RWW_TEXT, case_labels, NULL, "Region"},
    {"node_source", 2, RWW_TEXT, case_labels, NULL, "Region"},
    {"time", 7, RWW_REAL64, NULL, "s", "No dataset has it"},
};
static const rww_dataset case_datasets[] = {
    {"loss", RWW_REAL64, 2, {"coupling_a", "noise_seed"}, 2, "1", "Loss", NULL},
    {"fc", RWW_REAL64, 4, {"coupling_a", "noise_seed", "node", "node_source"}, 2, "1", "Functional connectivity", NULL},
};

static inline rww_file_spec case_spec(const char *directory) {
  return (rww_file_spec){.directory = directory,
                         .stage = "explore",
                         .key = CASE_KEY,
                         .base_key = CASE_BASE_KEY,
                         .canonical = "model.w = 0.5\n",
                         .source = "name: case # as given\n",
                         .backend = "reference",
                         .connectome = &case_connectome,
                         .target = &case_target,
                         .name = "case",
                         .n_dimensions = 5,
                         .dimensions = case_dimensions,
                         .n_datasets = 2,
                         .datasets = case_datasets,
                         .n_rows = CASE_ROWS};
}

static inline double case_loss(uint64_t row) {
  return 0.25 + (double)row;
}

/** Writes a started row with its own values. */
static inline rww_status case_finish(rww_store *store, uint64_t row, rww_outcome outcome) {
  double loss = case_loss(row), fc[CASE_FC];
  for (int i = 0; i < CASE_FC; i++) fc[i] = (double)row * 10 + i;
  const void *const values[] = {&loss, fc};
  return rww_store_write_row(store, row, values, outcome, 0.125);
}

static inline rww_status case_write(rww_store *store, uint64_t row, rww_outcome outcome) {
  RWW_TRY(rww_store_start_rows(store, &row, 1));
  return case_finish(store, row, outcome);
}

/* Directories of this process, below one in the working directory; removed by case_end. */
static char case_root[] = "store-test-XXXXXX";
static int case_n_directories;

static inline const char *case_directory(void) {
  static char path[64];
  if (case_n_directories == 0) CHECK(mkdtemp(case_root) != NULL);
  snprintf(path, sizeof path, "%s/%d", case_root, case_n_directories++);
  return path;
}

static inline int case_remove(const char *path, const struct stat *info, int kind, struct FTW *where) {
  (void)info, (void)kind, (void)where;
  return remove(path);
}

static inline void case_end(void) {
  if (case_n_directories > 0) CHECK(nftw(case_root, case_remove, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static rww_comm *case_comm;

static inline rww_store *case_open(const char *directory) {
  rww_file_spec spec = case_spec(directory);
  rww_store *store = NULL;
  bool created;
  CHECK_OK(rww_store_open(case_comm, &spec, &created, &store));
  return store;
}

/** A directory with a file whose rows are all done, but row 5, which diverged. */
static inline const char *case_finished(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  for (uint64_t row = 0; row < CASE_ROWS; row++) CHECK_OK(case_write(store, row, row == 5 ? RWW_DIVERGED : RWW_DONE));
  CHECK_OK(rww_store_close(store));
  return directory;
}

static inline rww_reader *case_read(const char *directory) {
  char path[256];
  rww_reader *reader = NULL;
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  CHECK_OK(rww_reader_open(path, &reader));
  return reader;
}

/** One element of a dataset of the file. */
static inline double case_value(const char *directory, const char *name, size_t element) {
  rww_reader *reader = case_read(directory);
  double *values = NULL, value;
  size_t shape[RWW_MAX_DIMENSIONS], n;
  CHECK_OK(rww_reader_dataset(reader, name, &values, shape, &n));
  value = values[element];
  free(values);
  rww_reader_close(reader);
  return value;
}

/** Opens and closes again; the slot of a row as it was found. */
static inline rww_slot case_slot(const char *directory, uint64_t row) {
  rww_store *store = case_open(directory);
  rww_slot slot = rww_store_slots(store)[row];
  CHECK_OK(rww_store_close(store));
  return slot;
}

#endif
