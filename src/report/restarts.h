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
  double reported_loss;   /* of what the fit reports, as far as it is; NaN: none */
  double validation_loss; /* the same on the validation seeds; NaN: none */
  const char *state;      /* waits, goes on, or how it ended */
} rww_restart_view;

typedef struct rww_restarts {
  size_t n;
  uint64_t n_steps;
  bool has_blocks;        /* each step has other seeds, so that losses of steps do not compare */
  bool is_complete;       /* the fit has been summed up */
  bool is_validated;      /* and its restarts compared on seeds of their own */
  bool reports_best;      /* the entry with the least loss; else the latest one ... */
  bool reports_average;   /* ... or, once it is complete, the mean of the last ones */
  rww_restart_view *list; /* [n], the best first: by validation loss where there is one, else by the reported loss */
  char *words;            /* of states */
} rww_restarts;

bool rww_restarts_are_in(const rww_reader *reader);

/** slots [rows of the reader]. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_restarts_read(const rww_reader *reader, const rww_slot *slots, rww_restarts *restarts);
void rww_restarts_free(rww_restarts *restarts);

/** Loss by which a restart is ranked. */
double rww_restarts_rank(const rww_restarts *restarts, const rww_restart_view *restart);

#endif
