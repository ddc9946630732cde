#include "base/clock.h"
#include "base/memory.h"
#include "comm/transport.h"
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <math.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ANSWER_S 2 /* see finalize */
#define LONGEST_STAY_S 20

/* A message under way: MPI reads the bytes until the request is complete. */
typedef struct pending_send {
  MPI_Request request;
  void *bytes;
} pending_send;

typedef struct mpi_comm {
  rww_comm base;
  MPI_Comm world; /* ours alone, so that nobody else's messages are taken for ours */
  pending_send *sends;
  size_t n_sends, capacity, next_look;
} mpi_comm;

static rww_status raise_mpi(const char *call, int error) {
  char text[MPI_MAX_ERROR_STRING];
  int length;
  if (MPI_Error_string(error, text, &length) != MPI_SUCCESS) length = 0;
  return rww_raise(RWW_ERR_COMM, "%s: %.*s", call, length, text);
}

#define MPI_TRY(call)                                                                                                  \
  do {                                                                                                                 \
    int error_ = (call);                                                                                               \
    if (error_ != MPI_SUCCESS) return raise_mpi(#call, error_);                                                        \
  } while (0)

static mpi_comm *get_mpi(rww_comm *comm) {
  return (mpi_comm *)comm;
}

/* Looks at one of the messages under way, in turn, so that a look costs the same however many there are. */
static rww_status look_at_send(mpi_comm *mpi) {
  int complete;
  if (mpi->n_sends == 0) return RWW_OK;
  if (mpi->next_look >= mpi->n_sends) mpi->next_look = 0;
  pending_send *send = &mpi->sends[mpi->next_look++];
  MPI_TRY(MPI_Test(&send->request, &complete, MPI_STATUS_IGNORE));
  if (!complete) return RWW_OK;
  free(send->bytes);
  *send = mpi->sends[--mpi->n_sends];
  return RWW_OK;
}

static rww_status make_room(mpi_comm *mpi) {
  if (mpi->n_sends < mpi->capacity) return RWW_OK;
  size_t capacity = mpi->capacity ? 2 * mpi->capacity : 64;
  pending_send *grown = realloc(mpi->sends, capacity * sizeof *grown);
  if (!grown) return rww_raise(RWW_ERR_MEMORY, "out of memory for %zu messages under way", capacity);
  mpi->sends = grown;
  mpi->capacity = capacity;
  return RWW_OK;
}

static rww_status send(rww_comm *comm, int to, int tag, const void *bytes, size_t n_bytes) {
  mpi_comm *mpi = get_mpi(comm);
  pending_send send = {MPI_REQUEST_NULL, NULL};
  if (n_bytes > INT_MAX) return rww_raise(RWW_ERR_COMM, "a message of %zu bytes is too long", n_bytes);
  RWW_TRY(look_at_send(mpi));
  RWW_TRY(look_at_send(mpi)); /* two looks a send: the list shrinks as fast as messages arrive */
  RWW_TRY(make_room(mpi));
  RWW_TRY(rww_allocate(n_bytes, 1, &send.bytes));
  if (n_bytes) memcpy(send.bytes, bytes, n_bytes);
  int error = MPI_Isend(send.bytes, (int)n_bytes, MPI_BYTE, to, tag, mpi->world, &send.request);
  if (error != MPI_SUCCESS) {
    free(send.bytes);
    return raise_mpi("MPI_Isend", error);
  }
  mpi->sends[mpi->n_sends++] = send;
  return RWW_OK;
}

static rww_status poll(rww_comm *comm, int *from, int *tag, size_t *n_bytes) {
  mpi_comm *mpi = get_mpi(comm);
  MPI_Status status;
  int found = 0, n;
  *from = -1;
  RWW_TRY(look_at_send(mpi));
  for (int look = 0; look < 2 && !found; look++) /* the first may only let in what the second finds (Open MPI) */
    MPI_TRY(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, mpi->world, &found, &status));
  if (!found) return RWW_OK;
  MPI_TRY(MPI_Get_count(&status, MPI_BYTE, &n));
  *from = status.MPI_SOURCE;
  *tag = status.MPI_TAG;
  *n_bytes = (size_t)n;
  return RWW_OK;
}

static rww_status receive(rww_comm *comm, int from, int tag, void *bytes, size_t n_bytes) {
  MPI_TRY(MPI_Recv(bytes, (int)n_bytes, MPI_BYTE, from, tag, get_mpi(comm)->world, MPI_STATUS_IGNORE));
  return RWW_OK;
}

/* MPI's own waiting keeps a core busy; this sleeps. */
static rww_status complete(MPI_Request *request) {
  double begin_s = rww_clock_s();
  for (int done = 0;;) {
    MPI_TRY(MPI_Test(request, &done, MPI_STATUS_IGNORE));
    if (done) return RWW_OK;
    rww_comm_doze(begin_s);
  }
}

static rww_status broadcast(rww_comm *comm, int root, void *bytes, size_t n_bytes) {
  enum { LONGEST = 1 << 30 }; /* MPI counts in int */
  for (size_t done = 0; done < n_bytes; done += LONGEST) {
    int n = n_bytes - done < LONGEST ? (int)(n_bytes - done) : LONGEST;
    MPI_Request request;
    MPI_TRY(MPI_Ibcast((char *)bytes + done, n, MPI_BYTE, root, get_mpi(comm)->world, &request));
    RWW_TRY(complete(&request));
  }
  return RWW_OK;
}

static rww_status find_least(rww_comm *comm, int64_t *value) {
  int64_t least;
  MPI_Request request;
  MPI_TRY(MPI_Iallreduce(value, &least, 1, MPI_INT64_T, MPI_MIN, get_mpi(comm)->world, &request));
  RWW_TRY(complete(&request));
  *value = least;
  return RWW_OK;
}

static int keep_library(struct dl_phdr_info *library, size_t size, void *context) {
  (void)size, (void)context;
  if (*library->dlpi_name) (void)dlopen(library->dlpi_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  return 0;
}

/* Open MPI 4.1 unloads its components while its own thread may still be in one of them, and the rank ends by a
 * segmentation fault behind all of its work (open-mpi/ompi#10117): so nothing is unloaded. */
static void keep_libraries(void) {
  dl_iterate_phdr(keep_library, NULL);
}

/* While MPI begins and ends it looks every 100 us for what mpirun has to say, and hundreds of ranks on a few cores keep
 * mpirun from saying it. With this slack of its timer all ranks of a host together look as often as one would; the
 * threads that MPI makes keep it. */
static void set_patience(bool patient) {
  const char *ranks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  unsigned long look_ns = 100000, default_slack = 0;
  prctl(PR_SET_TIMERSLACK, patient && ranks ? look_ns * strtoul(ranks, NULL, 10) : default_slack);
}

/* MPI_Finalize waits for the last rank, too, but does not let the others sleep. */
static void await_others(mpi_comm *mpi) {
  MPI_Request request;
  if (MPI_Ibarrier(mpi->world, &request) == MPI_SUCCESS) (void)complete(&request);
}

/* Each rank tells mpirun that it ends and waits for the answer, but no longer than 2 s (PMIx_Finalize). Hundreds of
 * ranks on a few cores can keep mpirun busy for longer; and where it then notices that a rank is gone before it has
 * read what the rank said, a run that has done everything ends with status 1 and "exiting improperly". So a rank that
 * may have had no answer stays, and leaves the cores to mpirun, for twice as long again. */
static void finalize(void) {
  double begin_s = rww_clock_s();
  set_patience(true);
  MPI_Finalize();
  double taken_s = rww_clock_s() - begin_s;
  unsigned stay_s = taken_s < ANSWER_S ? 0 : (unsigned)fmin(2 * taken_s, LONGEST_STAY_S);
  while (stay_s > 0) stay_s = sleep(stay_s); /* signals end a sleep early */
}

/* Errors are of no consequence any more. */
static void end(rww_comm *comm) {
  mpi_comm *mpi = get_mpi(comm);
  for (size_t i = 0; i < mpi->n_sends; i++) {
    MPI_Wait(&mpi->sends[i].request, MPI_STATUS_IGNORE);
    free(mpi->sends[i].bytes);
  }
  free(mpi->sends);
  await_others(mpi);
  MPI_Comm_free(&mpi->world);
  keep_libraries();
  finalize();
  free(mpi);
}

static void abort_ranks(int exit_status) {
  MPI_Abort(MPI_COMM_WORLD, exit_status);
}

static const rww_transport transport = {end, abort_ranks, send, poll, receive, broadcast, find_least};

/* "Open MPI v4.1.4, package: ..." without what follows the version. */
static rww_status find_library(char *library, size_t size) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_TRY(MPI_Get_library_version(text, &length));
  size_t n = strcspn(text, ",\n");
  if (n >= size) n = size - 1;
  memcpy(library, text, n);
  library[n] = 0;
  return RWW_OK;
}

static rww_status connect_ranks(mpi_comm *mpi) {
  mpi->base.transport = &transport;
  MPI_TRY(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  MPI_TRY(MPI_Comm_dup(MPI_COMM_WORLD, &mpi->world));
  MPI_TRY(MPI_Comm_rank(mpi->world, &mpi->base.rank));
  MPI_TRY(MPI_Comm_size(mpi->world, &mpi->base.size));
  return find_library(mpi->base.library, sizeof mpi->base.library);
}

rww_status rww_comm_begin_mpi(rww_comm **comm) {
  mpi_comm *mpi;
  RWW_TRY(RWW_NEW(&mpi, 1));
  /* Data sieving on writes corrupts collectively written datasets (Open MPI 4.1, ompio). */
  setenv("OMPI_MCA_fbtl_posix_write_datasieving", "0", 1);
  set_patience(true);
  int error = MPI_Init(NULL, NULL);
  set_patience(false);
  rww_status status = error == MPI_SUCCESS ? connect_ranks(mpi) : raise_mpi("MPI_Init", error);
  if (status == RWW_OK)
    *comm = &mpi->base;
  else
    free(mpi);
  return status;
}
