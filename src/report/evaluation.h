/** @file
 *  Scores of an evaluation. */
#ifndef RWW_REPORT_EVALUATION_H
#define RWW_REPORT_EVALUATION_H

#include "store/reader.h"

/** Prints a line for each set on stdout: fc_corr, fc_corr_triangle and rmse, each as mean and standard deviation (with
 *  n - 1) over the seeds that have them; how many those are, where it is not all. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_report_evaluation(const rww_reader *reader);

#endif
