#include "simulate/lanes.h"

#include "base/memory.h"
#include "simulate/lane_groups.h"
#include "simulate/lanes_reverse.h"
#include <math.h>
#include <stdlib.h>

/* The trace of a block of steps should stay in the second-level cache. */
#define TRACE_BYTES ((size_t)320 << 10)
#define MIN_BLOCK_STEPS 4

bool rww_lanes_can(const rww_semantics *semantics) {
  return semantics->clip && !semantics->corrector_coupling_of_predictor;
}

/* ---- a run ---- */

static rww_status run_to_the_end(rww_lanes_run *run, double *state, const rww_sink *sink) {
  uint64_t n_steps = run->self->simulation.n_steps;
  size_t block = run->self->block_steps;
  RWW_TRY(rww_lanes_run_create(run, state));
  for (uint64_t t = 0; t < n_steps; t += block) {
    size_t n = n_steps - t < block ? (size_t)(n_steps - t) : block;
    RWW_TRY(rww_lanes_advance(run, t, n, 0, sink));
    rww_lanes_restart(run, n);
  }
  rww_lanes_save_state(run, 0, state);
  return RWW_OK;
}

static rww_status run(rww_integrator *self, const rww_lanes *lanes, double *state, rww_sink sink) {
  rww_lanes_run run = {.self = self, .lanes = lanes};
  rww_status status = run_to_the_end(&run, state, &sink);
  rww_lanes_run_free(&run);
  return status;
}

/* ---- the integrator ---- */

static void destroy(rww_integrator *self) {
  if (!self) return;
  rww_lanes_forget(self);
  rww_lanes_free_recordings(self);
  rww_noise_destroy(self->noise);
  rww_packed_weights_free(&self->weights);
  rww_packed_weights_free(&self->transposed);
  free(self->lone_weights);
  free(self->lone_transposed);
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

static rww_status create(const rww_simulation *simulation, const rww_backend *backend, const rww_instruction_set *set,
                         rww_integrator **integrator) {
  if (!rww_lanes_can(simulation->semantics))
    return rww_raise(RWW_ERR_CONFIG, "backend %s: these semantics are for the reference backend alone", set->name);
  RWW_TRY(RWW_NEW(integrator, 1));
  rww_integrator *self = *integrator;
  const rww_kernels *kernels = set->kernels[simulation->precision];
  *self = (rww_integrator){
      .simulation = *simulation, .backend = backend, .kernels = kernels, .narrow = set->narrow[simulation->precision]};
  self->n_padded = (simulation->n_nodes + kernels->lone_step - 1) / kernels->lone_step * kernels->lone_step;
  self->block_steps = choose_block_steps(self);
  rww_status status = rww_pack_panels(simulation, false, &self->weights);
  if (status == RWW_OK) status = bound_couplings(self);
  if (status == RWW_OK)
    status = rww_noise_create(kernels, set->kernels[simulation->noise_dtype], simulation->n_nodes, simulation->n_steps,
                              rww_noise_count_kept(simulation), &self->noise);
  if (status == RWW_OK) return RWW_OK;
  destroy(self);
  *integrator = NULL;
  return status;
}

#define DEFINE_BACKEND(isa)                                                                                            \
  static rww_status create_##isa(const rww_simulation *simulation, rww_integrator **integrator) {                      \
    return create(simulation, &rww_backend_##isa, &rww_instruction_set_##isa, integrator);                             \
  }                                                                                                                    \
  static bool is_##isa##_supported(void) {                                                                             \
    return rww_instruction_set_##isa.is_supported();                                                                   \
  }                                                                                                                    \
  static size_t count_##isa##_lanes(rww_precision of) {                                                                \
    return rww_instruction_set_##isa.kernels[of]->n_lanes;                                                             \
  }                                                                                                                    \
  static size_t count_##isa##_lane_step(rww_precision of) {                                                            \
    return rww_instruction_set_##isa.narrow[of]->n_lanes;                                                              \
  }                                                                                                                    \
  const rww_backend rww_backend_##isa = {                                                                              \
      .name = #isa,                                                                                                    \
      .family = "lanes",                                                                                               \
      .is_supported = is_##isa##_supported,                                                                            \
      .count_lanes = count_##isa##_lanes,                                                                              \
      .count_lane_step = count_##isa##_lane_step,                                                                      \
      .is_vectorised = true,                                                                                           \
      .n_recorded = 2,                                                                                                 \
      .create = create_##isa,                                                                                          \
      .run = run,                                                                                                      \
      .record = rww_lanes_record,                                                                                      \
      .reverse = rww_lanes_reverse,                                                                                    \
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
