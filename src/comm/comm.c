#include "comm/comm.h"

#include "base/clock.h"
#include "base/memory.h"
#include "comm/transport.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool rww_comm_doze(double begin_s) {
  double nap_s = fmin(fmax((rww_clock_s() - begin_s) / 50, 20e-6), 20e-3);
  struct timespec nap = {.tv_nsec = (long)(nap_s * 1e9)};
  return nanosleep(&nap, NULL) == 0;
}

/* Set by mpirun of Open MPI; by srun --mpi=pmix and PRRTE; by MPICH, Intel MPI, Cray and srun --mpi=pmi2. */
static const char *const launcher_variables[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};

/* How many ranks there should be, as far as the environment tells; the innermost launcher first. */
static long count_promised_ranks(void) {
  static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (getenv(names[i])) return strtol(getenv(names[i]), NULL, 10);
  return 1;
}

bool rww_comm_launched(bool *mismatch) {
  bool launched = false;
  for (size_t i = 0; i < sizeof launcher_variables / sizeof *launcher_variables; i++)
    launched = launched || getenv(launcher_variables[i]);
  *mismatch = !launched && count_promised_ranks() > 1;
  return launched;
}

static rww_status raise_mismatch(void) {
  return rww_raise(RWW_ERR_USAGE,
                   "this is one of %ld tasks that were started together, but each finds itself alone; start them with "
                   "srun --mpi=pmix, or with the mpirun of the MPI library that the program was built with",
                   count_promised_ranks());
}

rww_status rww_comm_begin(rww_comm **comm) {
  bool mismatch, launched = rww_comm_launched(&mismatch);
  if (mismatch) return raise_mismatch();
  RWW_TRY(launched ? rww_comm_begin_mpi(comm) : rww_comm_begin_alone(comm));
  if ((*comm)->size > 1 || count_promised_ranks() <= 1) return RWW_OK;
  rww_comm_end(*comm);
  return raise_mismatch();
}

rww_status rww_comm_begin_self(const rww_comm *comm, rww_comm **self) {
  RWW_TRY(rww_comm_begin_alone(self));
  memcpy((*self)->library, comm->library, sizeof comm->library);
  return RWW_OK;
}

void rww_comm_end(rww_comm *comm) {
  comm->transport->end(comm);
}

_Noreturn void rww_comm_abort(rww_comm *comm, int exit_status) {
  comm->transport->abort(exit_status);
  _Exit(exit_status);
}

int rww_comm_rank(const rww_comm *comm) {
  return comm->rank;
}

int rww_comm_size(const rww_comm *comm) {
  return comm->size;
}

const char *rww_comm_library(const rww_comm *comm) {
  return comm->library;
}

rww_status rww_comm_send(rww_comm *comm, int to, int tag, const void *bytes, size_t n_bytes) {
  return comm->transport->send(comm, to, tag, bytes, n_bytes);
}

rww_status rww_comm_poll(rww_comm *comm, int *from, int *tag, size_t *n_bytes) {
  return comm->transport->poll(comm, from, tag, n_bytes);
}

rww_status rww_comm_wait(rww_comm *comm, double timeout_s, int *from, int *tag, size_t *n_bytes) {
  double begin_s = rww_clock_s();
  RWW_TRY(rww_comm_poll(comm, from, tag, n_bytes));
  while (*from < 0 && rww_clock_s() - begin_s < timeout_s && rww_comm_doze(begin_s))
    RWW_TRY(rww_comm_poll(comm, from, tag, n_bytes));
  return RWW_OK;
}

rww_status rww_comm_receive(rww_comm *comm, int from, int tag, void *bytes, size_t n_bytes) {
  return comm->transport->receive(comm, from, tag, bytes, n_bytes);
}

rww_status rww_comm_broadcast(rww_comm *comm, void **bytes, size_t *n_bytes) {
  uint64_t n = *n_bytes;
  RWW_TRY(comm->transport->broadcast(comm, 0, &n, sizeof n));
  *n_bytes = n;
  if (comm->rank > 0) RWW_TRY(rww_allocate(n, 1, bytes));
  return comm->transport->broadcast(comm, 0, *bytes, n);
}

rww_status rww_comm_share(rww_comm *comm, void *value, size_t n_bytes) {
  return comm->transport->broadcast(comm, 0, value, n_bytes);
}

/* Everybody gets the message of rank `owner`, with its rank in front unless that is 0. */
static rww_status share_message(rww_comm *comm, int owner, rww_status status) {
  const char *own = rww_status_message(status);
  uint64_t size = strlen(own) + 1;
  char *text;
  RWW_TRY(comm->transport->broadcast(comm, owner, &size, sizeof size));
  RWW_TRY(RWW_NEW(&text, size));
  if (comm->rank == owner) memcpy(text, own, size);
  rww_status sent = comm->transport->broadcast(comm, owner, text, size);
  if (sent != RWW_OK)
    status = sent;
  else if (owner == 0)
    status = rww_raise(status, "%s", text);
  else
    status = rww_raise(status, "rank %d: %s", owner, text);
  free(text);
  return status;
}

rww_status rww_comm_agree(rww_comm *comm, rww_status status) {
  enum { ERRORS, STOPS, SUCCESSES }; /* which of them counts: the first class that any rank is in, its lowest rank */
  int64_t class = status == RWW_OK ? SUCCESSES : status == RWW_STOPPED ? STOPS : ERRORS;
  int64_t worst = class << 48 | (int64_t)comm->rank << 16 | (int64_t)status;
  RWW_TRY(comm->transport->find_least(comm, &worst));
  int owner = (int)(worst >> 16 & 0xffffffff);
  status = (rww_status)(worst & 0xffff);
  return worst >> 48 == ERRORS && comm->size > 1 ? share_message(comm, owner, status) : status;
}
