/** @file
 *  The one error path. A fallible function returns a must-check rww_status, outputs last; the message of the latest
 *  error of this process is kept beside it and printed once, by main or by whoever turns the error into an outcome. */
#ifndef RWW_BASE_STATUS_H
#define RWW_BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>

/* code, exit status of the program, text when there is no better one */
#define RWW_STATUS_TABLE(X)                                                                                            \
  X(RWW_OK, 0, "done")                                                                                                 \
  X(RWW_STOPPED, 75, "stopped early on request or on time; run again to go on")                                        \
  X(RWW_ERR_USAGE, 2, "the command line is wrong")                                                                     \
  X(RWW_ERR_CONFIG, 2, "the configuration is wrong")                                                                   \
  X(RWW_ERR_INPUT, 2, "an input file is wrong")                                                                        \
  X(RWW_ERR_OUTPUT, 2, "the output directory or its disk cannot be used")                                              \
  X(RWW_ERR_LOCKED, 2, "another job is writing there")                                                                 \
  X(RWW_ERR_STORE, 1, "a result file is damaged or could not be written")                                              \
  X(RWW_ERR_MEMORY, 1, "out of memory")                                                                                \
  X(RWW_ERR_SHAPE, 1, "sizes do not agree")                                                                            \
  X(RWW_ERR_COMM, 1, "communication between ranks failed")                                                             \
  X(RWW_ERR_SYSTEM, 1, "the operating system refused")

#define RWW_STATUS_NAME(code, exit_status, text) code,
typedef enum rww_status { RWW_STATUS_TABLE(RWW_STATUS_NAME) RWW_N_STATUS } rww_status;
#undef RWW_STATUS_NAME

#define RWW_MUST_CHECK __attribute__((warn_unused_result))
#define RWW_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))

/** Passes an error of `expression` on to the caller. */
#define RWW_TRY(expression)                                                                                            \
  do {                                                                                                                 \
    rww_status rww_try_status_ = (expression);                                                                         \
    if (rww_try_status_ != RWW_OK) return rww_try_status_;                                                             \
  } while (0)

#define RWW_MESSAGE_SIZE 65536 /* longer ones are cut */

/** Keeps the message and returns `status`: `return rww_raise(RWW_ERR_INPUT, "%s: ...", path);`
 *  The message names the file, line and column of the user's input, or the dataset at fault; what was found; what was
 *  expected; and where it helps, what to do. No trailing newline. Several problems are several lines. */
RWW_MUST_CHECK rww_status rww_raise(rww_status status, const char *format, ...) RWW_PRINTF(2, 3);

/** Puts more context in front of the message kept: "while reading x: ". Returns `status`. */
RWW_MUST_CHECK rww_status rww_raise_context(rww_status status, const char *format, ...) RWW_PRINTF(2, 3);

/** Message of the latest error where it was raised with `status`, else the table's text. Valid until the next raise. */
const char *rww_status_message(rww_status status);

/** Exit status of the program for `status`. */
int rww_status_exit(rww_status status);

#endif
