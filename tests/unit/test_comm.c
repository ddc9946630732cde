/* Ranks and messages. Alone, this is the one-process stand-in; the same program runs under mpirun. */
#include "check.h"
#include "comm/comm.h"
#include <stdint.h>
#include <stdlib.h>

#define N_VARIABLES 5
static const char *const variables[N_VARIABLES] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE",
                                                   "SLURM_STEP_NUM_TASKS"};

static void set_variables(const char *const values[N_VARIABLES]) {
  for (int i = 0; i < N_VARIABLES; i++)
    if (values[i])
      setenv(variables[i], values[i], 1);
    else
      unsetenv(variables[i]);
}

static void a_launcher_is_told_by_the_environment(void) {
  static const struct {
    const char *values[N_VARIABLES];
    bool launched, mismatch;
  } cases[] = {
      {{"1", NULL, NULL, NULL, NULL}, true, false},   {{NULL, "0", NULL, NULL, "4"}, true, false},
      {{NULL, NULL, "3", "4", NULL}, true, false},    {{NULL, NULL, NULL, NULL, "4"}, false, true},
      {{"2", NULL, NULL, NULL, "2"}, true, false},    {{NULL, NULL, NULL, NULL, "1"}, false, false},
      {{NULL, NULL, NULL, NULL, NULL}, false, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool mismatch;
    set_variables(cases[i].values);
    CHECK(rww_comm_launched(&mismatch) == cases[i].launched && mismatch == cases[i].mismatch);
  }
}

static void one_of_several_tasks_that_finds_itself_alone_is_refused(void) {
  rww_comm *comm;
  set_variables((const char *const[N_VARIABLES]){NULL, NULL, NULL, NULL, "4"});
  CHECK(rww_comm_begin(&comm) == RWW_ERR_USAGE);
  CHECK_MESSAGE(RWW_ERR_USAGE, "one of 4 tasks");
  CHECK_MESSAGE(RWW_ERR_USAGE, "srun --mpi=pmix");
  set_variables((const char *const[N_VARIABLES]){NULL});
}

static void a_broadcast_gives_everybody_the_bytes_of_rank_0(rww_comm *comm) {
  enum { N = 300000 }; /* more than any message that MPI buffers */
  uint64_t *bytes = NULL;
  size_t n_bytes = 0;
  if (rww_comm_rank(comm) == 0) {
    bytes = malloc(N * sizeof *bytes);
    for (uint64_t i = 0; i < N; i++) bytes[i] = i * i;
    n_bytes = N * sizeof *bytes;
  }
  CHECK_OK(rww_comm_broadcast(comm, (void **)&bytes, &n_bytes));
  CHECK(n_bytes == N * sizeof *bytes);
  for (uint64_t i = 0; i < N; i++)
    if (bytes[i] != i * i) CHECK(!"the bytes of rank 0");
  free(bytes);
}

static void a_broadcast_of_nothing_is_nothing(rww_comm *comm) {
  void *bytes = NULL;
  size_t n_bytes = rww_comm_rank(comm) == 0 ? 0 : 17;
  CHECK_OK(rww_comm_broadcast(comm, &bytes, &n_bytes));
  CHECK(n_bytes == 0);
  free(bytes);
}

static void success_is_agreed_on_where_nobody_failed(rww_comm *comm) {
  CHECK(rww_comm_agree(comm, RWW_OK) == RWW_OK);
}

static void a_stop_of_one_rank_is_everybodys(rww_comm *comm) {
  bool last = rww_comm_rank(comm) == rww_comm_size(comm) - 1;
  CHECK(rww_comm_agree(comm, last ? RWW_STOPPED : RWW_OK) == RWW_STOPPED);
}

static void the_lowest_failing_rank_is_heard_by_everybody(rww_comm *comm) {
  int rank = rww_comm_rank(comm), size = rww_comm_size(comm), lowest = size > 1 ? 1 : 0;
  rww_status status = rank == 0 ? RWW_STOPPED : RWW_ERR_STORE;
  char expected[64];
  if (rank >= lowest) status = rww_raise(rank == lowest ? RWW_ERR_MEMORY : RWW_ERR_STORE, "no luck on %d", rank);
  CHECK(rww_comm_agree(comm, status) == RWW_ERR_MEMORY);
  snprintf(expected, sizeof expected, "%sno luck on %d", lowest ? "rank 1: " : "", lowest);
  CHECK(strcmp(rww_status_message(RWW_ERR_MEMORY), expected) == 0);
}

static void no_message_is_no_message(rww_comm *comm) {
  int from = 0, tag;
  size_t n_bytes;
  CHECK_OK(rww_comm_poll(comm, &from, &tag, &n_bytes));
  CHECK(from == -1);
  from = 0;
  CHECK_OK(rww_comm_wait(comm, 0.01, &from, &tag, &n_bytes));
  CHECK(from == -1);
}

static void nobody_else_is_there_without_a_launcher(rww_comm *comm) {
  if (strcmp(rww_comm_library(comm), "none (one process)") != 0) return;
  CHECK(rww_comm_size(comm) == 1 && rww_comm_rank(comm) == 0);
  CHECK(rww_comm_send(comm, 1, 0, "", 1) == RWW_ERR_COMM);
  CHECK_MESSAGE(RWW_ERR_COMM, "there is one process alone");
}

static void receive_numbered(rww_comm *comm, uint64_t *n_received_of) {
  int from, tag;
  size_t n_bytes;
  CHECK_OK(rww_comm_wait(comm, 60, &from, &tag, &n_bytes));
  CHECK(from >= 0 && tag == from + 5);
  if (from < 0) return;
  uint64_t *numbers = malloc(n_bytes + 1);
  CHECK_OK(rww_comm_receive(comm, from, tag, numbers, n_bytes));
  for (size_t i = 0; i < n_bytes / sizeof *numbers; i++) CHECK(numbers[i] == n_received_of[from]);
  n_received_of[from]++;
  free(numbers);
}

/* All ranks send to all others before anybody receives: short messages and some that MPI does not buffer. */
static void messages_arrive_in_order_and_nobody_waits_to_send(rww_comm *comm) {
  enum { N_MESSAGES = 40, N_LONG = 20000 };
  int rank = rww_comm_rank(comm), size = rww_comm_size(comm);
  uint64_t *numbers = calloc(N_LONG, sizeof *numbers), *n_received_of = calloc((size_t)size, sizeof *n_received_of);
  for (uint64_t k = 0; k < N_MESSAGES; k++) {
    size_t n = k % 4 == 3 ? N_LONG : k % 4;
    for (size_t i = 0; i < n; i++) numbers[i] = k;
    for (int to = 0; to < size; to++)
      if (to != rank) CHECK_OK(rww_comm_send(comm, to, rank + 5, numbers, n * sizeof *numbers));
  }
  for (int k = 0; k < N_MESSAGES * (size - 1); k++) receive_numbered(comm, n_received_of);
  for (int from = 0; from < size; from++) CHECK(n_received_of[from] == (from == rank ? 0 : N_MESSAGES));
  free(numbers);
  free(n_received_of);
}

static void writing_with_data_sieving_is_switched_off(rww_comm *comm) {
  const char *value = getenv("OMPI_MCA_fbtl_posix_write_datasieving");
  if (strstr(rww_comm_library(comm), "Open MPI")) CHECK(value && strcmp(value, "0") == 0);
}

int main(void) {
  rww_comm *comm;
  bool mismatch;
  if (!rww_comm_launched(&mismatch)) {
    a_launcher_is_told_by_the_environment();
    one_of_several_tasks_that_finds_itself_alone_is_refused();
  }
  CHECK_OK(rww_comm_begin(&comm));
  a_broadcast_gives_everybody_the_bytes_of_rank_0(comm);
  a_broadcast_of_nothing_is_nothing(comm);
  success_is_agreed_on_where_nobody_failed(comm);
  a_stop_of_one_rank_is_everybodys(comm);
  the_lowest_failing_rank_is_heard_by_everybody(comm);
  nobody_else_is_there_without_a_launcher(comm);
  messages_arrive_in_order_and_nobody_waits_to_send(comm);
  CHECK_OK(rww_comm_agree(comm, RWW_OK)); /* nobody's messages are under way any more */
  no_message_is_no_message(comm);
  writing_with_data_sieving_is_switched_off(comm);
  rww_comm_end(comm);
  return check_report();
}
