/** @file
 *  A matrix as it stands in a file, with its labels and with the place of every number, for messages. */
#ifndef RWW_CONNECTOME_MATRIX_H
#define RWW_CONNECTOME_MATRIX_H

#include "base/problems.h"
#include "base/text.h"

/** Owns everything; rww_matrix_free releases it. Zero-initialised is empty. */
typedef struct rww_matrix {
  size_t n_rows, n_columns;
  double *values; /* [n_rows][n_columns] */
  char **labels;  /* [n_labels], of rows or columns; NULL where there are none */
  size_t n_labels;
  char *path, *dataset; /* dataset NULL: delimited text */
  int *lines;           /* [n_rows] of the text; NULL for HDF5 */
  size_t n_label_cells; /* cells before the first number of a line of the text */
} rww_matrix;

/** Reads delimited text: commas, semicolons, tabs or blanks; a first line or a first column of labels, or both; quotes;
 *  comments behind #. Errors: RWW_ERR_INPUT as file:line:column. */
RWW_MUST_CHECK rww_status rww_matrix_read_text(const char *path, rww_matrix *matrix);

/** Reads a two-dimensional dataset of numbers of an HDF5 file. Errors: RWW_ERR_INPUT naming file and dataset. */
RWW_MUST_CHECK rww_status rww_matrix_read_hdf5(const char *path, const char *dataset, rww_matrix *matrix);

/** One-dimensional dataset of strings in *labels [*n]; both 0 where the file has no such dataset. */
RWW_MUST_CHECK rww_status rww_labels_read_hdf5(const char *path, const char *dataset, char ***labels, size_t *n);

/** Whether an HDF5 file has this dataset. */
bool rww_hdf5_has(const char *path, const char *dataset);

/** Whether a file is to be read as HDF5: by its first bytes, or by its name where it has none of them. */
bool rww_hdf5_is_meant(const char *path);

/** "dk84.h5: weights[3][5]" or "w.csv:4:6": the place of an entry, for messages; `text` is emptied first. */
void rww_matrix_describe_entry(const rww_matrix *matrix, size_t row, size_t column, rww_text *text);
/** "dk84.h5: weights" or "w.csv". */
void rww_matrix_describe(const rww_matrix *matrix, rww_text *text);

/** n x n and finite; every finding is added to `problems`, and false returned. n = 0: square of any size. */
bool rww_matrix_check(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems);

void rww_matrix_free(rww_matrix *matrix);
void rww_labels_free(char **labels, size_t n);

#endif
