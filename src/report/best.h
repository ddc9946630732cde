/** @file
 *  The points with the smallest losses. */
#ifndef RWW_REPORT_BEST_H
#define RWW_REPORT_BEST_H

#include "store/reader.h"

/** Prints the n_best points on stdout as "table", "csv" or "json". Errors: RWW_ERR_USAGE for another format, or where
 * no point is finished; RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_report_best(const char *path, size_t n_best, const char *format);

#endif
