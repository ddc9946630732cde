#include "simulate/lanes_reverse.h"

#include "base/memory.h"
#include "simulate/lane_groups.h"
#include <stdlib.h>
#include <string.h>

/* ---- the recorded run ---- */

static uint64_t segment_begin(const rww_lanes_run *run, uint64_t segment) {
  return segment * run->trajectory.segment_steps;
}
static uint64_t segment_end(const rww_lanes_run *run, uint64_t segment) {
  uint64_t end = segment_begin(run, segment + 1), n_steps = run->self->simulation.n_steps;
  return end < n_steps ? end : n_steps;
}
static size_t count_steps(const rww_lanes_run *run, uint64_t segment) {
  return (size_t)(segment_end(run, segment) - segment_begin(run, segment));
}

/* The trace is that of the segment from now on. */
static void go_to(const rww_lanes_run *run, uint64_t segment) {
  for (size_t g = 0; g < run->n_groups; g++)
    run->groups[g].before = (char *)run->groups[g].starts + segment * rww_lanes_row_bytes(run, &run->groups[g]);
}

/* Steps from `begin` on that make a block. */
static size_t count_block(const rww_lanes_run *run, uint64_t begin, uint64_t end) {
  size_t block = run->self->block_steps;
  return end - begin < block ? (size_t)(end - begin) : block;
}

static rww_status run_segment(const rww_lanes_run *run, uint64_t segment, const rww_sink *sink) {
  uint64_t begin = segment_begin(run, segment), end = segment_end(run, segment);
  for (uint64_t t = begin; t < end; t += run->self->block_steps)
    RWW_TRY(rww_lanes_advance(run, t, count_block(run, t, end), (size_t)(t - begin), sink));
  return RWW_OK;
}

/* Inputs are kept of the last segment alone, with which the way back begins; it computes the others again. */
static rww_status record_segments(rww_lanes_run *run, const rww_sink *sink) {
  for (uint64_t segment = 0; segment < run->trajectory.n_segments; segment++) {
    go_to(run, segment);
    if (segment > 0) rww_lanes_restart(run, count_steps(run, segment - 1));
    run->keeps_inputs = segment + 1 == run->trajectory.n_segments;
    RWW_TRY(run_segment(run, segment, sink));
  }
  return RWW_OK;
}

void rww_lanes_forget(rww_integrator *self) {
  if (!self->recorded) return;
  rww_lanes_run_free(self->recorded);
  free(self->recorded);
  self->recorded = NULL;
}

rww_status rww_lanes_record(rww_integrator *self, const rww_lanes *lanes, double *state, rww_sink sink) {
  rww_trajectory trajectory = rww_backend_plan_trajectory(self->backend, &self->simulation);
  rww_lanes_forget(self);
  RWW_TRY(RWW_NEW(&self->recorded, 1));
  *self->recorded = (rww_lanes_run){.self = self, .lanes = lanes, .is_recorded = true, .trajectory = trajectory};
  RWW_TRY(rww_lanes_run_create(self->recorded, state));
  RWW_TRY(record_segments(self->recorded, &sink));
  rww_lanes_save_state(self->recorded, count_steps(self->recorded, trajectory.n_segments - 1), state);
  return RWW_OK;
}

/* ---- the way back ---- */

typedef struct reverse_run {
  rww_lanes_run *run;
  rww_adjoint_source source;
  void *adjoint;             /* [block_steps][node][n_lanes], from the source */
  rww_lane_block *forward;   /* [n_groups] */
  rww_reverse_block *blocks; /* [n_groups] */
  void **spread; /* [n_groups]: adjoint [block_steps][row] of the group's lanes, where it is not all of them */
} reverse_run;

/* What the parameters act through: drive, decay and noise; the gain; neither. */
static rww_wanted find_wanted(const rww_lanes_gradient *gradient) {
  if (gradient->value[RWW_MODEL_D] || gradient->value[RWW_MODEL_GAMMA] || gradient->value[RWW_MODEL_TAU_S] ||
      gradient->value[RWW_NOISE_SIGMA])
    return RWW_WANTS_ALL;
  if (gradient->value[RWW_MODEL_A] || gradient->value[RWW_MODEL_J_N] || gradient->value[RWW_COUPLING_A])
    return RWW_WANTS_GAIN;
  return RWW_WANTS_INPUT;
}

static rww_status begin_group(const reverse_run *reverse, size_t g, double damping,
                              const rww_lanes_gradient *gradient) {
  const rww_lanes_run *run = reverse->run;
  const rww_integrator *self = run->self;
  rww_reverse_block *block = &reverse->blocks[g];
  size_t row = run->groups[g].row, bytes = rww_number_bytes(self->simulation.precision);
  reverse->forward[g] = rww_lanes_block(run, &run->groups[g]);
  *block = (rww_reverse_block){.forward = &reverse->forward[g], .damping = damping, .wanted = find_wanted(gradient)};
  RWW_TRY(rww_lanes_transpose(run, &run->groups[g], &block->transposed));
  RWW_TRY(rww_allocate(row, bytes, &block->by_state));
  RWW_TRY(rww_allocate(row, bytes, &block->by_inputs));
  RWW_TRY(rww_allocate(row, bytes, &block->by_inputs_before));
  RWW_TRY(rww_allocate(RWW_N_CONSTANTS * row, bytes, &block->gradient));
  return run->states ? rww_allocate(self->block_steps * row, bytes, &reverse->spread[g]) : RWW_OK;
}

static rww_status begin(reverse_run *reverse, double damping, const rww_lanes_gradient *gradient) {
  const rww_lanes_run *run = reverse->run;
  rww_integrator *self = run->self;
  RWW_TRY(RWW_NEW(&reverse->forward, run->n_groups));
  RWW_TRY(RWW_NEW(&reverse->blocks, run->n_groups));
  RWW_TRY(RWW_NEW(&reverse->spread, run->n_groups));
  RWW_TRY(rww_allocate(self->block_steps * self->simulation.n_nodes * run->lanes->n_lanes,
                       rww_number_bytes(self->simulation.precision), &reverse->adjoint));
  for (size_t g = 0; g < run->n_groups; g++) RWW_TRY(begin_group(reverse, g, damping, gradient));
  return RWW_OK;
}

static void end(reverse_run *reverse) {
  for (size_t g = 0; reverse->spread && g < reverse->run->n_groups; g++) {
    free(reverse->blocks[g].by_state);
    free(reverse->blocks[g].by_inputs);
    free(reverse->blocks[g].by_inputs_before);
    free(reverse->blocks[g].gradient);
    free(reverse->spread[g]);
  }
  free(reverse->forward);
  free(reverse->blocks);
  free(reverse->spread);
  free(reverse->adjoint);
}

/* The group's part of what the source gave; lanes beyond the last one, and nodes, have none. */
static const void *spread_adjoint(const reverse_run *reverse, size_t g, size_t n_steps) {
  const rww_lanes_run *run = reverse->run;
  size_t step_bytes =
      run->self->simulation.n_nodes * run->lanes->n_lanes * rww_number_bytes(run->self->simulation.precision);
  size_t row_bytes = rww_lanes_row_bytes(run, &run->groups[g]);
  if (!run->states) return reverse->adjoint;
  for (size_t t = 0; t < n_steps; t++)
    rww_lanes_distribute(run, &run->groups[g], (const char *)reverse->adjoint + t * step_bytes,
                         (char *)reverse->spread[g] + t * row_bytes);
  return reverse->spread[g];
}

/* A block of steps, from row `row` of the traces. */
static rww_status reverse_block(const reverse_run *reverse, uint64_t first_step, size_t n_steps, size_t row) {
  const rww_lanes_run *run = reverse->run;
  reverse->source.give(reverse->source.context, first_step, n_steps, reverse->adjoint);
  for (size_t g = 0; g < run->n_groups; g++) {
    const rww_lane_group *group = &run->groups[g];
    const void *z, *inputs = (const char *)group->inputs + row * rww_lanes_row_bytes(run, group);
    RWW_TRY(rww_lanes_get_noise(run, group, first_step, n_steps, &z));
    group->kernels->reverse(&reverse->blocks[g], n_steps, z, rww_lanes_row(run, group, row),
                            rww_lanes_row(run, group, row + 1), inputs, spread_adjoint(reverse, g, n_steps));
  }
  return RWW_OK;
}

/* The last segment's trace is there; the others are computed again. */
static rww_status reverse_segment(const reverse_run *reverse, uint64_t segment) {
  const rww_lanes_run *run = reverse->run;
  uint64_t begin = segment_begin(run, segment), end = segment_end(run, segment);
  if (segment + 1 < run->trajectory.n_segments) {
    go_to(run, segment);
    RWW_TRY(run_segment(run, segment, NULL));
  }
  for (size_t block = (count_steps(run, segment) - 1) / run->self->block_steps + 1; block-- > 0;) {
    size_t row = block * run->self->block_steps;
    RWW_TRY(reverse_block(reverse, begin + row, count_block(run, begin + row, end), row));
  }
  return RWW_OK;
}

/* ---- the gradient ---- */

static void add_node(const rww_lanes *lanes, const double by_parameter[RWW_N_PARAMETERS], size_t node, size_t lane,
                     const rww_lanes_gradient *to) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++) {
    if (!to->value[p]) continue;
    size_t at = (lanes->per_node[p] ? node * lanes->n_lanes : 0) + lane;
    to->value[p][at] = (node == 0 || lanes->per_node[p] ? 0 : to->value[p][at]) + by_parameter[p];
  }
}

/* A parameter that all nodes share has the sum of what it does at each, in their order. */
static void hand_over(const reverse_run *reverse, size_t g, const rww_lanes_gradient *to) {
  const rww_lanes_run *run = reverse->run;
  const rww_simulation *simulation = &run->self->simulation;
  double by_constant[RWW_N_CONSTANTS], by_parameter[RWW_N_PARAMETERS];
  for (size_t i = 0; i < simulation->n_nodes; i++)
    for (size_t l = 0; l < run->groups[g].n; l++) {
      size_t lane = run->groups[g].first + l;
      for (size_t k = 0; k < RWW_N_CONSTANTS; k++)
        by_constant[k] = rww_number_get(simulation->precision, reverse->blocks[g].gradient,
                                        rww_lanes_constant_place(&run->groups[g], i, k, l));
      rww_unfold_gradient(run->lanes, simulation->step_ms, i, lane, by_constant, by_parameter);
      add_node(run->lanes, by_parameter, i, lane, to);
    }
}

static rww_status reverse_to_the_start(reverse_run *reverse, double damping, const rww_lanes_gradient *gradient) {
  const rww_lanes_run *run = reverse->run;
  RWW_TRY(begin(reverse, damping, gradient));
  for (uint64_t segment = run->trajectory.n_segments; segment-- > 0;) RWW_TRY(reverse_segment(reverse, segment));
  for (size_t g = 0; g < run->n_groups; g++) hand_over(reverse, g, gradient);
  return RWW_OK;
}

rww_status rww_lanes_reverse(rww_integrator *self, const rww_lanes *lanes, double damping, rww_adjoint_source source,
                             const rww_lanes_gradient *gradient) {
  reverse_run reverse = {.run = self->recorded, .source = source};
  self->recorded->lanes = lanes;
  rww_status status = reverse_to_the_start(&reverse, damping, gradient);
  end(&reverse);
  return status;
}
