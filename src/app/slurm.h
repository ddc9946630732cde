/** @file
 *  What Slurm knows about the job that this process is part of. */
#ifndef RWW_APP_SLURM_H
#define RWW_APP_SLURM_H

#include "base/status.h"

/** Time until Slurm ends the job, less what it takes to finish the work in hand and store it: a tenth, at most 60 s.
 *  Infinite where the job has no limit. Asks squeue. Errors: RWW_ERR_USAGE where this is no job of Slurm, or squeue
 * does not tell. */
RWW_MUST_CHECK rww_status rww_slurm_find_max_time(double *max_time_s);

#endif
