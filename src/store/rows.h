/** @file
 *  Rows and slots as bytes of a file. */
#ifndef RWW_STORE_ROWS_H
#define RWW_STORE_ROWS_H

#include "store/layout.h"
#include "store/slot.h"

/** A file by its descriptor; `path` is for messages. Borrowed. */
typedef struct rww_rows {
  int descriptor;
  const char *path;
  const rww_layout *layout;
} rww_rows;

/** Checksum of a row as it is on disk. */
RWW_MUST_CHECK rww_status rww_rows_checksum(const rww_rows *rows, uint64_t row, uint32_t *checksum);

/** Writes values [n items of the row] of a row and tells their checksum; reads them. */
RWW_MUST_CHECK rww_status rww_rows_write(const rww_rows *rows, uint64_t row, const void *const *values,
                                         uint32_t *checksum);
RWW_MUST_CHECK rww_status rww_rows_read(const rww_rows *rows, uint64_t row, void *const *values);

/** n slots from row `first` on, as they are on disk, intact or not. */
RWW_MUST_CHECK rww_status rww_rows_read_slots(const rww_rows *rows, uint64_t first, uint64_t n, rww_slot *slots);

/** Seals and writes n slots from row `first` on. */
RWW_MUST_CHECK rww_status rww_rows_write_slots(const rww_rows *rows, uint64_t first, uint64_t n, rww_slot *slots);

#endif
