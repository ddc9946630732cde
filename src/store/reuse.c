#include "store/reuse.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/axes.h"
#include "store/disk.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

/* How rows of the new file are found in an earlier one. */
typedef struct rww_donor {
  rww_rows from;
  rww_slot *slots; /* [its rows] */
  rww_axes axes;
  size_t axis_of[RWW_MAX_DIMENSIONS];   /* by its axis: that of the new file */
  size_t *index_of[RWW_MAX_DIMENSIONS]; /* by its axis: [n of the new file's axis] its index there, or NONE */
  size_t *item_of;                      /* [n_row_items of the new file] its item */
} rww_donor;

static void pass_over(rww_status status) {
  rww_log(RWW_LOG_DEBUG, "no rows are taken from an earlier file: %s", rww_status_message(status));
}

/* A file without a seed axis is one with a single seed. */
static rww_status add_seed_axis(uint64_t base_seed, rww_axes *axes) {
  for (size_t k = 0; k < axes->n; k++)
    if (strcmp(axes->axes[k].name, "noise_seed") == 0) return RWW_OK;
  if (axes->n == RWW_MAX_DIMENSIONS) return RWW_OK;
  rww_row_axis *axis = &axes->axes[axes->n++];
  *axis = (rww_row_axis){.n = 1, .is_integer = true};
  RWW_TRY(rww_copy_text("noise_seed", &axis->name));
  RWW_TRY(RWW_NEW(&axis->bits, 1));
  axis->bits[0] = base_seed;
  return RWW_OK;
}

static rww_status complete_axes(const uint64_t *base_seed, rww_axes *axes) {
  rww_status status = base_seed ? add_seed_axis(*base_seed, axes) : RWW_OK;
  if (status != RWW_OK) rww_axes_free(axes);
  return status;
}

static size_t find_axis(const rww_axes *axes, const rww_row_axis *like) {
  for (size_t k = 0; k < axes->n; k++)
    if (strcmp(axes->axes[k].name, like->name) == 0 && axes->axes[k].is_integer == like->is_integer &&
        axes->axes[k].bits && like->bits)
      return k;
  return NONE;
}

static size_t find_bits(const rww_row_axis *axis, uint64_t bits) {
  for (size_t i = 0; i < axis->n; i++)
    if (axis->bits[i] == bits) return i;
  return NONE;
}

static rww_status match_axes(const rww_axes *axes, rww_donor *donor, bool *matches) {
  *matches = axes->n == donor->axes.n;
  for (size_t k = 0; *matches && k < axes->n; k++) {
    const rww_row_axis *theirs = &donor->axes.axes[k];
    size_t own = donor->axis_of[k] = find_axis(axes, theirs);
    *matches = own != NONE;
    if (!*matches) break;
    RWW_TRY(RWW_NEW(&donor->index_of[k], axes->axes[own].n));
    for (size_t i = 0; i < axes->axes[own].n; i++) donor->index_of[k][i] = find_bits(theirs, axes->axes[own].bits[i]);
  }
  return RWW_OK;
}

static size_t find_item(const rww_layout *layout, const rww_layout *like_layout, size_t like) {
  for (size_t i = 0; i < layout->n_row_items; i++)
    if (strcmp(layout->items[i].name, like_layout->items[like].name) == 0 &&
        rww_layout_row_bytes(layout, i) == rww_layout_row_bytes(like_layout, like) &&
        memcmp(layout->items[i].fill, like_layout->items[like].fill, sizeof layout->items[i].fill) == 0)
      return i;
  return NONE;
}

/* The earlier file may hold more than the new one asks for, never less. */
static rww_status match_items(const rww_layout *layout, rww_donor *donor, bool *matches) {
  RWW_TRY(RWW_NEW(&donor->item_of, layout->n_row_items));
  *matches = true;
  for (size_t i = 0; i < layout->n_row_items; i++) {
    donor->item_of[i] = find_item(donor->from.layout, layout, i);
    *matches = *matches && donor->item_of[i] != NONE;
  }
  return RWW_OK;
}

static void donor_free(rww_donor *donor) {
  for (size_t k = 0; k < RWW_MAX_DIMENSIONS; k++) free(donor->index_of[k]);
  rww_axes_free(&donor->axes);
  free(donor->slots);
  free(donor->item_of);
}

/* The row of the earlier file with the same coordinates. */
static bool find_row(const rww_donor *donor, const size_t index[RWW_MAX_DIMENSIONS], uint64_t *row) {
  size_t theirs[RWW_MAX_DIMENSIONS];
  for (size_t k = 0; k < donor->axes.n; k++) {
    theirs[k] = donor->index_of[k][index[donor->axis_of[k]]];
    if (theirs[k] == NONE) return false;
  }
  *row = rww_axes_ravel(&donor->axes, theirs);
  return true;
}

static bool is_usable(const rww_donor *donor, uint64_t row) {
  const rww_slot *slot = &donor->slots[row];
  uint32_t found;
  return rww_slot_task(slot) == RWW_ROW_TAKE && rww_rows_checksum(&donor->from, row, &found) == RWW_OK &&
         found == slot->row_checksum;
}

static rww_status copy_values(const rww_donor *donor, uint64_t from_row, const rww_rows *to, uint64_t row, char *buffer,
                              uint32_t *checksum) {
  const void *values[to->layout->n_row_items + 1];
  for (size_t i = 0; i < to->layout->n_row_items; i++) {
    size_t n = rww_layout_row_bytes(to->layout, i);
    uint64_t at = donor->from.layout->items[donor->item_of[i]].offset + from_row * n;
    RWW_TRY(rww_disk_read(donor->from.descriptor, donor->from.path, buffer, n, at));
    values[i] = buffer;
    buffer += n;
  }
  return rww_rows_write(to, row, values, checksum);
}

static rww_status take_row(const rww_donor *donor, uint64_t from_row, const rww_rows *to, uint64_t row, char *buffer,
                           rww_slot *slot, uint64_t *n_taken) {
  if (!is_usable(donor, from_row)) return RWW_OK;
  const rww_slot *theirs = &donor->slots[from_row];
  if (to->descriptor >= 0) RWW_TRY(copy_values(donor, from_row, to, row, buffer, &slot->row_checksum));
  slot->outcome = theirs->outcome;
  slot->suspect = 0;
  slot->rank = theirs->rank;
  slot->started_utc_s = theirs->started_utc_s;
  slot->elapsed_s = theirs->elapsed_s;
  ++*n_taken;
  return RWW_OK;
}

static rww_status take_rows(const rww_donor *donor, const rww_axes *axes, const rww_rows *to, rww_slot *slots,
                            uint64_t *n_taken) {
  char *buffer;
  size_t n_bytes = 0, index[RWW_MAX_DIMENSIONS];
  rww_status status = RWW_OK;
  for (size_t i = 0; i < to->layout->n_row_items; i++) n_bytes += rww_layout_row_bytes(to->layout, i);
  RWW_TRY(RWW_NEW(&buffer, n_bytes));
  for (uint64_t row = 0; status == RWW_OK && row < to->layout->status.n_bytes; row++) {
    uint64_t from_row;
    rww_row_task task = rww_slot_task(&slots[row]);
    if (task >= RWW_N_ROWS_TO_COMPUTE) continue;
    rww_axes_unravel(axes, row, index);
    if (find_row(donor, index, &from_row)) status = take_row(donor, from_row, to, row, buffer, &slots[row], n_taken);
  }
  free(buffer);
  return status;
}

/* Whether the file's rows can be those of the new one. */
static rww_status match(const rww_reader *other, const rww_axes *axes, const rww_layout *layout, rww_donor *donor,
                        bool *matches) {
  const char *base_seed = rww_reader_attribute(other, "base_seed");
  uint64_t seed = base_seed ? strtoull(base_seed, NULL, 10) : 0;
  donor->from = rww_reader_rows(other);
  RWW_TRY(rww_axes_read(other, &donor->axes));
  RWW_TRY(complete_axes(base_seed ? &seed : NULL, &donor->axes));
  RWW_TRY(match_items(layout, donor, matches));
  if (*matches) RWW_TRY(match_axes(axes, donor, matches));
  return rww_reader_slots(other, &donor->slots);
}

static rww_status take_from(const rww_reader *other, const rww_axes *axes, const rww_rows *to, rww_slot *slots,
                            uint64_t *n_taken) {
  rww_donor donor = {0};
  bool matches;
  rww_status status = match(other, axes, to->layout, &donor, &matches);
  if (status != RWW_OK) {
    pass_over(status);
    status = RWW_OK;
  } else if (matches)
    status = take_rows(&donor, axes, to, slots, n_taken);
  donor_free(&donor);
  return status;
}

static bool is_related(const rww_reader *other, const rww_file_spec *spec) {
  const char *stage = rww_reader_attribute(other, "stage"), *base_key = rww_reader_attribute(other, "base_key");
  return strcmp(stage, spec->stage) == 0 && base_key && strcmp(base_key, spec->base_key) == 0;
}

static rww_status try_file(const rww_file_spec *spec, const char *name, const rww_axes *axes, const rww_rows *to,
                           rww_slot *slots, uint64_t *n_reused) {
  char *path;
  rww_reader *other;
  uint64_t n_taken = 0;
  RWW_TRY(rww_path_join(spec->directory, name, &path));
  rww_status status = rww_reader_open(path, &other);
  if (status == RWW_OK) {
    if (is_related(other, spec)) status = take_from(other, axes, to, slots, &n_taken);
    rww_reader_close(other);
  } else {
    pass_over(status);
    status = RWW_OK;
  }
  if (n_taken > 0) rww_log(RWW_LOG_INFO, "%" PRIu64 " rows are taken from %s", n_taken, path);
  *n_reused += n_taken;
  free(path);
  return status;
}

/* <stage>-<16 digits>.h5, and not the new file itself. A shard may take rows of its own whole. */
static bool is_candidate(const rww_file_spec *spec, const char *name) {
  size_t n = strlen(spec->stage);
  return strncmp(name, spec->stage, n) == 0 && name[n] == '-' && strlen(name) == n + 1 + 16 + 3 &&
         strcmp(name + n + 17, ".h5") == 0 && (spec->shard.n > 0 || strncmp(name + n + 1, spec->key, 16) != 0);
}

static rww_status try_files(const rww_file_spec *spec, const rww_axes *axes, const rww_rows *to, rww_slot *slots,
                            uint64_t *n_reused) {
  struct dirent **names;
  int n = scandir(spec->directory[0] ? spec->directory : ".", &names, NULL, alphasort);
  rww_status status = RWW_OK;
  for (int i = 0; i < n; i++) {
    if (status == RWW_OK && is_candidate(spec, names[i]->d_name))
      status = try_file(spec, names[i]->d_name, axes, to, slots, n_reused);
    free(names[i]);
  }
  if (n >= 0) free(names);
  return status;
}

rww_status rww_reuse_rows(const rww_file_spec *spec, const rww_rows *to, rww_slot *slots, uint64_t *n_reused) {
  rww_axes axes;
  *n_reused = 0;
  if (!spec->base_key) return RWW_OK;
  RWW_TRY(rww_axes_describe(spec, &axes));
  RWW_TRY(complete_axes(spec->base_seed, &axes));
  rww_status status = try_files(spec, &axes, to, slots, n_reused);
  rww_axes_free(&axes);
  return status;
}
