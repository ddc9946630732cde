#include "store/disk.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

rww_status rww_disk_write(int descriptor, const char *path, const void *bytes, size_t n_bytes, uint64_t offset) {
  const char *from = bytes;
  while (n_bytes > 0) {
    ssize_t n = pwrite(descriptor, from, n_bytes, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return rww_raise(RWW_ERR_STORE, "%s: could not be written: %s", path, strerror(errno));
    from += n;
    offset += (uint64_t)n;
    n_bytes -= (size_t)n;
  }
  return RWW_OK;
}

rww_status rww_disk_read(int descriptor, const char *path, void *bytes, size_t n_bytes, uint64_t offset) {
  char *to = bytes;
  while (n_bytes > 0) {
    ssize_t n = pread(descriptor, to, n_bytes, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return rww_raise(RWW_ERR_STORE, "%s: could not be read: %s", path, strerror(errno));
    if (n == 0)
      return rww_raise(RWW_ERR_STORE, "%s: is truncated: it ends before byte %llu", path,
                       (unsigned long long)offset + n_bytes);
    to += n;
    offset += (uint64_t)n;
    n_bytes -= (size_t)n;
  }
  return RWW_OK;
}
