#include "base/memory.h"
#include "store/axes.h"
#include "store/disk.h"
#include <stdlib.h>
#include <string.h>

static rww_status check_row(const rww_rows *rows, uint64_t row, const rww_slot *slot, bool *intact) {
  uint32_t found;
  *intact = rww_slot_is_intact(slot);
  if (!*intact || rww_slot_task(slot) != RWW_ROW_TAKE) return RWW_OK;
  RWW_TRY(rww_rows_checksum(rows, row, &found));
  *intact = found == slot->row_checksum;
  return RWW_OK;
}

static rww_status check_rows(const rww_rows *rows, const rww_slot *slots, rww_verification *verification) {
  for (uint64_t row = 0; row < rows->layout->n_rows; row++) {
    bool intact;
    RWW_TRY(check_row(rows, row, &slots[row], &intact));
    if (intact)
      verification->n_outcomes[slots[row].outcome]++;
    else
      verification->damaged[verification->n_damaged++] = row;
  }
  return RWW_OK;
}

/* The status of rows that a run has finished may lag behind as long as the file as a whole is not finished. */
static rww_status check_status(const rww_rows *rows, const rww_slot *slots, rww_verification *verification) {
  const rww_extent *extent = &rows->layout->status;
  const uint64_t *n_outcomes = verification->n_outcomes;
  bool may_lag = n_outcomes[RWW_PENDING] + n_outcomes[RWW_STARTED] + verification->n_damaged > 0;
  uint8_t *stored;
  RWW_TRY(RWW_NEW(&stored, extent->n_bytes));
  rww_status status = rww_disk_read(rows->descriptor, rows->path, stored, extent->n_bytes, extent->offset);
  for (uint64_t row = 0; status == RWW_OK && row < extent->n_bytes; row++) {
    bool lags = may_lag && stored[row] == RWW_PENDING;
    verification->n_misread += !lags && rww_slot_is_intact(&slots[row]) && stored[row] != slots[row].outcome;
  }
  free(stored);
  return status;
}

static rww_status verify(const rww_rows *rows, rww_slot *slots, rww_verification *verification) {
  RWW_TRY(RWW_NEW(&verification->damaged, rows->layout->n_rows));
  RWW_TRY(rww_rows_read_slots(rows, 0, rows->layout->n_rows, slots));
  RWW_TRY(check_rows(rows, slots, verification));
  return check_status(rows, slots, verification);
}

rww_status rww_reader_verify(const rww_reader *reader, rww_verification *verification) {
  rww_rows rows = rww_reader_rows(reader);
  rww_slot *slots;
  *verification = (rww_verification){0};
  RWW_TRY(RWW_NEW(&slots, rows.layout->n_rows));
  rww_status status = verify(&rows, slots, verification);
  free(slots);
  if (status != RWW_OK) rww_verification_free(verification);
  return status;
}

void rww_verification_free(rww_verification *verification) {
  free(verification->damaged);
  *verification = (rww_verification){0};
}

/* "model.w 0.0675714" or "set base": the parameter as users write it, with as many digits as people read. */
static void add_coordinate(const rww_row_axis *axis, size_t index, rww_text *text) {
  double value;
  int n_section = (int)strcspn(axis->name, "_");
  const char *rest = axis->name + n_section;
  rww_text_add(text, "%.*s%s%s ", n_section, axis->name, *rest ? "." : "", *rest ? rest + 1 : "");
  if (axis->texts) {
    rww_text_add(text, "%s", axis->texts[index]);
    return;
  }
  if (!axis->bits || axis->is_integer) {
    rww_text_add(text, "%llu", (unsigned long long)(axis->bits ? axis->bits[index] : index));
    return;
  }
  memcpy(&value, &axis->bits[index], sizeof value);
  rww_text_add(text, "%.6g", value);
}

rww_status rww_reader_describe_row(const rww_reader *reader, uint64_t row, rww_text *text) {
  rww_axes axes;
  size_t index[RWW_MAX_DIMENSIONS];
  if (rww_reader_has_summary(reader) && row == rww_reader_n_rows(reader) - 1) {
    rww_text_add(text, "the summary");
    return RWW_OK;
  }
  RWW_TRY(rww_axes_read(reader, &axes));
  rww_axes_unravel(&axes, row, index);
  for (size_t k = 0; k < axes.n; k++) {
    if (k > 0) rww_text_add(text, ", ");
    add_coordinate(&axes.axes[k], index[k], text);
  }
  rww_axes_free(&axes);
  return RWW_OK;
}
