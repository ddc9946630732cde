#ifndef RWW_BASE_CLOCK_H
#define RWW_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/** Seconds of a clock that never goes back; only differences mean something. */
double rww_clock_s(void);

/** Seconds since 1970, for times that people read. */
double rww_clock_utc_s(void);

#define RWW_TIMESTAMP_SIZE 32
/** "2026-11-24T10:52:01Z". */
void rww_clock_format(double utc_s, char text[RWW_TIMESTAMP_SIZE]);

#define RWW_DURATION_SIZE 48
/** "12.3 s", "4 min 05 s", "3 h 12 min", "2 d 04 h": for people. */
void rww_clock_format_duration(double s, char text[RWW_DURATION_SIZE]);

#endif
