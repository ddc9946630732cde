/** @file
 *  The dimensions that number a file's rows, with their coordinates. */
#ifndef RWW_STORE_AXES_H
#define RWW_STORE_AXES_H

#include "store/inside.h"

typedef struct rww_row_axis {
  char *name;
  size_t n;
  bool is_integer; /* 64-bit unsigned; else doubles */
  uint64_t *bits;  /* [n] the coordinates' bits; NULL where they are no numbers of 64 bits */
  char **texts;    /* [n] coordinates that are texts, of a file that is read; else NULL */
} rww_row_axis;

/** Rows are numbered in row-major order, last axis fastest. Zero-initialised is empty: a file of one row. */
typedef struct rww_axes {
  size_t n;
  rww_row_axis axes[RWW_MAX_DIMENSIONS];
} rww_axes;

/** Errors: RWW_ERR_STORE where the axes do not number the rows. */
RWW_MUST_CHECK rww_status rww_axes_read(const rww_reader *reader, rww_axes *axes);
/** Those of a file that is to be created. */
RWW_MUST_CHECK rww_status rww_axes_describe(const rww_file_spec *spec, rww_axes *axes);
void rww_axes_free(rww_axes *axes);

/** Index on each axis [n] of a row, and back. */
void rww_axes_unravel(const rww_axes *axes, uint64_t row, size_t index[RWW_MAX_DIMENSIONS]);
uint64_t rww_axes_ravel(const rww_axes *axes, const size_t index[RWW_MAX_DIMENSIONS]);

#endif
