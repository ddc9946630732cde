#include "base/log.h"

#include "base/text.h"
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"error", "warning", "info", "debug"};
static rww_log_level threshold = RWW_LOG_INFO;
static int own_rank;
static bool line_is_open;

rww_status rww_log_level_parse(const char *name, rww_log_level *level) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      *level = (rww_log_level)i;
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_USAGE, "--log-level %s: expected error, warning, info or debug", name);
}

void rww_log_configure(rww_log_level level, int rank) {
  threshold = level;
  own_rank = rank;
}

int rww_log_rank(void) {
  return own_rank;
}

void rww_log_note_open_line(bool is_open) {
  line_is_open = is_open;
}

bool rww_log_has_open_line(void) {
  return line_is_open;
}

void rww_log(rww_log_level level, const char *format, ...) {
  if (level > threshold) return;
  rww_text line = {0};
  char message[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  rww_text_add(&line, "%srwwsweep: ", line_is_open ? "\r\033[K" : "");
  line_is_open = false;
  if (own_rank > 0) rww_text_add(&line, "rank %d: ", own_rank);
  if (level <= RWW_LOG_WARNING) rww_text_add(&line, "%s: ", names[level]);
  rww_text_add(&line, "%s\n", message);
  fputs(line.chars, stderr); /* one write, so that the lines of several ranks do not mix */
  rww_text_free(&line);
}
