/** @file
 *  What a fit comes to when all of its restarts have ended. */
#ifndef RWW_APP_FIT_OUTCOME_H
#define RWW_APP_FIT_OUTCOME_H

#include "app/fit_judge.h"

/** Fills the summary from the entries in the store and what the judge found, and evaluates FC and BOLD of the best
 *  restart.
 *  restarts  [n_restarts], all ended
 *  Rank 0. Errors: RWW_ERR_STORE, RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_fit_sum_up(rww_fit_file *file, const rww_store *store, const rww_restart *restarts,
                                         const rww_fit_judge *judge, rww_objective *objective,
                                         rww_fit_summary *summary);

#endif
