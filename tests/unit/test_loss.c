#include "check.h"
#include "observe/loss.h"

/* Off-diagonal entries (x, y, z) of a symmetric 3 x 3 matrix. */
#define MATRIX(x, y, z)                                                                                                \
  { 0, x, y, x, 0, z, y, z, 0 }

static void rmse_counts_the_diagonal(void) {
  const double fc[9] = MATRIX(0.5, 0.25, 0.125), target[9] = MATRIX(0.25, 0.75, 0.125);
  /* squared differences 1/16 and 1/4, each twice, over nine entries */
  CHECK_NEAR(rww_loss_rmse(3, fc, target), sqrt((2 * 0.0625 + 2 * 0.25) / 9), 1e-16);
  CHECK(rww_loss_rmse(3, fc, fc) == 0);
}

/* Over the nine entries: sums 12, sums of squares 28, sum of products 22. */
static void fc_corr_counts_the_zero_diagonals(void) {
  const double fc[9] = MATRIX(1, 2, 3), target[9] = MATRIX(3, 1, 2);
  double xx = 28 - 9 * (12.0 / 9) * (12.0 / 9), xy = 22 - 9 * (12.0 / 9) * (12.0 / 9);
  CHECK_NEAR(rww_loss_fc_corr(3, fc, target), xy / xx, 4e-16);
}

static void fc_corr_triangle_leaves_the_diagonal_out(void) {
  const double fc[9] = MATRIX(1, 2, 3), target[9] = MATRIX(3, 1, 2), line[9] = MATRIX(-2, -4, -6);
  CHECK_NEAR(rww_loss_fc_corr_triangle(3, fc, target), -0.5, 4e-16);
  CHECK_NEAR(rww_loss_fc_corr_triangle(3, fc, line), -1, 4e-16);
}

static void a_constant_matrix_has_no_correlation(void) {
  const double fc[9] = MATRIX(1, 2, 3), zero[9] = {0}, flat[9] = MATRIX(0.5, 0.5, 0.5);
  CHECK(isnan(rww_loss_fc_corr(3, fc, zero)));
  CHECK(isnan(rww_loss_fc_corr_triangle(3, fc, flat)));
}

static void the_loss_is_the_weighted_sum(void) {
  CHECK(rww_loss_combine(1, 0.25, 0, NAN) == 0.25); /* a correlation without weight cannot spoil it */
  CHECK(rww_loss_combine(0, NAN, 1, 0.25) == 0.75);
  CHECK(rww_loss_combine(2, 0.25, 0.5, 0.5) == 0.75);
}

typedef double (*loss_function)(size_t, const double *, const double *);
typedef void (*reverse_function)(size_t, const double *, const double *, double, double *);

/* 2e-8: central differences with h = 1e-4 of functions whose third derivatives are of order 1. */
static void check_reverse(loss_function loss, reverse_function reverse) {
  double fc[9] = {0, 0.3, -0.2, 0.5, 0, 0.1, -0.4, 0.7, 0}, by_fc[9] = {0};
  const double target[9] = {0, 0.1, 0.2, 0.15, 0, -0.3, 0.25, 0.6, 0}, h = 1e-4;
  reverse(3, fc, target, 2, by_fc);
  reverse(3, fc, target, -0.5, by_fc); /* adds up */
  for (size_t i = 0; i < 9; i++) {
    double middle = fc[i];
    fc[i] = middle + h;
    double high = loss(3, fc, target);
    fc[i] = middle - h;
    double low = loss(3, fc, target);
    fc[i] = middle;
    CHECK_NEAR(by_fc[i], 1.5 * (high - low) / (2 * h), 2e-8);
  }
}

static void reverse_of_each_loss_is_the_limit_of_differences(void) {
  check_reverse(rww_loss_rmse, rww_loss_reverse_rmse);
  check_reverse(rww_loss_fc_corr, rww_loss_reverse_fc_corr);
}

static void at_its_minimum_the_rmse_has_derivative_0(void) {
  const double fc[9] = MATRIX(1, 2, 3);
  double by_fc[9] = {0};
  rww_loss_reverse_rmse(3, fc, fc, 1, by_fc);
  for (size_t i = 0; i < 9; i++) CHECK(by_fc[i] == 0);
}

int main(void) {
  reverse_of_each_loss_is_the_limit_of_differences();
  at_its_minimum_the_rmse_has_derivative_0();
  rmse_counts_the_diagonal();
  fc_corr_counts_the_zero_diagonals();
  fc_corr_triangle_leaves_the_diagonal_out();
  a_constant_matrix_has_no_correlation();
  the_loss_is_the_weighted_sum();
  return check_report();
}
