/** @file
 *  Speed and memory of an experiment on this machine, from a fraction of a second of its own work. */
#ifndef RWW_APP_MEASURE_H
#define RWW_APP_MEASURE_H

#include "app/experiment.h"
#include "plan/cost.h"

/** What a rank has more than a process without MPI. Measured with Open MPI 4.1, at 1 to 5 ranks. */
#define RWW_MPI_BYTES 10000000

/** What a start and its end take under a launcher, besides all work: mpirun 0.05 s, MPI_Init 0.25 s (in 0.2 s of it two
 *  transports of Open MPI, PSM and PSM2, measure their clocks), MPI_Finalize 0.05 s, the program and its files 0.05 s,
 *  which is all that a process without MPI takes. Measured with Open MPI 4.1 on one machine, at 1 and 2 ranks. */
#define RWW_LAUNCH_S 0.4

/** Of the points and fits, and of the evaluation, which has a duration and seeds of its own. */
typedef struct rww_speeds {
  rww_speed of_points, of_evaluation;
} rww_speeds;

/** What a rank will have resident at most, MPI's part included, without trajectories for gradients. */
typedef struct rww_rank_memory {
  size_t n_bytes;
  rww_trajectory trajectory; /* of a lane; lane_bytes 0: no gradients */
} rww_rank_memory;

/** Evaluates points of the exploration (the base point where there is none), cut short where they would take too long,
 *  and gradients where there are fits. `n_resident_bytes`: of the stages' files, as they are foreseen. */
RWW_MUST_CHECK rww_status rww_measure(const rww_experiment *experiment, uint64_t n_resident_bytes, rww_speeds *speeds,
                                      rww_rank_memory *memory);

#endif
