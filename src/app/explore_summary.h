/** @file
 *  What an exploration says of itself when it ends. */
#ifndef RWW_APP_EXPLORE_SUMMARY_H
#define RWW_APP_EXPLORE_SUMMARY_H

#include "app/stages.h"

/** What a run found in the file, and what it added. */
typedef struct rww_explore_counts {
  uint64_t n_points, n_stored, n_computed;
  double elapsed_s; /* of what was computed */
} rww_explore_counts;

/** Points, outcomes, the best point and the file on stdout, read from the file. Rank 0 alone. */
RWW_MUST_CHECK rww_status rww_explore_print_summary(const rww_run *run, const rww_explore_counts *counts);

#endif
