#include "simulate/lanes.h"

#include "base/memory.h"
#include "simulate/noise.h"
#include "simulate/packing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The trace of a block of steps should stay in the second-level cache. */
#define TRACE_BYTES ((size_t)320 << 10)
#define MIN_BLOCK_STEPS 4

struct rww_integrator {
  rww_simulation simulation;
  const rww_kernels *kernels;
  rww_noise *noise;
  rww_packed_weights weights;
  size_t n_padded; /* nodes of a lone simulation */
  void *lone_weights;
  size_t block_steps;
  rww_coupling_bounds *bounds, widest; /* [node], and of all nodes */
};

/* Lanes that one kernel takes together: up to a block of them, or one alone. */
typedef struct lane_group {
  size_t first, n;
  bool is_lone, noise_per_lane;
  rww_range range;
  size_t row; /* numbers of the trace a step */
  size_t constants_stride;
  void *constants;
  void *trace; /* [1 + block_steps][row] */
  void *z;     /* [block_steps][node][lane], where lanes have seeds of their own */
} lane_group;

/* A run at work. */
typedef struct lanes_run {
  rww_integrator *self;
  const rww_lanes *lanes;
  size_t n_groups;
  lane_group *groups;
  void *states; /* [block_steps][node][n_lanes], for the sink; NULL where the one group's trace is just that */
} lanes_run;

bool rww_lanes_can(const rww_semantics *semantics) {
  return semantics->clip && !semantics->corrector_coupling_of_predictor;
}

/* ---- groups ---- */

/* Few lanes are faster one by one than in a block that is mostly empty. */
static size_t choose_group(const rww_integrator *self, size_t n_left) {
  size_t full = self->kernels->n_lanes;
  return n_left >= full ? full : 3 * n_left <= full ? 1 : n_left;
}

static bool share_seed(const rww_lanes *lanes, const lane_group *group) {
  for (size_t l = 1; l < group->n; l++)
    if (lanes->seeds[group->first + l] != lanes->seeds[group->first]) return false;
  return true;
}

/* Lanes beyond the last one repeat it. */
static size_t lane_of(const lane_group *group, size_t l) {
  return group->first + (l < group->n ? l : group->n - 1);
}

/* Least is known of the group where least is known of a node and lane. */
static void narrow_range(lane_group *group, rww_range range) {
  if (range < group->range) group->range = range;
}

static void fold_block_constants(const lanes_run *run, lane_group *group, size_t n_nodes) {
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

static void fold_lone_constants(const lanes_run *run, lane_group *group) {
  const rww_integrator *self = run->self;
  double constants[RWW_N_CONSTANTS];
  for (size_t i = 0; i < self->simulation.n_nodes; i++) {
    rww_fold_constants(run->lanes, self->simulation.step_ms, i, group->first, constants);
    for (size_t k = 0; k < RWW_N_CONSTANTS; k++)
      rww_number_put(self->simulation.precision, group->constants, k * self->n_padded + i, constants[k]);
  }
}

static rww_status prepare_lone(const lanes_run *run, lane_group *group) {
  rww_integrator *self = run->self;
  rww_precision precision = self->simulation.precision;
  group->row = self->n_padded;
  if (!self->lone_weights)
    RWW_TRY(rww_pack_lone(&self->simulation, self->kernels->lone_step, self->n_padded, &self->lone_weights));
  RWW_TRY(rww_allocate(RWW_N_CONSTANTS * self->n_padded, rww_number_bytes(precision), &group->constants));
  fold_lone_constants(run, group);
  return RWW_OK;
}

static rww_status prepare_block(const lanes_run *run, lane_group *group) {
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

static rww_status prepare_group(const lanes_run *run, lane_group *group) {
  RWW_TRY(group->is_lone ? prepare_lone(run, group) : prepare_block(run, group));
  return rww_allocate((1 + run->self->block_steps) * group->row, rww_number_bytes(run->self->simulation.precision),
                      &group->trace);
}

static rww_status make_groups(lanes_run *run) {
  size_t n_lanes = run->lanes->n_lanes;
  RWW_TRY(RWW_NEW(&run->groups, n_lanes));
  for (size_t first = 0; first < n_lanes; first += run->groups[run->n_groups++].n) {
    size_t n = choose_group(run->self, n_lanes - first);
    run->groups[run->n_groups] = (lane_group){.first = first, .n = n, .is_lone = n == 1};
  }
  for (size_t g = 0; g < run->n_groups; g++) RWW_TRY(prepare_group(run, &run->groups[g]));
  return RWW_OK;
}

/* Place of a node and lane in a group's row. */
static size_t place(const lanes_run *run, const lane_group *group, size_t node, size_t l) {
  return group->is_lone ? node : node * run->self->kernels->n_lanes + l;
}

/* A start outside of 0 to 1 leaves nothing to be known. */
static void load_state(const lanes_run *run, lane_group *group, const double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  size_t n = group->is_lone ? 1 : run->self->kernels->n_lanes;
  for (size_t i = 0; i < simulation->n_nodes; i++)
    for (size_t l = 0; l < n; l++) {
      double S = state[i * run->lanes->n_lanes + lane_of(group, l)];
      if (!(S >= 0 && S <= 1)) narrow_range(group, RWW_RANGE_ANY);
      rww_number_put(simulation->precision, group->trace, place(run, group, i, l), S);
    }
}

static void save_state(const lanes_run *run, const lane_group *group, double *state) {
  const rww_simulation *simulation = &run->self->simulation;
  for (size_t i = 0; i < simulation->n_nodes; i++)
    for (size_t l = 0; l < group->n; l++)
      state[i * run->lanes->n_lanes + group->first + l] =
          rww_number_get(simulation->precision, group->trace, place(run, group, i, l));
}

/* ---- a block of steps ---- */

/* Noise of lanes with seeds of their own, side by side. */
static rww_status spread_noise(const lanes_run *run, const lane_group *group, uint64_t first_step, size_t n_steps) {
  const rww_integrator *self = run->self;
  rww_precision precision = self->simulation.precision;
  size_t n_lanes = self->kernels->n_lanes, n_values = n_steps * self->simulation.n_nodes;
  for (size_t l = 0; l < n_lanes; l++) {
    const void *z;
    RWW_TRY(rww_noise_get(self->noise, run->lanes->seeds[lane_of(group, l)], first_step, n_steps, &z));
    for (size_t i = 0; i < n_values; i++)
      rww_number_put(precision, group->z, i * n_lanes + l, rww_number_get(precision, z, i));
  }
  return RWW_OK;
}

static rww_status get_noise(const lanes_run *run, const lane_group *group, uint64_t first_step, size_t n_steps,
                            const void **z) {
  if (!group->noise_per_lane)
    return rww_noise_get(run->self->noise, run->lanes->seeds[group->first], first_step, n_steps, z);
  *z = group->z;
  return spread_noise(run, group, first_step, n_steps);
}

static rww_status advance(const lanes_run *run, const lane_group *group, uint64_t first_step, size_t n_steps) {
  const rww_integrator *self = run->self;
  const void *z;
  RWW_TRY(get_noise(run, group, first_step, n_steps, &z));
  if (group->is_lone) {
    rww_lone_block block = {self->simulation.n_nodes, self->n_padded, self->lone_weights, group->constants};
    self->kernels->advance_lone(&block, n_steps, z, group->trace);
  } else {
    rww_lane_block block = {self->simulation.n_nodes, self->weights.panels,  group->constants,
                            group->constants_stride,  group->noise_per_lane, group->range};
    self->kernels->advance(&block, n_steps, z, group->trace);
  }
  return RWW_OK;
}

static void *row_of(const lanes_run *run, const lane_group *group, size_t row) {
  return (char *)group->trace + row * group->row * rww_number_bytes(run->self->simulation.precision);
}

/* The group's part of what the sink gets. */
static void copy_trace(const lanes_run *run, const lane_group *group, size_t n_steps) {
  const rww_simulation *simulation = &run->self->simulation;
  size_t n_lanes = run->lanes->n_lanes, n_nodes = simulation->n_nodes, bytes = rww_number_bytes(simulation->precision);
  for (size_t t = 0; t < n_steps; t++)
    for (size_t i = 0; i < n_nodes; i++)
      memcpy((char *)run->states + ((t * n_nodes + i) * n_lanes + group->first) * bytes,
             (char *)row_of(run, group, 1 + t) + place(run, group, i, 0) * bytes, group->n * bytes);
}

static rww_status advance_all(const lanes_run *run, uint64_t first_step, size_t n_steps, rww_sink sink) {
  for (size_t g = 0; g < run->n_groups; g++) {
    const lane_group *group = &run->groups[g];
    RWW_TRY(advance(run, group, first_step, n_steps));
    if (run->states) copy_trace(run, group, n_steps);
  }
  sink.take(sink.context, first_step, n_steps, run->states ? run->states : row_of(run, &run->groups[0], 1));
  for (size_t g = 0; g < run->n_groups; g++)
    memcpy(run->groups[g].trace, row_of(run, &run->groups[g], n_steps),
           (size_t)((char *)row_of(run, &run->groups[g], 1) - (char *)run->groups[g].trace));
  return RWW_OK;
}

/* ---- a run ---- */

static bool needs_copy(const lanes_run *run) {
  const rww_kernels *kernels = run->self->kernels;
  return !(run->n_groups == 1 && !run->groups[0].is_lone && run->groups[0].n == kernels->n_lanes);
}

static rww_status begin(lanes_run *run, const double *state) {
  const rww_integrator *self = run->self;
  const rww_simulation *simulation = &self->simulation;
  RWW_TRY(make_groups(run));
  for (size_t g = 0; g < run->n_groups; g++) load_state(run, &run->groups[g], state);
  if (!needs_copy(run)) return RWW_OK;
  return rww_allocate(self->block_steps * simulation->n_nodes * run->lanes->n_lanes,
                      rww_number_bytes(simulation->precision), &run->states);
}

static void end(lanes_run *run) {
  for (size_t g = 0; g < run->n_groups; g++) {
    free(run->groups[g].constants);
    free(run->groups[g].trace);
    free(run->groups[g].z);
  }
  free(run->groups);
  free(run->states);
}

static rww_status run_to_the_end(lanes_run *run, double *state, rww_sink sink) {
  uint64_t n_steps = run->self->simulation.n_steps;
  size_t block = run->self->block_steps;
  RWW_TRY(begin(run, state));
  for (uint64_t t = 0; t < n_steps; t += block)
    RWW_TRY(advance_all(run, t, n_steps - t < block ? (size_t)(n_steps - t) : block, sink));
  for (size_t g = 0; g < run->n_groups; g++) save_state(run, &run->groups[g], state);
  return RWW_OK;
}

static rww_status run(rww_integrator *self, const rww_lanes *lanes, double *state, rww_sink sink) {
  lanes_run run = {.self = self, .lanes = lanes};
  rww_status status = run_to_the_end(&run, state, sink);
  end(&run);
  return status;
}

/* ---- the integrator ---- */

static void destroy(rww_integrator *self) {
  if (!self) return;
  rww_noise_destroy(self->noise);
  rww_packed_weights_free(&self->weights);
  free(self->lone_weights);
  free(self->bounds);
  free(self);
}

static rww_status bound_couplings(rww_integrator *self) {
  RWW_TRY(RWW_NEW(&self->bounds, self->simulation.n_nodes));
  for (size_t i = 0; i < self->simulation.n_nodes; i++) {
    self->bounds[i] = rww_bound_coupling(&self->simulation, i);
    self->widest.low = fmin(self->widest.low, self->bounds[i].low);
    self->widest.high = fmax(self->widest.high, self->bounds[i].high);
  }
  return RWW_OK;
}

static size_t choose_block_steps(const rww_integrator *self) {
  size_t step_bytes = self->simulation.n_nodes * self->kernels->n_lanes * rww_number_bytes(self->simulation.precision);
  size_t n = TRACE_BYTES / step_bytes;
  return n < MIN_BLOCK_STEPS ? MIN_BLOCK_STEPS : n > RWW_NOISE_BLOCK_STEPS ? RWW_NOISE_BLOCK_STEPS : n;
}

static rww_status create(const rww_simulation *simulation, const rww_instruction_set *set,
                         rww_integrator **integrator) {
  if (!rww_lanes_can(simulation->semantics))
    return rww_raise(RWW_ERR_CONFIG, "backend %s: these semantics are for the reference backend alone", set->name);
  RWW_TRY(RWW_NEW(integrator, 1));
  rww_integrator *self = *integrator;
  const rww_kernels *kernels = set->kernels[simulation->precision];
  *self = (rww_integrator){.simulation = *simulation, .kernels = kernels};
  self->n_padded = (simulation->n_nodes + kernels->lone_step - 1) / kernels->lone_step * kernels->lone_step;
  self->block_steps = choose_block_steps(self);
  rww_status status = rww_pack_panels(simulation, &self->weights);
  if (status == RWW_OK) status = bound_couplings(self);
  if (status == RWW_OK)
    status = rww_noise_create(kernels, set->kernels[simulation->noise_dtype], simulation->n_nodes, simulation->n_steps,
                              &self->noise);
  if (status == RWW_OK) return RWW_OK;
  destroy(self);
  *integrator = NULL;
  return status;
}

#define DEFINE_BACKEND(isa)                                                                                            \
  static rww_status create_##isa(const rww_simulation *simulation, rww_integrator **integrator) {                      \
    return create(simulation, &rww_instruction_set_##isa, integrator);                                                 \
  }                                                                                                                    \
  static bool is_##isa##_supported(void) {                                                                             \
    return rww_instruction_set_##isa.is_supported();                                                                   \
  }                                                                                                                    \
  static size_t count_##isa##_lanes(rww_precision of) {                                                                \
    return rww_instruction_set_##isa.kernels[of]->n_lanes;                                                             \
  }                                                                                                                    \
  const rww_backend rww_backend_##isa = {                                                                              \
      .name = #isa,                                                                                                    \
      .family = "lanes",                                                                                               \
      .is_supported = is_##isa##_supported,                                                                            \
      .count_lanes = count_##isa##_lanes,                                                                              \
      .is_vectorised = true,                                                                                           \
      .create = create_##isa,                                                                                          \
      .run = run,                                                                                                      \
      .destroy = destroy,                                                                                              \
  };

DEFINE_BACKEND(generic)
#ifdef __x86_64__
DEFINE_BACKEND(avx2)
DEFINE_BACKEND(avx512)
#endif
#ifdef __aarch64__
DEFINE_BACKEND(neon)
#endif
