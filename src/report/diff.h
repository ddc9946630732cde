/** @file
 *  What two result files of a stage have in common: first the configurations, then the values. */
#ifndef RWW_REPORT_DIFF_H
#define RWW_REPORT_DIFF_H

#include "store/reader.h"

/** Prints on stdout. Points are matched by their coordinates, bit for bit, whatever the order of the axes; entries of a
 *  fit by restart and step. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_report_diff(const rww_reader *a, const rww_reader *b);

#endif
