/** @file
 *  Whole reads and writes at an offset, and what their failure says. */
#ifndef RWW_STORE_DISK_H
#define RWW_STORE_DISK_H

#include "base/status.h"
#include <stdint.h>

/** All bytes or an error, however the system splits them. Errors: RWW_ERR_STORE naming the path and the reason. */
RWW_MUST_CHECK rww_status rww_disk_write(int descriptor, const char *path, const void *bytes, size_t n_bytes,
                                         uint64_t offset);
RWW_MUST_CHECK rww_status rww_disk_read(int descriptor, const char *path, void *bytes, size_t n_bytes, uint64_t offset);

#endif
