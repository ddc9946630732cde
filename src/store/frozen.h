/** @file
 *  The bytes of a result file that never change once it is made, and the record behind them by which they are checked
 *  before HDF5 sees them: HDF5 1.10 crashes on damaged metadata, or goes round in circles. The record lies behind the
 *  end of HDF5's own file, where HDF5 never looks. */
#ifndef RWW_STORE_FROZEN_H
#define RWW_STORE_FROZEN_H

#include "store/layout.h"

typedef enum rww_frozen { RWW_FROZEN_INTACT, RWW_FROZEN_DAMAGED, RWW_FROZEN_UNKNOWN } rww_frozen;

/** The record of a file with this layout, for the caller to free; `checksum` is the CRC32C of all bytes before it that
 *  are in none of the layout's extents. */
RWW_MUST_CHECK rww_status rww_frozen_create_record(const rww_layout *layout, uint32_t checksum, void **record);
size_t rww_frozen_record_bytes(const rww_layout *layout);

/** Compares the file on this descriptor with its record; unknown where it has none, being truncated or another's.
 *  Errors: RWW_ERR_STORE where it cannot be read. */
RWW_MUST_CHECK rww_status rww_frozen_check(int descriptor, const char *path, rww_frozen *found);

#endif
