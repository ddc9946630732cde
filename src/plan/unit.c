#include "plan/unit.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* Head of a packed unit; rows, seeds, values and free parameters follow. */
typedef struct unit_head {
  uint64_t source, with_gradient, n_lanes, n_free, n_value_rows;
} unit_head;

/* Bytes of the arrays, all of 8-byte elements. */
static bool size_of_arrays(uint64_t n_lanes, uint64_t n_free, uint64_t n_value_rows, size_t *n_bytes) {
  _Static_assert(sizeof(rww_free) == 8, "a free parameter travels as 8 bytes");
  size_t per_lane, cells, words;
  return !__builtin_add_overflow(n_value_rows, 2, &per_lane) && !__builtin_mul_overflow(per_lane, n_lanes, &cells) &&
         !__builtin_add_overflow(cells, n_free, &words) && !__builtin_mul_overflow(words, 8, n_bytes);
}

rww_status rww_unit_create(uint64_t source, size_t n_lanes, size_t n_free, size_t n_value_rows, rww_unit *unit) {
  size_t n_bytes;
  uint64_t *storage;
  if (!size_of_arrays(n_lanes, n_free, n_value_rows, &n_bytes))
    return rww_raise(RWW_ERR_MEMORY, "a unit of %zu lanes is too large", n_lanes);
  storage = calloc(n_bytes / 8 + 1, 8); /* a leader has many units, and glibc is slow where it has to align them */
  if (!storage) return rww_raise(RWW_ERR_MEMORY, "out of memory for a unit of %zu lanes", n_lanes);
  *unit = (rww_unit){.source = source, .n_lanes = n_lanes, .n_free = n_free, .n_value_rows = n_value_rows};
  unit->rows = storage;
  unit->seeds = unit->rows + n_lanes;
  unit->values = (double *)(unit->seeds + n_lanes);
  unit->free = (rww_free *)(unit->values + n_value_rows * n_lanes);
  return RWW_OK;
}

size_t rww_unit_count_places(const rww_unit_sizes *sizes, size_t n_lanes) {
  size_t step = sizes->lane_step;
  return n_lanes <= sizes->lone_lanes ? n_lanes : (n_lanes + step - 1) / step * step;
}

void rww_unit_free(rww_unit *unit) {
  free(unit->rows);
  *unit = (rww_unit){0};
}

rww_status rww_unit_take(const rww_unit *unit, size_t first, size_t n_lanes, rww_unit *part) {
  RWW_TRY(rww_unit_create(unit->source, n_lanes, unit->n_free, unit->n_value_rows, part));
  part->with_gradient = unit->with_gradient;
  memcpy(part->free, unit->free, unit->n_free * sizeof *unit->free);
  memcpy(part->rows, unit->rows + first, n_lanes * sizeof *unit->rows);
  memcpy(part->seeds, unit->seeds + first, n_lanes * sizeof *unit->seeds);
  for (size_t k = 0; k < unit->n_value_rows; k++)
    memcpy(part->values + k * n_lanes, unit->values + k * unit->n_lanes + first, n_lanes * sizeof *unit->values);
  return RWW_OK;
}

rww_batch rww_unit_batch(const rww_unit *unit) {
  return (rww_batch){unit->n_lanes, unit->n_free, unit->free, unit->values, unit->seeds};
}

rww_status rww_unit_pack(const rww_unit *unit, void **bytes, size_t *n_bytes) {
  unit_head head = {unit->source, unit->with_gradient, unit->n_lanes, unit->n_free, unit->n_value_rows};
  size_t n_array_bytes;
  char *packed;
  if (!size_of_arrays(head.n_lanes, head.n_free, head.n_value_rows, &n_array_bytes))
    return rww_raise(RWW_ERR_MEMORY, "a unit of %zu lanes is too large", unit->n_lanes);
  RWW_TRY(RWW_NEW(&packed, sizeof head + n_array_bytes));
  memcpy(packed, &head, sizeof head);
  memcpy(packed + sizeof head, unit->rows, n_array_bytes);
  *bytes = packed;
  *n_bytes = sizeof head + n_array_bytes;
  return RWW_OK;
}

static rww_status check_free(const rww_unit *unit) {
  for (size_t i = 0; i < unit->n_free; i++)
    if ((unsigned)unit->free[i].parameter >= RWW_N_PARAMETERS)
      return rww_raise(RWW_ERR_COMM, "a unit of work names parameter %u of %d", (unsigned)unit->free[i].parameter,
                       RWW_N_PARAMETERS);
  return RWW_OK;
}

rww_status rww_unit_unpack(const void *bytes, size_t n_bytes, rww_unit *unit) {
  unit_head head;
  size_t n_array_bytes;
  if (n_bytes < sizeof head) return rww_raise(RWW_ERR_COMM, "%zu bytes are too few for a unit of work", n_bytes);
  memcpy(&head, bytes, sizeof head);
  if (!size_of_arrays(head.n_lanes, head.n_free, head.n_value_rows, &n_array_bytes) ||
      n_array_bytes != n_bytes - sizeof head)
    return rww_raise(RWW_ERR_COMM, "%zu bytes are not the unit of work that their head describes", n_bytes);
  RWW_TRY(rww_unit_create(head.source, head.n_lanes, head.n_free, head.n_value_rows, unit));
  unit->with_gradient = head.with_gradient != 0;
  memcpy(unit->rows, (const char *)bytes + sizeof head, n_array_bytes);
  rww_status status = check_free(unit);
  if (status != RWW_OK) rww_unit_free(unit);
  return status;
}
