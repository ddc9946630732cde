/** @file
 *  What others need of an exploration. */
#ifndef RWW_APP_STAGE_EXPLORE_H
#define RWW_APP_STAGE_EXPLORE_H

#include "app/stages.h"

/** Loss of every point, NaN where there is none (yet), in *losses [n_points], owned by the caller: from the exploration
 *  itself where it is part of the run of `work`, else from its file. Rank 0. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_explore_copy_losses(const rww_work *work, const rww_stage *explore, double **losses);

#endif
