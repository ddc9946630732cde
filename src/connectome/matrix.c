#include "connectome/matrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

void rww_labels_free(char **labels, size_t n) {
  for (size_t i = 0; labels && i < n; i++) free(labels[i]);
  free(labels);
}

void rww_matrix_free(rww_matrix *matrix) {
  rww_labels_free(matrix->labels, matrix->n_labels);
  free(matrix->values);
  free(matrix->path);
  free(matrix->dataset);
  free(matrix->lines);
  *matrix = (rww_matrix){0};
}

void rww_matrix_describe(const rww_matrix *matrix, rww_text *text) {
  rww_text_free(text);
  rww_text_add(text, matrix->dataset ? "%s: dataset %s" : "%s", matrix->path, matrix->dataset);
}

void rww_matrix_describe_entry(const rww_matrix *matrix, size_t row, size_t column, rww_text *text) {
  rww_text_free(text);
  if (matrix->dataset)
    rww_text_add(text, "%s: %s[%zu][%zu]", matrix->path, matrix->dataset, row, column);
  else
    rww_text_add(text, "%s:%d: value %zu", matrix->path, matrix->lines[row], column + 1);
}

static bool check_shape(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems) {
  rww_text where = {0};
  bool square = matrix->n_rows == matrix->n_columns && matrix->n_rows > 0, fits = n == 0 || matrix->n_rows == n;
  rww_matrix_describe(matrix, &where);
  if (!square)
    rww_problems_add(problems, RWW_ERROR, "%s: has %zu rows and %zu columns; expected as many rows as columns",
                     where.chars, matrix->n_rows, matrix->n_columns);
  else if (!fits)
    rww_problems_add(problems, RWW_ERROR, "%s: is %zu x %zu; expected %zu x %zu as %s", where.chars, matrix->n_rows,
                     matrix->n_columns, n, n, other);
  rww_text_free(&where);
  return square && fits;
}

bool rww_matrix_check(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems) {
  if (!check_shape(matrix, n, other, problems)) return false;
  size_t n_bad = 0, first = 0;
  for (size_t i = matrix->n_rows * matrix->n_columns; i-- > 0;)
    if (!isfinite(matrix->values[i])) {
      n_bad++;
      first = i;
    }
  if (n_bad == 0) return true;
  rww_text where = {0};
  rww_matrix_describe_entry(matrix, first / matrix->n_columns, first % matrix->n_columns, &where);
  rww_problems_add(problems, RWW_ERROR, "%s is %g; expected a finite number (%zu such entr%s in all)", where.chars,
                   matrix->values[first], n_bad, n_bad == 1 ? "y" : "ies");
  rww_text_free(&where);
  return false;
}
