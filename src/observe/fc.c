#include "observe/fc.h"

#include "base/multiversion.h"
#include <math.h>
#include <string.h>

/* Standard deviation of BOLD, whose values are of order 1, up to which it counts as constant: rounding, also that of
 * float32 states, and what is left of a transient stay below; noise of any use makes some 1e-2. */
#define CONSTANT 1e-8

/* Column `node` of bold, centred and divided by its norm. */
static rww_outcome standardise(size_t n_samples, size_t n_nodes, size_t node, const double *bold, double *scores,
                               double *norm) {
  double sum = 0, sum_of_squares = 0;
  for (size_t m = 0; m < n_samples; m++) sum += bold[m * n_nodes + node];
  double mean = sum / (double)n_samples;
  for (size_t m = 0; m < n_samples; m++) {
    double deviation = bold[m * n_nodes + node] - mean;
    scores[m * n_nodes + node] = deviation;
    sum_of_squares += deviation * deviation;
  }
  *norm = sqrt(sum_of_squares);
  if (!isfinite(*norm)) return RWW_DIVERGED;
  if (*norm <= CONSTANT * fmax(1, fabs(mean)) * sqrt((double)n_samples)) return RWW_DEGENERATE;
  for (size_t m = 0; m < n_samples; m++) scores[m * n_nodes + node] /= *norm;
  return RWW_DONE;
}

/* fc = transpose(scores) scores, each entry summed over samples in their order. */
RWW_MULTIVERSION static void multiply(size_t n_samples, size_t n_nodes, const double *restrict scores,
                                      double *restrict fc) {
  memset(fc, 0, n_nodes * n_nodes * sizeof *fc);
  for (size_t i = 0; i < n_nodes; i++)
    for (size_t m = 0; m < n_samples; m++)
      for (size_t j = 0; j < n_nodes; j++) fc[i * n_nodes + j] += scores[m * n_nodes + i] * scores[m * n_nodes + j];
}

rww_outcome rww_fc_compute(size_t n_samples, size_t n_nodes, const double *bold, double *scores, double *norm,
                           double *fc) {
  rww_outcome worst = RWW_DONE;
  for (size_t node = 0; node < n_nodes; node++) {
    rww_outcome outcome = standardise(n_samples, n_nodes, node, bold, scores, &norm[node]);
    if (outcome == RWW_DIVERGED || worst == RWW_DONE) worst = outcome;
  }
  if (worst != RWW_DONE) return worst;
  multiply(n_samples, n_nodes, scores, fc);
  for (size_t i = 0; i < n_nodes; i++) fc[i * n_nodes + i] = 0;
  return RWW_DONE;
}

/* What entries (i, j) and (j, i) do together, in the place of each; nothing on the diagonal. */
static void symmetrise(size_t n_nodes, double *by_fc) {
  for (size_t i = 0; i < n_nodes; i++) {
    for (size_t j = 0; j < i; j++)
      by_fc[i * n_nodes + j] = by_fc[j * n_nodes + i] = by_fc[i * n_nodes + j] + by_fc[j * n_nodes + i];
    by_fc[i * n_nodes + i] = 0;
  }
}

/* by_scores_i = sum over j of by_fc_ij scores_j, j ascending. */
RWW_MULTIVERSION static void reverse_multiply(size_t n_samples, size_t n_nodes, const double *restrict scores,
                                              const double *restrict by_fc, double *restrict by_scores) {
  memset(by_scores, 0, n_samples * n_nodes * sizeof *by_scores);
  for (size_t m = 0; m < n_samples; m++)
    for (size_t j = 0; j < n_nodes; j++)
      for (size_t i = 0; i < n_nodes; i++)
        by_scores[m * n_nodes + i] += by_fc[j * n_nodes + i] * scores[m * n_nodes + j];
}

/* In place, of column `node`. scores = d / norm, d = bold - mean(bold), norm = |d|: what is along the scores or
 * constant does not change them, by_bold = (by_scores - mean(by_scores) - scores (scores . by_scores)) / norm. */
static void reverse_standardise(size_t n_samples, size_t n_nodes, size_t node, const double *scores, double norm,
                                double *by_bold) {
  double sum = 0, along = 0;
  for (size_t m = 0; m < n_samples; m++) {
    sum += by_bold[m * n_nodes + node];
    along += by_bold[m * n_nodes + node] * scores[m * n_nodes + node];
  }
  double mean = sum / (double)n_samples;
  for (size_t m = 0; m < n_samples; m++) {
    double *by = &by_bold[m * n_nodes + node];
    *by = (*by - mean - scores[m * n_nodes + node] * along) / norm;
  }
}

void rww_fc_reverse(size_t n_samples, size_t n_nodes, const double *scores, const double *norm, double *by_fc,
                    double *by_bold) {
  symmetrise(n_nodes, by_fc);
  reverse_multiply(n_samples, n_nodes, scores, by_fc, by_bold);
  for (size_t node = 0; node < n_nodes; node++)
    reverse_standardise(n_samples, n_nodes, node, scores, norm[node], by_bold);
}
