/** @file
 *  The work of a simulated cluster: a fit's restarts, which ask for one gradient after the other, and the points of a
 *  grid. Counts how often each lane comes back. */
#ifndef RWW_BENCHMARKS_CLUSTER_WORK_H
#define RWW_BENCHMARKS_CLUSTER_WORK_H

#include "plan/grid_source.h"

enum { CLUSTER_FIT, CLUSTER_GRID, CLUSTER_N_SOURCES };

/** Rows below n_points are the grid's; behind them are those of the fit, [n_restarts][n_steps]. */
typedef struct cluster_work {
  uint64_t n_points, n_restarts, n_steps, n_twice, n_back;
  unsigned char *is_back; /* a bit a row */
  double *coordinates;    /* that the grid's axes share */
  rww_axis axes[2];
  rww_free free[2];
  rww_grid grid;
  rww_grid_source *points;
  rww_work_source inner;
  uint64_t *steps; /* [n_restarts], asked for */
  size_t *asking;  /* [n_asking], restarts that wait to be given out */
  size_t n_asking;
  rww_work_source sources[CLUSTER_N_SOURCES];
} cluster_work;

/** `work` must stay where it is: its sources point to it. Whatever was allocated is freed by cluster_work_free, also
 *  on error. */
RWW_MUST_CHECK rww_status cluster_work_create(uint64_t n_points, uint64_t n_restarts, uint64_t n_steps,
                                              cluster_work *work);
void cluster_work_free(cluster_work *work);

uint64_t cluster_work_count_rows(const cluster_work *work);

#endif
