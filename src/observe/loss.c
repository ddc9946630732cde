#include "observe/loss.h"

#include <math.h>
#include <stdbool.h>

double rww_loss_rmse(size_t n_nodes, const double *fc, const double *target) {
  double sum = 0;
  for (size_t i = 0; i < n_nodes * n_nodes; i++) sum += (fc[i] - target[i]) * (fc[i] - target[i]);
  return sqrt(sum / (double)(n_nodes * n_nodes));
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

static double correlate(size_t n, bool triangle, const double *x, const double *y) {
  double mean_x = mean_of_entries(n, triangle, x), mean_y = mean_of_entries(n, triangle, y);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = first_column(triangle, i); j < n; j++) {
      double dx = x[i * n + j] - mean_x, dy = y[i * n + j] - mean_y;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  return xy / (sqrt(xx) * sqrt(yy));
}

double rww_loss_fc_corr(size_t n_nodes, const double *fc, const double *target) {
  return correlate(n_nodes, false, fc, target);
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
