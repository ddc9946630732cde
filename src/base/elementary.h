/** @file
 *  Elementary functions with the same bits on every machine: explicit fused multiply-adds, no table, no libm but fma,
 *  floor and sqrt, which are exact. Written without branches, so that compilers vectorise loops over them.
 *  Error bounds are over the whole range, found against a multiprecision reference (tests). */
#ifndef RWW_BASE_ELEMENTARY_H
#define RWW_BASE_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double rww_from_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint64_t rww_to_bits(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/** 2^k for a whole number k from -1022 to 1023, given as a double. */
static inline double rww_exp2_whole(double k) {
  const double shift = 6755399441055744.0; /* 1.5 * 2^52: its low bits take k as an integer */
  return rww_from_bits((rww_to_bits(k + shift) + 1023) << 52);
}

/* x = k ln 2 + r, |r| <= ln 2 / 2; the constant for ln 2 in two parts keeps r accurate for large |x|. */
static inline double rww_reduce_ln2(double x, double *k) {
  const double shift = 6755399441055744.0;
  *k = fma(x, 0x1.71547652b82fep+0, shift) - shift;
  double r = fma(*k, -0x1.62e42fefa39efp-1, x);
  return fma(*k, -0x1.abc9e3b39803fp-56, r);
}

/* exp(r) - 1 for |r| <= ln 2 / 2: r + r^2 p(r), Taylor's series to r^13, below 2^-56 there. */
static inline double rww_expm1_reduced(double r) {
  double p = 1.0 / 6227020800.0;
  p = fma(p, r, 1.0 / 479001600.0);
  p = fma(p, r, 1.0 / 39916800.0);
  p = fma(p, r, 1.0 / 3628800.0);
  p = fma(p, r, 1.0 / 362880.0);
  p = fma(p, r, 1.0 / 40320.0);
  p = fma(p, r, 1.0 / 5040.0);
  p = fma(p, r, 1.0 / 720.0);
  p = fma(p, r, 1.0 / 120.0);
  p = fma(p, r, 1.0 / 24.0);
  p = fma(p, r, 1.0 / 6.0);
  p = fma(p, r, 0.5);
  return fma(r * r, p, r);
}

/** exp(x), within 1 ulp for -708 <= x <= 709; beyond, that of the nearer end. */
static inline double rww_exp(double x) {
  double k, bounded = x < -708.0 ? -708.0 : x > 709.0 ? 709.0 : x;
  double r = rww_reduce_ln2(bounded, &k), scale = rww_exp2_whole(k);
  return fma(scale, rww_expm1_reduced(r), scale);
}

/** v / (1 - exp(-v)), 1 at v = 0: nothing cancels near there. Within 3 ulp; for v below -708 that of an exponential cut
 *  off there, which is below 1e-304. NaN gives NaN. */
static inline double rww_phi(double v) {
  double k, x = v < -709.0 ? 709.0 : v > 708.0 ? -708.0 : -v;
  double r = rww_reduce_ln2(x, &k), scale = rww_exp2_whole(k);
  double expm1 = fma(scale, rww_expm1_reduced(r), scale - 1.0);
  return v == 0.0 ? 1.0 : v / -expm1;
}

/** Natural logarithm of a normal x > 0, within 2 ulp. */
static inline double rww_log(double x) {
  uint64_t bits = rww_to_bits(x);
  uint64_t offset = bits - 0x3fe6a09e667f3bcdu; /* sqrt(1/2): the mantissa lands in [sqrt(1/2), sqrt(2)) */
  int64_t exponent = (int64_t)offset >> 52;
  double k = (double)exponent, m = rww_from_bits(bits - ((uint64_t)exponent << 52));
  double f = m - 1.0, s = f / (2.0 + f), z = s * s;
  double p = 2.0 / 21.0; /* log m = 2 atanh s = 2 s + s z (2/3 + 2/5 z + ...) */
  for (int n = 19; n >= 3; n -= 2) p = fma(p, z, 2.0 / n);
  double correction = fma(k, 0x1.abc9e3b39803fp-56, s * (z * p));
  return k * 0x1.62e42fefa39efp-1 + (2.0 * s + correction);
}

/* Horner's scheme, highest power first. */
static inline double rww_polynomial(const double *coefficients, int n, double x) {
  double p = coefficients[0];
  for (int i = 1; i < n; i++) p = fma(p, x, coefficients[i]);
  return p;
}

/** Inverse of the error function for |x| < 1, within 4 ulp.
 *  Source: Giles 2012, GPU Computing Gems Jade Edition, ch. 10 (double precision). */
static inline double rww_erfinv(double x) {
  static const double near_0[] = {
      -3.6444120640178196996e-21, -1.685059138182016589e-19,  1.2858480715256400167e-18,  1.115787767802518096e-17,
      -1.333171662854620906e-16,  2.0972767875968561637e-17,  6.6376381343583238325e-15,  -4.0545662729752068639e-14,
      -8.1519341976054721522e-14, 2.6335093153082322977e-12,  -1.2975133253453532498e-11, -5.4154120542946279317e-11,
      1.051212273321532285e-09,   -4.1126339803469836976e-09, -2.9070369957882005086e-08, 4.2347877827932403518e-07,
      -1.3654692000834678645e-06, -1.3882523362786468719e-05, 0.0001867342080340571352,   -0.00074070253416626697512,
      -0.0060336708714301490533,  0.24015818242558961693,     1.6536545626831027356};
  static const double middle[] = {
      2.2137376921775787049e-09,  9.0756561938885390979e-08, -2.7517406297064545428e-07, 1.8239629214389227755e-08,
      1.5027403968909827627e-06,  -4.013867526981545969e-06, 2.9234449089955446044e-06,  1.2475304481671778723e-05,
      -4.7318229009055733981e-05, 6.8284851459573175448e-05, 2.4031110387097893999e-05,  -0.0003550375203628474796,
      0.00095328937973738049703,  -0.0016882755560235047313, 0.0024914420961078508066,   -0.0037512085075692412107,
      0.005370914553590063617,    1.0052589676941592334,     3.0838856104922207635};
  static const double near_1[] = {-2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
                                  -3.7894654401267369937e-09, 7.6157012080783393804e-09,  -1.4960026627149240478e-08,
                                  2.9147953450901080826e-08,  -6.7711997758452339498e-08, 2.2900482228026654717e-07,
                                  -9.9298272942317002539e-07, 4.5260625972231537039e-06,  -1.9681778105531670567e-05,
                                  7.5995277030017761139e-05,  -0.00021503011930044477347, -0.00013871931833623122026,
                                  1.0103004648645343977,      4.8499064014085844221};
  double w = -rww_log((1.0 - x) * (1.0 + x));
  if (w < 6.25) return rww_polynomial(near_0, 23, w - 3.125) * x;
  if (w < 16.0) return rww_polynomial(middle, 19, sqrt(w) - 3.25) * x;
  return rww_polynomial(near_1, 17, sqrt(w) - 5.0) * x;
}

/** The same in float32 for |x| < 1, within 4 ulp; the logarithm is taken in float64 and rounded. */
static inline float rww_erfinv_float(float x) {
  static const float near_0[] = {2.81022636e-08f, 3.43273939e-07f, -3.5233877e-06f, -4.39150654e-06f, 0.00021858087f,
                                 -0.00125372503f, -0.00417768164f, 0.246640727f,    1.50140941f};
  static const float near_1[] = {-0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f, 0.00573950773f,
                                 -0.0076224613f,   0.00943887047f,  1.00167406f,    2.83297682f};
  float w = (float)-rww_log((1.0 - (double)x) * (1.0 + (double)x));
  const float *coefficients = w < 5.0f ? near_0 : near_1;
  float t = w < 5.0f ? w - 2.5f : sqrtf(w) - 3.0f, p = coefficients[0];
  for (int i = 1; i < 9; i++) p = fmaf(p, t, coefficients[i]);
  return p * x;
}

#endif
