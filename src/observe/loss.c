#include "observe/loss.h"

#include <math.h>
#include <stdbool.h>

double rww_loss_rmse(size_t n_nodes, const double *fc, const double *target) {
  double sum = 0;
  for (size_t i = 0; i < n_nodes * n_nodes; i++) sum += (fc[i] - target[i]) * (fc[i] - target[i]);
  return sqrt(sum / (double)(n_nodes * n_nodes));
}

void rww_loss_reverse_rmse(size_t n_nodes, const double *fc, const double *target, double by_rmse, double *by_fc) {
  double rmse = rww_loss_rmse(n_nodes, fc, target), n_entries = (double)(n_nodes * n_nodes);
  if (rmse == 0) return;
  for (size_t i = 0; i < n_nodes * n_nodes; i++) by_fc[i] += by_rmse * (fc[i] - target[i]) / (n_entries * rmse);
}

/* Entries of row i that count: from this column on. */
static size_t first_column(bool triangle, size_t i) {
  return triangle ? i + 1 : 0;
}

static double mean_of_entries(size_t n, bool triangle, const double *matrix) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = first_column(triangle, i); j < n; j++) sum += matrix[i * n + j];
  return sum / (double)(triangle ? n * (n - 1) / 2 : n * n);
}

/* Means, and sums of products of the deviations from them. */
typedef struct moments {
  double mean_x, mean_y, xx, yy, xy;
} moments;

static moments moments_of(size_t n, bool triangle, const double *x, const double *y) {
  moments sums = {.mean_x = mean_of_entries(n, triangle, x), .mean_y = mean_of_entries(n, triangle, y)};
  for (size_t i = 0; i < n; i++)
    for (size_t j = first_column(triangle, i); j < n; j++) {
      double dx = x[i * n + j] - sums.mean_x, dy = y[i * n + j] - sums.mean_y;
      sums.xx += dx * dx;
      sums.yy += dy * dy;
      sums.xy += dx * dy;
    }
  return sums;
}

static double correlate(size_t n, bool triangle, const double *x, const double *y) {
  moments sums = moments_of(n, triangle, x, y);
  return sums.xy / (sqrt(sums.xx) * sqrt(sums.yy));
}

double rww_loss_fc_corr(size_t n_nodes, const double *fc, const double *target) {
  return correlate(n_nodes, false, fc, target);
}

/* r = xy / sqrt(xx yy): dr = (dy - xy/xx dx) / sqrt(xx yy) by each x; that the means move as well changes nothing, for
 * the deviations sum to 0. */
void rww_loss_reverse_fc_corr(size_t n_nodes, const double *fc, const double *target, double by_fc_corr,
                              double *by_fc) {
  moments sums = moments_of(n_nodes, false, fc, target);
  double scale = by_fc_corr / (sqrt(sums.xx) * sqrt(sums.yy)), slope = sums.xy / sums.xx;
  for (size_t i = 0; i < n_nodes * n_nodes; i++)
    by_fc[i] += scale * (target[i] - sums.mean_y - slope * (fc[i] - sums.mean_x));
}

double rww_loss_fc_corr_triangle(size_t n_nodes, const double *fc, const double *target) {
  return correlate(n_nodes, true, fc, target);
}

double rww_loss_combine(double rmse_weight, double rmse, double fc_corr_weight, double fc_corr) {
  double loss = 0;
  if (rmse_weight != 0) loss += rmse_weight * rmse;
  if (fc_corr_weight != 0) loss += fc_corr_weight * (1 - fc_corr);
  return loss;
}
