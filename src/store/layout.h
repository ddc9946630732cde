/** @file
 *  Where the parts of a result file lie. Its metadata being frozen, rows and slots are bytes at known offsets: ranks
 *  write them there on a plain descriptor, and HDF5 opens a finished file for reading alone. (HDF5 would write the
 *  superblock again with every opening for writing, and its serial driver loses the errors of small writes.) */
#ifndef RWW_STORE_LAYOUT_H
#define RWW_STORE_LAYOUT_H

#include "store/h5.h"
#include <stdint.h>

/** The bytes of one dataset. */
typedef struct rww_extent {
  const char *name; /* the layout's */
  uint64_t offset, n_bytes;
  unsigned char fill[8]; /* repeated from the offset on: what is there before anything is written */
} rww_extent;

/** Datasets of the file's own records, beside those that users read. */
#define RWW_GROUP_SLOTS "/slots"
#define RWW_DATASET_SLOTS "/slots/rows"
#define RWW_DATASET_STATUS "status"
#define RWW_ATTRIBUTE_ROWS "row_datasets"
#define RWW_ATTRIBUTE_SUMMARY "summary_datasets"
#define RWW_ATTRIBUTE_GROUP "group"

typedef struct rww_layout {
  uint64_t n_rows, n_bytes;
  bool has_summary; /* the last row is the file's summary, with items of its own */
  rww_extent slots, status;
  size_t n_items, n_row_items, n_changing;
  char *names;
  rww_extent *items;    /* [n_items], in the order of a row: the first n_row_items of every row but the summary, the
                           others of the summary */
  rww_extent *changing; /* [n_changing], all of the above by offset; all other bytes are frozen */
} rww_layout;

/** Finds the parts in an open file and checks that they fit into it. `path` is for messages, `group` the stage's.
 *  Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_layout_read(hid_t file, const char *path, const char *group, rww_layout *layout);
void rww_layout_free(rww_layout *layout);

/** Bytes of one row in an item, and where those of this row begin. */
size_t rww_layout_row_bytes(const rww_layout *layout, size_t item);
uint64_t rww_layout_row_offset(const rww_layout *layout, size_t item, uint64_t row);

/** The items of a row: `n` of them from `first` on. */
typedef struct rww_items {
  size_t first, n;
} rww_items;
rww_items rww_layout_row_items(const rww_layout *layout, uint64_t row);

#endif
