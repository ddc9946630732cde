/** @file
 *  What a point of an exploration yields, and the file that holds it for every point. */
#ifndef RWW_APP_EXPLORE_FILE_H
#define RWW_APP_EXPLORE_FILE_H

#include "app/stages.h"

/** What a point yields, in the order of its row; FC and BOLD where they are kept. */
typedef enum rww_point_item {
  RWW_POINT_LOSS,
  RWW_POINT_RMSE,
  RWW_POINT_FC_CORR,
  RWW_POINT_FC_CORR_TRIANGLE,
  RWW_POINT_FC,
  RWW_POINT_BOLD,
  RWW_N_POINT_ITEMS
} rww_point_item;

/** Room for the rows of a unit of work. */
typedef struct rww_point_rows {
  size_t n_lanes, n_samples;
  size_t n_kept;
  rww_point_item kept[RWW_N_POINT_ITEMS]; /* [n_kept] */
  size_t n_elements[RWW_N_POINT_ITEMS];   /* of an item, a point */
  double *item[RWW_N_POINT_ITEMS];        /* [n_lanes][n_elements]; NULL where not kept */
  rww_outcome *outcomes;                  /* [n_lanes] */
} rww_point_rows;

RWW_MUST_CHECK rww_status rww_point_rows_create(const rww_experiment *experiment, size_t n_lanes, rww_point_rows *rows);
void rww_point_rows_free(rww_point_rows *rows);

/** Where the objective puts what it finds. */
rww_evaluation rww_point_rows_evaluation(const rww_point_rows *rows);

/** Writes one lane's row. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_point_rows_store(const rww_point_rows *rows, size_t lane, uint64_t row, double elapsed_s,
                                               rww_store *store);

/** Describes the exploration's file and does this with it. */
RWW_MUST_CHECK rww_status rww_explore_use_file(const rww_run *run, const rww_stage *stage, const rww_point_rows *rows,
                                               rww_file_use use, void *result);

#endif
