#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((uintptr_t)2 << 20)

/* Where pages of 4 kB are looked up in the tables of a virtual machine and of its host, a gradient takes 1.1 to 1.6
 * times as long. Whole huge pages within the array alone, so that it takes no more memory; a system without them is
 * left as it is. */
static void prefer_huge_pages(void *memory, size_t n_bytes) {
  uintptr_t first = ((uintptr_t)memory + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  uintptr_t end = ((uintptr_t)memory + n_bytes) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
}

rww_status rww_allocate(size_t n, size_t size, void *out) {
  size_t n_bytes;
  void *memory = NULL;
  if (__builtin_mul_overflow(n, size, &n_bytes) || n_bytes > SIZE_MAX - RWW_ALIGNMENT_BYTES)
    return rww_raise(RWW_ERR_MEMORY, "%zu elements of %zu bytes are more than can be addressed", n, size);
  size_t rounded = (n_bytes / RWW_ALIGNMENT_BYTES + 1) * RWW_ALIGNMENT_BYTES;
  if (posix_memalign(&memory, RWW_ALIGNMENT_BYTES, rounded) != 0)
    return rww_raise(RWW_ERR_MEMORY, "out of memory: %zu bytes were asked for", n_bytes);
  prefer_huge_pages(memory, rounded);
  memset(memory, 0, rounded);
  memcpy(out, &memory, sizeof memory);
  return RWW_OK;
}

rww_status rww_copy_text(const char *text, char **out) {
  size_t size = strlen(text) + 1;
  RWW_TRY(RWW_NEW(out, size));
  memcpy(*out, text, size);
  return RWW_OK;
}
