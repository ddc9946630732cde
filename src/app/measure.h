/** @file
 *  Speed and memory of an experiment on this machine, from a fraction of a second of its own work. */
#ifndef RWW_APP_MEASURE_H
#define RWW_APP_MEASURE_H

#include "app/experiment.h"
#include "plan/cost.h"

/** Evaluates points of the exploration (the base point where there is none), cut short where they would take too long.
 *  *rank_bytes is what a rank will have resident at most, MPI's part included. */
RWW_MUST_CHECK rww_status rww_measure(const rww_experiment *experiment, rww_speed *speed, size_t *rank_bytes);

#endif
