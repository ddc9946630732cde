/** @file
 *  A small exploration, for the tests of result files: 3 x 4 points, each with a loss and an FC of 2 regions. */
#ifndef RWW_TESTS_STORE_CASE_H
#define RWW_TESTS_STORE_CASE_H

#include "store/store.h"
#include <stdio.h>
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
    {"loss", RWW_REAL64, 2, {"coupling_a", "noise_seed"}, 2, "1", "Loss"},
    {"fc", RWW_REAL64, 4, {"coupling_a", "noise_seed", "node", "node_source"}, 2, "1", "Functional connectivity"},
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

/** Starts and writes a row with its own values. */
static inline rww_status case_write(rww_store *store, uint64_t row, rww_outcome outcome) {
  double loss = case_loss(row), fc[CASE_FC];
  for (int i = 0; i < CASE_FC; i++) fc[i] = (double)row * 10 + i;
  const void *const values[] = {&loss, fc};
  RWW_TRY(rww_store_start_rows(store, &row, 1));
  return rww_store_write_row(store, row, values, outcome, 0.125);
}

/** A directory of its own under the working directory; the same on every rank. */
static inline rww_status case_directory(rww_comm *comm, char **directory) {
  static const char template[] = "store-test-XXXXXX";
  void *bytes = NULL;
  size_t n_bytes = sizeof template;
  if (rww_comm_rank(comm) == 0) {
    bytes = strdup(template);
    if (!mkdtemp(bytes)) return rww_raise(RWW_ERR_SYSTEM, "no directory for the test");
  }
  RWW_TRY(rww_comm_broadcast(comm, &bytes, &n_bytes));
  *directory = bytes;
  return RWW_OK;
}

#endif
