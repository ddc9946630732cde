/** @file
 *  Weights and parameters in the order in which the kernels read them. */
#ifndef RWW_SIMULATE_PACKING_H
#define RWW_SIMULATE_PACKING_H

#include "simulate/backend.h"
#include "simulate/kernels.h"

/** Bytes of a number, and writing and reading number i of an array, in either precision. */
static inline size_t rww_number_bytes(rww_precision precision) {
  return precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double);
}
static inline void rww_number_put(rww_precision precision, void *numbers, size_t i, double value) {
  if (precision == RWW_FLOAT32)
    ((float *)numbers)[i] = (float)value;
  else
    ((double *)numbers)[i] = value;
}
static inline double rww_number_get(rww_precision precision, const void *numbers, size_t i) {
  return precision == RWW_FLOAT32 ? (double)((const float *)numbers)[i] : ((const double *)numbers)[i];
}

/** Writes n numbers to places `place`, place + stride, place + 2 stride, ... */
void rww_numbers_spread(rww_precision precision, const void *numbers, size_t n, size_t stride, void *to, size_t place);

/** Reads n numbers from such places. */
void rww_numbers_gather(rww_precision precision, const void *from, size_t n, size_t stride, size_t place,
                        void *numbers);

/** Panels of all targets; sources without a weight in a panel are left out of it. One allocation each. */
typedef struct rww_packed_weights {
  size_t n_panels;
  rww_panel *panels; /* [n_panels] */
  uint32_t *sources;
  void *numbers;
} rww_packed_weights;

/** `transposed`: of the weights' transpose. */
RWW_MUST_CHECK rww_status rww_pack_panels(const rww_simulation *simulation, bool transposed,
                                          rww_packed_weights *packed);
void rww_packed_weights_free(rww_packed_weights *packed);

/** weights [n_padded / lone_step][source][lone_step] of a lone simulation, owned by the caller; as above. */
RWW_MUST_CHECK rww_status rww_pack_lone(const rww_simulation *simulation, bool transposed, size_t lone_step,
                                        size_t n_padded, void **weights);

/** Whether nodes differ in any parameter; in one that other constants depend on than those of the input current. */
bool rww_lanes_differ_by_node(const rww_lanes *lanes);
bool rww_lanes_differ_beyond_input(const rww_lanes *lanes);

/** Folded parameters (kernels.h) of node `node` in lane `lane`. */
void rww_fold_constants(const rww_lanes *lanes, double step_ms, size_t node, size_t lane,
                        double constants[RWW_N_CONSTANTS]);

/** Derivatives by the parameters of node `node` in lane `lane`, from those by its folded ones (that of half the drive
 *  in the drive's). */
void rww_unfold_gradient(const rww_lanes *lanes, double step_ms, size_t node, size_t lane,
                         const double by_constant[RWW_N_CONSTANTS], double gradient[RWW_N_PARAMETERS]);

/** What a node's coupling can be where every S is from 0 to 1. */
typedef struct rww_coupling_bounds {
  double low, high;
} rww_coupling_bounds;
rww_coupling_bounds rww_bound_coupling(const rww_simulation *simulation, size_t node);

/** What is known of y with these constants. */
rww_range rww_find_range(const double constants[RWW_N_CONSTANTS], rww_coupling_bounds coupling,
                         rww_precision precision);

#endif
