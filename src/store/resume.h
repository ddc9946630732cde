/** @file
 *  What is found in a file that was left by an earlier run. */
#ifndef RWW_STORE_RESUME_H
#define RWW_STORE_RESUME_H

#include "store/rows.h"

typedef struct rww_findings {
  uint64_t n_damaged; /* finished rows or slots that do not match their checksum: pending again */
  uint64_t n_crashed; /* rows in flight when a job ended without a word: pending, as suspects */
  uint64_t n_failed;  /* of those, rows that now failed for good */
  uint64_t n_pending; /* rows to be computed, in all */
} rww_findings;

/** Slots of a file [n_rows] as a new run has to take them: checksums compared, rows in flight judged. Reads alone; the
 *  caller writes the slots back. */
RWW_MUST_CHECK rww_status rww_resume_examine(const rww_rows *rows, rww_slot *slots, rww_findings *findings);

/** Derives the dataset that users read (status) from the slots; *agrees tells whether the file has it so already. Where
 *  it has not and `write` is set, it is written. */
RWW_MUST_CHECK rww_status rww_resume_derive_status(const rww_rows *rows, const rww_slot *slots, bool write,
                                                   bool *agrees);

#endif
