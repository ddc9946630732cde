/** @file
 *  Ranks and messages: MPI under a launcher, one process without; the callers cannot tell. */
#ifndef RWW_COMM_COMM_H
#define RWW_COMM_COMM_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct rww_comm rww_comm;

/** Whether a launcher (mpirun, srun) started this process as a rank. Looks at the environment only.
 *  *mismatch tells that this is one task of several in a Slurm step that no launcher has joined. */
bool rww_comm_launched(bool *mismatch);

/** MPI_Init under a launcher, the one-process stand-in otherwise. Once a process.
 *  Errors: RWW_ERR_USAGE where the launcher started several tasks and each finds itself alone; RWW_ERR_COMM. */
RWW_MUST_CHECK rww_status rww_comm_begin(rww_comm **comm);
/** This rank by itself, beside `comm`: for what it does without the others. To be ended before `comm`.
 *  Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_comm_begin_self(const rww_comm *comm, rww_comm **self);
/** Collective. */
void rww_comm_end(rww_comm *comm);
/** Ends all ranks at once with this exit status, and does not return; for errors that the others cannot learn in time.
 */
_Noreturn void rww_comm_abort(rww_comm *comm, int exit_status);

int rww_comm_rank(const rww_comm *comm);
int rww_comm_size(const rww_comm *comm);
/** Name and version of the MPI library, "none (one process)" without. */
const char *rww_comm_library(const rww_comm *comm);

/** Point to point, to another rank; the bytes are copied before send returns, which never waits for the receiver.
 *  Messages between two ranks arrive in the order in which they were sent. Errors: RWW_ERR_COMM. */
RWW_MUST_CHECK rww_status rww_comm_send(rww_comm *comm, int to, int tag, const void *bytes, size_t n_bytes);
/** A message that waits to be received: who sent it, its tag and size; *from = -1 where there is none. Never waits. */
RWW_MUST_CHECK rww_status rww_comm_poll(rww_comm *comm, int *from, int *tag, size_t *n_bytes);
/** The same, but sleeps between looks until there is one, timeout_s has passed, or a signal came. */
RWW_MUST_CHECK rww_status rww_comm_wait(rww_comm *comm, double timeout_s, int *from, int *tag, size_t *n_bytes);
/** The message that poll or wait told of. */
RWW_MUST_CHECK rww_status rww_comm_receive(rww_comm *comm, int from, int tag, void *bytes, size_t n_bytes);

/** Collective: rank 0's bytes to all; its *n_bytes and *bytes (allocated on the other ranks, owned by the caller). */
RWW_MUST_CHECK rww_status rww_comm_broadcast(rww_comm *comm, void **bytes, size_t *n_bytes);

/** Collective: rank 0's value of n_bytes, in place on every rank. */
RWW_MUST_CHECK rww_status rww_comm_share(rww_comm *comm, void *value, size_t n_bytes);

/** Collective: the status of the lowest rank that failed, with its message (rww_status_message), on every rank; where
 *  none failed, RWW_STOPPED if any rank has it. Call before anything collective that needs everybody.
 *  Ranks that wait here, or in a broadcast, sleep. */
RWW_MUST_CHECK rww_status rww_comm_agree(rww_comm *comm, rww_status status);

#endif
