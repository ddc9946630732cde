#include "store/frozen.h"

#include "base/hash.h"
#include "base/memory.h"
#include "store/disk.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The record: ranges of bytes that change, by offset, and behind them this. */
typedef struct rww_range {
  uint64_t offset, n_bytes;
} rww_range;
typedef struct rww_record_end {
  uint64_t n_ranges;
  uint32_t checksum;        /* of the frozen bytes */
  uint32_t record_checksum; /* of the ranges and what is above */
  char magic[8];
} rww_record_end;
static const char magic[8] = "rww-end\n";

static size_t count_bytes(uint64_t n_ranges) {
  return n_ranges * sizeof(rww_range) + sizeof(rww_record_end);
}

size_t rww_frozen_record_bytes(const rww_layout *layout) {
  return count_bytes(layout->n_changing);
}

static uint32_t get_checksum(const rww_range *ranges, const rww_record_end *end) {
  uint32_t checksum = rww_crc32c(0, ranges, end->n_ranges * sizeof *ranges);
  return rww_crc32c(checksum, end, offsetof(rww_record_end, record_checksum));
}

rww_status rww_frozen_create_record(const rww_layout *layout, uint32_t checksum, void **record) {
  rww_range *ranges;
  rww_record_end end = {.n_ranges = layout->n_changing, .checksum = checksum};
  RWW_TRY(rww_allocate(rww_frozen_record_bytes(layout), 1, &ranges));
  for (size_t i = 0; i < layout->n_changing; i++)
    ranges[i] = (rww_range){layout->changing[i].offset, layout->changing[i].n_bytes};
  end.record_checksum = get_checksum(ranges, &end);
  memcpy(end.magic, magic, sizeof magic);
  memcpy(ranges + end.n_ranges, &end, sizeof end);
  *record = ranges;
  return RWW_OK;
}

static rww_status add_bytes(int descriptor, const char *path, uint64_t begin, uint64_t end, uint32_t *checksum) {
  char chunk[1 << 16];
  while (begin < end) {
    size_t n = end - begin < sizeof chunk ? (size_t)(end - begin) : sizeof chunk;
    RWW_TRY(rww_disk_read(descriptor, path, chunk, n, begin));
    *checksum = rww_crc32c(*checksum, chunk, n);
    begin += n;
  }
  return RWW_OK;
}

/* Bytes before `n_bytes` that are in none of the ranges. */
static rww_status checksum_frozen(int descriptor, const char *path, const rww_range *ranges, uint64_t n_ranges,
                                  uint64_t n_bytes, uint32_t *checksum) {
  uint64_t at = 0;
  *checksum = 0;
  for (uint64_t i = 0; i < n_ranges; i++) {
    RWW_TRY(add_bytes(descriptor, path, at, ranges[i].offset, checksum));
    at = ranges[i].offset + ranges[i].n_bytes;
  }
  return add_bytes(descriptor, path, at, n_bytes, checksum);
}

static rww_status compare(int descriptor, const char *path, const rww_range *ranges, const rww_record_end *end,
                          uint64_t n_bytes, rww_frozen *found) {
  uint32_t checksum;
  *found = RWW_FROZEN_DAMAGED;
  if (end->record_checksum != get_checksum(ranges, end)) return RWW_OK;
  RWW_TRY(checksum_frozen(descriptor, path, ranges, end->n_ranges, n_bytes, &checksum));
  if (checksum == end->checksum) *found = RWW_FROZEN_INTACT;
  return RWW_OK;
}

static rww_status check(int descriptor, const char *path, uint64_t file_bytes, rww_frozen *found) {
  rww_record_end end;
  rww_range *ranges;
  *found = RWW_FROZEN_UNKNOWN;
  if (file_bytes < sizeof end) return RWW_OK;
  RWW_TRY(rww_disk_read(descriptor, path, &end, sizeof end, file_bytes - sizeof end));
  if (memcmp(end.magic, magic, sizeof magic) != 0) return RWW_OK;
  *found = RWW_FROZEN_DAMAGED;
  if (end.n_ranges > (file_bytes - sizeof end) / sizeof *ranges) return RWW_OK;
  uint64_t n_bytes = file_bytes - count_bytes(end.n_ranges);
  RWW_TRY(RWW_NEW(&ranges, end.n_ranges));
  rww_status status = rww_disk_read(descriptor, path, ranges, end.n_ranges * sizeof *ranges, n_bytes);
  if (status == RWW_OK) status = compare(descriptor, path, ranges, &end, n_bytes, found);
  free(ranges);
  return status;
}

rww_status rww_frozen_check(int descriptor, const char *path, rww_frozen *found) {
  struct stat info;
  if (fstat(descriptor, &info) == 0) return check(descriptor, path, (uint64_t)info.st_size, found);
  return rww_raise(RWW_ERR_STORE, "%s: %s", path, strerror(errno));
}
