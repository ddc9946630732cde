/** @file
 *  Adam as optax computes it, and what it is fed with: the learning rate of each step, the gradient's norm clipped.
 *  Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1. */
#ifndef RWW_OPTIMISE_ADAM_H
#define RWW_OPTIMISE_ADAM_H

#include "config/config.h"

/** Learning rate of step `step` (from 0) of n_steps: constant; exponential, l decay^(step/n_steps); or cosine,
 *  l (1 + cos(pi step/n_steps))/2. Its bits do not depend on the machine. */
double rww_adam_rate(const rww_optimizer_config *optimizer, uint64_t step, uint64_t n_steps);

/** Euclidean norm, summed up in index order. */
double rww_adam_norm(size_t n, const double *gradient);

/** One step, the `count`-th since the moments were 0 (from 1).
 *  gradient    [n]
 *  scale       of the gradient: 1, or less where its norm is clipped
 *  m, v        [n], in and out: first and second moment
 *  parameters  [n], in and out */
void rww_adam_step(const rww_optimizer_config *optimizer, double rate, double scale, uint64_t count, size_t n,
                   const double *gradient, double *m, double *v, double *parameters);

#endif
