#include "app/conclude.h"

#include "base/log.h"
#include <stdio.h>
#include <string.h>

static void print_error(rww_status status) {
  const char *message = rww_status_message(status);
  for (const char *line = message; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
    fprintf(stderr, "rwwsweep: %.*s\n", (int)strcspn(line, "\n"), line);
}

rww_status rww_conclude(rww_status status) {
  static bool is_told;
  if (fflush(stdout) != 0 && status == RWW_OK) status = rww_raise(RWW_ERR_OUTPUT, "stdout could not be written");
  if (status != RWW_OK && rww_log_rank() == 0 && !is_told) print_error(status);
  is_told = status != RWW_OK;
  return status;
}
