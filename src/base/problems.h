/** @file
 *  A list of findings about the user's input, so that every problem is told at once and not one a run. */
#ifndef RWW_BASE_PROBLEMS_H
#define RWW_BASE_PROBLEMS_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Where something was written: a place in a file, or the path of a --set (line 0). `origin` is borrowed. */
typedef struct rww_place {
  const char *origin;
  int line, column; /* from 1 */
} rww_place;

#define RWW_PLACE_TEXT_SIZE 512
/** "file:line:column", or "--set path"; long names lose their beginning. */
void rww_place_format(const rww_place *place, char text[RWW_PLACE_TEXT_SIZE]);

typedef enum rww_severity { RWW_WARNING, RWW_ERROR } rww_severity;

typedef struct rww_problem {
  rww_severity severity;
  char *text; /* "file:line:column: what was found; what was expected" */
} rww_problem;

/** Zero-initialised is empty. Owns its texts; rww_problems_free releases them. */
typedef struct rww_problems {
  size_t n, capacity, n_errors;
  rww_problem *list;
} rww_problems;

/** Adds one finding, once: settings that stand for several things find the same more often. A control character becomes
 *  a blank. Out of memory ends the process with a message: there is nobody left to tell. */
void rww_problems_add(rww_problems *problems, rww_severity severity, const char *format, ...) RWW_PRINTF(3, 4);

/** All errors, a line each, as the message of one `status`; RWW_OK where there is none. */
RWW_MUST_CHECK rww_status rww_problems_raise(const rww_problems *problems, rww_status status);

void rww_problems_print_warnings(const rww_problems *problems, FILE *stream);
void rww_problems_free(rww_problems *problems);

#endif
