/** @file
 *  Functional connectivity: Pearson correlation of the nodes' BOLD over time, diagonal set to 0. */
#ifndef RWW_OBSERVE_FC_H
#define RWW_OBSERVE_FC_H

#include "config/parameter.h"

/** RWW_DONE; RWW_DEGENERATE where a node's BOLD does not vary; RWW_DIVERGED where it is not finite.
 *  bold    [n_samples][node], those that count (after the skipped ones)
 *  scores  [n_samples][node], out: deviation from the node's mean, divided by norm[node]
 *  norm    [node], out: square root of the sum of squared deviations
 *  fc      [node][node], out: symmetric to the last bit; undefined unless RWW_DONE */
RWW_MUST_CHECK rww_outcome rww_fc_compute(size_t n_samples, size_t n_nodes, const double *bold, double *scores,
                                          double *norm, double *fc);

/** Transpose of the derivative of rww_fc_compute, from what that left in scores and norm where it was RWW_DONE.
 *  by_fc    [node][node], derivative of a loss by each entry as if all were free, the diagonal not looked at; out:
 *           made symmetric
 *  by_bold  [n_samples][node], out */
void rww_fc_reverse(size_t n_samples, size_t n_nodes, const double *scores, const double *norm, double *by_fc,
                    double *by_bold);

#endif
