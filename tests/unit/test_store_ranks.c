/* Result files written by several ranks at once; run alone and under mpirun. */
#include "store_case.h"

/* The directory that rank 0 made, on every rank. */
static char *share_directory(void) {
  void *bytes = rww_comm_rank(case_comm) == 0 ? strdup(case_directory()) : NULL;
  size_t n_bytes = bytes ? strlen(bytes) + 1 : 0;
  CHECK_OK(rww_comm_broadcast(case_comm, &bytes, &n_bytes));
  return bytes;
}

static void write_own_rows(rww_store *store, uint64_t end) {
  for (uint64_t row = (uint64_t)rww_comm_rank(case_comm); row < end; row += (uint64_t)rww_comm_size(case_comm))
    CHECK_OK(case_write(store, row, RWW_DONE));
}

static void every_rank_writes_its_rows(void) {
  char *directory = share_directory();
  rww_store *store = case_open(directory);
  write_own_rows(store, CASE_ROWS);
  CHECK_OK(rww_store_close(store));
  if (rww_comm_rank(case_comm) == 0)
    for (uint64_t row = 0; row < CASE_ROWS; row++) {
      CHECK(case_value(directory, "loss", row) == case_loss(row));
      CHECK(case_value(directory, "status", row) == RWW_DONE);
    }
  free(directory);
}

static void rows_tell_the_rank_that_computed_them(void) {
  char *directory = share_directory();
  rww_store *store = case_open(directory);
  write_own_rows(store, CASE_ROWS);
  CHECK_OK(rww_store_close(store));
  store = case_open(directory);
  const rww_slot *slots = rww_store_slots(store);
  CHECK((slots != NULL) == (rww_comm_rank(case_comm) == 0));
  for (int row = 0; slots && row < CASE_ROWS; row++)
    CHECK(slots[row].rank == (uint32_t)(row % rww_comm_size(case_comm)));
  CHECK_OK(rww_store_close(store));
  free(directory);
}

static void a_file_is_finished_in_two_runs(void) {
  char *directory = share_directory();
  rww_store *store = case_open(directory);
  write_own_rows(store, 7);
  CHECK_OK(rww_store_close(store));
  store = case_open(directory);
  const rww_slot *slots = rww_store_slots(store);
  for (int row = 0; slots && row < CASE_ROWS; row++)
    CHECK(rww_slot_task(&slots[row]) == (row < 7 ? RWW_ROW_TAKE : RWW_ROW_COMPUTE));
  CHECK_OK(rww_store_close(store));
  free(directory);
}

static void an_error_of_rank_0_reaches_every_rank(void) {
  rww_file_spec spec = case_spec("/proc/no/such");
  rww_store *store;
  bool created;
  CHECK(rww_store_open(case_comm, &spec, &created, &store) == RWW_ERR_OUTPUT);
}

int main(void) {
  CHECK_OK(rww_comm_begin(&case_comm));
  every_rank_writes_its_rows();
  rows_tell_the_rank_that_computed_them();
  a_file_is_finished_in_two_runs();
  an_error_of_rank_0_reaches_every_rank();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
