#include "store/layout.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/slot.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void find_fill(hid_t dataset, unsigned char fill[8]) {
  hid_t type = H5Dget_type(dataset);
  const double nan64 = (double)NAN;
  const float nan32[2] = {NAN, NAN};
  memset(fill, 0, 8);
  if (H5Tget_class(type) == H5T_FLOAT) memcpy(fill, H5Tget_size(type) == 4 ? (const void *)nan32 : &nan64, 8);
  H5Tclose(type);
}

static rww_status find_extent(hid_t group, const char *path, const char *name, uint64_t n_file_bytes,
                              rww_extent *extent) {
  hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
  if (dataset < 0) return rww_raise(RWW_ERR_STORE, "%s: has no dataset %s", path, name);
  extent->name = name;
  extent->offset = H5Dget_offset(dataset);
  extent->n_bytes = H5Dget_storage_size(dataset);
  find_fill(dataset, extent->fill);
  H5Dclose(dataset);
  if (extent->n_bytes == 0 || extent->offset > n_file_bytes || extent->n_bytes > n_file_bytes - extent->offset)
    return rww_raise(RWW_ERR_STORE, "%s: dataset %s does not lie within the %llu bytes of the file", path, name,
                     (unsigned long long)n_file_bytes);
  return RWW_OK;
}

static size_t count_words(const char *text) {
  size_t n = 0;
  for (; *text; text++) n += *text != ' ' && (text[1] == ' ' || text[1] == 0);
  return n;
}

static rww_status find_items(hid_t group, const char *path, rww_layout *layout) {
  char *rest = NULL;
  uint64_t n_rows = layout->n_rows - layout->has_summary;
  RWW_TRY(RWW_NEW(&layout->items, count_words(layout->names)));
  for (char *name = strtok_r(layout->names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
    rww_extent *item = &layout->items[layout->n_items];
    RWW_TRY(find_extent(group, path, name, layout->n_bytes, item));
    if (layout->n_items++ < layout->n_row_items && item->n_bytes % n_rows != 0)
      return rww_raise(RWW_ERR_STORE, "%s: dataset %s does not hold %llu rows", path, name, (unsigned long long)n_rows);
  }
  return RWW_OK;
}

static int by_offset(const void *a, const void *b) {
  const rww_extent *x = a, *y = b;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static rww_status sort_changing(const char *path, rww_layout *layout) {
  size_t n = layout->n_changing = layout->n_items + 2;
  RWW_TRY(RWW_NEW(&layout->changing, n));
  layout->changing[0] = layout->slots;
  layout->changing[1] = layout->status;
  memcpy(layout->changing + 2, layout->items, layout->n_items * sizeof *layout->items);
  qsort(layout->changing, n, sizeof *layout->changing, by_offset);
  for (size_t i = 1; i < n; i++)
    if (layout->changing[i - 1].offset + layout->changing[i - 1].n_bytes > layout->changing[i].offset)
      return rww_raise(RWW_ERR_STORE, "%s: two of its datasets overlap", path);
  return RWW_OK;
}

/* Names of the items of rows, and behind them those of the summary, if there is one. */
static rww_status get_item_names(hid_t file, const char *path, rww_layout *layout) {
  rww_text names = {0};
  hid_t slots = H5Dopen2(file, RWW_DATASET_SLOTS, H5P_DEFAULT);
  char *of_rows = rww_h5_get_text(slots, RWW_ATTRIBUTE_ROWS);
  char *of_summary = rww_h5_get_text(slots, RWW_ATTRIBUTE_SUMMARY);
  H5Dclose(slots);
  if (of_rows) {
    rww_text_add(&names, "%s %s", of_rows, of_summary ? of_summary : "");
    layout->n_row_items = count_words(of_rows);
  }
  layout->names = names.chars;
  layout->has_summary = of_summary != NULL;
  free(of_rows);
  free(of_summary);
  return of_rows ? RWW_OK : rww_raise(RWW_ERR_STORE, "%s: does not say which datasets make a row", path);
}

static rww_status read_layout(hid_t file, hid_t group, const char *path, rww_layout *layout) {
  hsize_t n_bytes = 0;
  H5Fget_filesize(file, &n_bytes);
  layout->n_bytes = n_bytes;
  RWW_TRY(find_extent(file, path, RWW_DATASET_SLOTS, n_bytes, &layout->slots));
  RWW_TRY(find_extent(group, path, RWW_DATASET_STATUS, n_bytes, &layout->status));
  RWW_TRY(get_item_names(file, path, layout));
  layout->n_rows = layout->status.n_bytes + layout->has_summary; /* a byte a row */
  if (layout->slots.n_bytes / sizeof(rww_slot) != layout->n_rows)
    return rww_raise(RWW_ERR_STORE, "%s: its slots are not those of %llu rows", path,
                     (unsigned long long)layout->n_rows);
  RWW_TRY(find_items(group, path, layout));
  return sort_changing(path, layout);
}

rww_status rww_layout_read(hid_t file, const char *path, const char *group_name, rww_layout *layout) {
  *layout = (rww_layout){0};
  hid_t group = H5Gopen2(file, group_name, H5P_DEFAULT);
  rww_status status = group < 0 ? rww_raise(RWW_ERR_STORE, "%s: has no group %s", path, group_name)
                                : read_layout(file, group, path, layout);
  H5Gclose(group);
  if (status != RWW_OK) rww_layout_free(layout);
  return status;
}

void rww_layout_free(rww_layout *layout) {
  free(layout->names);
  free(layout->items);
  free(layout->changing);
  *layout = (rww_layout){0};
}

size_t rww_layout_row_bytes(const rww_layout *layout, size_t item) {
  uint64_t n_rows = item < layout->n_row_items ? layout->n_rows - layout->has_summary : 1;
  return (size_t)(layout->items[item].n_bytes / n_rows);
}

uint64_t rww_layout_row_offset(const rww_layout *layout, size_t item, uint64_t row) {
  uint64_t at = item < layout->n_row_items ? row * rww_layout_row_bytes(layout, item) : 0;
  return layout->items[item].offset + at;
}

rww_items rww_layout_row_items(const rww_layout *layout, uint64_t row) {
  bool is_summary = layout->has_summary && row == layout->n_rows - 1;
  return is_summary ? (rww_items){layout->n_row_items, layout->n_items - layout->n_row_items}
                    : (rww_items){0, layout->n_row_items};
}
