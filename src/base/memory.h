/** @file
 *  Checked allocation. Arrays are aligned to a cache line, so that vector loads of a first row are aligned. */
#ifndef RWW_BASE_MEMORY_H
#define RWW_BASE_MEMORY_H

#include "base/status.h"
#include <stddef.h>

#define RWW_ALIGNMENT_BYTES 64

/** Zeroed array of n elements of `size` bytes in *out (a `T **`), owned by the caller, released by free().
 *  n = 0 gives a pointer that may be freed. Errors: RWW_ERR_MEMORY, also where n * size overflows. */
RWW_MUST_CHECK rww_status rww_allocate(size_t n, size_t size, void *out);
#define RWW_NEW(out, n) rww_allocate((n), sizeof **(out), (out))

/** Copy of a string, owned by the caller. */
RWW_MUST_CHECK rww_status rww_copy_text(const char *text, char **out);

#endif
