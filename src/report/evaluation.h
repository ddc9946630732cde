/** @file
 *  Scores of an evaluation. */
#ifndef RWW_REPORT_EVALUATION_H
#define RWW_REPORT_EVALUATION_H

#include "report/table.h"
#include "store/reader.h"

/** Whether a file is an evaluation's. */
bool rww_report_is_evaluation(const rww_reader *reader);

/** What the rows of a file are to its readers: points, entries of a fit, results of an evaluation. */
const char *rww_report_name_rows(const rww_reader *reader);

/** Prints a line for each set on stdout: fc_corr, fc_corr_triangle and rmse, each as mean and standard deviation (with
 *  n - 1) over the seeds that have them; how many those are, where it is not all. In the order of the file, or, where
 *  n_best > 0, so many sets with the greatest mean fc_corr. Errors: RWW_ERR_MEMORY, RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_report_evaluation(const rww_reader *reader, size_t n_best);

/** The same for programs, with the restart and the loss by which a set was found; printed at once, in this form. */
RWW_MUST_CHECK rww_status rww_report_evaluation_as(const rww_reader *reader, size_t n_best, const rww_table_form *form);

#endif
