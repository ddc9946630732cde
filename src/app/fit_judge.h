/** @file
 *  What a fit asks for when its restarts have ended: the loss of each average, on the seeds of the last step, and the
 *  loss of what each restart reports, on the validation seeds. Nothing of it is kept on the way; a job that goes on
 *  asks again. */
#ifndef RWW_APP_FIT_JUDGE_H
#define RWW_APP_FIT_JUDGE_H

#include "app/fit_file.h"

typedef struct rww_fit_judge {
  const rww_fit_file *file;
  size_t n_of_average, n_of_validation; /* evaluations a restart */
  double *averages, *reported;          /* [n_restarts][n_rows], physical units */
  const double *fixed;                  /* [n_restarts][n_fixed_rows]; borrowed */
  double *losses;                       /* [n_restarts][n_of_average + n_of_validation]; NaN where there is none */
  rww_row_source *source;
} rww_fit_judge;

/** Evaluations that it will ask for. Follows from the configuration alone. */
uint64_t rww_fit_count_judged(const rww_fit_config *fit);

/** From the entries in the store. `source` is the index of the fit's units; restarts [n_restarts] have all ended.
 *  `judge` stays where it is. Rank 0. Errors: RWW_ERR_STORE, RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_fit_judge_create(rww_fit_file *file, const rww_store *store, uint64_t source,
                                               const rww_restart *restarts, const double *fixed, rww_fit_judge *judge);
void rww_fit_judge_free(rww_fit_judge *judge);

/** Loss of a restart's average, and of what it reports on the validation seeds: means over the seeds, NaN where one has
 *  none or where nothing was asked for. */
double rww_fit_judge_average_loss(const rww_fit_judge *judge, size_t restart);
double rww_fit_judge_validation_loss(const rww_fit_judge *judge, size_t restart);

#endif
