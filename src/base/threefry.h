/** @file
 *  Threefry-2x32 with 20 rounds: a counter-based random generator. Any element of its stream is addressable without
 * state. Source: Salmon, Moraes, Dror, Shaw 2011, SC'11, "Parallel random numbers: as easy as 1, 2, 3". */
#ifndef RWW_BASE_THREEFRY_H
#define RWW_BASE_THREEFRY_H

#include <stdint.h>

#define RWW_THREEFRY_PARITY 0x1BD11BDAu

static inline uint32_t rww_threefry_rotate(uint32_t x, int bits) {
  return x << bits | x >> (32 - bits);
}

/** Encrypts the counter under the key, both as (first word << 32 | second word), and so the result. */
static inline uint64_t rww_threefry(uint64_t key, uint64_t counter) {
  static const int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  uint32_t words[3] = {(uint32_t)(key >> 32), (uint32_t)key, 0};
  words[2] = words[0] ^ words[1] ^ RWW_THREEFRY_PARITY;
  uint32_t x0 = (uint32_t)(counter >> 32) + words[0], x1 = (uint32_t)counter + words[1];
  for (uint32_t group = 0; group < 5; group++) {
    for (int round = 0; round < 4; round++) {
      x0 += x1;
      x1 = rww_threefry_rotate(x1, rotations[group % 2][round]) ^ x0;
    }
    x0 += words[(group + 1) % 3];
    x1 += words[(group + 2) % 3] + group + 1;
  }
  return (uint64_t)x0 << 32 | x1;
}

#endif
