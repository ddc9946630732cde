#include "store/resume.h"

#include "base/memory.h"
#include "store/disk.h"
#include <stdlib.h>
#include <string.h>

/* A row whose bytes are lost keeps its history. */
static rww_status examine_finished(const rww_rows *rows, uint64_t row, rww_slot *slot, rww_findings *findings) {
  uint32_t checksum;
  RWW_TRY(rww_rows_checksum(rows, row, &checksum));
  if (checksum == slot->row_checksum) return RWW_OK;
  slot->outcome = RWW_PENDING;
  findings->n_damaged++;
  return RWW_OK;
}

/* A summary is never given up: nothing could build on a file without it, and what it tells is cheap. */
static bool is_summary(const rww_rows *rows, uint64_t row) {
  return rows->layout->has_summary && row == rows->layout->n_rows - 1;
}

static rww_status examine(const rww_rows *rows, uint64_t row, rww_slot *slot, rww_findings *findings) {
  if (!rww_slot_is_intact(slot)) {
    *slot = (rww_slot){0};
    findings->n_damaged++;
  }
  if (slot->outcome == RWW_STARTED) {
    rww_slot_survive_crash(slot);
    findings->n_crashed++;
    findings->n_failed += slot->outcome == RWW_FAILED && !is_summary(rows, row);
  }
  if (slot->outcome == RWW_FAILED && is_summary(rows, row)) slot->outcome = RWW_PENDING;
  if (rww_slot_task(slot) == RWW_ROW_TAKE) RWW_TRY(examine_finished(rows, row, slot, findings));
  findings->n_pending += slot->outcome == RWW_PENDING;
  return RWW_OK;
}

rww_status rww_resume_examine(const rww_rows *rows, rww_slot *slots, rww_findings *findings) {
  *findings = (rww_findings){0};
  RWW_TRY(rww_rows_read_slots(rows, 0, rows->layout->n_rows, slots));
  for (uint64_t row = 0; row < rows->layout->n_rows; row++) RWW_TRY(examine(rows, row, &slots[row], findings));
  return RWW_OK;
}

static rww_status compare_status(const rww_rows *rows, const uint8_t *derived, uint8_t *stored, bool *agrees) {
  const rww_extent *status = &rows->layout->status;
  RWW_TRY(rww_disk_read(rows->descriptor, rows->path, stored, status->n_bytes, status->offset));
  *agrees = memcmp(stored, derived, status->n_bytes) == 0;
  return RWW_OK;
}

rww_status rww_resume_derive_status(const rww_rows *rows, const rww_slot *slots, bool write, bool *agrees) {
  const rww_extent *extent = &rows->layout->status;
  uint8_t *derived; /* and, behind it, what is stored */
  RWW_TRY(RWW_NEW(&derived, 2 * extent->n_bytes));
  for (uint64_t row = 0; row < extent->n_bytes; row++) derived[row] = slots[row].outcome;
  rww_status status = compare_status(rows, derived, derived + extent->n_bytes, agrees);
  if (status == RWW_OK && write && !*agrees)
    status = rww_disk_write(rows->descriptor, rows->path, derived, extent->n_bytes, extent->offset);
  free(derived);
  return status;
}
