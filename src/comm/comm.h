/** @file
 *  Ranks and messages: MPI under a launcher, one process without; the callers cannot tell. */
#ifndef RWW_COMM_COMM_H
#define RWW_COMM_COMM_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct rww_comm rww_comm;

/** Whether a launcher (mpirun, srun) started this process as a rank. Looks at the environment only.
 *  *mismatch tells that this is one task of several in a Slurm job that finds itself alone. */
bool rww_comm_launched(bool *mismatch);

/** MPI_Init under a launcher, the one-process stand-in otherwise. Once a process. */
RWW_MUST_CHECK rww_status rww_comm_begin(rww_comm **comm);
/** Collective. */
void rww_comm_end(rww_comm *comm);
/** Ends all ranks at once with this exit status; for errors that the others cannot learn in time. */
void rww_comm_abort(rww_comm *comm, int exit_status);

int rww_comm_rank(const rww_comm *comm);
int rww_comm_size(const rww_comm *comm);
/** Name and version of the MPI library, "none (one process)" without. */
const char *rww_comm_library(const rww_comm *comm);

/** Point to point; bytes are copied before return (send) or into `bytes` (receive). `tag` >= 0.
 *  poll: whether a message waits, from whom, which tag, how long; never blocks. wait: the same, but sleeps briefly
 *  between looks until there is one or timeout_s has passed (then *from = -1). */
RWW_MUST_CHECK rww_status rww_comm_send(rww_comm *comm, int to, int tag, const void *bytes, size_t n_bytes);
RWW_MUST_CHECK rww_status rww_comm_poll(rww_comm *comm, int *from, int *tag, size_t *n_bytes);
RWW_MUST_CHECK rww_status rww_comm_wait(rww_comm *comm, double timeout_s, int *from, int *tag, size_t *n_bytes);
RWW_MUST_CHECK rww_status rww_comm_receive(rww_comm *comm, int from, int tag, void *bytes, size_t n_bytes);

/** Collective: rank 0's bytes to all; its *n_bytes and *bytes (allocated on the other ranks, owned by the caller). */
RWW_MUST_CHECK rww_status rww_comm_broadcast(rww_comm *comm, void **bytes, size_t *n_bytes);

/** Collective: the worst status of all ranks, the same on each; the message of the lowest failing rank is known to
 *  rank 0 (rww_status_message) afterwards. Call before anything collective that needs everybody. */
RWW_MUST_CHECK rww_status rww_comm_agree(rww_comm *comm, rww_status status);

void rww_comm_barrier(rww_comm *comm);

#endif
