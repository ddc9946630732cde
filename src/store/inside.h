/** @file
 *  What the store's own files may see of a reader. */
#ifndef RWW_STORE_INSIDE_H
#define RWW_STORE_INSIDE_H

#include "store/reader.h"
#include "store/rows.h"

/** The file's rows on a descriptor that only reads; valid as long as the reader. */
rww_rows rww_reader_rows(const rww_reader *reader);

/** The group that users read; the reader's. */
hid_t rww_reader_group(const rww_reader *reader);

#endif
