/** @file
 *  What an evaluation says of itself when it ends. */
#ifndef RWW_APP_EVALUATE_SUMMARY_H
#define RWW_APP_EVALUATE_SUMMARY_H

#include "app/stages.h"

/** Scores of each set and the file on stdout, read from the file; n_stored of its rows were there already. Rank 0
 *  alone. */
RWW_MUST_CHECK rww_status rww_evaluate_print_summary(const rww_work *work, uint64_t n_stored, const rww_effort *effort);

#endif
