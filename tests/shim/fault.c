/* LD_PRELOAD shim: lets the Nth write of this process to a result file go wrong, so that a test can try every N.
 *
 *   FAULT_MODE   kill    the process dies before the write           torn    it dies with half of the write done
 *                stop    the process stops until it is continued (SIGCONT)
 *                short   half of it is written, and told so          enospc  from there on, the disk is full
 *                eio     that write fails                            fsync   the Nth fsync or fdatasync fails
 *   FAULT_AT     N, counted from 1; without it nothing goes wrong
 *   FAULT_RANK   only this rank of an MPI run (all, where it is not set)
 *   FAULT_COUNT  a file to which the process adds how many writes and syncs it made
 *
 * Writes are those that change a result file: write, pwrite, fallocate, truncate, rename. Result files are those with
 * .h5 in their path, lock files apart. cc -shared -fPIC -o fault.so fault.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long n_writes, n_syncs;

static bool is_result_path(const char *path) {
  return strstr(path, ".h5") && !strstr(path, ".lock");
}

static bool is_result(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return false;
  path[n] = 0;
  return is_result_path(path);
}

static bool mode_is(const char *mode) {
  const char *set = getenv("FAULT_MODE");
  return set && strcmp(set, mode) == 0;
}

static bool is_meant(void) {
  const char *rank = getenv("FAULT_RANK"), *own = getenv("OMPI_COMM_WORLD_RANK");
  return !rank || (own && strcmp(rank, own) == 0);
}

/* Whether the n-th of its kind is the one; once the disk is full, it stays full. */
static bool is_due(long n) {
  const char *at = getenv("FAULT_AT");
  if (!at || !is_meant()) return false;
  return n == atol(at) || (mode_is("enospc") && n > atol(at));
}

/* Before a write: dies, or tells that it is to fail (errno is set) or to be cut in half. */
typedef enum verdict { PASS, FAIL, HALVE } verdict;
static verdict judge_write(void) {
  long n = __sync_add_and_fetch(&n_writes, 1);
  if (mode_is("fsync") || !is_due(n)) return PASS;
  if (mode_is("kill")) kill(getpid(), SIGKILL);
  if (mode_is("stop")) {
    kill(getpid(), SIGSTOP);
    return PASS;
  }
  if (mode_is("torn") || mode_is("short")) return HALVE;
  errno = mode_is("enospc") ? ENOSPC : EIO;
  return FAIL;
}

static ssize_t finish_half(ssize_t n) {
  if (mode_is("torn")) kill(getpid(), SIGKILL);
  return n;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("FAULT_COUNT");
  FILE *file = path && is_meant() ? fopen(path, "a") : NULL;
  if (!file) return;
  fprintf(file, "%ld %ld\n", n_writes, n_syncs);
  fclose(file);
}

#define REAL(name, type, parameters)                                                                                   \
  static type(*real) parameters;                                                                                       \
  if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name)

#define SHIM_WRITE(name, parameters, arguments, halved)                                                                \
  ssize_t name parameters {                                                                                            \
    REAL(name, ssize_t, parameters);                                                                                   \
    verdict found = is_result(fd) ? judge_write() : PASS;                                                              \
    if (found == FAIL) return -1;                                                                                      \
    return found == HALVE ? finish_half(real halved) : real arguments;                                                 \
  }
SHIM_WRITE(write, (int fd, const void *bytes, size_t n), (fd, bytes, n), (fd, bytes, (n + 1) / 2))
SHIM_WRITE(pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at), (fd, bytes, (n + 1) / 2, at))
SHIM_WRITE(pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at),
           (fd, bytes, (n + 1) / 2, at))

/* What cannot be cut in half is done whole. */
#define SHIM_CHANGE(name, parameters, arguments, is_ours)                                                              \
  int name parameters {                                                                                                \
    REAL(name, int, parameters);                                                                                       \
    verdict found = is_ours ? judge_write() : PASS;                                                                    \
    if (found == FAIL) return -1;                                                                                      \
    int result = real arguments;                                                                                       \
    return found == HALVE ? (int)finish_half(result) : result;                                                         \
  }
SHIM_CHANGE(fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n), is_result(fd))
SHIM_CHANGE(fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n), is_result(fd))
SHIM_CHANGE(ftruncate, (int fd, off_t n), (fd, n), is_result(fd))
SHIM_CHANGE(ftruncate64, (int fd, off64_t n), (fd, n), is_result(fd))
SHIM_CHANGE(rename, (const char *from, const char *to), (from, to), is_result_path(from) && is_result_path(to))

#define SHIM_SYNC(name)                                                                                                \
  int name(int fd) {                                                                                                   \
    REAL(name, int, (int));                                                                                            \
    if (is_result(fd) && is_due(__sync_add_and_fetch(&n_syncs, 1)) && mode_is("fsync")) {                              \
      errno = EIO;                                                                                                     \
      return -1;                                                                                                       \
    }                                                                                                                  \
    return real(fd);                                                                                                   \
  }
SHIM_SYNC(fsync)
SHIM_SYNC(fdatasync)
