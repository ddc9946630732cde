#include "simulate/packing.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

void rww_numbers_spread(rww_precision precision, const void *numbers, size_t n, size_t stride, void *to, size_t place) {
  const float *from32 = numbers;
  const double *from64 = numbers;
  float *to32 = (float *)to + place;
  double *to64 = (double *)to + place;
  if (precision == RWW_FLOAT32)
    for (size_t i = 0; i < n; i++) to32[i * stride] = from32[i];
  else
    for (size_t i = 0; i < n; i++) to64[i * stride] = from64[i];
}

void rww_numbers_gather(rww_precision precision, const void *from, size_t n, size_t stride, size_t place,
                        void *numbers) {
  const float *from32 = (const float *)from + place;
  const double *from64 = (const double *)from + place;
  float *to32 = numbers;
  double *to64 = numbers;
  if (precision == RWW_FLOAT32)
    for (size_t i = 0; i < n; i++) to32[i] = from32[i * stride];
  else
    for (size_t i = 0; i < n; i++) to64[i] = from64[i * stride];
}

#define LN_2 0x1.62e42fefa39efp-1
#define LOG2_E 0x1.71547652b82fep+0

/* The slope is divided by the drive, which must not be 0 where gamma is; so little of it is the same as nothing. */
#define LEAST_DRIVE 1e-30

/* Weights as they are, or transposed. */
typedef struct weights_view {
  const double *weights;
  size_t n, target_stride, source_stride;
  rww_precision precision;
} weights_view;

static double weight_of(const weights_view *view, size_t target, size_t source) {
  return view->weights[target * view->target_stride + source * view->source_stride];
}

static bool has_weight(const weights_view *view, size_t first, size_t source) {
  for (size_t i = first; i < view->n && i < first + RWW_PANEL_TARGETS; i++)
    if (weight_of(view, i, source) != 0) return true;
  return false;
}

static size_t count_entries(const weights_view *view) {
  size_t count = 0;
  for (size_t first = 0; first < view->n; first += RWW_PANEL_TARGETS)
    for (size_t j = 0; j < view->n; j++) count += has_weight(view, first, j);
  return count;
}

/* Entry number `at` of all panels: what the panel's targets get from this source. */
static void pack_entry(const weights_view *view, size_t first, size_t source, size_t at, rww_packed_weights *packed) {
  packed->sources[at] = (uint32_t)source;
  for (size_t i = 0; i < RWW_PANEL_TARGETS; i++)
    rww_number_put(view->precision, packed->numbers, at * RWW_PANEL_TARGETS + i,
                   first + i < view->n ? weight_of(view, first + i, source) : 0);
}

static void pack_panels(const weights_view *view, rww_packed_weights *packed) {
  size_t at = 0, n_bytes = RWW_PANEL_TARGETS * rww_number_bytes(view->precision);
  for (size_t p = 0; p < packed->n_panels; p++) {
    rww_panel *panel = &packed->panels[p];
    *panel = (rww_panel){.sources = packed->sources + at, .weights = (const char *)packed->numbers + at * n_bytes};
    for (size_t j = 0; j < view->n; j++)
      if (has_weight(view, p * RWW_PANEL_TARGETS, j)) {
        pack_entry(view, p * RWW_PANEL_TARGETS, j, at++, packed);
        panel->n_sources++;
      }
  }
}

static weights_view view_weights(const rww_simulation *simulation, bool transposed) {
  size_t n = simulation->n_nodes;
  return (weights_view){simulation->weights, n, transposed ? 1 : n, transposed ? n : 1, simulation->precision};
}

rww_status rww_pack_panels(const rww_simulation *simulation, bool transposed, rww_packed_weights *packed) {
  size_t n = simulation->n_nodes;
  weights_view view = view_weights(simulation, transposed);
  size_t n_entries = count_entries(&view);
  packed->n_panels = (n + RWW_PANEL_TARGETS - 1) / RWW_PANEL_TARGETS;
  RWW_TRY(RWW_NEW(&packed->panels, packed->n_panels));
  RWW_TRY(RWW_NEW(&packed->sources, n_entries));
  RWW_TRY(rww_allocate(n_entries * RWW_PANEL_TARGETS, rww_number_bytes(simulation->precision), &packed->numbers));
  pack_panels(&view, packed);
  return RWW_OK;
}

void rww_packed_weights_free(rww_packed_weights *packed) {
  free(packed->panels);
  free(packed->sources);
  free(packed->numbers);
}

rww_status rww_pack_lone(const rww_simulation *simulation, bool transposed, size_t lone_step, size_t n_padded,
                         void **weights) {
  size_t n = simulation->n_nodes;
  weights_view view = view_weights(simulation, transposed);
  RWW_TRY(rww_allocate(n_padded * n, rww_number_bytes(simulation->precision), weights));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      rww_number_put(simulation->precision, *weights, (i / lone_step * n + j) * lone_step + i % lone_step,
                     weight_of(&view, i, j));
  return RWW_OK;
}

bool rww_lanes_differ_by_node(const rww_lanes *lanes) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    if (lanes->per_node[p]) return true;
  return false;
}

bool rww_lanes_differ_beyond_input(const rww_lanes *lanes) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    if (lanes->per_node[p] && p != RWW_MODEL_W && p != RWW_MODEL_I_O) return true;
  return false;
}

static double get_value(const rww_lanes *lanes, rww_parameter parameter, size_t node, size_t lane) {
  return lanes->value[parameter][(lanes->per_node[parameter] ? node * lanes->n_lanes : 0) + lane];
}

void rww_fold_constants(const rww_lanes *lanes, double step_ms, size_t node, size_t lane,
                        double constants[RWW_N_CONSTANTS]) {
  double value[RWW_N_PARAMETERS];
  for (int p = 0; p < RWW_N_PARAMETERS; p++) value[p] = get_value(lanes, (rww_parameter)p, node, lane);
  double to_y = -LOG2_E * value[RWW_MODEL_D], per_current = to_y * value[RWW_MODEL_A];
  double drive = step_ms * value[RWW_MODEL_GAMMA] * LN_2 / value[RWW_MODEL_D];
  if (fabs(drive) < LEAST_DRIVE) drive = LEAST_DRIVE;
  constants[RWW_LOCAL] = per_current * value[RWW_MODEL_W] * value[RWW_MODEL_J_N];
  constants[RWW_GAIN] = per_current * value[RWW_MODEL_J_N] * value[RWW_COUPLING_A];
  constants[RWW_OFFSET] =
      per_current * (value[RWW_MODEL_I_O] + value[RWW_MODEL_J_N] * value[RWW_COUPLING_B]) - to_y * value[RWW_MODEL_B];
  constants[RWW_DRIVE] = drive;
  constants[RWW_HALF_DRIVE] = drive / 2;
  constants[RWW_DECAY] = step_ms / value[RWW_MODEL_TAU_S] / drive;
  constants[RWW_NOISE] = sqrt(step_ms) * value[RWW_NOISE_SIGMA];
}

void rww_unfold_gradient(const rww_lanes *lanes, double step_ms, size_t node, size_t lane,
                         const double by_constant[RWW_N_CONSTANTS], double gradient[RWW_N_PARAMETERS]) {
  double value[RWW_N_PARAMETERS], constants[RWW_N_CONSTANTS];
  for (int p = 0; p < RWW_N_PARAMETERS; p++) value[p] = get_value(lanes, (rww_parameter)p, node, lane);
  rww_fold_constants(lanes, step_ms, node, lane, constants);
  double to_y = -LOG2_E * value[RWW_MODEL_D], per_current = to_y * value[RWW_MODEL_A];
  double by_local = by_constant[RWW_LOCAL], by_gain = by_constant[RWW_GAIN], by_offset = by_constant[RWW_OFFSET];
  double by_decay = by_constant[RWW_DECAY], decay = constants[RWW_DECAY], J_N = value[RWW_MODEL_J_N];
  double by_drive = by_constant[RWW_DRIVE] - by_decay * decay / constants[RWW_DRIVE];
  double by_current = by_local * value[RWW_MODEL_W] * J_N + by_gain * J_N * value[RWW_COUPLING_A] +
                      by_offset * (value[RWW_MODEL_I_O] + J_N * value[RWW_COUPLING_B]);
  double by_to_y = by_current * value[RWW_MODEL_A] - by_offset * value[RWW_MODEL_B];
  gradient[RWW_MODEL_A] = by_current * to_y;
  gradient[RWW_MODEL_B] = -by_offset * to_y;
  gradient[RWW_MODEL_D] = -LOG2_E * by_to_y - by_drive * constants[RWW_DRIVE] / value[RWW_MODEL_D];
  gradient[RWW_MODEL_GAMMA] = by_drive * step_ms * LN_2 / value[RWW_MODEL_D];
  gradient[RWW_MODEL_TAU_S] = -by_decay * decay / value[RWW_MODEL_TAU_S];
  gradient[RWW_MODEL_J_N] = per_current * (by_local * value[RWW_MODEL_W] + by_gain * value[RWW_COUPLING_A] +
                                           by_offset * value[RWW_COUPLING_B]);
  gradient[RWW_MODEL_W] = by_local * per_current * J_N;
  gradient[RWW_MODEL_I_O] = by_offset * per_current;
  gradient[RWW_COUPLING_A] = by_gain * per_current * J_N;
  gradient[RWW_COUPLING_B] = by_offset * per_current * J_N;
  gradient[RWW_NOISE_SIGMA] = by_constant[RWW_NOISE] * sqrt(step_ms);
}

rww_coupling_bounds rww_bound_coupling(const rww_simulation *simulation, size_t node) {
  rww_coupling_bounds bounds = {0, 0};
  for (size_t j = 0; j < simulation->n_nodes; j++) {
    double weight = simulation->weights[node * simulation->n_nodes + j];
    *(weight < 0 ? &bounds.low : &bounds.high) += weight;
  }
  return bounds;
}

rww_range rww_find_range(const double constants[RWW_N_CONSTANTS], rww_coupling_bounds coupling,
                         rww_precision precision) {
  double local = constants[RWW_LOCAL], at_low = constants[RWW_GAIN] * coupling.low;
  double at_high = constants[RWW_GAIN] * coupling.high,
         limit = precision == RWW_FLOAT32 ? 120 : 1000; /* with a margin */
  double low = constants[RWW_OFFSET] + fmin(local, 0) + fmin(at_low, at_high);
  double high = constants[RWW_OFFSET] + fmax(local, 0) + fmax(at_low, at_high);
  return !(high < limit) ? RWW_RANGE_ANY : !(low > -limit) ? RWW_RANGE_BELOW : RWW_RANGE_INSIDE;
}
