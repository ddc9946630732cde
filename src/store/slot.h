/** @file
 *  Slots: the only truth about what became of a result row. */
#ifndef RWW_STORE_SLOT_H
#define RWW_STORE_SLOT_H

#include "config/parameter.h"

/** The record of a row as it lies in the file. All zero is a row that nobody has touched. */
typedef struct rww_slot {
  uint8_t outcome;   /* rww_outcome; `started` from before the work until the row is written, or let go */
  uint8_t suspect;   /* in flight when a job ended without a word: is computed in a unit of its own */
  uint16_t crashes;  /* of jobs, while the suspect was computed again; after the first with nothing else in flight */
  uint32_t attempts; /* starts; 0 in a finished row that was taken from an earlier file */
  uint32_t rank;     /* that computed it last */
  uint32_t error;    /* rww_status of a failed row */
  uint32_t row_checksum;  /* CRC32C of the row's bytes in every row dataset, in the order that the file lists */
  uint32_t slot_checksum; /* CRC32C of this record with this field 0 */
  double started_utc_s, elapsed_s;
} rww_slot;

/** What is to be done about a row. */
typedef enum rww_row_task {
  RWW_ROW_COMPUTE,       /* pending */
  RWW_ROW_COMPUTE_APART, /* pending and in flight when a job ended without a word: in a unit of its own, after others */
  RWW_ROW_COMPUTE_ALONE, /* the same, and it happened again: with nothing else in flight in the whole job */
  RWW_N_ROWS_TO_COMPUTE, /* how many tasks there are of computing */
  RWW_ROW_TAKE = RWW_N_ROWS_TO_COMPUTE, /* its result is in the store */
  RWW_ROW_PASS_OVER                     /* failed for good, or another shard's */
} rww_row_task;
rww_row_task rww_slot_task(const rww_slot *slot);

/** Sets the record's own checksum. */
void rww_slot_seal(rww_slot *slot);
bool rww_slot_is_intact(const rww_slot *slot);

/** What a `started` row becomes when its job is found to have ended without a word: a suspect, and failed after
 *  RWW_MAX_CRASHES such ends of the job while it was computed as one. */
#define RWW_MAX_CRASHES 2
void rww_slot_survive_crash(rww_slot *slot);

#endif
