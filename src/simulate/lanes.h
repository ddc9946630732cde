/** @file
 *  The fast integrators: many simulations side by side in the registers, one text for all instruction sets (kernels.c),
 *  the same bits from all of them. Default semantics only. */
#ifndef RWW_SIMULATE_LANES_H
#define RWW_SIMULATE_LANES_H

#include "simulate/backend.h"

extern const rww_backend rww_backend_generic;
#ifdef __x86_64__
extern const rww_backend rww_backend_avx2, rww_backend_avx512;
#endif
#ifdef __aarch64__
extern const rww_backend rww_backend_neon;
#endif

/** Whether these backends integrate as `semantics` asks. */
bool rww_lanes_can(const rww_semantics *semantics);

#endif
