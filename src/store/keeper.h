/** @file
 *  What must go on while a rank computes: a thread that brings written rows to the disk in time, keeps the lock's
 *  heartbeat going, and lets go of what is in work when the job is to end. It makes no MPI and no HDF5 calls. */
#ifndef RWW_STORE_KEEPER_H
#define RWW_STORE_KEEPER_H

#include "store/lock.h"

typedef struct rww_keeper rww_keeper;

/** Starts the thread, with a heartbeat for the lock's owner; `lock` NULL: without. Borrowed until rww_keeper_stop. */
RWW_MUST_CHECK rww_status rww_keeper_start(rww_lock *lock, rww_keeper **keeper);

/** From now on, what is written through the descriptor is brought to the disk. Once the job is to end, `let_go` is
 *  called time and again, as the job may be killed at any moment. Borrowed likewise. */
void rww_keeper_attach(rww_keeper *keeper, int descriptor, void (*let_go)(void *self), void *self);

/** The job is to end as fast as it can. Every keeper of the process hears of it. May be called by a signal handler. */
void rww_keeper_note_end(void);

/** Between these two, `let_go` is not called. */
void rww_keeper_hold(rww_keeper *keeper);
void rww_keeper_resume(rww_keeper *keeper);

/** Something was written: it is on the disk 10 s from now at the latest. Errors: RWW_ERR_STORE where an earlier sync
 *  failed; `path` is for the message. */
RWW_MUST_CHECK rww_status rww_keeper_note_write(rww_keeper *keeper, const char *path);

/** Ends the thread; NULL is allowed. Does not sync. */
void rww_keeper_stop(rww_keeper *keeper);

#endif
