/** @file
 *  Elementary functions with the same bits on every machine and at every vector width: fused multiply-adds where it
 *  says so, no table, no libm but fma and sqrt, which are exact. Of plain doubles, unless the file that includes this
 *  chose otherwise (base/simd.h). Error bounds hold over the whole range, found against a multiprecision reference. */
#ifndef RWW_BASE_ELEMENTARY_H
#define RWW_BASE_ELEMENTARY_H

#include "base/range.h"
#include "base/simd.h"

/* Left to itself gcc makes calls of them, between which no constant stays in a register. */
#define RWW_INLINE static inline __attribute__((always_inline))

/* Horner's scheme for the coefficients at, at + stride, ..., lowest power first, in x. */
RWW_INLINE vec rww_polynomial(const rww_real *coefficients, int n, int stride, vec x) {
  vec p = v_set(coefficients[(n - 1) * stride]);
  for (int i = n - 2; i >= 0; i--) p = v_fma(p, x, v_set(coefficients[i * stride]));
  return p;
}

#define RWW_POLYNOMIAL(coefficients, x) rww_polynomial(coefficients, sizeof coefficients / sizeof *coefficients, 1, x)

/* (2^f - 1) / f for |f| <= 1/2: minimax, relative error 2^-55.6 (float: 2^-26.4). */
RWW_INLINE vec rww_exp2m1_quotient(vec f) {
#ifdef RWW_REAL_IS_FLOAT
  enum { N_EVEN = 3, N_ODD = 3 };
  static const rww_real c[] = {0x1.62e430p-1f, 0x1.ebfbdep-3f,  0x1.c6af6ep-5f,
                               0x1.3b2ba0p-7f, 0x1.5f07b4p-10f, 0x1.4308fcp-13f};
#else
  enum { N_EVEN = 6, N_ODD = 5 };
  static const rww_real c[] = {0x1.62e42fefa39efp-1,  0x1.ebfbdff82c598p-3,  0x1.c6b08d704a08ep-5,
                               0x1.3b2ab6fba1e40p-7,  0x1.5d87fe78b211dp-10, 0x1.4309130958e73p-13,
                               0x1.ffcbfc1ea2ae3p-17, 0x1.62bfd4b4ad617p-20, 0x1.b525a094e4736p-24,
                               0x1.e605d28df4bedp-28, 0x1.e8cab5608076ep-32};
#endif
  vec square = v_mul(f, f);
  vec even = rww_polynomial(c, N_EVEN, 2, square), odd = rww_polynomial(c + 1, N_ODD, 2, square);
  return v_fma(odd, f, even);
}

/* 2^k for the whole number k that is nearest to y, and k itself; y within the exponents of normal numbers. */
RWW_INLINE vec rww_exp2_whole(vec y, vec *k) {
  vec shift =
      v_set((rww_real)(3ull << (RWW_REAL_MANTISSA - 1)) + RWW_REAL_BIAS); /* k + bias in the sum's lowest bits */
  vec shifted = v_add(y, shift);
  *k = v_sub(shifted, shift);
  return v_from_bits(v_bits_shift_left(v_to_bits(shifted), RWW_REAL_MANTISSA));
}

RWW_INLINE vec rww_bound(rww_real low, vec x, rww_real high) {
  return v_min(v_set(high), v_max(v_set(low), x));
}

/** Bernoulli's function to the base 2, y / (2^y - 1), on its way: its argument reduced, y = k + f, and 2^f as a
 * quotient of polynomials. */
typedef struct rww_bernoulli2_parts {
  vec y, f;
  vec scale;                      /* 2^k */
  vec square, g, q, a, numerator; /* see rww_bernoulli2_expand */
} rww_bernoulli2_parts;

RWW_INLINE rww_bernoulli2_parts rww_bernoulli2_reduce(vec y, rww_range range) {
  rww_bernoulli2_parts parts = {.y = y};
  vec k, bounded = y;
  if (range < RWW_RANGE_INSIDE) bounded = v_max(v_set(1 - RWW_REAL_BIAS), bounded);
  if (range < RWW_RANGE_BELOW) bounded = v_min(v_set(RWW_REAL_BIAS), bounded);
  parts.scale = rww_exp2_whole(bounded, &k);
  parts.f = v_sub(bounded, k);
  parts.square = v_mul(parts.f, parts.f);
  return parts;
}

/* 2^f = (a + g) / a with g = f p, a = q - g / 2, and p and q polynomials in f^2, minimax for |f| <= 1/2 with relative
 * error 2^-57 of g / q (float: 2^-29); so 2^y - 1 = ((2^k - 1) (a + g) + g) / a, where nothing cancels near 0, and one
 * division is all. Nudges that change no other number make it 1 / ln 2 at y = 0. */
RWW_INLINE void rww_bernoulli2_expand(rww_bernoulli2_parts *parts) {
#ifdef RWW_REAL_IS_FLOAT
  const rww_real nudge = 0x1p-100f, nudge_by_ln_2 = 0x1.715476p-100f;
  static const rww_real p[] = {1.0f, 0x1.060dee0p-7f}, q[] = {0x1.715476p+0f, 0x1.1bda22p-4f};
#else
  const rww_real nudge = 0x1p-960, nudge_by_ln_2 = 0x1.71547652b82fep-960;
  static const rww_real p[] = {1.0, 0x1.b5458b967addbp-7, 0x1.ffe21c925d073p-17};
  static const rww_real q[] = {0x1.71547652b82fep+0, 0x1.3b735059396f8p-4, 0x1.5a5340b1b12dfp-12};
#endif
  parts->g = v_fma(parts->f, RWW_POLYNOMIAL(p, parts->square), v_set(nudge));
  parts->q = RWW_POLYNOMIAL(q, parts->square);
  parts->a = v_fnma(v_set((rww_real)0.5), parts->g, parts->q);
  parts->numerator = v_fma(parts->y, parts->a, v_set(nudge_by_ln_2));
}

/* a (2^y - 1), where `sum` is a + g. */
RWW_INLINE vec rww_bernoulli2_divisor(const rww_bernoulli2_parts *parts, vec sum) {
  return v_fma(v_sub(parts->scale, v_set(1)), sum, parts->g);
}

/** y / (2^y - 1), 1 / ln 2 at y = 0. Within 4 ulp for y <= 1022 (float: 126); beyond, the exponential is that of the
 *  end, so that this does not matter. NaN gives NaN. */
RWW_INLINE vec rww_bernoulli2(vec y, rww_range range) {
  rww_bernoulli2_parts parts = rww_bernoulli2_reduce(y, range);
  rww_bernoulli2_expand(&parts);
  return v_div(parts.numerator, rww_bernoulli2_divisor(&parts, v_add(parts.a, parts.g)));
}

/** Bernoulli's function to the base 2 at y, within 6 ulp, and its derivative, with an error of at most 6 epsilon |y|
 * for y < -1, 6 epsilon of itself for y > 1 and 6 epsilon / |y| between them, but no more than 2^-39 (float: 2^-17),
 * where epsilon = 2^-52 (2^-23).
 *
 *  With E = 2^y - 1 and t = B ln 2, the derivative of B = y / E is (1 - t) / E - t. The first term cancels near 0,
 *  where the power series takes over; a form that cancels nowhere takes five more operations. */
typedef struct rww_value_and_derivative {
  vec value, derivative;
} rww_value_and_derivative;

RWW_INLINE rww_value_and_derivative rww_bernoulli2_differentiate(vec y, rww_range range) {
  const rww_real ln_2 = (rww_real)0x1.62e42fefa39efp-1;
#ifdef RWW_REAL_IS_FLOAT
  const rww_real near = 0x1p-4f;
#else
  const rww_real near = 0x1p-11;
#endif
  rww_bernoulli2_parts parts = rww_bernoulli2_reduce(y, range);
  rww_bernoulli2_expand(&parts);
  vec sum = v_fma(v_set((rww_real)0.5), parts.g, parts.q); /* sooner there than a + g */
  vec inverse = v_div(v_set(1), rww_bernoulli2_divisor(&parts, sum)), value = v_mul(parts.numerator, inverse);
  vec minus_t = v_mul(v_set(-ln_2), value);
  vec derivative = v_fma(v_add(v_set(1), minus_t), v_mul(parts.a, inverse), minus_t);
  vec series = v_fma(y, v_set(ln_2 / 6), v_set(-(rww_real)0.5));
  return (rww_value_and_derivative){value, v_select(v_less(v_mul(y, y), v_set(near * near)), series, derivative)};
}

/* x log2(e) as a whole number k, of which *scale = 2^k, and the fraction that is returned; its error does not grow with
 * |x|. x within the exponents of normal numbers. */
RWW_INLINE vec rww_exp_split(vec x, vec *scale) {
#ifdef RWW_REAL_IS_FLOAT
  const rww_real log2_e = 0x1.715476p+0f, log2_e_rest = 0x1.4ae0c0p-26f;
#else
  const rww_real log2_e = 0x1.71547652b82fep+0, log2_e_rest = 0x1.777d0ffda0d24p-56;
#endif
  vec k, y = v_mul(x, v_set(log2_e));
  vec rest = v_fma(x, v_set(log2_e_rest), v_fma(x, v_set(log2_e), v_sub(v_set(0), y)));
  *scale = rww_exp2_whole(y, &k);
  return v_add(v_sub(y, k), rest);
}

#ifdef RWW_REAL_IS_FLOAT
#define RWW_EXP_LOW -87
#define RWW_EXP_HIGH 88
#else
#define RWW_EXP_LOW -708
#define RWW_EXP_HIGH 709
#endif

/** exp(x), within 1.5 ulp for RWW_EXP_LOW <= x <= RWW_EXP_HIGH; beyond, that of the nearer end. */
RWW_INLINE vec rww_exp(vec x) {
  vec scale, f = rww_exp_split(rww_bound(RWW_EXP_LOW, x, RWW_EXP_HIGH), &scale);
  return v_fma(v_mul(scale, f), rww_exp2m1_quotient(f), scale);
}

/** v / (1 - exp(-v)), 1 at v = 0, near which nothing cancels. Within 4 ulp for v >= -RWW_EXP_HIGH; below, the
 *  exponential is that of the end, so that the result is smaller than any that matters. NaN gives NaN. */
RWW_INLINE vec rww_phi(vec v) {
  vec zero = v_set(0), x = rww_bound(RWW_EXP_LOW, v_sub(zero, v), RWW_EXP_HIGH);
  vec scale, f = rww_exp_split(x, &scale);
  vec one_minus_exp = v_fnma(v_mul(scale, f), rww_exp2m1_quotient(f), v_sub(v_set(1), scale));
  return v_select(v_equal(v, zero), v_set(1), v_div(v, one_minus_exp));
}

/* An integer below 2^RWW_REAL_MANTISSA as a number. */
RWW_INLINE vec rww_from_integer(vec_bits integer) {
  const rww_real power = (rww_real)(1ull << RWW_REAL_MANTISSA); /* its lowest bits are the integer's place */
  return v_sub(v_from_bits(v_bits_or(integer, v_to_bits(v_set(power)))), v_set(power));
}

/** Natural logarithm of a normal x > 0, within 2 ulp. */
RWW_INLINE vec rww_ln(vec x) {
#ifdef RWW_REAL_IS_FLOAT
  const rww_real_bits sqrt_half = 0x3f3504f3;
  const rww_real ln_2 = 0x1.62e430p-1f, ln_2_rest = -0x1.05c610p-29f;
  static const rww_real series[] = {2.0f / 3, 2.0f / 5, 2.0f / 7, 2.0f / 9};
#else
  const rww_real_bits sqrt_half = 0x3fe6a09e667f3bcd;
  const rww_real ln_2 = 0x1.62e42fefa39efp-1, ln_2_rest = 0x1.abc9e3b39803fp-56;
  static const rww_real series[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                    2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
#endif
  const rww_real_bits one = (rww_real_bits)RWW_REAL_BIAS << RWW_REAL_MANTISSA;
  const rww_real_bits implicit = (rww_real_bits)1 << RWW_REAL_MANTISSA;
  /* x = 2^k m, m in [sqrt(1/2), sqrt(2)) */
  vec_bits bits = v_bits_add(v_to_bits(x), v_bits_set(one - sqrt_half));
  vec m = v_from_bits(v_bits_add(v_bits_and(bits, v_bits_set(implicit - 1)), v_bits_set(sqrt_half)));
  vec k = rww_from_integer(v_bits_shift_right(bits, RWW_REAL_MANTISSA));
  k = v_sub(k, v_set(RWW_REAL_BIAS));
  /* ln m = 2 atanh(s) = 2 s + s z (2/3 + 2/5 z + ...), z = s^2 */
  vec f = v_sub(m, v_set(1)), s = v_div(f, v_add(m, v_set(1))), z = v_mul(s, s);
  vec p = RWW_POLYNOMIAL(series, z);
  vec rest = v_fma(k, v_set(ln_2_rest), v_mul(s, v_mul(z, p)));
  return v_fma(k, v_set(ln_2), v_add(v_add(s, s), rest));
}

/** Inverse of the error function for |x| < 1, within 4 ulp.
 *  Source: Giles 2012, GPU Computing Gems Jade Edition, ch. 10: polynomials in w = -ln(1 - x^2), or in its root. */
RWW_INLINE vec rww_erfinv(vec x) {
#ifdef RWW_REAL_IS_FLOAT
  static const rww_real center[] = {1.50140941f,      0.246640727f,    -0.00417768164f, -0.00125372503f, 0.00021858087f,
                                    -4.39150654e-06f, -3.5233877e-06f, 3.43273939e-07f, 2.81022636e-08f};
  static const rww_real tail[] = {2.83297682f,     1.00167406f,    0.00943887047f,  -0.0076224613f,  0.00573950773f,
                                  -0.00367342844f, 0.00134934322f, 0.000100950558f, -0.000200214257f};
  const rww_real end_of_center = 5;
#else
  static const rww_real center[] = {
      1.6536545626831027356,      0.24015818242558961693,     -0.0060336708714301490533,  -0.00074070253416626697512,
      0.0001867342080340571352,   -1.3882523362786468719e-05, -1.3654692000834678645e-06, 4.2347877827932403518e-07,
      -2.9070369957882005086e-08, -4.1126339803469836976e-09, 1.051212273321532285e-09,   -5.4154120542946279317e-11,
      -1.2975133253453532498e-11, 2.6335093153082322977e-12,  -8.1519341976054721522e-14, -4.0545662729752068639e-14,
      6.6376381343583238325e-15,  2.0972767875968561637e-17,  -1.333171662854620906e-16,  1.115787767802518096e-17,
      1.2858480715256400167e-18,  -1.685059138182016589e-19,  -3.6444120640178196996e-21};
  static const rww_real middle[] = {
      3.0838856104922207635,      1.0052589676941592334,     0.005370914553590063617,    -0.0037512085075692412107,
      0.0024914420961078508066,   -0.0016882755560235047313, 0.00095328937973738049703,  -0.0003550375203628474796,
      2.4031110387097893999e-05,  6.8284851459573175448e-05, -4.7318229009055733981e-05, 1.2475304481671778723e-05,
      2.9234449089955446044e-06,  -4.013867526981545969e-06, 1.5027403968909827627e-06,  1.8239629214389227755e-08,
      -2.7517406297064545428e-07, 9.0756561938885390979e-08, 2.2137376921775787049e-09};
  static const rww_real tail[] = {4.8499064014085844221,      1.0103004648645343977,      -0.00013871931833623122026,
                                  -0.00021503011930044477347, 7.5995277030017761139e-05,  -1.9681778105531670567e-05,
                                  4.5260625972231537039e-06,  -9.9298272942317002539e-07, 2.2900482228026654717e-07,
                                  -6.7711997758452339498e-08, 2.9147953450901080826e-08,  -1.4960026627149240478e-08,
                                  7.6157012080783393804e-09,  -3.7894654401267369937e-09, 1.5076572693500548083e-09,
                                  -2.5556418169965252055e-10, -2.7109920616438573243e-11};
  const rww_real end_of_center = 6.25;
#endif
  vec w = v_sub(v_set(0), rww_ln(v_mul(v_sub(v_set(1), x), v_add(v_set(1), x))));
  vec p = RWW_POLYNOMIAL(center, v_sub(w, v_set(end_of_center / 2)));
  vec_mask is_center = v_less(w, v_set(end_of_center));
  if (!v_all(is_center)) {
    vec root = v_sqrt(w);
#ifdef RWW_REAL_IS_FLOAT
    vec outer = RWW_POLYNOMIAL(tail, v_sub(root, v_set(3)));
#else
    vec outer = v_select(v_less(w, v_set(16)), RWW_POLYNOMIAL(middle, v_sub(root, v_set(3.25))),
                         RWW_POLYNOMIAL(tail, v_sub(root, v_set(5))));
#endif
    p = v_select(is_center, p, outer);
  }
  return v_mul(p, x);
}

#endif
