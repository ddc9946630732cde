/** @file
 *  What a way to communicate must offer; comm.h says what each call means. */
#ifndef RWW_COMM_TRANSPORT_H
#define RWW_COMM_TRANSPORT_H

#include "comm/comm.h"
#include <stdint.h>

typedef struct rww_transport {
  void (*end)(rww_comm *comm);
  void (*abort)(int exit_status); /* does not return */
  RWW_MUST_CHECK rww_status (*send)(rww_comm *comm, int to, int tag, const void *bytes, size_t n_bytes);
  RWW_MUST_CHECK rww_status (*poll)(rww_comm *comm, int *from, int *tag, size_t *n_bytes);
  RWW_MUST_CHECK rww_status (*receive)(rww_comm *comm, int from, int tag, void *bytes, size_t n_bytes);
  /** Collective: n_bytes, the same on every rank, from rank `root` to all. */
  RWW_MUST_CHECK rww_status (*broadcast)(rww_comm *comm, int root, void *bytes, size_t n_bytes);
  /** Collective: the smallest of all ranks' values, on every rank. */
  RWW_MUST_CHECK rww_status (*find_least)(rww_comm *comm, int64_t *value);
} rww_transport;

struct rww_comm {
  const rww_transport *transport;
  int rank, size;
  char library[256];
};

RWW_MUST_CHECK rww_status rww_comm_begin_alone(rww_comm **comm);
RWW_MUST_CHECK rww_status rww_comm_begin_mpi(rww_comm **comm);

/** Sleeps a fiftieth of the time waited since begin_s, but 20 us at least and 20 ms at most: short waits are answered
 *  at once, long ones cost nothing. False where a signal woke it. */
bool rww_comm_doze(double begin_s);

#endif
