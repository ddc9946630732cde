#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(rww_text *text, size_t more) {
  size_t needed = text->length + more + 1;
  if (needed <= text->capacity) return;
  size_t capacity = needed * 2;
  char *chars = realloc(text->chars, capacity);
  if (!chars) {
    fputs("rwwsweep: out of memory\n", stderr);
    abort();
  }
  text->chars = chars;
  text->capacity = capacity;
}

void rww_text_add(rww_text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length > 0) {
    reserve(text, (size_t)length);
    vsnprintf(text->chars + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
  }
  va_end(again);
}

void rww_text_free(rww_text *text) {
  free(text->chars);
  *text = (rww_text){0};
}

void rww_text_format_real(double value, char text[RWW_REAL_TEXT_SIZE]) {
  if (fabs(value) < 1e15 && value == floor(value)) {
    snprintf(text, RWW_REAL_TEXT_SIZE, "%.0f", value);
    return;
  }
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, RWW_REAL_TEXT_SIZE, "%.*g", digits, value);
    if (isnan(value) || strtod(text, NULL) == value) return;
  }
}

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

#define NAME_LIMIT 64

/* Levenshtein's distance; names longer than the limit are never near. */
static size_t edit_distance(const char *a, const char *b) {
  size_t row[NAME_LIMIT + 1], n_a = strlen(a), n_b = strlen(b);
  if (n_a > NAME_LIMIT || n_b > NAME_LIMIT) return NAME_LIMIT;
  for (size_t j = 0; j <= n_b; j++) row[j] = j;
  for (size_t i = 1; i <= n_a; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n_b; j++) {
      size_t above = row[j];
      row[j] = smallest(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[n_b];
}

const char *rww_text_nearest(const char *name, const char *const *candidates, size_t n) {
  const char *nearest = NULL;
  size_t best = strlen(name) / 2 + 1; /* more than half of it mistyped is another word */
  for (size_t i = 0; i < n; i++) {
    size_t distance = edit_distance(name, candidates[i]);
    if (distance < best) {
      best = distance;
      nearest = candidates[i];
    }
  }
  return nearest;
}

/* Bytes of the UTF-8 character at `at`, 0 where there is none. RFC 3629: neither overlong forms nor surrogates. */
static size_t measure_character(const unsigned char *at) {
  unsigned char lowest = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
  unsigned char highest = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
  if (at[0] < 0x80) return 1;
  if (at[0] < 0xC2 || at[0] > 0xF4 || at[1] < lowest || at[1] > highest) return 0;
  size_t n = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
  for (size_t i = 2; i < n; i++)
    if (at[i] < 0x80 || at[i] > 0xBF) return 0;
  return n;
}

const char *rww_text_skip_utf8(const char *text) {
  for (size_t n = 1; *text && n > 0; text += n) n = measure_character((const unsigned char *)text);
  return text;
}
