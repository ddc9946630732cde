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

/* As its header says. */
static double bound_derivative(double y, double derivative) {
  const double epsilon = ldexp(1, -RWW_REAL_MANTISSA), most_near_0 = RWW_REAL_MANTISSA > 23 ? 0x1p-39 : 0x1p-17;
  if (y < -1) return 6 * epsilon * fabs(y);
  if (y > 1) return 6 * epsilon * fabs(derivative);
  return y == 0 ? most_near_0 : fmin(6 * epsilon / fabs(y), most_near_0);
}

static void derivative_is_accurate(void) {
  double worst = 0, worst_x = 0;
  for (size_t i = 0; i < sizeof bernoulli2_derivative_values / sizeof *bernoulli2_derivative_values; i++) {
    const elementary_value *value = &bernoulli2_derivative_values[i];
    double found = (double)evaluate(bernoulli2_derivative, (rww_real)value->x);
    double error = fabs(found - value->head - value->rest) / bound_derivative(value->x, value->head);
    if (!(error <= worst)) worst = error, worst_x = value->x;
  }
  printf("bernoulli2_derivative %.2f of its bound at %.17g\n", worst, worst_x);
  CHECK(worst <= 1);
}

static void nan_stays_nan(void) {
  CHECK(isnan(evaluate(exp_of, (rww_real)NAN)) && isnan(evaluate(phi, (rww_real)NAN)));
  CHECK(isnan(evaluate(bernoulli2, (rww_real)NAN)));
  CHECK(isnan(evaluate(bernoulli2_derivative, (rww_real)NAN)));
}

static void nothing_overflows_beyond_the_ends(void) {
  const rww_real far = (rww_real)1e30;
  CHECK(evaluate(bernoulli2, -far) == far); /* y / (2^y - 1) = -y there */
  CHECK(evaluate(bernoulli2, (rww_real)5000) < (rww_real)1e-30);
  CHECK(evaluate(phi, far) == far);
  CHECK(isfinite(evaluate(phi, -far)) && isfinite(evaluate(exp_of, far)));
}

static bool is_same(vec a, vec b) {
  rww_real numbers[2][W];
  v_store(numbers[0], a);
  v_store(numbers[1], b);
  return memcmp(numbers[0], numbers[1], sizeof numbers[0]) == 0;
}

static void a_known_range_changes_no_bit(void) {
  for (size_t i = 0; i < sizeof bernoulli2_values / sizeof *bernoulli2_values; i++) {
    vec y = v_set((rww_real)bernoulli2_values[i].x);
    rww_value_and_derivative of = rww_bernoulli2_differentiate(y, RWW_RANGE_ANY);
    for (rww_range range = RWW_RANGE_ANY; range < RWW_N_RANGES; range++) {
      rww_value_and_derivative known = rww_bernoulli2_differentiate(y, range);
      CHECK(is_same(rww_bernoulli2(y, range), rww_bernoulli2(y, RWW_RANGE_ANY)));
      CHECK(is_same(known.value, of.value) && is_same(known.derivative, of.derivative));
    }
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
  CHECK_ERRORS(bernoulli2_again, bernoulli2_values, 6);
  CHECK_ERRORS(ln, ln_values, 2);
  CHECK_ERRORS(erfinv, erfinv_values, 4);
  derivative_is_accurate();
  nan_stays_nan();
  nothing_overflows_beyond_the_ends();
  a_known_range_changes_no_bit();
  return check_report();
}
