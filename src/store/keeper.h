/** @file
 *  What must go on while a rank computes: a thread that brings written rows to the disk in time and keeps the lock's
 *  heartbeat going. It makes no MPI and no HDF5 calls. */
#ifndef RWW_STORE_KEEPER_H
#define RWW_STORE_KEEPER_H

#include "store/lock.h"

typedef struct rww_keeper rww_keeper;

/** Starts the thread, with a heartbeat for the lock's owner; `lock` NULL: without. Borrowed until rww_keeper_stop. */
RWW_MUST_CHECK rww_status rww_keeper_start(rww_lock *lock, rww_keeper **keeper);

/** From now on, what is written through the descriptor is brought to the disk. Borrowed likewise. */
void rww_keeper_attach(rww_keeper *keeper, int descriptor);

/** Something was written: it is on the disk 10 s from now at the latest. Errors: RWW_ERR_STORE where an earlier sync
 *  failed; `path` is for the message. */
RWW_MUST_CHECK rww_status rww_keeper_note_write(rww_keeper *keeper, const char *path);

/** Ends the thread; NULL is allowed. Does not sync. */
void rww_keeper_stop(rww_keeper *keeper);

#endif
