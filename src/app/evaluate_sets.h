/** @file
 *  The parameter sets that are evaluated: the base, the best point of the exploration, and of each fit what it reports,
 *  on request followed by all of its restarts. */
#ifndef RWW_APP_EVALUATE_SETS_H
#define RWW_APP_EVALUATE_SETS_H

#include "app/stages.h"

typedef struct rww_evaluate_set {
  rww_text label;         /* base, explore, the name of a fit, or with /restart behind it */
  const rww_stage *stage; /* that found it; NULL: the base */
  bool is_reported;       /* by its stage; else it is that of `restart` */
  uint64_t restart;       /* of a fit; known of what is reported once the sets are found */
  double loss;            /* by which its stage judged it; NaN: it did not, or not yet */
} rww_evaluate_set;

/** Zero-initialised is empty; rww_evaluate_sets_free releases. */
typedef struct rww_evaluate_sets {
  size_t n;
  rww_evaluate_set *sets; /* [n] */
  size_t n_free, n_rows;
  rww_free free[RWW_N_PARAMETERS]; /* [n_free] what any of them sets, regional where it is so in any */
  double *values;                  /* [n][n_rows]; NULL until the sets are found */
} rww_evaluate_sets;

/** What follows from the configuration alone. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_evaluate_list_sets(const rww_experiment *experiment, rww_evaluate_sets *sets);

/** Their parameters, when the stages of which they come are finished. Rank 0. Errors: RWW_ERR_USAGE where a stage's
 *  file is missing; RWW_ERR_CONFIG where no point has a loss; RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_evaluate_find_sets(const rww_work *work, rww_evaluate_sets *sets);

void rww_evaluate_sets_free(rww_evaluate_sets *sets);

#endif
