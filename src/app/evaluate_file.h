/** @file
 *  The file of an evaluation: a row for each set on each seed, and a summary with the sets themselves. */
#ifndef RWW_APP_EVALUATE_FILE_H
#define RWW_APP_EVALUATE_FILE_H

#include "app/evaluate_sets.h"

/** The shape of the file, and room for the rows of a unit of work. */
typedef struct rww_evaluate_file {
  const rww_run *run;
  const rww_stage *stage;
  rww_evaluate_sets sets;
  size_t n_seeds, n_lanes, n_nodes;
  double *rmse, *fc_corr, *fc_corr_triangle; /* [n_lanes] */
  double *fc;                                /* [n_lanes][node][node] */
  rww_outcome *outcomes;                     /* [n_lanes] */
} rww_evaluate_file;

RWW_MUST_CHECK rww_status rww_evaluate_file_create(const rww_run *run, const rww_stage *stage, size_t n_lanes,
                                                   rww_evaluate_file *file);
void rww_evaluate_file_free(rww_evaluate_file *file);

/** Describes the file and does this with it. Collective where `use` is. */
RWW_MUST_CHECK rww_status rww_evaluate_file_use(const rww_evaluate_file *file, rww_file_use use, void *result);

/** Rows of results, set by set; behind them is the summary. */
uint64_t rww_evaluate_file_count_rows(const rww_evaluate_file *file);

/** Where the objective puts what it finds. */
rww_evaluation rww_evaluate_file_evaluation(const rww_evaluate_file *file);

/** Writes one lane's row. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_evaluate_file_write(const rww_evaluate_file *file, rww_store *store, size_t lane,
                                                  uint64_t row, double elapsed_s);

/** Writes the summary, once the sets are found. Rank 0. Errors: RWW_ERR_STORE, RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_evaluate_file_write_summary(const rww_evaluate_file *file, rww_store *store);

#endif
