/** @file
 *  What the store's own files may see of a reader and of a store. */
#ifndef RWW_STORE_INSIDE_H
#define RWW_STORE_INSIDE_H

#include "store/keeper.h"
#include "store/resume.h"
#include "store/rows.h"
#include "store/store.h"

/** The file's rows on a descriptor that only reads; valid as long as the reader. */
rww_rows rww_reader_rows(const rww_reader *reader);

/** The group that users read; the reader's. */
hid_t rww_reader_group(const rww_reader *reader);

/* A row that this rank has started and not yet written. */
typedef struct rww_in_flight {
  uint64_t row;
  rww_slot slot;
} rww_in_flight;

struct rww_store {
  rww_comm *comm;
  char *path;
  rww_lock *lock;     /* of which rank 0 is the owner; NULL where the file is complete */
  rww_keeper *keeper; /* NULL likewise */
  rww_reader *reader; /* of the metadata, which never change */
  int descriptor;     /* of the bytes; -1 where nothing is to be written */
  rww_rows rows;
  rww_slot *slots; /* [n_rows] on rank 0 */
  bool complete;   /* nothing is pending: no lock, no writing */
  rww_in_flight *in_flight;
  size_t n_in_flight, capacity;
};

/** Tells the log what was found in the file. */
void rww_store_report(const rww_store *store, const rww_findings *findings);

/** Writes all slots and what is derived from them, and brings them to the disk. Rank 0. */
RWW_MUST_CHECK rww_status rww_store_write_slots(const rww_store *store);

RWW_MUST_CHECK rww_status rww_store_sync(const rww_store *store);

/** For the keeper: rows of this rank in flight are pending in the file, so that no kill makes suspects of them. One
 * that is finished nevertheless is written as ever. */
void rww_store_let_go(void *store);

/** Ends the heartbeat, gives the lock back and frees. */
void rww_store_destroy(rww_store *store);

#endif
