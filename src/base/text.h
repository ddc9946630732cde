/** @file
 *  Growing strings, and the nearest of several names. */
#ifndef RWW_BASE_TEXT_H
#define RWW_BASE_TEXT_H

#include "base/status.h"
#include <stddef.h>

/** Zero-initialised is the empty string. `chars` ends with a zero once something was added; rww_text_free releases. */
typedef struct rww_text {
  char *chars;
  size_t length, capacity;
} rww_text;

/** Appends. Out of memory ends the process with a message. */
void rww_text_add(rww_text *text, const char *format, ...) RWW_PRINTF(2, 3);
void rww_text_free(rww_text *text);

/** Shortest decimal text that reads back as the same double ("0.1", "1e-05", "30000.0" is "30000"; inf, -inf, nan). */
#define RWW_REAL_TEXT_SIZE 32
void rww_text_format_real(double value, char text[RWW_REAL_TEXT_SIZE]);

/** The candidate nearest to `name` by edit distance, or NULL where none is near enough to be meant. */
const char *rww_text_nearest(const char *name, const char *const *candidates, size_t n);

/** The first byte that begins no UTF-8 character (RFC 3629), or the zero at the end. */
const char *rww_text_skip_utf8(const char *text);

#endif
