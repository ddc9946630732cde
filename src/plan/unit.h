/** @file
 *  The unit of work, what it yields, and where it comes from. Workers know nothing of grids, fits or restarts. */
#ifndef RWW_PLAN_UNIT_H
#define RWW_PLAN_UNIT_H

#include "config/parameter.h"

/** Evaluate these parameter sets on these seeds and store each in its result row. Owns its arrays (one allocation). */
typedef struct rww_unit {
  uint64_t source;    /* the work source that asked, an index */
  bool with_gradient; /* of each lane's loss by its values */
  size_t n_lanes, n_free, n_value_rows;
  uint64_t *rows;  /* [n_lanes], result row of each lane */
  uint64_t *seeds; /* [n_lanes] */
  double *values;  /* [n_value_rows][n_lanes], physical units, rows in the order of `free` */
  rww_free *free;  /* [n_free] */
} rww_unit;

/** Unit without gradient, its arrays zeroed, for the caller to fill. n_value_rows as rww_free_count_rows tells. */
RWW_MUST_CHECK rww_status rww_unit_create(uint64_t source, size_t n_lanes, size_t n_free, size_t n_value_rows,
                                          rww_unit *unit);
void rww_unit_free(rww_unit *unit);

/** So many lanes of `unit`, from the first-th on, as a unit of their own. */
RWW_MUST_CHECK rww_status rww_unit_take(const rww_unit *unit, size_t first, size_t n_lanes, rww_unit *part);

/** What the objective is asked; borrows the unit's arrays. */
rww_batch rww_unit_batch(const rww_unit *unit);

/** A unit as bytes for a message, owned by the caller, and back. */
RWW_MUST_CHECK rww_status rww_unit_pack(const rww_unit *unit, void **bytes, size_t *n_bytes);
/** Errors: RWW_ERR_COMM where the bytes are not a unit. */
RWW_MUST_CHECK rww_status rww_unit_unpack(const void *bytes, size_t n_bytes, rww_unit *unit);

/** What a lane yields to the leader; a point's row has been stored by the rank that computed it. */
typedef struct rww_result {
  uint64_t row;
  double loss, rmse, fc_corr, fc_corr_triangle;
  double elapsed_s; /* its share of the batch's time */
  double *gradient; /* [n_value_rows] of the unit, in the order of its values; NULL where not asked for. Borrowed */
  uint32_t outcome; /* rww_outcome, final */
  uint32_t reserved;
} rww_result;

/** What units cost the one who computes them. */
typedef struct rww_unit_sizes {
  size_t max_lanes; /* of a batch, which units have at most, unless the leader could not keep up with so many of them */
  size_t lane_step; /* fewer lanes than this take as long as so many, and so on for multiples; at least 1 ... */
  size_t lone_lanes; /* ... but up to so many, which go one by one */
} rww_unit_sizes;

/** Lanes that a unit of so many takes the time and memory of; as many as it has where they go one by one. */
size_t rww_unit_count_places(const rww_unit_sizes *sizes, size_t n_lanes);

/** Where units come from: the grid, each fit, the held-out evaluation. `self` is the source's own. */
typedef struct rww_work_source {
  void *self;
  /** Next unit of at most max_lanes lanes; *available = false where it has nothing to ask for now. The unit is the
   *  caller's to free. */
  RWW_MUST_CHECK rww_status (*next)(void *self, size_t max_lanes, bool *available, rww_unit *unit);
  /** Takes results in any order, valid during the call. */
  RWW_MUST_CHECK rww_status (*digest)(void *self, const rww_result *results, size_t n);
  /** Lanes that it could ask for now, and lanes that it will ever ask for, as far as it knows. */
  uint64_t (*count_available)(const void *self);
  uint64_t (*count_total)(const void *self);
  bool in_steps; /* what it asks for is never the last of its work, but one step of many */
  /** Whether what it asks for next, or what it has asked for, must be computed with nothing else in flight in the whole
   *  job; NULL: never. */
  bool (*wants_alone)(const void *self);
} rww_work_source;

#endif
