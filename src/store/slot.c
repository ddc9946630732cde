#include "store/slot.h"

#include "base/hash.h"
#include <string.h>

static uint32_t checksum(const rww_slot *slot) {
  rww_slot copy = *slot;
  copy.slot_checksum = 0;
  return rww_crc32c(0, &copy, sizeof copy);
}

rww_row_task rww_slot_task(const rww_slot *slot) {
  if (slot->outcome == RWW_FAILED || slot->outcome == RWW_ELSEWHERE) return RWW_ROW_PASS_OVER;
  if (slot->outcome > RWW_STARTED) return RWW_ROW_TAKE;
  if (!slot->suspect) return RWW_ROW_COMPUTE;
  return slot->crashes > 0 ? RWW_ROW_COMPUTE_ALONE : RWW_ROW_COMPUTE_APART;
}

void rww_slot_seal(rww_slot *slot) {
  slot->slot_checksum = checksum(slot);
}

bool rww_slot_is_intact(const rww_slot *slot) {
  _Static_assert(sizeof(rww_slot) == 40, "a slot has no padding, which a checksum would see");
  static const rww_slot untouched;
  if (memcmp(slot, &untouched, sizeof untouched) == 0) return true;
  return slot->outcome < RWW_N_OUTCOMES && slot->slot_checksum == checksum(slot);
}

void rww_slot_survive_crash(rww_slot *slot) {
  if (slot->suspect) slot->crashes++;
  slot->suspect = 1;
  slot->outcome = slot->crashes < RWW_MAX_CRASHES ? RWW_PENDING : RWW_FAILED;
  if (slot->outcome == RWW_FAILED) slot->error = RWW_ERR_SYSTEM;
}
