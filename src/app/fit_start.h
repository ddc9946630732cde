/** @file
 *  Where the restarts of a fit begin. */
#ifndef RWW_APP_FIT_START_H
#define RWW_APP_FIT_START_H

#include "app/stages.h"
#include "optimise/bounds.h"

/** Parameters that a fit sets: its free ones, and behind them those that its start brings along, which stay fixed. */
typedef struct rww_fit_parameters {
  size_t n_free, n_fixed;
  rww_free list[RWW_N_PARAMETERS]; /* [n_free + n_fixed] */
  size_t n_rows, n_fixed_rows;     /* numbers of the free ones, and of the fixed ones */
} rww_fit_parameters;

/** Follows from the configuration alone. */
rww_fit_parameters rww_fit_list_parameters(const rww_experiment *experiment, const rww_stage *stage);

/** Owned arrays; rww_fit_starts_free releases them. */
typedef struct rww_fit_starts {
  double *start;      /* [n_restarts][n_rows], physical units, inside the bounds */
  double *fixed;      /* [n_restarts][n_fixed_rows] */
  rww_bounds *bounds; /* [n_rows] */
} rww_fit_starts;

/** The stage that it starts from, if any, is finished. `work` tells where that stage is, in the run or in its file.
 *  Rank 0. Errors: RWW_ERR_CONFIG where a start lies outside its bounds, or there are too few points to start from;
 *  RWW_ERR_USAGE where the file of the stage that it starts from is missing or not finished; RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_fit_find_starts(const rww_work *work, const rww_fit_parameters *parameters,
                                              rww_fit_starts *starts);
void rww_fit_starts_free(rww_fit_starts *starts);

#endif
