/** @file
 *  The file of a fit: a row an entry, numbered by restart and step, and a summary of the fit as a whole.
 *  The trace is all that a fit is resumed from, so that it holds the gradients too. */
#ifndef RWW_APP_FIT_FILE_H
#define RWW_APP_FIT_FILE_H

#include "app/fit_start.h"
#include "optimise/fit_source.h"

/** Numbers that an entry has beside its parameters and its gradient. */
typedef enum rww_entry_item {
  RWW_ENTRY_LOSS,
  RWW_ENTRY_RMSE,
  RWW_ENTRY_FC_CORR,
  RWW_ENTRY_FC_CORR_TRIANGLE,
  RWW_ENTRY_GRADIENT_NORM,
  RWW_N_ENTRY_ITEMS
} rww_entry_item;

/** The shape of a fit's file, and room for one entry. */
typedef struct rww_fit_file {
  const rww_run *run;
  const rww_stage *stage;
  rww_fit_parameters parameters;
  size_t n_nodes, n_samples;
  double items[RWW_N_ENTRY_ITEMS], *values, *gradient; /* of the entry in hand: [n_rows] each */
} rww_fit_file;

RWW_MUST_CHECK rww_status rww_fit_file_create(const rww_run *run, const rww_stage *stage, rww_fit_file *file);
void rww_fit_file_free(rww_fit_file *file);

/** Describes the file and does this with it. Rank 0. */
RWW_MUST_CHECK rww_status rww_fit_file_use(const rww_fit_file *file, rww_file_use use, void *result);

/** Row of an entry, and of the summary. */
uint64_t rww_fit_file_row(const rww_fit_file *file, size_t restart, uint64_t step);
uint64_t rww_fit_file_summary_row(const rww_fit_file *file);

/** The entry in hand into a row that was started, and back. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_fit_file_write(const rww_fit_file *file, rww_store *store, size_t restart, uint64_t step,
                                             rww_outcome outcome, double elapsed_s);
RWW_MUST_CHECK rww_status rww_fit_file_read(rww_fit_file *file, const rww_store *store, size_t restart, uint64_t step);

/** What the summary tells. FC and BOLD are those of the start, the final and the best entry of the best restart, and of
 *  its average where there is one, with the noise of the first seed. */
typedef struct rww_fit_summary {
  uint8_t *end;                               /* [n_restarts], rww_restart_end */
  uint64_t *final_step, *best_step;           /* [n_restarts]; the best is the final one where no loss was finite */
  uint64_t best_restart;                      /* the one that the fit reports */
  double *final_loss, *best_loss;             /* [n_restarts] */
  double *final_values, *best_values, *fixed; /* [parameter][n_restarts][1 or n_nodes] */
  double *average_loss, *average_values;      /* [n_restarts], as the values above; empty without an average */
  double *validation_loss;                    /* [n_restarts], of what each reports; empty without validation */
  double *fc, *bold;                          /* [n_shown][node][node], [n_shown][n_samples][node] */
} rww_fit_summary;

/** Start, final, best entry, and the average where there is one. */
#define RWW_MAX_SHOWN_ENTRIES 4
size_t rww_fit_file_count_shown(const rww_fit_file *file);

RWW_MUST_CHECK rww_status rww_fit_summary_create(const rww_fit_file *file, rww_fit_summary *summary);
void rww_fit_summary_free(rww_fit_summary *summary);
RWW_MUST_CHECK rww_status rww_fit_file_write_summary(const rww_fit_file *file, rww_store *store,
                                                     const rww_fit_summary *summary, double elapsed_s);

/** Of a finished fit: the restart that it reports, and the loss by which one of its restarts was
 *  judged: of what it reports, on the validation seeds where there are some.
 *  Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_fit_read_choice(const rww_reader *reader, const rww_fit_config *fit, uint64_t *restart);
RWW_MUST_CHECK rww_status rww_fit_read_loss(const rww_reader *reader, const rww_fit_config *fit, uint64_t restart,
                                            double *loss);

/** Values that the restarts of a finished fit came to: [n_restarts][n], n is 1 or n_nodes, in *values, owned by the
 *  caller. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_fit_read_values(const rww_reader *reader, rww_parameter parameter, bool is_free,
                                              rww_entry entry, size_t n, double **values);

#endif
