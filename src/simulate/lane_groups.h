/** @file
 *  Inside of the lane backends: a run's lanes in groups that one kernel takes together, and their steps. */
#ifndef RWW_SIMULATE_LANE_GROUPS_H
#define RWW_SIMULATE_LANE_GROUPS_H

#include "simulate/backend.h"
#include "simulate/noise.h"
#include "simulate/packing.h"

typedef struct rww_lanes_run rww_lanes_run;

/** Memory for the trajectory of a group of lanes in a recorded run. It is kept for the next one: to give so much back
 *  and get it again takes the time of a run. */
typedef struct rww_recording {
  size_t row;                    /* numbers a step that there is room for */
  void *trace, *inputs, *starts; /* as in rww_lane_group */
} rww_recording;

struct rww_integrator {
  rww_simulation simulation;
  const rww_backend *backend;
  const rww_kernels *kernels, *narrow; /* blocks of all lanes, and of half as many */
  rww_noise *noise;
  rww_packed_weights weights, transposed; /* the latter once something was reversed */
  size_t n_padded;                        /* nodes of a lone simulation */
  void *lone_weights, *lone_transposed;   /* once something was lone, and reversed */
  size_t block_steps;
  rww_coupling_bounds *bounds, widest; /* [node], and of all nodes */
  rww_lanes_run *recorded;             /* NULL: none */
  size_t n_recordings;
  rww_recording *recordings; /* [n_recordings], by group */
};

/** Up to a block of lanes, or one alone. */
typedef struct rww_lane_group {
  size_t first, n;
  const rww_kernels *kernels;
  bool is_lone, noise_per_lane;
  rww_range range;
  size_t row; /* numbers of the trace a step */
  size_t input_stride, other_stride;
  void *constants;
  void *before; /* [row]: the state before the trace's first step; in recorded runs that in `starts` */
  void *trace;  /* [trace_steps][row]: the state after each step */
  void *inputs; /* [trace_steps][row] of recorded runs: W S before each step */
  void *starts; /* [n_segments][row] of recorded runs: the state before each segment */
  void *z;      /* [block_steps][node][lane], where lanes have seeds of their own */
} rww_lane_group;

/** A run at work. Begin with self, lanes and, where it is recorded, its trajectory. */
struct rww_lanes_run {
  rww_integrator *self;
  const rww_lanes *lanes;
  bool is_recorded, keeps_inputs; /* of the steps at hand, where it is recorded */
  rww_trajectory trajectory;
  size_t trace_steps; /* a block, or a segment where it is recorded */
  size_t n_groups;
  rww_lane_group *groups;
  void *states; /* [block_steps][node][n_lanes], for sinks; NULL where the one group's trace is just that */
};

/** From `state` [node][n_lanes]. Whatever was allocated is freed by rww_lanes_run_free, also on error. */
RWW_MUST_CHECK rww_status rww_lanes_run_create(rww_lanes_run *run, const double *state);
void rww_lanes_run_free(rww_lanes_run *run);
void rww_lanes_free_recordings(rww_integrator *self);

/** The group's state after `row` steps of its trace. */
void *rww_lanes_row(const rww_lanes_run *run, const rww_lane_group *group, size_t row);
size_t rww_lanes_row_bytes(const rww_lanes_run *run, const rww_lane_group *group);

/** Place of a constant of a node, in lane l of the group, in [node][constant][lane] as kernels see it. */
size_t rww_lanes_constant_place(const rww_lane_group *group, size_t node, size_t constant, size_t l);

/** The group's part of a step's numbers of all lanes, [node][n_lanes], as a row of it. */
void rww_lanes_distribute(const rww_lanes_run *run, const rww_lane_group *group, const void *lanes, void *row);

/** The state after `row` steps becomes the one before the trace's first step. */
void rww_lanes_restart(const rww_lanes_run *run, size_t row);

/** The state after `row` steps as `state` [node][n_lanes]. */
void rww_lanes_save_state(const rww_lanes_run *run, size_t row, double *state);

/** At most block_steps steps of all groups, from row `row` of their traces on; then the sink's turn, if there is one.
 */
RWW_MUST_CHECK rww_status rww_lanes_advance(const rww_lanes_run *run, uint64_t first_step, size_t n_steps, size_t row,
                                            const rww_sink *sink);

/** What kernels want of a group: itself, its transposed weights, and its noise (valid until the next call). */
rww_lane_block rww_lanes_block(const rww_lanes_run *run, const rww_lane_group *group);
RWW_MUST_CHECK rww_status rww_lanes_transpose(const rww_lanes_run *run, const rww_lane_group *group,
                                              rww_coupling_weights *transposed);
RWW_MUST_CHECK rww_status rww_lanes_get_noise(const rww_lanes_run *run, const rww_lane_group *group,
                                              uint64_t first_step, size_t n_steps, const void **z);

#endif
