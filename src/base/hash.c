#include "base/hash.h"

#include <stdio.h>
#include <string.h>

static const uint32_t initial_state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate_right(uint32_t x, unsigned n) {
  return x >> n | x << (32 - n);
}

static uint32_t load_big_endian(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void expand(const unsigned char block[64], uint32_t w[64]) {
  for (int t = 0; t < 16; t++) w[t] = load_big_endian(block + 4 * t);
  for (int t = 16; t < 64; t++) {
    uint32_t s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
}

/* FIPS 180-4, 6.2.2; v[0..7] are the standard's a..h. */
static void compress(uint32_t state[8], const unsigned char block[64]) {
  uint32_t w[64], v[8];
  expand(block, w);
  memcpy(v, state, sizeof v);
  for (int t = 0; t < 64; t++) {
    uint32_t s1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
    uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[t] + w[t];
    uint32_t s0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
    uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

void rww_hash_begin(rww_hash *hash) {
  *hash = (rww_hash){0};
  memcpy(hash->state, initial_state, sizeof hash->state);
}

void rww_hash_add(rww_hash *hash, const void *bytes, size_t n_bytes) {
  const unsigned char *from = bytes;
  for (size_t i = 0; i < n_bytes; i++) {
    hash->block[hash->n_bytes++ % 64] = from[i];
    if (hash->n_bytes % 64 == 0) compress(hash->state, hash->block);
  }
}

void rww_hash_add_doubles(rww_hash *hash, const double *values, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint64_t bits;
    unsigned char bytes[8];
    memcpy(&bits, &values[i], sizeof bits);
    for (int k = 0; k < 8; k++) bytes[k] = (unsigned char)(bits >> 8 * k);
    rww_hash_add(hash, bytes, sizeof bytes);
  }
}

void rww_hash_end(rww_hash *hash, char text[RWW_HASH_TEXT_SIZE]) {
  uint64_t n_bits = hash->n_bytes * 8;
  unsigned char length[8];
  for (int k = 0; k < 8; k++) length[k] = (unsigned char)(n_bits >> (56 - 8 * k));
  rww_hash_add(hash, "\x80", 1);
  while (hash->n_bytes % 64 != 56) rww_hash_add(hash, "", 1);
  rww_hash_add(hash, length, sizeof length);
  for (size_t i = 0; i < 4; i++) snprintf(text + 8 * i, 9, "%08x", (unsigned)hash->state[i]);
}

/* Bitwise reflected CRC of polynomial 0x1EDC6F41, a byte at a time through a table filled on first use. */
static uint32_t crc_table[256];

static void fill_crc_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
    crc_table[byte] = crc;
  }
}

uint32_t rww_crc32c(uint32_t crc, const void *bytes, size_t n_bytes) {
  const unsigned char *from = bytes;
  if (crc_table[1] == 0) fill_crc_table();
  crc = ~crc;
  for (size_t i = 0; i < n_bytes; i++) crc = crc >> 8 ^ crc_table[(crc ^ from[i]) & 0xff];
  return ~crc;
}
