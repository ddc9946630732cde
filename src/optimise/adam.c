#include "optimise/adam.h"

#include "base/elementary.h"

/* cos(pi x / 2), 0 <= x <= 1: Taylor's series up to the 24th power, 1 - y/(1 2) (1 - y/(3 4) (1 - ...)). */
static double quarter_cosine(double x) {
  const double half_pi = 0x1.921fb54442d18p+0;
  double y = half_pi * x * (half_pi * x), sum = 1;
  for (int k = 24; k > 0; k -= 2) sum = 1 - y / (k * (k - 1)) * sum;
  return sum;
}

double rww_adam_rate(const rww_optimizer_config *optimizer, uint64_t step, uint64_t n_steps) {
  double x = (double)step / (double)n_steps, cosine = quarter_cosine(x);
  switch (optimizer->schedule) {
  case RWW_RATE_EXPONENTIAL:
    return optimizer->learning_rate * rww_exp(x * rww_ln(optimizer->decay));
  case RWW_RATE_COSINE:
    return optimizer->learning_rate * cosine * cosine;
  default:
    return optimizer->learning_rate;
  }
}

double rww_adam_norm(size_t n, const double *gradient) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += gradient[i] * gradient[i];
  return sqrt(sum);
}

/* By squaring: pow has other bits on other machines. */
static double power(double base, uint64_t exponent) {
  double product = 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1) product *= base;
  return product;
}

void rww_adam_step(const rww_optimizer_config *optimizer, double rate, double scale, uint64_t count, size_t n,
                   const double *gradient, double *m, double *v, double *parameters) {
  double b1 = optimizer->b1, b2 = optimizer->b2;
  double correction_m = 1 - power(b1, count), correction_v = 1 - power(b2, count);
  for (size_t i = 0; i < n; i++) {
    double g = scale * gradient[i];
    m[i] = b1 * m[i] + (1 - b1) * g;
    v[i] = b2 * v[i] + (1 - b2) * (g * g);
    parameters[i] -= rate * (m[i] / correction_m) / (sqrt(v[i] / correction_v) + optimizer->eps);
  }
}
