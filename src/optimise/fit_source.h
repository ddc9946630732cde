/** @file
 *  A fit as a source of work: its restarts ask for evaluations, a lane for each of their seeds, and go on by themselves
 *  when all seeds of an entry have come back. Bits do not depend on the order in which they come. */
#ifndef RWW_OPTIMISE_FIT_SOURCE_H
#define RWW_OPTIMISE_FIT_SOURCE_H

#include "optimise/restart.h"
#include "plan/unit.h"

/** Seeds of entry k: the (k mod n_blocks)-th of n_blocks blocks of n_per_entry. Borrowed. */
typedef struct rww_fit_seeds {
  size_t n_per_entry, n_blocks;
  const uint64_t *seeds; /* [n_blocks][n_per_entry] */
} rww_fit_seeds;

typedef struct rww_fit_source_spec {
  uint64_t source; /* index among the sources of work */
  size_t n_free;
  const rww_free *free;
  rww_fit_seeds seeds;
  size_t n_restarts;
  rww_restart *restarts; /* [n_restarts], fresh or restored; borrowed, and stepped */
  /** Called with each entry when it is complete and its restart has made the step from it. parameters [n_rows] */
  rww_status (*record)(void *context, size_t restart, uint64_t entry, const double *parameters,
                       const rww_fit_found *found, double gradient_norm);
  void *context;
} rww_fit_source_spec;

typedef struct rww_fit_source rww_fit_source;

/** Everything that `spec` points to must outlive the source. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_fit_source_create(const rww_fit_source_spec *spec, rww_fit_source **source);
void rww_fit_source_destroy(rww_fit_source *source);

/** The source as the scheduler takes it. A unit's rows are restart * n_per_entry + seed. */
rww_work_source rww_fit_source_work(rww_fit_source *source);

#endif
