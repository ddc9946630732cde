/** @file
 *  The noise of NUMERICS: the stream of JAX's random.normal on a Threefry key, partitionable layout. Element
 *  step * n_nodes + node; any of them is addressable without state. */
#ifndef RWW_SIMULATE_NOISE_H
#define RWW_SIMULATE_NOISE_H

#include "config/config.h"
#include "simulate/backend.h"
#include "simulate/kernels.h"

/** z [n_steps][n_nodes], standard normal, of steps first_step ... The float32 stream has other numbers, widened. */
void rww_noise_fill(uint64_t seed, rww_precision dtype, size_t n_nodes, uint64_t first_step, size_t n_steps, double *z);

/** The noise of the seeds used last, kept for runs of n_steps as far as memory allows, else made again block by block;
 *  in the precision of `kernels`, from the stream of `stream`. */
typedef struct rww_noise rww_noise;

/** Seeds whose noise the simulation keeps. */
size_t rww_noise_count_kept(const rww_simulation *simulation);

RWW_MUST_CHECK rww_status rww_noise_create(const rww_kernels *kernels, const rww_kernels *stream, size_t n_nodes,
                                           uint64_t n_steps, size_t n_kept, rww_noise **noise);
void rww_noise_destroy(rww_noise *noise);

/** What is asked for from now on is of these seeds (one a lane, repeated ones too), block by block: those that cannot
 * all be kept are not kept anew, as they would only displace each other. */
void rww_noise_begin_run(rww_noise *noise, const uint64_t *seeds, size_t n_lanes);

/** z [n_steps][n_nodes] of steps first_step ... (at most RWW_NOISE_BLOCK_STEPS), readable for RWW_NOISE_PADDING numbers
 *  more; valid until the next call. Errors: RWW_ERR_MEMORY. */
#define RWW_NOISE_BLOCK_STEPS 64
#define RWW_NOISE_PADDING 256
RWW_MUST_CHECK rww_status rww_noise_get(rww_noise *noise, uint64_t seed, uint64_t first_step, size_t n_steps,
                                        const void **z);

#endif
