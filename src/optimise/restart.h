/** @file
 *  One restart of a fit: a pure state machine, without MPI, files or clock. It asks for the loss and its gradient at a
 *  set of parameters, an entry of its trace, takes what comes back, makes its step, and asks for the next entry. A fit
 *  of n steps has n + 1 entries, the first of which is the start. Digesting the same entries again leads to the same
 *  bits, so that what is recorded of them is all that a restart has to be resumed from.
 *
 *  Where loss or gradient are not finite, the entry is recorded as what it is, and the restart goes on from its best
 *  entry, with fresh moments and half the learning rate, so often at most. */
#ifndef RWW_OPTIMISE_RESTART_H
#define RWW_OPTIMISE_RESTART_H

#include "config/config.h"
#include "optimise/bounds.h"

/** What all restarts of a fit share. Borrowed. */
typedef struct rww_fit_rules {
  size_t n_rows; /* free parameters, each one of a node counted */
  uint64_t n_steps;
  rww_optimizer_config optimizer;
  const rww_bounds *bounds; /* [n_rows] */
  rww_bounding bounding;
  double tolerance;        /* stop where the best loss has gone down by no more than this ... */
  uint64_t patience;       /* ... in so many steps; tolerance 0: never */
  uint64_t max_recoveries; /* from entries that are not finite */
} rww_fit_rules;

/** What was found at an entry's parameters: the mean over its seeds. */
typedef struct rww_fit_found {
  double loss, rmse, fc_corr, fc_corr_triangle; /* NaN where the outcome is not RWW_DONE */
  const double *gradient;                       /* [n_rows], of the loss by the parameters; NULL where not asked for */
  rww_outcome outcome;
} rww_fit_found;

typedef enum rww_restart_end {
  RWW_RESTART_GOES_ON,
  RWW_RESTART_DONE,      /* all steps */
  RWW_RESTART_CONVERGED, /* tolerance and patience */
  RWW_RESTART_DIVERGED,  /* its start is not finite, or it had to recover too often */
  RWW_RESTART_LEFT,      /* it was among the worse half of the restarts */
  RWW_N_RESTART_ENDS
} rww_restart_end;
#define RWW_RESTART_END_MEANINGS "goes_on done converged diverged left"

typedef struct rww_restart {
  const rww_fit_rules *rules;
  double *state; /* owned */
} rww_restart;

/** From `start` [n_rows], inside the bounds, physical units. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_restart_create(const rww_fit_rules *rules, const double *start, rww_restart *restart);
void rww_restart_free(rww_restart *restart);

rww_restart_end rww_restart_get_end(const rww_restart *restart);

/** The entry that it asks for, from 0; what is recorded so far are those before. */
uint64_t rww_restart_get_entry(const rww_restart *restart);
/** Its parameters [n_rows], physical units, and whether it wants the gradient there (not at the last one). */
void rww_restart_get_parameters(const rww_restart *restart, double *parameters);
bool rww_restart_wants_gradient(const rww_restart *restart);

/** The entry with the least loss so far; *entry is untouched and false is returned where no loss was finite. */
bool rww_restart_get_best(const rww_restart *restart, uint64_t *entry, double *loss);

/** Loss of the entry digested last, NaN where that was not finite. */
double rww_restart_get_loss(const rww_restart *restart);

/** Ends a restart that goes on: others get its work. */
void rww_restart_leave(rww_restart *restart);

/** Takes what was found at the entry that it asked for, and makes the step to the next one. *gradient_norm: of the
 *  gradient by the parameters as the optimiser sees them (bounds.h), before it is clipped; NaN where not asked for. */
void rww_restart_digest(rww_restart *restart, const rww_fit_found *found, double *gradient_norm);

#endif
