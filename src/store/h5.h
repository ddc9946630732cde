/** @file
 *  The little of HDF5 that several files here need. An invalid id makes the next call fail and is harmless to close, so
 *  straight-line code needs to look at its last result alone. */
#ifndef RWW_STORE_H5_H
#define RWW_STORE_H5_H

#include "base/status.h"
#include <hdf5.h>
#include <stdbool.h>

/** Opens for reading through the serial driver, without HDF5's own file lock, which would shut others out.
 *  Errors: RWW_ERR_STORE with HDF5's reason. */
RWW_MUST_CHECK rww_status rww_h5_open(const char *path, hid_t *file);

/** Raises with HDF5's innermost reason behind the message. */
RWW_MUST_CHECK rww_status rww_h5_raise(rww_status status, const char *format, ...) RWW_PRINTF(2, 3);

/** The type of variable-length UTF-8 text, for the caller to close. */
hid_t rww_h5_text_type(void);

/** Attributes; false where HDF5 refuses. */
bool rww_h5_put_text(hid_t object, const char *name, const char *text);
bool rww_h5_put_numbers(hid_t object, const char *name, hid_t type, const void *values, size_t n);

/** Text of an attribute, owned by the caller; NULL where there is none or it is no text of variable length. */
char *rww_h5_get_text(hid_t object, const char *name);

#endif
