/* Threefry-2x32-20 against the known answers of Random123 (tests/kat_vectors). */
#include "base/threefry.h"
#include "check.h"

int main(void) {
  CHECK(rww_threefry(0, 0) == 0x6b20015999ba4efeu);
  CHECK(rww_threefry(0xffffffffffffffffu, 0xffffffffffffffffu) == 0x1cb996fcbb002be7u);
  CHECK(rww_threefry(0x13198a2e03707344u, 0x243f6a8885a308d3u) == 0xc4923a9c483df7a0u);
  return check_report();
}
