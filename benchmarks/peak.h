/** @file
 *  What the multiply-add units of one core can do at most. */
#ifndef RWW_BENCHMARKS_PEAK_H
#define RWW_BENCHMARKS_PEAK_H

#include "config/config.h"

/** Best rate found in some 20 ms of independent fused multiply-adds in registers, in flop/s (two a multiply-add), with
 *  the instruction set of the backend of that name; for any other backend with the best one of this processor. */
double rww_peak_measure(const char *backend, rww_precision precision);

#endif
