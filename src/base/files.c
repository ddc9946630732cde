#include "base/files.h"

#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static rww_status check_readable(FILE *file, const char *path, size_t limit_bytes, size_t *size) {
  struct stat info;
  if (fstat(fileno(file), &info) != 0) return rww_raise(RWW_ERR_INPUT, "%s: %s", path, strerror(errno));
  if (S_ISDIR(info.st_mode)) return rww_raise(RWW_ERR_INPUT, "%s: is a directory; expected a file", path);
  if ((unsigned long long)info.st_size > limit_bytes)
    return rww_raise(RWW_ERR_INPUT, "%s: has %lld bytes; at most %zu are expected here", path, (long long)info.st_size,
                     limit_bytes);
  *size = (size_t)info.st_size;
  return RWW_OK;
}

/* Reads to the end and not by the size told, which is 0 for a pipe. */
static rww_status read_all(FILE *file, const char *path, size_t limit_bytes, char **text, size_t *n_bytes) {
  size_t size = 0;
  RWW_TRY(check_readable(file, path, limit_bytes, &size));
  size_t capacity = size > 0 ? size : limit_bytes;
  RWW_TRY(RWW_NEW(text, capacity + 1));
  *n_bytes = fread(*text, 1, capacity, file);
  if (!ferror(file)) return RWW_OK;
  free(*text);
  *text = NULL;
  return rww_raise(RWW_ERR_INPUT, "%s: %s", path, strerror(errno));
}

rww_status rww_file_read(const char *path, size_t limit_bytes, char **text, size_t *n_bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) return rww_raise(RWW_ERR_INPUT, "%s: %s", path, strerror(errno));
  rww_status status = read_all(file, path, limit_bytes, text, n_bytes);
  fclose(file);
  return status;
}

bool rww_file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

rww_status rww_path_join(const char *directory, const char *name, char **path) {
  if (name[0] == '/' || directory == NULL || directory[0] == 0 || strcmp(directory, ".") == 0)
    return rww_copy_text(name, path);
  size_t size = strlen(directory) + strlen(name) + 2;
  RWW_TRY(RWW_NEW(path, size));
  snprintf(*path, size, "%s/%s", directory, name);
  return RWW_OK;
}

rww_status rww_path_directory(const char *path, char **directory) {
  const char *slash = strrchr(path, '/');
  if (!slash) return rww_copy_text(".", directory);
  RWW_TRY(rww_copy_text(path, directory));
  (*directory)[slash == path ? 1 : slash - path] = 0;
  return RWW_OK;
}

static rww_status make_one(const char *path) {
  struct stat info;
  if (mkdir(path, 0777) == 0) return RWW_OK;
  int reason = errno;
  if (reason == EEXIST && stat(path, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return RWW_OK;
    return rww_raise(RWW_ERR_OUTPUT, "%s: exists and is no directory", path);
  }
  return rww_raise(RWW_ERR_OUTPUT, "%s: the directory could not be made: %s", path, strerror(reason));
}

rww_status rww_directory_create(const char *path) {
  char *part;
  RWW_TRY(rww_copy_text(path, &part));
  rww_status status = RWW_OK;
  for (char *at = part + 1; status == RWW_OK && part[0] != 0 && *at != 0; at++)
    if (*at == '/') {
      *at = 0;
      status = make_one(part);
      *at = '/';
    }
  if (status == RWW_OK) status = make_one(part);
  free(part);
  return status;
}

rww_status rww_directory_sync(const char *path) {
  int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return rww_raise(RWW_ERR_OUTPUT, "%s: %s", path, strerror(errno));
  int failed = fsync(descriptor), reason = errno;
  close(descriptor);
  /* some network file systems do not offer it for directories */
  if (failed && reason != EINVAL) return rww_raise(RWW_ERR_OUTPUT, "%s: %s", path, strerror(reason));
  return RWW_OK;
}
