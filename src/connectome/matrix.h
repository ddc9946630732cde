/** @file
 *  A matrix as it stands in a file, with its labels and with the place of every number, for messages. */
#ifndef RWW_CONNECTOME_MATRIX_H
#define RWW_CONNECTOME_MATRIX_H

#include "base/problems.h"
#include "base/text.h"
#include "config/config.h"

/** Where a number stands in a text, from 1. */
typedef struct rww_cell_place {
  int line, column;
} rww_cell_place;

/** Owns everything; rww_matrix_free releases it. Zero-initialised is empty. */
typedef struct rww_matrix {
  size_t n_rows, n_columns;
  double *values;               /* [n_rows][n_columns] */
  rww_cell_place *places;       /* [n_rows][n_columns]; NULL for HDF5 */
  char **labels;                /* [n_labels], UTF-8, of the rows or else of the columns; NULL where there are none */
  rww_cell_place *label_places; /* [n_labels]; NULL for HDF5 */
  size_t n_labels;
  char *path, *dataset; /* dataset NULL: delimited text */
} rww_matrix;

/** Reads `dataset` and region_labels of an HDF5 file, or delimited text, whichever `path` is; `setting` is where the
 *  configuration names it. What is wrong is an error in `problems` as well. Errors: RWW_ERR_INPUT, RWW_ERR_MEMORY;
 *  *matrix is empty then. */
RWW_MUST_CHECK rww_status rww_matrix_read(const rww_path *path, const char *setting, const char *dataset,
                                          rww_problems *problems, rww_matrix *matrix);

/** Reads delimited text: cells between commas, semicolons, tabs or blanks, whichever the first line has most of; a
 *  first line or a first column of labels, or both; quotes around labels; comments behind #; a byte order mark and
 *  Windows line ends. A first line is one of labels where it holds no number or begins with an empty cell.
 *  Errors: RWW_ERR_INPUT as file:line:column, RWW_ERR_MEMORY; *matrix is empty then. */
RWW_MUST_CHECK rww_status rww_matrix_read_text(const char *path, rww_matrix *matrix);

/** Reads a two-dimensional dataset of numbers of an HDF5 file, and the labels in region_labels where it has them.
 *  Errors: RWW_ERR_INPUT naming file and dataset, RWW_ERR_MEMORY; *matrix is empty then. */
RWW_MUST_CHECK rww_status rww_matrix_read_hdf5(const char *path, const char *dataset, rww_matrix *matrix);

/** Whether an HDF5 file has this dataset. */
bool rww_hdf5_has(const char *path, const char *dataset);

/** Whether a file is to be read as HDF5: by its first bytes, or by its name where it has none of them. */
bool rww_hdf5_is_meant(const char *path);

/** "dk84.h5: weights[3][5]" or "w.csv:4:6": the place of an entry, for messages; `text` is emptied first. */
void rww_matrix_describe_entry(const rww_matrix *matrix, size_t row, size_t column, rww_text *text);
/** "dk84.h5: region_labels[3]" or "w.csv:1:6": the place of a label. */
void rww_matrix_describe_label(const rww_matrix *matrix, size_t i, rww_text *text);
/** "dk84.h5: dataset weights" or "w.csv". */
void rww_matrix_describe(const rww_matrix *matrix, rww_text *text);

/** Which entries a check refuses, and what it expects instead. */
typedef struct rww_entry_check {
  bool (*is_bad)(double value);
  const char *expected;
} rww_entry_check;

/** Adds one finding with the place of the first bad entry and the number of them; false where there is any. */
bool rww_matrix_check_entries(const rww_matrix *matrix, const rww_entry_check *check, rww_severity severity,
                              rww_problems *problems);

/** n x n (any size where n is 0) and finite; every finding is an error in `problems`, and false is returned.
 *  `other` says what has the size n: "the weights". */
bool rww_matrix_check(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems);

/** Where both have labels: the first difference from those of the connectome is an error. labels [n_rows]. */
void rww_matrix_check_labels(const rww_matrix *matrix, char *const *labels, rww_problems *problems);

void rww_matrix_free(rww_matrix *matrix);
void rww_labels_free(char **labels, size_t n);

#endif
