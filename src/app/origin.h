/** @file
 *  A set of parameters put together from where its values come from: the base, a point of the exploration, a fit. */
#ifndef RWW_APP_ORIGIN_H
#define RWW_APP_ORIGIN_H

#include "app/stages.h"

/** Values of every parameter, one or one a node. Zero-initialised has none; rww_origin_free releases. What is set
 *  takes the place of what was there. */
typedef struct rww_origin {
  double *values[RWW_N_PARAMETERS]; /* owned */
  size_t n[RWW_N_PARAMETERS];
} rww_origin;

void rww_origin_free(rww_origin *from);

/** All values; `set` is resolved. */
RWW_MUST_CHECK rww_status rww_origin_set_all(rww_origin *from, const rww_parameter_set *set);

/** Those of the exploration's axes. */
RWW_MUST_CHECK rww_status rww_origin_set_point(const rww_experiment *experiment, uint64_t point, rww_origin *from);

/** Those that a fit set in one of its restarts; `reader` has its file. */
RWW_MUST_CHECK rww_status rww_origin_set_fit(const rww_experiment *experiment, const rww_stage *stage,
                                             const rww_reader *reader, uint64_t restart, rww_entry entry,
                                             rww_origin *from);

/** Values of a parameter, or its one value, in all of its rows; returns the next row. */
double *rww_origin_copy_rows(const rww_origin *from, const rww_free *parameter, size_t n_nodes, double *row);

#endif
