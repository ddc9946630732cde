#include "store/rows.h"

#include "base/hash.h"
#include "store/disk.h"

rww_status rww_rows_checksum(const rww_rows *rows, uint64_t row, uint32_t *checksum) {
  char chunk[1 << 16];
  *checksum = 0;
  rww_items items = rww_layout_row_items(rows->layout, row);
  for (size_t i = items.first; i < items.first + items.n; i++) {
    size_t left = rww_layout_row_bytes(rows->layout, i);
    uint64_t at = rww_layout_row_offset(rows->layout, i, row);
    while (left > 0) {
      size_t n = left < sizeof chunk ? left : sizeof chunk;
      RWW_TRY(rww_disk_read(rows->descriptor, rows->path, chunk, n, at));
      *checksum = rww_crc32c(*checksum, chunk, n);
      at += n;
      left -= n;
    }
  }
  return RWW_OK;
}

rww_status rww_rows_write(const rww_rows *rows, uint64_t row, const void *const *values, uint32_t *checksum) {
  rww_items items = rww_layout_row_items(rows->layout, row);
  *checksum = 0;
  for (size_t i = 0; i < items.n; i++) {
    size_t n = rww_layout_row_bytes(rows->layout, items.first + i);
    uint64_t at = rww_layout_row_offset(rows->layout, items.first + i, row);
    *checksum = rww_crc32c(*checksum, values[i], n);
    RWW_TRY(rww_disk_write(rows->descriptor, rows->path, values[i], n, at));
  }
  return RWW_OK;
}

rww_status rww_rows_read(const rww_rows *rows, uint64_t row, void *const *values) {
  rww_items items = rww_layout_row_items(rows->layout, row);
  for (size_t i = 0; i < items.n; i++) {
    size_t n = rww_layout_row_bytes(rows->layout, items.first + i);
    uint64_t at = rww_layout_row_offset(rows->layout, items.first + i, row);
    RWW_TRY(rww_disk_read(rows->descriptor, rows->path, values[i], n, at));
  }
  return RWW_OK;
}

static uint64_t offset_of_slot(const rww_rows *rows, uint64_t row) {
  return rows->layout->slots.offset + row * sizeof(rww_slot);
}

rww_status rww_rows_read_slots(const rww_rows *rows, uint64_t first, uint64_t n, rww_slot *slots) {
  return rww_disk_read(rows->descriptor, rows->path, slots, n * sizeof *slots, offset_of_slot(rows, first));
}

rww_status rww_rows_write_slots(const rww_rows *rows, uint64_t first, uint64_t n, rww_slot *slots) {
  for (uint64_t i = 0; i < n; i++) rww_slot_seal(&slots[i]);
  return rww_disk_write(rows->descriptor, rows->path, slots, n * sizeof *slots, offset_of_slot(rows, first));
}
