/** @file
 *  What fits need of an exploration. */
#ifndef RWW_APP_STAGE_EXPLORE_H
#define RWW_APP_STAGE_EXPLORE_H

#include "app/stages.h"

/** Loss of every point, NaN where there is none (yet), of an exploration in this run. The exploration's. Rank 0. */
const double *rww_explore_losses(const rww_work *work);

/** The same as its file has them, in *losses [n_points], owned by the caller. Rank 0. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_explore_recall_losses(const rww_run *run, const rww_stage *stage, double **losses);

#endif
