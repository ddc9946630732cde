/** @file
 *  The whole of our C test harness: each check prints what failed and where; main returns check_report(). */
#ifndef RWW_TESTS_CHECK_H
#define RWW_TESTS_CHECK_H

#include "base/status.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failures;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                        \
      check_failures++;                                                                                                \
    }                                                                                                                  \
  } while (0)

#define CHECK_OK(expression)                                                                                           \
  do {                                                                                                                 \
    rww_status check_status_ = (expression);                                                                           \
    if (check_status_ != RWW_OK) {                                                                                     \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #expression, rww_status_message(check_status_));          \
      check_failures++;                                                                                                \
    }                                                                                                                  \
  } while (0)

/** |found - expected| <= tolerance; NaN never is. */
#define CHECK_NEAR(found, expected, tolerance)                                                                         \
  do {                                                                                                                 \
    double check_found_ = (found), check_expected_ = (expected);                                                       \
    if (!(fabs(check_found_ - check_expected_) <= (tolerance))) {                                                      \
      fprintf(stderr, "%s:%d: %s = %.17g, expected %.17g within %g\n", __FILE__, __LINE__, #found, check_found_,       \
              check_expected_, (double)(tolerance));                                                                   \
      check_failures++;                                                                                                \
    }                                                                                                                  \
  } while (0)

/** The message of the latest error holds this text. */
#define CHECK_MESSAGE(status, part)                                                                                    \
  do {                                                                                                                 \
    if (strstr(rww_status_message(status), (part)) == NULL) {                                                          \
      fprintf(stderr, "%s:%d: message '%s' does not hold '%s'\n", __FILE__, __LINE__, rww_status_message(status),      \
              (part));                                                                                                 \
      check_failures++;                                                                                                \
    }                                                                                                                  \
  } while (0)

static inline int check_report(void) {
  if (check_failures) fprintf(stderr, "%d checks failed\n", check_failures);
  return check_failures != 0;
}

#endif
