/** @file
 *  Content hashes. Keys are the first 128 bits of SHA-256 (FIPS 180-4); rows carry CRC32C (RFC 3720, B.4). */
#ifndef RWW_BASE_HASH_H
#define RWW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define RWW_HASH_TEXT_SIZE 33 /* 32 hexadecimal digits and the final zero */

typedef struct rww_hash {
  uint32_t state[8];
  uint64_t n_bytes;
  unsigned char block[64];
} rww_hash;

void rww_hash_begin(rww_hash *hash);
void rww_hash_add(rww_hash *hash, const void *bytes, size_t n_bytes);
/** The bytes of the doubles in little-endian order, whatever the machine's. */
void rww_hash_add_doubles(rww_hash *hash, const double *values, size_t n);
void rww_hash_end(rww_hash *hash, char text[RWW_HASH_TEXT_SIZE]);

/** CRC32C of `bytes` that go on from `crc` (0 at the start). */
uint32_t rww_crc32c(uint32_t crc, const void *bytes, size_t n_bytes);

#endif
