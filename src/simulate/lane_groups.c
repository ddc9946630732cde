#include "simulate/lane_groups.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* Few lanes are faster one by one than in a block that is mostly empty. */
static rww_lane_group choose_group(const rww_lanes_run *run, size_t first) {
  const rww_integrator *self = run->self;
  size_t half = self->narrow->n_lanes, n_left = run->lanes->n_lanes - first;
  if (RWW_LONE_PART * n_left <= half)
    return (rww_lane_group){.first = first, .n = 1, .kernels = self->kernels, .is_lone = true};
  const rww_kernels *kernels = n_left <= half ? self->narrow : self->kernels;
  return (rww_lane_group){
      .first = first, .n = n_left < kernels->n_lanes ? n_left : kernels->n_lanes, .kernels = kernels};
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

/* Places of a node and lane in a group's row, and of its constants: a lone simulation has its nodes in a row. */
static size_t place(const rww_lane_group *group, size_t node, size_t l) {
  return group->is_lone ? node : node * group->kernels->n_lanes + l;
}

size_t rww_lanes_constant_place(const rww_lane_group *group, size_t node, size_t constant, size_t l) {
  size_t n_lanes = group->kernels->n_lanes, at = place(group, node, l);
  return (at / n_lanes * RWW_N_CONSTANTS + constant) * n_lanes + at % n_lanes;
}

/* Of n_nodes nodes, which are one if all have the same. */
static void fold_constants(const rww_lanes_run *run, rww_lane_group *group, size_t n_nodes) {
  const rww_integrator *self = run->self;
  double constants[RWW_N_CONSTANTS];
  size_t n_lanes = group->is_lone ? 1 : group->kernels->n_lanes;
  for (size_t i = 0; i < n_nodes; i++)
    for (size_t l = 0; l < n_lanes; l++) {
      rww_fold_constants(run->lanes, self->simulation.step_ms, i, lane_of(group, l), constants);
      narrow_range(group,
                   rww_find_range(constants, n_nodes > 1 ? self->bounds[i] : self->widest, self->simulation.precision));
      for (size_t k = 0; k < RWW_N_CONSTANTS; k++)
        rww_number_put(self->simulation.precision, group->constants, rww_lanes_constant_place(group, i, k, l),
                       constants[k]);
    }
}

/* Rows that do not differ all read the first one's: the fewer, the more stays in the caches. */
static void stride_constants(const rww_lanes_run *run, rww_lane_group *group, bool differ) {
  size_t stride = RWW_N_CONSTANTS * group->kernels->n_lanes;
  group->input_stride = differ ? stride : 0;
  group->other_stride = rww_lanes_differ_beyond_input(run->lanes) ? stride : 0;
}

static rww_status prepare_lone(const rww_lanes_run *run, rww_lane_group *group) {
  rww_integrator *self = run->self;
  group->row = self->n_padded;
  group->range = RWW_RANGE_INSIDE;
  stride_constants(run, group, true);
  if (!self->lone_weights)
    RWW_TRY(rww_pack_lone(&self->simulation, false, self->kernels->lone_step, self->n_padded, &self->lone_weights));
  RWW_TRY(
      rww_allocate(RWW_N_CONSTANTS * self->n_padded, rww_number_bytes(self->simulation.precision), &group->constants));
  fold_constants(run, group, self->simulation.n_nodes);
  return RWW_OK;
}

static rww_status prepare_block(const rww_lanes_run *run, rww_lane_group *group) {
  const rww_integrator *self = run->self;
  rww_precision precision = self->simulation.precision;
  size_t n_nodes = rww_lanes_differ_by_node(run->lanes) ? self->simulation.n_nodes : 1;
  group->row = self->simulation.n_nodes * group->kernels->n_lanes;
  group->range = RWW_RANGE_INSIDE;
  group->noise_per_lane = !share_seed(run->lanes, group);
  stride_constants(run, group, n_nodes > 1);
  RWW_TRY(rww_allocate(n_nodes * RWW_N_CONSTANTS * group->kernels->n_lanes, rww_number_bytes(precision),
                       &group->constants));
  fold_constants(run, group, n_nodes);
  if (!group->noise_per_lane) return RWW_OK;
  return rww_allocate(self->block_steps * group->row, rww_number_bytes(precision), &group->z);
}

static rww_status add_recording(rww_integrator *self) {
  rww_recording *recordings = realloc(self->recordings, (self->n_recordings + 1) * sizeof *recordings);
  if (!recordings) return rww_raise(RWW_ERR_MEMORY, "out of memory: %zu recordings", self->n_recordings + 1);
  self->recordings = recordings;
  recordings[self->n_recordings++] = (rww_recording){0};
  return RWW_OK;
}

static void free_recording(rww_recording *recording) {
  free(recording->trace);
  free(recording->inputs);
  free(recording->starts);
  *recording = (rww_recording){0};
}

void rww_lanes_free_recordings(rww_integrator *self) {
  for (size_t k = 0; k < self->n_recordings; k++) free_recording(&self->recordings[k]);
  free(self->recordings);
  self->recordings = NULL;
  self->n_recordings = 0;
}

static rww_status enlarge_recording(const rww_lanes_run *run, size_t row, rww_recording *recording) {
  size_t bytes = rww_number_bytes(run->self->simulation.precision);
  size_t behind = RWW_PANEL_TARGETS * run->self->kernels->n_lanes; /* that kernels write to */
  free_recording(recording);
  RWW_TRY(rww_allocate(run->trace_steps * row, bytes, &recording->trace));
  RWW_TRY(rww_allocate(run->trace_steps * row + behind, bytes, &recording->inputs));
  RWW_TRY(rww_allocate((size_t)run->trajectory.n_segments * row, bytes, &recording->starts));
  recording->row = row;
  return RWW_OK;
}

static rww_status prepare_trace(const rww_lanes_run *run, rww_lane_group *group) {
  size_t bytes = rww_number_bytes(run->self->simulation.precision);
  RWW_TRY(rww_allocate(group->row, bytes, &group->before));
  return rww_allocate(run->trace_steps * group->row, bytes, &group->trace);
}

static rww_status take_recording(const rww_lanes_run *run, size_t g) {
  rww_lane_group *group = &run->groups[g];
  if (g == run->self->n_recordings) RWW_TRY(add_recording(run->self));
  rww_recording *kept = &run->self->recordings[g];
  if (kept->row < group->row) RWW_TRY(enlarge_recording(run, group->row, kept));
  group->trace = kept->trace;
  group->inputs = kept->inputs;
  group->starts = group->before = kept->starts;
  return RWW_OK;
}

static rww_status prepare_group(const rww_lanes_run *run, size_t g) {
  rww_lane_group *group = &run->groups[g];
  RWW_TRY(group->is_lone ? prepare_lone(run, group) : prepare_block(run, group));
  return run->is_recorded ? take_recording(run, g) : prepare_trace(run, group);
}

static rww_status make_groups(rww_lanes_run *run) {
  size_t n_lanes = run->lanes->n_lanes;
  RWW_TRY(RWW_NEW(&run->groups, n_lanes));
  for (size_t first = 0; first < n_lanes; first += run->groups[run->n_groups++].n)
    run->groups[run->n_groups] = choose_group(run, first);
  for (size_t g = 0; g < run->n_groups; g++) RWW_TRY(prepare_group(run, g));
  return RWW_OK;
}

/* A start outside of 0 to 1 leaves nothing to be known. */
static void load_state(const rww_lanes_run *run, rww_lane_group *group, const double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  size_t n = group->is_lone ? 1 : group->kernels->n_lanes;
  for (size_t i = 0; i < simulation->n_nodes; i++)
    for (size_t l = 0; l < n; l++) {
      double S = state[i * run->lanes->n_lanes + lane_of(group, l)];
      if (!(S >= 0 && S <= 1)) narrow_range(group, RWW_RANGE_ANY);
      rww_number_put(simulation->precision, group->before, place(group, i, l), S);
    }
}

static bool needs_copy(const rww_lanes_run *run) {
  return !(run->n_groups == 1 && !run->groups[0].is_lone && run->groups[0].n == run->groups[0].kernels->n_lanes);
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
    if (!run->is_recorded) {
      free(run->groups[g].before);
      free(run->groups[g].trace);
    }
    free(run->groups[g].z);
  }
  free(run->groups);
  free(run->states);
}

size_t rww_lanes_row_bytes(const rww_lanes_run *run, const rww_lane_group *group) {
  return group->row * rww_number_bytes(run->self->simulation.precision);
}

void *rww_lanes_row(const rww_lanes_run *run, const rww_lane_group *group, size_t row) {
  return row == 0 ? group->before : (char *)group->trace + (row - 1) * rww_lanes_row_bytes(run, group);
}

void rww_lanes_restart(const rww_lanes_run *run, size_t row) {
  for (size_t g = 0; g < run->n_groups; g++)
    memcpy(run->groups[g].before, rww_lanes_row(run, &run->groups[g], row), rww_lanes_row_bytes(run, &run->groups[g]));
}

void rww_lanes_save_state(const rww_lanes_run *run, size_t row, double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  for (size_t g = 0; g < run->n_groups; g++) {
    const rww_lane_group *group = &run->groups[g];
    const void *from = rww_lanes_row(run, group, row);
    for (size_t i = 0; i < simulation->n_nodes; i++)
      for (size_t l = 0; l < group->n; l++)
        state[i * run->lanes->n_lanes + group->first + l] =
            rww_number_get(simulation->precision, from, place(group, i, l));
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
  size_t n_lanes = group->kernels->n_lanes, n_values = n_steps * self->simulation.n_nodes;
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
  size_t n_nodes = self->simulation.n_nodes, n_lanes = group->kernels->n_lanes;
  return (rww_lane_block){
      .n_nodes = group->row / n_lanes,
      .weights = {group->is_lone ? NULL : self->weights.panels, self->lone_weights, n_nodes},
      .constants = group->constants,
      .input_stride = group->input_stride,
      .other_stride = group->other_stride,
      .noise_per_lane = group->noise_per_lane || group->is_lone,
      .noise_stride = group->noise_per_lane ? n_nodes * n_lanes : n_nodes,
      .range = group->range,
  };
}

rww_status rww_lanes_transpose(const rww_lanes_run *run, const rww_lane_group *group,
                               rww_coupling_weights *transposed) {
  rww_integrator *self = run->self;
  if (group->is_lone && !self->lone_transposed)
    RWW_TRY(rww_pack_lone(&self->simulation, true, self->kernels->lone_step, self->n_padded, &self->lone_transposed));
  if (!group->is_lone && !self->transposed.panels) RWW_TRY(rww_pack_panels(&self->simulation, true, &self->transposed));
  *transposed = (rww_coupling_weights){group->is_lone ? NULL : self->transposed.panels, self->lone_transposed,
                                       self->simulation.n_nodes};
  return RWW_OK;
}

static rww_status advance(const rww_lanes_run *run, const rww_lane_group *group, uint64_t first_step, size_t n_steps,
                          size_t row) {
  rww_lane_block block = rww_lanes_block(run, group);
  void *inputs = run->keeps_inputs ? (char *)group->inputs + row * rww_lanes_row_bytes(run, group) : NULL;
  const void *z;
  RWW_TRY(rww_lanes_get_noise(run, group, first_step, n_steps, &z));
  group->kernels->advance(&block, n_steps, z, rww_lanes_row(run, group, row), rww_lanes_row(run, group, row + 1),
                          inputs);
  return RWW_OK;
}

/* A step's row of the group among all lanes; rww_lanes_distribute is the way back. */
static void collect(const rww_lanes_run *run, const rww_lane_group *group, const void *row, void *lanes) {
  rww_precision precision = run->self->simulation.precision;
  size_t n_nodes = run->self->simulation.n_nodes, n_lanes = run->lanes->n_lanes, bytes = rww_number_bytes(precision);
  if (group->is_lone) {
    rww_numbers_spread(precision, row, n_nodes, n_lanes, lanes, group->first);
    return;
  }
  for (size_t i = 0; i < n_nodes; i++)
    memcpy((char *)lanes + (i * n_lanes + group->first) * bytes,
           (const char *)row + i * group->kernels->n_lanes * bytes, group->n * bytes);
}

void rww_lanes_distribute(const rww_lanes_run *run, const rww_lane_group *group, const void *lanes, void *row) {
  rww_precision precision = run->self->simulation.precision;
  size_t n_nodes = run->self->simulation.n_nodes, n_lanes = run->lanes->n_lanes, bytes = rww_number_bytes(precision);
  if (group->is_lone) {
    rww_numbers_gather(precision, lanes, n_nodes, n_lanes, group->first, row);
    return;
  }
  for (size_t i = 0; i < n_nodes; i++)
    memcpy((char *)row + i * group->kernels->n_lanes * bytes,
           (const char *)lanes + (i * n_lanes + group->first) * bytes, group->n * bytes);
}

/* The group's part of what the sink gets. */
static void copy_trace(const rww_lanes_run *run, const rww_lane_group *group, size_t n_steps, size_t row) {
  size_t step = run->self->simulation.n_nodes * run->lanes->n_lanes * rww_number_bytes(run->self->simulation.precision);
  for (size_t t = 0; t < n_steps; t++)
    collect(run, group, rww_lanes_row(run, group, row + 1 + t), (char *)run->states + t * step);
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
