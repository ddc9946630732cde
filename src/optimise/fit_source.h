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

/** What is known of an entry before it is asked for: nothing; nothing, but that it was in work when a job ended without
 *  a word, so that it is computed with nothing else of the fit in flight; or all that was found. */
typedef enum rww_recall { RWW_RECALL_NOTHING, RWW_RECALL_SUSPECT, RWW_RECALL_FOUND } rww_recall;

/** Where a fit's entries are kept. Parameters are [n_rows]. */
typedef struct rww_fit_record {
  void *context;
  /** Called with each entry that a restart comes to; `found` is for RWW_RECALL_FOUND, its gradient valid until the next
   *  call. */
  rww_status (*recall)(void *context, size_t restart, uint64_t entry, const double *parameters, rww_fit_found *found,
                       rww_recall *known);
  /** Called when an entry is asked for. */
  rww_status (*begin)(void *context, size_t restart, uint64_t entry);
  /** Called with each entry that was asked for, when it is complete and its restart has made the step from it. */
  rww_status (*keep)(void *context, size_t restart, uint64_t entry, const double *parameters,
                     const rww_fit_found *found, double gradient_norm);
} rww_fit_record;

typedef struct rww_fit_source_spec {
  uint64_t source; /* index among the sources of work */
  size_t n_free, n_fixed;
  const rww_free *free; /* [n_free + n_fixed]; the last ones stay as they are in a restart, though not at their base */
  size_t n_fixed_rows;
  const double *fixed; /* [n_restarts][n_fixed_rows], values of those */
  rww_fit_seeds seeds;
  size_t n_restarts;
  rww_restart *restarts; /* [n_restarts], fresh; borrowed, and stepped */
  uint64_t halve_every;  /* at every so many steps, when all restarts have come there, those that go on are compared by
                            their loss there, and the worse half of them ends; 0: never */
  rww_fit_record record;
} rww_fit_source_spec;

typedef struct rww_fit_source rww_fit_source;

/** Everything that `spec` points to must outlive the source. Goes on from what can be recalled.
 *  Errors: RWW_ERR_MEMORY; those of the record. */
RWW_MUST_CHECK rww_status rww_fit_source_create(const rww_fit_source_spec *spec, rww_fit_source **source);
void rww_fit_source_destroy(rww_fit_source *source);

/** Every restart has ended. */
bool rww_fit_source_is_finished(const rww_fit_source *source);

/** The source as the scheduler takes it. A unit's rows are restart * n_per_entry + seed. */
rww_work_source rww_fit_source_work(rww_fit_source *source);

#endif
