/* What a run finds in a file that an earlier one left: finished, cut off, or damaged. */
#include "store_case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static void work_and_die(const char *directory, const uint64_t *rows, size_t n,
                         void (*work)(const char *, rww_store *)) {
  pid_t child = fork();
  if (child == 0) {
    rww_store *store = case_open(directory);
    CHECK_OK(rww_store_start_rows(store, rows, n));
    if (work) work(directory, store);
    kill(getpid(), SIGKILL);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

/* A run that starts these rows and is killed while it computes them. */
static void crash(const char *directory, const uint64_t *rows, size_t n) {
  work_and_die(directory, rows, n, NULL);
}

static bool has_in_flight(const char *directory) {
  bool found = false;
  rww_slot *slots;
  rww_reader *reader = case_read(directory);
  CHECK_OK(rww_reader_slots(reader, &slots));
  for (uint64_t row = 0; row < CASE_ROWS; row++) found = found || slots[row].outcome == RWW_STARTED;
  free(slots);
  rww_reader_close(reader);
  return found;
}

static void let_go(const char *directory, rww_store *store) {
  (void)store;
  rww_store_note_end();
  while (has_in_flight(directory)) usleep(10000);
}

static void finish_what_was_let_go(const char *directory, rww_store *store) {
  let_go(directory, store);
  CHECK_OK(case_finish(store, 8, RWW_DONE));
}

/* Inverts one byte of the file. */
static void flip(const char *directory, uint64_t offset) {
  char path[256];
  unsigned char byte;
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  int file = open(path, O_RDWR);
  CHECK(pread(file, &byte, 1, (off_t)offset) == 1);
  byte = (unsigned char)~byte;
  CHECK(pwrite(file, &byte, 1, (off_t)offset) == 1);
  close(file);
}

/* Where the bytes of the file equal these; they are looked for from the start. */
static uint64_t find(const char *directory, const void *bytes, size_t n_bytes) {
  static char content[1 << 16];
  char path[256];
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  FILE *file = fopen(path, "rb");
  size_t size = fread(content, 1, sizeof content, file);
  fclose(file);
  char *found = memmem(content, size, bytes, n_bytes);
  CHECK(found != NULL);
  return found ? (uint64_t)(found - content) : 0;
}

static uint64_t find_loss(const char *directory, uint64_t row) {
  double loss = case_loss(row);
  return find(directory, &loss, sizeof loss);
}

static void what_was_not_written_is_pending_after_a_stop(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  uint64_t row = 4;
  CHECK_OK(rww_store_start_rows(store, &row, 1));
  CHECK_OK(rww_store_close(store));
  rww_slot slot = case_slot(directory, 4);
  CHECK(rww_slot_task(&slot) == RWW_ROW_COMPUTE && slot.attempts == 1);
}

static void finished_rows_survive_a_crash_untouched(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  CHECK_OK(case_write(store, 1, RWW_DONE));
  CHECK_OK(rww_store_close(store));
  crash(directory, (uint64_t[]){6}, 1);
  rww_slot slot = case_slot(directory, 1);
  CHECK(rww_slot_task(&slot) == RWW_ROW_TAKE && slot.attempts == 1);
}

static void what_was_in_flight_at_a_crash_is_computed_apart(void) {
  const char *directory = case_directory();
  crash(directory, (uint64_t[]){3, 8}, 2);
  rww_slot in_flight = case_slot(directory, 8), other = case_slot(directory, 7);
  CHECK(rww_slot_task(&in_flight) == RWW_ROW_COMPUTE_APART);
  CHECK(rww_slot_task(&other) == RWW_ROW_COMPUTE);
}

static void a_suspect_fails_after_two_crashes(void) {
  const char *directory = case_directory();
  crash(directory, (uint64_t[]){3, 8}, 2);
  crash(directory, (uint64_t[]){8}, 1);
  rww_slot slot = case_slot(directory, 8);
  CHECK(rww_slot_task(&slot) == RWW_ROW_COMPUTE_ALONE);
  crash(directory, (uint64_t[]){8}, 1);
  slot = case_slot(directory, 8);
  CHECK(rww_slot_task(&slot) == RWW_ROW_PASS_OVER && slot.attempts == 3 && slot.error == RWW_ERR_SYSTEM);
  CHECK(case_value(directory, "status", 8) == RWW_FAILED);
}

static void an_innocent_row_in_flight_at_several_crashes_does_not_fail(void) {
  const char *directory = case_directory();
  rww_slot slot;
  crash(directory, (uint64_t[]){3, 8}, 2);
  crash(directory, (uint64_t[]){8}, 1);
  slot = case_slot(directory, 3);
  CHECK(rww_slot_task(&slot) == RWW_ROW_COMPUTE_APART);
  rww_store *store = case_open(directory);
  CHECK_OK(case_write(store, 3, RWW_DONE));
  CHECK_OK(rww_store_close(store));
  slot = case_slot(directory, 3);
  CHECK(rww_slot_task(&slot) == RWW_ROW_TAKE && slot.attempts == 2);
}

static void an_end_that_was_asked_for_makes_no_suspects(void) {
  const char *directory = case_directory();
  work_and_die(directory, (uint64_t[]){3, 8}, 2, let_go);
  rww_slot slot = case_slot(directory, 8);
  CHECK(rww_slot_task(&slot) == RWW_ROW_COMPUTE && slot.attempts == 1);
}

static void an_end_that_was_asked_for_leaves_a_suspect_what_it_was(void) {
  const char *directory = case_directory();
  for (int i = 0; i < 2; i++) {
    crash(directory, (uint64_t[]){8}, 1);
    rww_slot before = case_slot(directory, 8);
    work_and_die(directory, (uint64_t[]){8}, 1, let_go);
    rww_slot after = case_slot(directory, 8);
    CHECK(after.suspect && after.crashes == before.crashes && after.outcome == RWW_PENDING);
  }
  crash(directory, (uint64_t[]){8}, 1);
  rww_slot slot = case_slot(directory, 8);
  CHECK(slot.outcome == RWW_FAILED);
}

static void a_row_that_was_let_go_and_finished_nevertheless_is_taken(void) {
  const char *directory = case_directory();
  work_and_die(directory, (uint64_t[]){3, 8}, 2, finish_what_was_let_go);
  rww_slot finished = case_slot(directory, 8), other = case_slot(directory, 3);
  CHECK(rww_slot_task(&finished) == RWW_ROW_TAKE && rww_slot_task(&other) == RWW_ROW_COMPUTE);
  CHECK(case_value(directory, "loss", 8) == case_loss(8));
}

static void a_flipped_byte_in_a_row_makes_it_pending(void) {
  const char *directory = case_finished();
  flip(directory, find_loss(directory, 9) + 3);
  rww_slot damaged = case_slot(directory, 9), intact = case_slot(directory, 10);
  CHECK(rww_slot_task(&damaged) == RWW_ROW_COMPUTE && rww_slot_task(&intact) == RWW_ROW_TAKE);
  CHECK(case_value(directory, "status", 9) == RWW_PENDING);
}

static void a_flipped_byte_in_a_slot_makes_its_row_pending(void) {
  const char *directory = case_finished();
  rww_slot slot = case_slot(directory, 2);
  flip(directory, find(directory, &slot, sizeof slot) + offsetof(rww_slot, outcome));
  slot = case_slot(directory, 2);
  CHECK(rww_slot_task(&slot) == RWW_ROW_COMPUTE);
}

static void verify_names_exactly_the_damaged_rows(void) {
  const char *directory = case_finished();
  rww_slot slot = case_slot(directory, 2);
  flip(directory, find_loss(directory, 9));
  flip(directory, find(directory, &slot, sizeof slot) + offsetof(rww_slot, elapsed_s));
  rww_reader *reader = case_read(directory);
  rww_verification found;
  CHECK_OK(rww_reader_verify(reader, &found));
  CHECK(found.n_damaged == 2 && found.damaged[0] == 2 && found.damaged[1] == 9);
  CHECK(found.n_outcomes[RWW_DONE] == CASE_ROWS - 3 && found.n_outcomes[RWW_DIVERGED] == 1);
  rww_verification_free(&found);
  rww_reader_close(reader);
}

static void a_flipped_byte_outside_of_the_rows_is_found(void) {
  const char *directory = case_finished(), *source = "name: case # as given";
  flip(directory, find(directory, source, strlen(source)));
  rww_file_spec spec = case_spec(directory);
  rww_store *store;
  bool created;
  CHECK(rww_store_open(case_comm, &spec, &created, &store) == RWW_ERR_STORE);
  CHECK_MESSAGE(RWW_ERR_STORE, "damaged outside of its rows");
}

/* Opening refuses it, or verifying finds it. */
static bool is_damaged(const char *path) {
  rww_reader *reader;
  rww_verification found = {0};
  if (rww_reader_open(path, &reader) != RWW_OK) return true;
  CHECK_OK(rww_reader_verify(reader, &found));
  bool is = found.n_damaged + found.n_misread > 0;
  rww_verification_free(&found);
  rww_reader_close(reader);
  return is;
}

static void any_flipped_byte_of_a_file_is_found(void) {
  const char *directory = case_finished();
  char path[256];
  struct stat info;
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  CHECK(stat(path, &info) == 0);
  CHECK(!is_damaged(path));
  for (off_t at = 0; at < info.st_size; at++) {
    flip(directory, (uint64_t)at);
    CHECK(is_damaged(path));
    flip(directory, (uint64_t)at);
  }
  CHECK(!is_damaged(path));
}

static void a_truncated_file_is_refused(void) {
  const char *directory = case_finished();
  char path[256];
  rww_reader *reader;
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  CHECK(truncate(path, 12345) == 0);
  CHECK(rww_reader_open(path, &reader) == RWW_ERR_STORE);
  CHECK_MESSAGE(RWW_ERR_STORE, "truncated");
}

static void a_file_of_other_making_is_refused(void) {
  const char *directory = case_directory();
  char path[256];
  rww_reader *reader;
  CHECK(mkdir(directory, 0777) == 0);
  snprintf(path, sizeof path, "%s/other.h5", directory);
  FILE *file = fopen(path, "w");
  fputs("no HDF5 at all", file);
  fclose(file);
  CHECK(rww_reader_open(path, &reader) == RWW_ERR_STORE);
  CHECK_MESSAGE(RWW_ERR_STORE, path);
}

int main(void) {
  CHECK_OK(rww_comm_begin(&case_comm));
  what_was_not_written_is_pending_after_a_stop();
  finished_rows_survive_a_crash_untouched();
  what_was_in_flight_at_a_crash_is_computed_apart();
  a_suspect_fails_after_two_crashes();
  an_innocent_row_in_flight_at_several_crashes_does_not_fail();
  an_end_that_was_asked_for_makes_no_suspects();
  an_end_that_was_asked_for_leaves_a_suspect_what_it_was();
  a_row_that_was_let_go_and_finished_nevertheless_is_taken();
  a_flipped_byte_in_a_row_makes_it_pending();
  a_flipped_byte_in_a_slot_makes_its_row_pending();
  verify_names_exactly_the_damaged_rows();
  a_flipped_byte_outside_of_the_rows_is_found();
  any_flipped_byte_of_a_file_is_found();
  a_truncated_file_is_refused();
  a_file_of_other_making_is_refused();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
