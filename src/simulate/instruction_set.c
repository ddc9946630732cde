#include "simulate/kernels.h"

#define DEFINE_INSTRUCTION_SET(name, supported)                                                                        \
  extern const rww_kernels rww_kernels_##name##_float64, rww_kernels_##name##_float32;                                 \
  extern const rww_kernels rww_narrow_kernels_##name##_float64, rww_narrow_kernels_##name##_float32;                   \
  const rww_instruction_set rww_instruction_set_##name = {                                                             \
      #name,                                                                                                           \
      supported,                                                                                                       \
      {[RWW_FLOAT64] = &rww_kernels_##name##_float64, [RWW_FLOAT32] = &rww_kernels_##name##_float32},                  \
      {[RWW_FLOAT64] = &rww_narrow_kernels_##name##_float64, [RWW_FLOAT32] = &rww_narrow_kernels_##name##_float32}};

static bool always(void) {
  return true;
}

DEFINE_INSTRUCTION_SET(generic, always)

#ifdef __x86_64__
static bool has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

DEFINE_INSTRUCTION_SET(avx2, has_avx2)
DEFINE_INSTRUCTION_SET(avx512, has_avx512)
#endif

#ifdef __aarch64__
DEFINE_INSTRUCTION_SET(neon, always)
#endif

/* The best first. */
static const rww_instruction_set *const sets[] = {
#ifdef __x86_64__
    &rww_instruction_set_avx512, &rww_instruction_set_avx2,
#endif
#ifdef __aarch64__
    &rww_instruction_set_neon,
#endif
    &rww_instruction_set_generic};

const rww_instruction_set *rww_instruction_set_best(void) {
  size_t i = 0;
  while (!sets[i]->is_supported()) i++; /* the last one always is */
  return sets[i];
}
