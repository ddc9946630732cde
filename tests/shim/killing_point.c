/* LD_PRELOAD shim: a point that kills its job. The process dies as soon as the slot at byte KILLING_AT of a file says
 * `started`. cc -shared -fPIC -o killing_point.so killing_point.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum { SLOT_BYTES = 40, STARTED = 1 };

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
  ssize_t written = real(fd, bytes, n, at);
  const char *killing = getenv("KILLING_AT");
  if (killing && n == SLOT_BYTES && at == atol(killing) && *(const char *)bytes == STARTED) kill(getpid(), SIGKILL);
  return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  return pwrite(fd, bytes, n, at);
}
