#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static double read_clock(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double rww_clock_s(void) {
  return read_clock(CLOCK_MONOTONIC);
}

double rww_clock_utc_s(void) {
  return read_clock(CLOCK_REALTIME);
}

void rww_clock_format(double utc_s, char text[RWW_TIMESTAMP_SIZE]) {
  time_t seconds = (time_t)utc_s;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  strftime(text, RWW_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void rww_clock_format_duration(double s, char text[RWW_DURATION_SIZE]) {
  long whole = s < 8.64e9 ? (long)(s + 0.5) : 8640000000L;
  if (s < 99.95)
    snprintf(text, RWW_DURATION_SIZE, "%.1f s", s);
  else if (whole < 3600)
    snprintf(text, RWW_DURATION_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
  else if (whole < 86400)
    snprintf(text, RWW_DURATION_SIZE, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
  else
    snprintf(text, RWW_DURATION_SIZE, "%ld d %02ld h", whole / 86400, whole / 3600 % 24);
}
