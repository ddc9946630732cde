#include "base/problems.h"

#include "base/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void rww_place_format(const rww_place *place, char text[RWW_PLACE_TEXT_SIZE]) {
  const size_t room = RWW_PLACE_TEXT_SIZE - 32;
  size_t length = strlen(place->origin);
  const char *origin = place->origin + (length > room ? length - room : 0);
  if (place->line == 0)
    snprintf(text, RWW_PLACE_TEXT_SIZE, "--set %s", origin);
  else
    snprintf(text, RWW_PLACE_TEXT_SIZE, "%s:%d:%d", origin, place->line, place->column);
}

static void fail_for_memory(void) {
  fputs("rwwsweep: out of memory\n", stderr);
  abort();
}

static void append(rww_problems *problems, rww_severity severity, char *text) {
  if (problems->n == problems->capacity) {
    problems->capacity = problems->capacity * 2 + 8;
    problems->list = realloc(problems->list, problems->capacity * sizeof *problems->list);
    if (!problems->list) fail_for_memory();
  }
  problems->list[problems->n++] = (rww_problem){severity, text};
  problems->n_errors += severity == RWW_ERROR;
}

static bool is_known(const rww_problems *problems, const char *text) {
  for (size_t i = 0; i < problems->n; i++)
    if (strcmp(problems->list[i].text, text) == 0) return true;
  return false;
}

void rww_problems_add(rww_problems *problems, rww_severity severity, const char *format, ...) {
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0) fail_for_memory();
  va_end(arguments);
  for (char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = ' ';
  if (is_known(problems, text))
    free(text);
  else
    append(problems, severity, text);
}

rww_status rww_problems_raise(const rww_problems *problems, rww_status status) {
  if (problems->n_errors == 0) return RWW_OK;
  rww_text all = {0};
  for (size_t i = 0; i < problems->n; i++)
    if (problems->list[i].severity == RWW_ERROR)
      rww_text_add(&all, "%s%s", all.length ? "\n" : "", problems->list[i].text);
  status = rww_raise(status, "%s", all.chars);
  rww_text_free(&all);
  return status;
}

void rww_problems_print_warnings(const rww_problems *problems, FILE *stream) {
  for (size_t i = 0; i < problems->n; i++)
    if (problems->list[i].severity == RWW_WARNING) fprintf(stream, "rwwsweep: warning: %s\n", problems->list[i].text);
}

void rww_problems_free(rww_problems *problems) {
  for (size_t i = 0; i < problems->n; i++) free(problems->list[i].text);
  free(problems->list);
  *problems = (rww_problems){0};
}
