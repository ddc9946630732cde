#include "simulate/packing.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>

#define LN_2 0x1.62e42fefa39efp-1
#define LOG2_E 0x1.71547652b82fep+0

/* The slope is divided by the drive, which must not be 0 where gamma is; so little of it is the same as nothing. */
#define LEAST_DRIVE 1e-30

static bool has_weight(const rww_simulation *simulation, size_t first, size_t source) {
  size_t n = simulation->n_nodes;
  for (size_t i = first; i < n && i < first + RWW_PANEL_TARGETS; i++)
    if (simulation->weights[i * n + source] != 0) return true;
  return false;
}

static size_t count_entries(const rww_simulation *simulation) {
  size_t n = simulation->n_nodes, count = 0;
  for (size_t first = 0; first < n; first += RWW_PANEL_TARGETS)
    for (size_t j = 0; j < n; j++) count += has_weight(simulation, first, j);
  return count;
}

/* Entry number `at` of all panels: what the panel's targets get from this source. */
static void pack_entry(const rww_simulation *simulation, size_t first, size_t source, size_t at,
                       rww_packed_weights *packed) {
  size_t n = simulation->n_nodes;
  packed->sources[at] = (uint32_t)source;
  for (size_t i = 0; i < RWW_PANEL_TARGETS; i++)
    rww_number_put(simulation->precision, packed->numbers, at * RWW_PANEL_TARGETS + i,
                   first + i < n ? simulation->weights[(first + i) * n + source] : 0);
}

static void pack_panels(const rww_simulation *simulation, rww_packed_weights *packed) {
  size_t at = 0, n_bytes = RWW_PANEL_TARGETS * rww_number_bytes(simulation->precision);
  for (size_t p = 0; p < packed->n_panels; p++) {
    rww_panel *panel = &packed->panels[p];
    *panel = (rww_panel){.sources = packed->sources + at, .weights = (const char *)packed->numbers + at * n_bytes};
    for (size_t j = 0; j < simulation->n_nodes; j++)
      if (has_weight(simulation, p * RWW_PANEL_TARGETS, j)) {
        pack_entry(simulation, p * RWW_PANEL_TARGETS, j, at++, packed);
        panel->n_sources++;
      }
  }
}

rww_status rww_pack_panels(const rww_simulation *simulation, rww_packed_weights *packed) {
  size_t n_entries = count_entries(simulation);
  packed->n_panels = (simulation->n_nodes + RWW_PANEL_TARGETS - 1) / RWW_PANEL_TARGETS;
  RWW_TRY(RWW_NEW(&packed->panels, packed->n_panels));
  RWW_TRY(RWW_NEW(&packed->sources, n_entries));
  RWW_TRY(rww_allocate(n_entries * RWW_PANEL_TARGETS, rww_number_bytes(simulation->precision), &packed->numbers));
  pack_panels(simulation, packed);
  return RWW_OK;
}

void rww_packed_weights_free(rww_packed_weights *packed) {
  free(packed->panels);
  free(packed->sources);
  free(packed->numbers);
}

rww_status rww_pack_lone(const rww_simulation *simulation, size_t lone_step, size_t n_padded, void **weights) {
  size_t n = simulation->n_nodes;
  RWW_TRY(rww_allocate(n_padded * n, rww_number_bytes(simulation->precision), weights));
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      rww_number_put(simulation->precision, *weights, (i / lone_step * n + j) * lone_step + i % lone_step,
                     simulation->weights[i * n + j]);
  return RWW_OK;
}

bool rww_lanes_differ_by_node(const rww_lanes *lanes) {
  for (int p = 0; p < RWW_N_PARAMETERS; p++)
    if (lanes->per_node[p]) return true;
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
