/** @file
 *  Where a fit's restarts begin. */
#ifndef RWW_OPTIMISE_START_H
#define RWW_OPTIMISE_START_H

#include "config/config.h"
#include "optimise/bounds.h"

/** Draws the start of a restart uniformly around `start`: within `spread` of the width of its bounds, or without bounds
 *  of its own magnitude. What would leave the bounds stays just inside. Each number follows from the seed, the restart,
 *  the parameter and the node alone, not from what else is free.
 *  start, bounds  [n_rows], rows as rww_batch has them for `free` [n_free]
 *  drawn          [n_rows], out */
void rww_start_draw(uint64_t seed, uint64_t restart, double spread, size_t n_nodes, size_t n_free,
                    const rww_free *free_parameters, const double *start, const rww_bounds *bounds, double *drawn);

#endif
