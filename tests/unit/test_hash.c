/* SHA-256 and CRC32C against the vectors of their standards. */
#include "base/hash.h"
#include "check.h"

static void sha256_of_abc_is_that_of_fips_180_4(void) {
  rww_hash hash;
  char text[RWW_HASH_TEXT_SIZE];
  rww_hash_begin(&hash);
  rww_hash_add(&hash, "abc", 3);
  rww_hash_end(&hash, text);
  CHECK(strcmp(text, "ba7816bf8f01cfea414140de5dae2223") == 0);
}

static void sha256_of_two_blocks_is_that_of_fips_180_4(void) {
  rww_hash hash;
  char text[RWW_HASH_TEXT_SIZE];
  const char *message = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  rww_hash_begin(&hash);
  rww_hash_add(&hash, message, 10);
  rww_hash_add(&hash, message + 10, strlen(message) - 10);
  rww_hash_end(&hash, text);
  CHECK(strcmp(text, "248d6a61d20638b8e5c026930c3e6039") == 0);
}

static void doubles_enter_in_little_endian_order(void) {
  rww_hash of_double, of_bytes;
  char a[RWW_HASH_TEXT_SIZE], b[RWW_HASH_TEXT_SIZE];
  const double one = 1.0;
  rww_hash_begin(&of_double);
  rww_hash_add_doubles(&of_double, &one, 1);
  rww_hash_end(&of_double, a);
  rww_hash_begin(&of_bytes);
  rww_hash_add(&of_bytes, "\0\0\0\0\0\0\xf0\x3f", 8);
  rww_hash_end(&of_bytes, b);
  CHECK(strcmp(a, b) == 0);
}

static void crc32c_is_that_of_rfc_3720(void) {
  unsigned char bytes[32] = {0};
  CHECK(rww_crc32c(0, bytes, 32) == 0x8a9136aaU);
  memset(bytes, 0xff, sizeof bytes);
  CHECK(rww_crc32c(0, bytes, 32) == 0x62a8ab43U);
  for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
  CHECK(rww_crc32c(0, bytes, 32) == 0x46dd794eU);
  CHECK(rww_crc32c(rww_crc32c(0, bytes, 7), bytes + 7, 25) == 0x46dd794eU);
}

int main(void) {
  sha256_of_abc_is_that_of_fips_180_4();
  sha256_of_two_blocks_is_that_of_fips_180_4();
  doubles_enter_in_little_endian_order();
  crc32c_is_that_of_rfc_3720();
  return check_report();
}
