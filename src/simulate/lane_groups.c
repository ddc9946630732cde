#include "simulate/lane_groups.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* Few lanes are faster one by one than in a block that is mostly empty; what is recorded goes in blocks. */
static rww_lane_group choose_group(const rww_lanes_run *run, size_t first) {
  size_t full = run->self->kernels->n_lanes, n_left = run->lanes->n_lanes - first;
  bool is_lone = !run->is_recorded && RWW_LONE_PART * n_left <= full;
  return (rww_lane_group){.first = first, .n = is_lone ? 1 : n_left < full ? n_left : full, .is_lone = is_lone};
}

static bool share_seed(const rww_lanes *lanes, const rww_lane_group *group) {
  for (size_t l = 1; l < group->n; l++)
    if (lanes->seeds[group->first + l] != lanes->seeds[group->first]) return false;
  return true;
}

/* Lanes beyond the last one repeat it. */
static size_t lane_of(const rww_lane_group *group, size_t l) {
  return group->first + (l < group->n ? l : group->n - 1);
}

/* Least is known of the group where least is known of a node and lane. */
static void narrow_range(rww_lane_group *group, rww_range range) {
  if (range < group->range) group->range = range;
}

static void fold_block_constants(const rww_lanes_run *run, rww_lane_group *group, size_t n_nodes) {
  const rww_integrator *self = run->self;
  double constants[RWW_N_CONSTANTS];
  size_t n_lanes = self->kernels->n_lanes;
  for (size_t i = 0; i < n_nodes; i++)
    for (size_t l = 0; l < n_lanes; l++) {
      rww_fold_constants(run->lanes, self->simulation.step_ms, i, lane_of(group, l), constants);
      narrow_range(group,
                   rww_find_range(constants, n_nodes > 1 ? self->bounds[i] : self->widest, self->simulation.precision));
      for (size_t k = 0; k < RWW_N_CONSTANTS; k++)
        rww_number_put(self->simulation.precision, group->constants, (i * RWW_N_CONSTANTS + k) * n_lanes + l,
                       constants[k]);
    }
}

static void fold_lone_constants(const rww_lanes_run *run, rww_lane_group *group) {
  const rww_integrator *self = run->self;
  double constants[RWW_N_CONSTANTS];
  for (size_t i = 0; i < self->simulation.n_nodes; i++) {
    rww_fold_constants(run->lanes, self->simulation.step_ms, i, group->first, constants);
    for (size_t k = 0; k < RWW_N_CONSTANTS; k++)
      rww_number_put(self->simulation.precision, group->constants, k * self->n_padded + i, constants[k]);
  }
}

static rww_status prepare_lone(const rww_lanes_run *run, rww_lane_group *group) {
  rww_integrator *self = run->self;
  rww_precision precision = self->simulation.precision;
  group->row = self->n_padded;
  if (!self->lone_weights)
    RWW_TRY(rww_pack_lone(&self->simulation, self->kernels->lone_step, self->n_padded, &self->lone_weights));
  RWW_TRY(rww_allocate(RWW_N_CONSTANTS * self->n_padded, rww_number_bytes(precision), &group->constants));
  fold_lone_constants(run, group);
  return RWW_OK;
}

static rww_status prepare_block(const rww_lanes_run *run, rww_lane_group *group) {
  const rww_integrator *self = run->self;
  rww_precision precision = self->simulation.precision;
  size_t n_nodes = rww_lanes_differ_by_node(run->lanes) ? self->simulation.n_nodes : 1;
  size_t n_constants = RWW_N_CONSTANTS * self->kernels->n_lanes;
  group->row = self->simulation.n_nodes * self->kernels->n_lanes;
  group->range = RWW_RANGE_INSIDE;
  group->noise_per_lane = !share_seed(run->lanes, group);
  group->constants_stride = n_nodes > 1 ? n_constants : 0;
  RWW_TRY(rww_allocate(n_nodes * n_constants, rww_number_bytes(precision), &group->constants));
  fold_block_constants(run, group, n_nodes);
  if (!group->noise_per_lane) return RWW_OK;
  return rww_allocate(self->block_steps * group->row, rww_number_bytes(precision), &group->z);
}

static rww_status add_recording(const rww_lanes_run *run, size_t row) {
  rww_integrator *self = run->self;
  size_t bytes = rww_number_bytes(self->simulation.precision), n = self->n_recordings + 1;
  rww_recording *recordings = realloc(self->recordings, n * sizeof *recordings);
  if (!recordings) return rww_raise(RWW_ERR_MEMORY, "out of memory: %zu recordings", n);
  rww_recording *added = &recordings[self->n_recordings++];
  self->recordings = recordings;
  *added = (rww_recording){NULL};
  RWW_TRY(rww_allocate((1 + run->trace_steps) * row, bytes, &added->trace));
  RWW_TRY(rww_allocate(run->trace_steps * row + RWW_PANEL_TARGETS * self->kernels->n_lanes, bytes, &added->inputs));
  return rww_allocate((size_t)run->trajectory.n_segments * row, bytes, &added->starts);
}

void rww_lanes_free_recordings(rww_integrator *self) {
  for (size_t k = 0; k < self->n_recordings; k++) {
    free(self->recordings[k].trace);
    free(self->recordings[k].inputs);
    free(self->recordings[k].starts);
  }
  free(self->recordings);
  self->recordings = NULL;
  self->n_recordings = 0;
}

/* All recorded groups have rows of the same size: they go in whole blocks. */
static rww_status prepare_group(const rww_lanes_run *run, size_t g) {
  rww_lane_group *group = &run->groups[g];
  RWW_TRY(group->is_lone ? prepare_lone(run, group) : prepare_block(run, group));
  if (!run->is_recorded)
    return rww_allocate((1 + run->trace_steps) * group->row, rww_number_bytes(run->self->simulation.precision),
                        &group->trace);
  if (g == run->self->n_recordings) RWW_TRY(add_recording(run, group->row));
  const rww_recording *kept = &run->self->recordings[g];
  group->trace = kept->trace;
  group->inputs = kept->inputs;
  group->starts = kept->starts;
  return RWW_OK;
}

static rww_status make_groups(rww_lanes_run *run) {
  size_t n_lanes = run->lanes->n_lanes;
  RWW_TRY(RWW_NEW(&run->groups, n_lanes));
  for (size_t first = 0; first < n_lanes; first += run->groups[run->n_groups++].n)
    run->groups[run->n_groups] = choose_group(run, first);
  for (size_t g = 0; g < run->n_groups; g++) RWW_TRY(prepare_group(run, g));
  return RWW_OK;
}

/* Place of a node and lane in a group's row. */
static size_t place(const rww_lanes_run *run, const rww_lane_group *group, size_t node, size_t l) {
  return group->is_lone ? node : node * run->self->kernels->n_lanes + l;
}

/* A start outside of 0 to 1 leaves nothing to be known. */
static void load_state(const rww_lanes_run *run, rww_lane_group *group, const double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  size_t n = group->is_lone ? 1 : run->self->kernels->n_lanes;
  for (size_t i = 0; i < simulation->n_nodes; i++)
    for (size_t l = 0; l < n; l++) {
      double S = state[i * run->lanes->n_lanes + lane_of(group, l)];
      if (!(S >= 0 && S <= 1)) narrow_range(group, RWW_RANGE_ANY);
      rww_number_put(simulation->precision, group->trace, place(run, group, i, l), S);
    }
}

static bool needs_copy(const rww_lanes_run *run) {
  return !(run->n_groups == 1 && !run->groups[0].is_lone && run->groups[0].n == run->self->kernels->n_lanes);
}

rww_status rww_lanes_run_create(rww_lanes_run *run, const double *state) {
  const rww_integrator *self = run->self;
  run->trace_steps = run->is_recorded ? (size_t)run->trajectory.segment_steps : self->block_steps;
  RWW_TRY(make_groups(run));
  rww_noise_begin_run(self->noise, run->lanes->seeds, run->lanes->n_lanes);
  for (size_t g = 0; g < run->n_groups; g++) load_state(run, &run->groups[g], state);
  if (!needs_copy(run)) return RWW_OK;
  return rww_allocate(self->block_steps * self->simulation.n_nodes * run->lanes->n_lanes,
                      rww_number_bytes(self->simulation.precision), &run->states);
}

void rww_lanes_run_free(rww_lanes_run *run) {
  for (size_t g = 0; g < run->n_groups; g++) {
    free(run->groups[g].constants);
    if (!run->is_recorded) free(run->groups[g].trace);
    free(run->groups[g].z);
  }
  free(run->groups);
  free(run->states);
}

size_t rww_lanes_row_bytes(const rww_lanes_run *run, const rww_lane_group *group) {
  return group->row * rww_number_bytes(run->self->simulation.precision);
}

void *rww_lanes_row(const rww_lanes_run *run, const rww_lane_group *group, size_t row) {
  return (char *)group->trace + row * rww_lanes_row_bytes(run, group);
}

void rww_lanes_restart(const rww_lanes_run *run, size_t row) {
  for (size_t g = 0; g < run->n_groups; g++)
    memcpy(run->groups[g].trace, rww_lanes_row(run, &run->groups[g], row), rww_lanes_row_bytes(run, &run->groups[g]));
}

void rww_lanes_save_state(const rww_lanes_run *run, size_t row, double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  for (size_t g = 0; g < run->n_groups; g++) {
    const rww_lane_group *group = &run->groups[g];
    const void *from = rww_lanes_row(run, group, row);
    for (size_t i = 0; i < simulation->n_nodes; i++)
      for (size_t l = 0; l < group->n; l++)
        state[i * run->lanes->n_lanes + group->first + l] =
            rww_number_get(simulation->precision, from, place(run, group, i, l));
  }
}

/* ---- a block of steps ---- */

static uint64_t seed_of(const rww_lanes_run *run, const rww_lane_group *group, size_t l) {
  return run->lanes->seeds[lane_of(group, l)];
}

static bool is_first_of_its_seed(const rww_lanes_run *run, const rww_lane_group *group, size_t l) {
  for (size_t k = 0; k < l; k++)
    if (seed_of(run, group, k) == seed_of(run, group, l)) return false;
  return true;
}

/* Noise of lanes with seeds of their own, side by side; a seed that is not kept is made once for all of its lanes. */
static rww_status spread_noise(const rww_lanes_run *run, const rww_lane_group *group, uint64_t first_step,
                               size_t n_steps) {
  const rww_integrator *self = run->self;
  size_t n_lanes = self->kernels->n_lanes, n_values = n_steps * self->simulation.n_nodes;
  for (size_t first = 0; first < n_lanes; first++) {
    const void *z;
    uint64_t seed = seed_of(run, group, first);
    if (!is_first_of_its_seed(run, group, first)) continue;
    RWW_TRY(rww_noise_get(self->noise, seed, first_step, n_steps, &z));
    for (size_t l = first; l < n_lanes; l++)
      if (seed_of(run, group, l) == seed)
        rww_numbers_spread(self->simulation.precision, z, n_values, n_lanes, group->z, l);
  }
  return RWW_OK;
}

rww_status rww_lanes_get_noise(const rww_lanes_run *run, const rww_lane_group *group, uint64_t first_step,
                               size_t n_steps, const void **z) {
  if (!group->noise_per_lane)
    return rww_noise_get(run->self->noise, run->lanes->seeds[group->first], first_step, n_steps, z);
  *z = group->z;
  return spread_noise(run, group, first_step, n_steps);
}

rww_lane_block rww_lanes_block(const rww_lanes_run *run, const rww_lane_group *group) {
  const rww_integrator *self = run->self;
  return (rww_lane_block){self->simulation.n_nodes, self->weights.panels,  group->constants,
                          group->constants_stride,  group->noise_per_lane, group->range};
}

static rww_status advance(const rww_lanes_run *run, const rww_lane_group *group, uint64_t first_step, size_t n_steps,
                          size_t row) {
  const rww_integrator *self = run->self;
  void *trace = rww_lanes_row(run, group, row);
  const void *z;
  RWW_TRY(rww_lanes_get_noise(run, group, first_step, n_steps, &z));
  if (group->is_lone) {
    rww_lone_block block = {self->simulation.n_nodes, self->n_padded, self->lone_weights, group->constants};
    self->kernels->advance_lone(&block, n_steps, z, trace);
  } else {
    rww_lane_block block = rww_lanes_block(run, group);
    void *inputs = group->inputs ? (char *)group->inputs + row * rww_lanes_row_bytes(run, group) : NULL;
    self->kernels->advance(&block, n_steps, z, trace, inputs);
  }
  return RWW_OK;
}

/* The group's part of what the sink gets. */
static void copy_trace(const rww_lanes_run *run, const rww_lane_group *group, size_t n_steps, size_t row) {
  const rww_simulation *simulation = &run->self->simulation;
  size_t n_lanes = run->lanes->n_lanes, n_nodes = simulation->n_nodes, bytes = rww_number_bytes(simulation->precision);
  for (size_t t = 0; t < n_steps; t++)
    for (size_t i = 0; i < n_nodes; i++)
      memcpy((char *)run->states + ((t * n_nodes + i) * n_lanes + group->first) * bytes,
             (char *)rww_lanes_row(run, group, row + 1 + t) + place(run, group, i, 0) * bytes, group->n * bytes);
}

rww_status rww_lanes_advance(const rww_lanes_run *run, uint64_t first_step, size_t n_steps, size_t row,
                             const rww_sink *sink) {
  for (size_t g = 0; g < run->n_groups; g++) {
    RWW_TRY(advance(run, &run->groups[g], first_step, n_steps, row));
    if (run->states && sink) copy_trace(run, &run->groups[g], n_steps, row);
  }
  if (sink)
    sink->take(sink->context, first_step, n_steps,
               run->states ? run->states : rww_lanes_row(run, &run->groups[0], row + 1));
  return RWW_OK;
}
