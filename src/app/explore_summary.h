/** @file
 *  What an exploration says of itself when it ends. */
#ifndef RWW_APP_EXPLORE_SUMMARY_H
#define RWW_APP_EXPLORE_SUMMARY_H

#include "app/stages.h"

/** Points, outcomes, the best point and the file on stdout, read from the file; n_stored of its points were there
 *  already. Rank 0 alone. */
RWW_MUST_CHECK rww_status rww_explore_print_summary(const rww_work *work, uint64_t n_stored, const rww_effort *effort);

#endif
