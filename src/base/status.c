#include "base/status.h"

#include <stdio.h>
#include <string.h>

static _Thread_local char kept[RWW_MESSAGE_SIZE];
static _Thread_local rww_status kept_status; /* that it was raised with */

static const struct {
  int exit_status;
  const char *text;
} table[] = {
#define RWW_STATUS_ROW(code, exit_status, text) [code] = {exit_status, text},
    RWW_STATUS_TABLE(RWW_STATUS_ROW)
#undef RWW_STATUS_ROW
};

rww_status rww_raise(rww_status status, const char *format, ...) {
  char message[RWW_MESSAGE_SIZE]; /* the arguments may point into the message kept */
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  memcpy(kept, message, sizeof kept);
  kept_status = status;
  return status;
}

rww_status rww_raise_context(rww_status status, const char *format, ...) {
  char context[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context, sizeof context, format, arguments);
  va_end(arguments);
  return rww_raise(status, "%s%s", context, rww_status_message(status));
}

const char *rww_status_message(rww_status status) {
  return kept[0] && kept_status == status ? kept : table[status].text;
}

int rww_status_exit(rww_status status) {
  return table[status].exit_status;
}
