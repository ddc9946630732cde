/** @file
 *  The points with the smallest losses, and the restarts of a fit. */
#ifndef RWW_REPORT_BEST_H
#define RWW_REPORT_BEST_H

#include "report/table.h"
#include "store/reader.h"

/** Whether a file has several things to choose from: an exploration's or a fit's. */
bool rww_report_has_best(const rww_reader *reader);

/** What comes out of a file, ordered by loss, at most n_best of it: points of an exploration; restarts of a fit, each
 *  with the entry that the fit reports (of one that still goes on: so far) and the range of its regional parameters.
 *  No rows where nothing has a loss yet. The caller frees the table. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_report_best(const rww_reader *reader, size_t n_best, const rww_table_form *form,
                                          rww_table *table);

#endif
