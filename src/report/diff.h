/** @file
 *  What two result files of a stage have in common: first the configurations, then the values. */
#ifndef RWW_REPORT_DIFF_H
#define RWW_REPORT_DIFF_H

#include "store/reader.h"

/** Prints on stdout. Points are matched by their coordinates, bit for bit, whatever the order of the axes.
 *  Errors: RWW_ERR_STORE; RWW_ERR_USAGE where the files are of different stages or have different axes. */
RWW_MUST_CHECK rww_status rww_report_diff(const char *path_a, const char *path_b);

#endif
