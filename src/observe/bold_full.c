#include "observe/bold_full.h"

#include "base/memory.h"
#include <complex.h>
#include <fftw3.h>
#include <stdlib.h>

rww_status rww_interim_create(const rww_bold_plan *plan, rww_precision precision, rww_interim *interim) {
  *interim = (rww_interim){.plan = plan, .precision = precision, .is_warmup = true};
  return RWW_NEW(&interim->samples, (RWW_HRF_N_TAPS + plan->n_interim) * plan->n_nodes);
}

void rww_interim_free(rww_interim *interim) {
  free(interim->samples);
}

static void feed(void *self, int64_t time, size_t n_steps, const void *states) {
  const rww_interim *interim = self;
  size_t n_nodes = interim->plan->n_nodes, k = interim->plan->steps_per_interim;
  for (size_t step = 0; step < n_steps; step++) {
    size_t sample = (size_t)(time + (int64_t)(step + interim->plan->n_history_steps)) / k;
    for (size_t i = 0; i < n_nodes; i++) {
      size_t at = step * n_nodes + i;
      double state =
          interim->precision == RWW_FLOAT32 ? (double)((const float *)states)[at] : ((const double *)states)[at];
      interim->samples[sample * n_nodes + i] += state / (double)k;
    }
  }
}

void rww_interim_take(void *self, uint64_t first_step, size_t n_steps, const void *states) {
  rww_interim *interim = self;
  size_t n_bytes = interim->plan->n_nodes * (interim->precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double));
  rww_bold_deliver(interim->plan, interim->is_warmup, first_step, n_steps, states, n_bytes, feed, interim);
}

/* Buffers and plans of one cyclic convolution. */
typedef struct convolution {
  size_t n; /* length; n/2 + 1 coefficients */
  double *signal;
  double complex *spectrum, *kernel;
  fftw_plan forward, backward;
} convolution;

/* Smallest length of at least n that has no factor above 5. */
static size_t smooth_length(size_t n) {
  for (;; n++) {
    size_t rest = n;
    while (rest % 2 == 0) rest /= 2;
    while (rest % 3 == 0) rest /= 3;
    while (rest % 5 == 0) rest /= 5;
    if (rest == 1) return n;
  }
}

static void convolution_destroy(convolution *c) {
  if (c->forward) fftw_destroy_plan(c->forward);
  if (c->backward) fftw_destroy_plan(c->backward);
  fftw_free(c->signal);
  fftw_free(c->spectrum);
  fftw_free(c->kernel);
}

/* Long enough that what wraps around only spoils outputs before the first that is wanted. */
static rww_status convolution_create(size_t n_samples, const double *taps, convolution *c) {
  *c = (convolution){.n = smooth_length(n_samples)};
  c->signal = fftw_alloc_real(c->n);
  c->spectrum = fftw_alloc_complex(c->n / 2 + 1);
  c->kernel = fftw_alloc_complex(c->n / 2 + 1);
  if (c->signal && c->spectrum && c->kernel) {
    c->forward = fftw_plan_dft_r2c_1d((int)c->n, c->signal, c->spectrum, FFTW_ESTIMATE);
    c->backward = fftw_plan_dft_c2r_1d((int)c->n, c->spectrum, c->signal, FFTW_ESTIMATE);
  }
  if (!c->forward || !c->backward) {
    convolution_destroy(c);
    return rww_raise(RWW_ERR_MEMORY, "out of memory: a Fourier transform of %zu samples", c->n);
  }
  for (size_t i = 0; i < c->n; i++) c->signal[i] = i < RWW_HRF_N_TAPS ? taps[i] / (double)c->n : 0;
  fftw_execute_dft_r2c(c->forward, c->signal, c->kernel);
  return RWW_OK;
}

static void convolve_node(const convolution *c, const rww_interim *interim, size_t node, double *bold) {
  size_t n_nodes = interim->plan->n_nodes, n_interim = interim->plan->n_interim;
  for (size_t i = 0; i < c->n; i++)
    c->signal[i] = i < RWW_HRF_N_TAPS + n_interim ? interim->samples[i * n_nodes + node] : 0;
  fftw_execute(c->forward);
  for (size_t i = 0; i <= c->n / 2; i++) c->spectrum[i] *= c->kernel[i];
  fftw_execute(c->backward);
  for (size_t t = 0; t < n_interim; t++) bold[t * n_nodes + node] = rww_bold_scale(c->signal[RWW_HRF_N_TAPS + t]);
}

rww_status rww_interim_convolve(const rww_interim *interim, const double taps[RWW_HRF_N_TAPS], double *bold) {
  convolution c;
  RWW_TRY(convolution_create(RWW_HRF_N_TAPS + interim->plan->n_interim, taps, &c));
  for (size_t node = 0; node < interim->plan->n_nodes; node++) convolve_node(&c, interim, node, bold);
  convolution_destroy(&c);
  return RWW_OK;
}
