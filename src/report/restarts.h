/** @file
 *  The restarts of a fit, from its file: of a running, stopped or finished one. */
#ifndef RWW_REPORT_RESTARTS_H
#define RWW_REPORT_RESTARTS_H

#include "store/reader.h"

/** Where a restart is. */
typedef struct rww_restart_view {
  uint64_t restart;
  uint64_t n_entries; /* made so far; 0: none, and what follows is empty */
  uint64_t step,
      best_step;          /* of the latest entry, and of the one with the least loss (the latest where none has one) */
  double loss, best_loss; /* theirs; NaN: none */
  const char *state;
} rww_restart_view;

typedef struct rww_restarts {
  size_t n;
  uint64_t n_steps;
  bool reports_best;      /* the entry that the fit reports is the best one, else the latest */
  rww_restart_view *list; /* [n], by ascending loss of that entry, those without one last */
} rww_restarts;

bool rww_restarts_are_in(const rww_reader *reader);

/** slots [rows of the reader]. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_restarts_read(const rww_reader *reader, const rww_slot *slots, rww_restarts *restarts);
void rww_restarts_free(rww_restarts *restarts);

/** Step and loss of the entry that the fit reports of a restart. */
uint64_t rww_restarts_reported_step(const rww_restarts *restarts, const rww_restart_view *restart);
double rww_restarts_reported_loss(const rww_restarts *restarts, const rww_restart_view *restart);

#endif
