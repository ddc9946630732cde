/** @file
 *  Vectors as wide as the instruction set allows, so that one text serves all of them.
 *  A file chooses by macros, defined before any include: RWW_SIMD_AVX512, RWW_SIMD_AVX2 or RWW_SIMD_NEON, without which
 *  a vector is a plain number; and RWW_REAL_IS_FLOAT, without which numbers are double. Each element has the same bits
 *  whatever the choice: fused multiply-adds are explicit, and min and max treat NaN and signed zeros alike everywhere.
 */
#ifndef RWW_BASE_SIMD_H
#define RWW_BASE_SIMD_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef RWW_REAL_IS_FLOAT
typedef float rww_real;
typedef uint32_t rww_real_bits;
#define RWW_REAL_MANTISSA 23 /* bits stored */
#define RWW_REAL_BIAS 127    /* of the exponent */
#else
typedef double rww_real;
typedef uint64_t rww_real_bits;
#define RWW_REAL_MANTISSA 52
#define RWW_REAL_BIAS 1023
#endif

/* A vec holds numbers, a vec_bits unsigned integers of their size, a vec_mask a truth value for each.
 *   v_fma(a, b, c)       a * b + c, rounded once; v_fnma is c - a * b
 *   v_min(a, b)          a < b ? a : b, so b where one is NaN; v_max is a > b ? a : b
 *   v_select(m, a, b)    a where m, else b
 *   v_bits_shift_*       by a constant number of bits, zeros moving in
 * The rest says itself. */

#if defined(RWW_SIMD_AVX512) || defined(RWW_SIMD_AVX2)
#include <immintrin.h>

#define V_PASTE_(prefix, operation, suffix) prefix##_##operation##_##suffix
#define V_NAME_(prefix, operation, suffix) V_PASTE_(prefix, operation, suffix)
#define V_REAL_(operation) V_NAME_(V_PREFIX_, operation, V_SUFFIX_)
#define V_BITS_(operation) V_NAME_(V_PREFIX_, operation, V_BITS_SUFFIX_)
#define V_WHOLE_(operation) V_NAME_(V_PREFIX_, operation, V_WHOLE_SUFFIX_)

#ifdef RWW_REAL_IS_FLOAT
#define V_SUFFIX_ ps
#define V_BITS_SUFFIX_ epi32
#else
#define V_SUFFIX_ pd
#define V_BITS_SUFFIX_ epi64
#endif

#ifdef RWW_SIMD_AVX512
#define RWW_SIMD_BYTES 64
#define V_PREFIX_ _mm512
#define V_WHOLE_SUFFIX_ si512
typedef __m512i vec_bits;
#ifdef RWW_REAL_IS_FLOAT
typedef __m512 vec;
typedef __mmask16 vec_mask;
#define v_less(a, b) _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ)
#define v_equal(a, b) _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ)
#define v_select(m, a, b) _mm512_mask_blend_ps(m, b, a)
#define v_bits_set(x) _mm512_set1_epi32((int)(x))
#else
typedef __m512d vec;
typedef __mmask8 vec_mask;
#define v_less(a, b) _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
#define v_equal(a, b) _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ)
#define v_select(m, a, b) _mm512_mask_blend_pd(m, b, a)
#define v_bits_set(x) _mm512_set1_epi64((long long)(x))
#endif
#define v_all(m) ((m) == (vec_mask)~0)

#else
#define RWW_SIMD_BYTES 32
#define V_PREFIX_ _mm256
#define V_WHOLE_SUFFIX_ si256
typedef __m256i vec_bits;
#ifdef RWW_REAL_IS_FLOAT
typedef __m256 vec, vec_mask;
#define v_bits_set(x) _mm256_set1_epi32((int)(x))
#else
typedef __m256d vec, vec_mask;
#define v_bits_set(x) _mm256_set1_epi64x((long long)(x))
#endif
#define v_less(a, b) V_REAL_(cmp)(a, b, _CMP_LT_OQ)
#define v_equal(a, b) V_REAL_(cmp)(a, b, _CMP_EQ_OQ)
#define v_select(m, a, b) V_REAL_(blendv)(b, a, m)
#define v_all(m) (V_REAL_(movemask)(m) == (1 << RWW_SIMD_WIDTH) - 1)
#endif

#define v_set V_REAL_(set1)
#define v_load V_REAL_(loadu)
#define v_store V_REAL_(storeu)
#define v_add V_REAL_(add)
#define v_sub V_REAL_(sub)
#define v_mul V_REAL_(mul)
#define v_div V_REAL_(div)
#define v_fma V_REAL_(fmadd)
#define v_fnma V_REAL_(fnmadd)
#define v_sqrt V_REAL_(sqrt)
#define v_min V_REAL_(min)
#define v_max V_REAL_(max)
#define v_to_bits V_NAME_(V_PREFIX_, V_PASTE_CAST_(V_SUFFIX_), V_WHOLE_SUFFIX_)
#define v_from_bits V_NAME_(V_PREFIX_, V_PASTE_CAST_(V_WHOLE_SUFFIX_), V_SUFFIX_)
#define V_PASTE_CAST_(suffix) V_CAST_(suffix)
#define V_CAST_(suffix) cast##suffix
#define v_bits_load(from) V_WHOLE_(loadu)((const void *)(from))
#define v_bits_add V_BITS_(add)
#define v_bits_and V_WHOLE_(and)
#define v_bits_or V_WHOLE_(or)
#define v_bits_shift_left V_BITS_(slli)
#define v_bits_shift_right V_BITS_(srli)

#elif defined(RWW_SIMD_NEON)
#include <arm_neon.h>

#define RWW_SIMD_BYTES 16
#define V_PASTE_(operation, suffix) v##operation##q_##suffix
#define V_NAME_(operation, suffix) V_PASTE_(operation, suffix)
#define V_REAL_(operation) V_NAME_(operation, V_SUFFIX_)
#define V_BITS_(operation) V_NAME_(operation, V_BITS_SUFFIX_)
#define V_PASTE_N_(operation, suffix) v##operation##q_n_##suffix
#define V_NAME_N_(operation, suffix) V_PASTE_N_(operation, suffix)
#ifdef RWW_REAL_IS_FLOAT
#define V_SUFFIX_ f32
#define V_BITS_SUFFIX_ u32
typedef float32x4_t vec;
typedef uint32x4_t vec_mask, vec_bits;
#define v_to_bits vreinterpretq_u32_f32
#define v_from_bits vreinterpretq_f32_u32
#define v_all(m) (vminvq_u32(m) != 0)
#else
#define V_SUFFIX_ f64
#define V_BITS_SUFFIX_ u64
typedef float64x2_t vec;
typedef uint64x2_t vec_mask, vec_bits;
#define v_to_bits vreinterpretq_u64_f64
#define v_from_bits vreinterpretq_f64_u64
#define v_all(m) (vminvq_u32(vreinterpretq_u32_u64(m)) != 0)
#endif

#define v_set V_NAME_N_(dup, V_SUFFIX_)
#define v_load V_REAL_(ld1)
#define v_store V_REAL_(st1)
#define v_add V_REAL_(add)
#define v_sub V_REAL_(sub)
#define v_mul V_REAL_(mul)
#define v_div V_REAL_(div)
#define v_fma(a, b, c) V_REAL_(fma)(c, a, b)
#define v_fnma(a, b, c) V_REAL_(fms)(c, a, b)
#define v_sqrt V_REAL_(sqrt)
#define v_less V_REAL_(clt)
#define v_equal V_REAL_(ceq)
#define v_select V_REAL_(bsl)
static inline vec v_min(vec a, vec b) {
  return v_select(v_less(a, b), a, b);
}
static inline vec v_max(vec a, vec b) {
  return v_select(v_less(b, a), a, b);
}
#define v_bits_set V_NAME_N_(dup, V_BITS_SUFFIX_)
#define v_bits_load V_BITS_(ld1)
#define v_bits_add V_BITS_(add)
#define v_bits_and V_BITS_(and)
#define v_bits_or V_BITS_(orr)
#define v_bits_shift_left V_NAME_N_(shl, V_BITS_SUFFIX_)
#define v_bits_shift_right V_NAME_N_(shr, V_BITS_SUFFIX_)

#else
#define RWW_SIMD_BYTES sizeof(rww_real)
typedef rww_real vec;
typedef bool vec_mask;
typedef rww_real_bits vec_bits;

#ifdef RWW_REAL_IS_FLOAT
#define v_fma(a, b, c) fmaf(a, b, c)
#define v_sqrt(x) sqrtf(x)
#else
#define v_fma(a, b, c) fma(a, b, c)
#define v_sqrt(x) sqrt(x)
#endif
#define v_set(x) ((vec)(x))
#define v_load(from) (*(from))
#define v_store(to, x) (*(to) = (x))
#define v_add(a, b) ((a) + (b))
#define v_sub(a, b) ((a) - (b))
#define v_mul(a, b) ((a) * (b))
#define v_div(a, b) ((a) / (b))
#define v_fnma(a, b, c) v_fma(-(a), b, c)
#define v_less(a, b) ((a) < (b))
#define v_equal(a, b) ((a) == (b))
#define v_select(m, a, b) ((m) ? (a) : (b))
#define v_all(m) (m)
static inline vec v_min(vec a, vec b) {
  return a < b ? a : b;
}
static inline vec v_max(vec a, vec b) {
  return a > b ? a : b;
}
static inline vec_bits v_to_bits(vec x) {
  vec_bits bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
static inline vec v_from_bits(vec_bits bits) {
  vec x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
#define v_bits_set(x) ((vec_bits)(x))
#define v_bits_load(from) (*(from))
#define v_bits_add(a, b) ((a) + (b))
#define v_bits_and(a, b) ((a) & (b))
#define v_bits_or(a, b) ((a) | (b))
#define v_bits_shift_left(x, n) ((x) << (n))
#define v_bits_shift_right(x, n) ((x) >> (n))
#endif

/** A hint that the cache line at `from` will be read soon. */
#define v_fetch(from) __builtin_prefetch(from, 0, 2)

/** Numbers of a vector. */
#define RWW_SIMD_WIDTH (RWW_SIMD_BYTES / sizeof(rww_real))

#endif
