#include "store/link.h"

#include "base/log.h"
#include "base/text.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_set(const char *name, const char *to) {
  char now[4096];
  ssize_t n = readlink(name, now, sizeof now - 1);
  if (n < 0) return false;
  now[n] = 0;
  return strcmp(now, to) == 0;
}

static bool is_other_file(const char *name) {
  struct stat info;
  return lstat(name, &info) == 0 && !S_ISLNK(info.st_mode);
}

static void replace(const char *name, const char *to) {
  rww_text draft = {0};
  rww_text_add(&draft, "%s.new", name); /* a fixed name: what a crash leaves is replaced by the next try */
  unlink(draft.chars);
  if (symlink(to, draft.chars) != 0 || rename(draft.chars, name) != 0) {
    int reason = errno;
    unlink(draft.chars);
    rww_log(RWW_LOG_WARNING, "%s: no link to %s: %s", name, to, strerror(reason));
  }
  rww_text_free(&draft);
}

void rww_link_set(const char *directory, const char *stage, const char *path) {
  rww_text name = {0};
  const char *slash = strrchr(path, '/'), *to = slash ? slash + 1 : path;
  rww_text_add(&name, "%s%s%s.h5", directory, directory[0] ? "/" : "", stage);
  if (is_other_file(name.chars))
    rww_log(RWW_LOG_WARNING, "%s: is no link, so it is left alone; the results are in %s", name.chars, path);
  else if (!is_set(name.chars, to))
    replace(name.chars, to);
  rww_text_free(&name);
}
