/** @file
 *  The noise of NUMERICS: the stream of JAX's random.normal on a Threefry key, partitionable layout. Element
 *  step * n_nodes + node; any of them is addressable without state. */
#ifndef RWW_SIMULATE_NOISE_H
#define RWW_SIMULATE_NOISE_H

#include "config/config.h"

/** z [n_steps][n_nodes], standard normal, of steps first_step ... The float32 stream has other numbers, widened. */
void rww_noise_fill(uint64_t seed, rww_precision dtype, size_t n_nodes, uint64_t first_step, size_t n_steps, double *z);

#endif
