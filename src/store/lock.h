/** @file
 *  One writer a file: a lock file beside it, made by exclusive creation, kept alive by a heartbeat. */
#ifndef RWW_STORE_LOCK_H
#define RWW_STORE_LOCK_H

#include "base/status.h"
#include "store/owner.h"

typedef struct rww_lock rww_lock;

/** Takes the lock of `file` (borrowed): the file beside it that ends with .lock. A dead owner's is taken over: at once
 * where its death can be seen, else when its heartbeat has rested for patience_s. An owner that lives is named within a
 * second. Errors: RWW_ERR_LOCKED, RWW_ERR_OUTPUT. */
RWW_MUST_CHECK rww_status rww_lock_acquire(const char *file, double patience_s, rww_lock **lock);

/** The same lock as another process of its owner sees it, by its token: for rww_lock_check alone. */
RWW_MUST_CHECK rww_status rww_lock_join(const char *file, const char token[RWW_TOKEN_SIZE], rww_lock **lock);
const char *rww_lock_token(const rww_lock *lock);

/** RWW_ERR_LOCKED where another job has taken the lock over: whoever gets this must not write any more. */
RWW_MUST_CHECK rww_status rww_lock_check(const rww_lock *lock);

/** Who holds the lock of `file` now, for readers; `life` as far as it can be told within 3 s. */
RWW_MUST_CHECK rww_status rww_lock_look(const char *file, bool *held, rww_owner *owner, rww_life *life);

/** Tells the others that the owner lives. */
void rww_lock_beat(rww_lock *lock);

/** Removes the lock file, if it is still the owner's, and frees; NULL is allowed. One that has joined only frees. */
void rww_lock_release(rww_lock *lock);

#endif
