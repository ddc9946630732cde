/** @file
 *  Ranks, their network and a clock, simulated event by event around the scheduler's own state machine
 *  (schedule/queue.h): what a leader and 100 000 workers would do, in seconds, on one core. */
#ifndef RWW_BENCHMARKS_CLUSTER_H
#define RWW_BENCHMARKS_CLUSTER_H

#include "schedule/queue.h"

typedef struct cluster_spec {
  uint64_t seed;
  size_t n_ranks; /* rank 0 leads */
  /* Work: a grid that asks for all of its points at once; and before it a fit, each restart of which asks for one
   * gradient after the other. */
  uint64_t n_points, n_restarts, n_steps;
  /* Time: a batch of so many lanes takes batch_lanes * point_s. Fewer take as long, but up to half of them go in half a
   * batch, each of whose lanes takes half_cost * point_s, and up to lone_lanes one by one, lone_cost * point_s each. A
   * gradient takes gradient_cost times as long. Each batch takes (1 + e) times as long,
   * P(e > x) = (1 + x / tail_scale)^-2, cut at tail_cut. */
  double point_s;
  size_t batch_lanes, lone_lanes;
  double half_cost, lone_cost, gradient_cost, tail_scale, tail_cut;
  /* Ranks that are slow from the beginning, and ranks that die at some time of the run. */
  double slow_share, slow_factor, dying_share;
  double silence_s; /* after which the leader gives a rank up */
  /* Messages: between two ranks, and what a unit and a lane of it cost the leader, its results included. */
  double latency_s, bytes_per_s, leader_unit_s, leader_lane_s;
} cluster_spec;

/** The cluster that benchmarks/README.md describes, with a given number of ranks and points. */
cluster_spec cluster_default(size_t n_ranks, uint64_t n_points, double point_s);

typedef struct cluster_report {
  uint64_t n_units, n_lanes;  /* digested */
  uint64_t n_lost, n_twice;   /* lanes that never came back, or more than once */
  uint64_t n_dead, n_refused; /* ranks; results that came after their rank was given up */
  double started_s, end_s;    /* the last rank's first unit; the end of the last unit */
  double ideal_s;             /* if nobody ever waited, and everything was done in full batches */
  double idle_share;          /* of the ranks' time from each one's first unit on, until the end or its death */
  double leader_share;        /* of the time, that the leader handles messages */
  double decision_s;          /* of this machine's time a unit, in the queue and the grid's source: measured */
  size_t queue_bytes, most_bytes_held; /* the queue without units; the units in flight */
  uint64_t fingerprint;                /* of who got what, and when */
} cluster_report;

/** Errors: the queue's; RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status cluster_run(const cluster_spec *spec, cluster_report *report);

#endif
