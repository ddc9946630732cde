/* Elementary functions against mpmath, over their whole range, within the bounds that their headers state; built for
 * every instruction set and precision. */
#include "base/elementary.h"

#include "../data/elementary_values.h"
#include "check.h"

#define W RWW_SIMD_WIDTH

typedef vec (*function)(vec x);

static vec bernoulli2(vec y) {
  return rww_bernoulli2(y, RWW_RANGE_ANY);
}

static vec bernoulli2_again(vec y) {
  return rww_bernoulli2_differentiate(y, RWW_RANGE_ANY).value;
}

static vec bernoulli2_derivative(vec y) {
  return rww_bernoulli2_differentiate(y, RWW_RANGE_ANY).derivative;
}

static vec exp_of(vec x) {
  return rww_exp(x);
}

static vec phi(vec v) {
  return rww_phi(v);
}

static vec ln(vec x) {
  return rww_ln(x);
}

static vec erfinv(vec x) {
  return rww_erfinv(x);
}

/* The distance of the number behind |x| in the precision at hand. */
static double unit_in_last_place(double x) {
  int exponent;
  frexp(x, &exponent);
  return ldexp(1, exponent - 1 - RWW_REAL_MANTISSA);
}

static rww_real evaluate(function f, rww_real x) {
  rww_real in[W], out[W];
  for (size_t i = 0; i < W; i++) in[i] = i == W / 2 ? x : (rww_real)0.25;
  v_store(out, f(v_load(in)));
  return out[W / 2];
}

static void check_errors(const char *name, function f, const elementary_value *values, size_t n, double bound_ulp) {
  double worst = 0, worst_x = 0;
  for (size_t i = 0; i < n; i++) {
    double found = (double)evaluate(f, (rww_real)values[i].x);
    double error = fabs((found - values[i].head) - values[i].rest) / unit_in_last_place(values[i].head);
    if (values[i].head == 0 && found == 0) error = 0;
    if (!(error <= worst)) worst = error, worst_x = values[i].x;
  }
  printf("%-10s %.2f ulp at %.17g\n", name, worst, worst_x);
  CHECK(worst <= bound_ulp);
}
#define CHECK_ERRORS(f, values, bound) check_errors(#f, f, values, sizeof values / sizeof *values, bound)

/* The error is one of y + B, whose rounding grows with |y|. */
static void derivative_is_accurate(void) {
  double worst = 0, epsilon = ldexp(1, -RWW_REAL_MANTISSA);
  for (size_t i = 0; i < sizeof bernoulli2_derivative_values / sizeof *bernoulli2_derivative_values; i++) {
    const elementary_value *value = &bernoulli2_derivative_values[i];
    double found = (double)evaluate(bernoulli2_derivative, (rww_real)value->x);
    double error = fabs(found - value->head - value->rest) / (epsilon * fmax(1, fabs(value->x)));
    if (!(error <= worst)) worst = error;
  }
  printf("bernoulli2_derivative %.2f epsilon max(1, |y|)\n", worst);
  CHECK(worst <= 4);
}

static void nan_stays_nan(void) {
  CHECK(isnan(evaluate(exp_of, (rww_real)NAN)) && isnan(evaluate(phi, (rww_real)NAN)));
  CHECK(isnan(evaluate(bernoulli2, (rww_real)NAN)));
}

static void nothing_overflows_beyond_the_ends(void) {
  const rww_real far = (rww_real)1e30;
  CHECK(evaluate(bernoulli2, -far) == far); /* y / (2^y - 1) = -y there */
  CHECK(evaluate(bernoulli2, (rww_real)5000) < (rww_real)1e-30);
  CHECK(evaluate(phi, far) == far);
  CHECK(isfinite(evaluate(phi, -far)) && isfinite(evaluate(exp_of, far)));
}

static void a_known_range_changes_no_bit(void) {
  for (size_t i = 0; i < sizeof bernoulli2_values / sizeof *bernoulli2_values; i++) {
    rww_real in[W], any[W], inside[W];
    for (size_t l = 0; l < W; l++) in[l] = (rww_real)bernoulli2_values[i].x;
    v_store(any, rww_bernoulli2(v_load(in), RWW_RANGE_ANY));
    v_store(inside, rww_bernoulli2(v_load(in), RWW_RANGE_INSIDE));
    CHECK(memcmp(any, inside, sizeof any) == 0);
  }
}

static bool is_supported(void) {
#if defined(RWW_SIMD_AVX512)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
#elif defined(RWW_SIMD_AVX2)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

int main(void) {
  if (!is_supported()) {
    puts("SKIP: this processor has not got the instruction set");
    return 0;
  }
  CHECK_ERRORS(exp_of, exp_values, 1.5);
  CHECK_ERRORS(phi, phi_values, 4);
  CHECK_ERRORS(bernoulli2, bernoulli2_values, 4);
  CHECK_ERRORS(bernoulli2_again, bernoulli2_values, 4);
  CHECK_ERRORS(ln, ln_values, 2);
  CHECK_ERRORS(erfinv, erfinv_values, 4);
  derivative_is_accurate();
  nan_stays_nan();
  nothing_overflows_beyond_the_ends();
  a_known_range_changes_no_bit();
  return check_report();
}
