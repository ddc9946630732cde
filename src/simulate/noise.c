#include "simulate/noise.h"

#include "base/memory.h"
#include "simulate/packing.h"
#include <math.h>
#include <stdlib.h>

/* Numbers of the other precision are made so many at a time. */
#define N_CONVERTED 1024

#define MOST_KEPT 10000 /* seeds: they are looked for one by one */

typedef struct kept_seed {
  uint64_t seed, last_use;
  void *z; /* [n_steps][n_nodes] */
} kept_seed;

struct rww_noise {
  const rww_kernels *kernels, *stream;
  size_t n_nodes;
  uint64_t n_steps, n_uses;
  size_t n_kept, limit;
  kept_seed *kept; /* [limit] */
  bool keeps;      /* the seeds of the run at work */
  void *block;     /* [RWW_NOISE_BLOCK_STEPS][n_nodes], where they are not kept */
};

static void fill_converted(const rww_kernels *stream, rww_precision to, uint64_t seed, uint64_t first, size_t n,
                           void *z) {
  double drawn[N_CONVERTED];
  for (size_t done = 0; done < n; done += N_CONVERTED) {
    size_t n_now = n - done < N_CONVERTED ? n - done : N_CONVERTED;
    stream->fill_noise(seed, first + done, n_now, drawn);
    for (size_t i = 0; i < n_now; i++) rww_number_put(to, z, done + i, rww_number_get(stream->precision, drawn, i));
  }
}

static void fill(const rww_kernels *stream, rww_precision to, uint64_t seed, uint64_t first, size_t n, void *z) {
  if (to == stream->precision)
    stream->fill_noise(seed, first, n, z);
  else
    fill_converted(stream, to, seed, first, n, z);
}

void rww_noise_fill(uint64_t seed, rww_precision dtype, size_t n_nodes, uint64_t first_step, size_t n_steps,
                    double *z) {
  fill(rww_instruction_set_best()->kernels[dtype], RWW_FLOAT64, seed, first_step * n_nodes, n_steps * n_nodes, z);
}

static rww_status allocate(const rww_noise *noise, uint64_t n_steps, void **z) {
  return rww_allocate((size_t)n_steps * noise->n_nodes + RWW_NOISE_PADDING, rww_number_bytes(noise->kernels->precision),
                      z);
}

size_t rww_noise_count_kept(const rww_simulation *simulation) {
  uint64_t n_steps = simulation->rehearsed_steps ? simulation->rehearsed_steps : simulation->n_steps;
  double step_bytes = (double)(simulation->n_nodes * rww_number_bytes(simulation->precision));
  return (size_t)fmin((double)simulation->noise_bytes / ((double)n_steps * step_bytes), MOST_KEPT);
}

rww_status rww_noise_create(const rww_kernels *kernels, const rww_kernels *stream, size_t n_nodes, uint64_t n_steps,
                            size_t n_kept, rww_noise **noise) {
  RWW_TRY(RWW_NEW(noise, 1));
  **noise = (rww_noise){.kernels = kernels, .stream = stream, .n_nodes = n_nodes, .n_steps = n_steps, .limit = n_kept};
  rww_status status = allocate(*noise, RWW_NOISE_BLOCK_STEPS, &(*noise)->block);
  if (status == RWW_OK) status = RWW_NEW(&(*noise)->kept, n_kept);
  if (status == RWW_OK) return RWW_OK;
  rww_noise_destroy(*noise);
  *noise = NULL;
  return status;
}

void rww_noise_destroy(rww_noise *noise) {
  if (!noise) return;
  for (size_t k = 0; k < noise->n_kept; k++) free(noise->kept[k].z);
  free(noise->kept);
  free(noise->block);
  free(noise);
}

static bool is_new(const uint64_t *seeds, size_t k) {
  for (size_t earlier = 0; earlier < k; earlier++)
    if (seeds[earlier] == seeds[k]) return false;
  return true;
}

void rww_noise_begin_run(rww_noise *noise, const uint64_t *seeds, size_t n_lanes) {
  size_t n_seeds = 0;
  for (size_t k = 0; k < n_lanes && n_seeds <= noise->limit; k++) n_seeds += is_new(seeds, k);
  noise->keeps = n_seeds <= noise->limit;
}

static kept_seed *find(rww_noise *noise, uint64_t seed) {
  for (size_t k = 0; k < noise->n_kept; k++)
    if (noise->kept[k].seed == seed) return &noise->kept[k];
  return NULL;
}

/* A new place, or that of the seed that was used longest ago. */
static rww_status make_room(rww_noise *noise, kept_seed **room) {
  *room = &noise->kept[noise->n_kept < noise->limit ? noise->n_kept : 0];
  if (noise->n_kept < noise->limit) {
    RWW_TRY(allocate(noise, noise->n_steps, &(*room)->z));
    noise->n_kept++;
    return RWW_OK;
  }
  for (size_t k = 1; k < noise->n_kept; k++)
    if (noise->kept[k].last_use < (*room)->last_use) *room = &noise->kept[k];
  return RWW_OK;
}

static rww_status keep(rww_noise *noise, uint64_t seed, kept_seed **kept) {
  RWW_TRY(make_room(noise, kept));
  (*kept)->seed = seed;
  fill(noise->stream, noise->kernels->precision, seed, 0, (size_t)noise->n_steps * noise->n_nodes, (*kept)->z);
  return RWW_OK;
}

rww_status rww_noise_get(rww_noise *noise, uint64_t seed, uint64_t first_step, size_t n_steps, const void **z) {
  uint64_t first = first_step * noise->n_nodes;
  kept_seed *kept = find(noise, seed);
  if (!kept && noise->keeps) RWW_TRY(keep(noise, seed, &kept));
  if (!kept) {
    fill(noise->stream, noise->kernels->precision, seed, first, n_steps * noise->n_nodes, noise->block);
    *z = noise->block;
    return RWW_OK;
  }
  kept->last_use = ++noise->n_uses;
  *z = (const char *)kept->z + first * rww_number_bytes(noise->kernels->precision);
  return RWW_OK;
}
