#include "connectome/matrix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rww_labels_free(char **labels, size_t n) {
  for (size_t i = 0; labels && i < n; i++) free(labels[i]);
  free(labels);
}

void rww_matrix_free(rww_matrix *matrix) {
  rww_labels_free(matrix->labels, matrix->n_labels);
  free(matrix->values);
  free(matrix->places);
  free(matrix->label_places);
  free(matrix->path);
  free(matrix->dataset);
  *matrix = (rww_matrix){0};
}

void rww_matrix_describe(const rww_matrix *matrix, rww_text *text) {
  rww_text_free(text);
  rww_text_add(text, matrix->dataset ? "%s: dataset %s" : "%s", matrix->path, matrix->dataset);
}

void rww_matrix_describe_entry(const rww_matrix *matrix, size_t row, size_t column, rww_text *text) {
  rww_text_free(text);
  if (matrix->dataset) {
    rww_text_add(text, "%s: %s[%zu][%zu]", matrix->path, matrix->dataset, row, column);
  } else {
    rww_cell_place place = matrix->places[row * matrix->n_columns + column];
    rww_text_add(text, "%s:%d:%d", matrix->path, place.line, place.column);
  }
}

void rww_matrix_describe_label(const rww_matrix *matrix, size_t i, rww_text *text) {
  rww_text_free(text);
  if (matrix->dataset)
    rww_text_add(text, "%s: region_labels[%zu]", matrix->path, i);
  else
    rww_text_add(text, "%s:%d:%d", matrix->path, matrix->label_places[i].line, matrix->label_places[i].column);
}

static bool is_readable(const rww_path *path, const char *setting, rww_problems *problems) {
  char where[RWW_PLACE_TEXT_SIZE];
  if (access(path->name, R_OK) == 0) return true;
  int reason = errno;
  bool is_override = path->place.line == 0; /* its place is the setting's name */
  rww_place_format(&path->place, where);
  rww_problems_add(problems, RWW_ERROR, "%s: %s%s%s: %s", where, is_override ? "" : setting, is_override ? "" : ": ",
                   path->name, strerror(reason));
  return false;
}

rww_status rww_matrix_read(const rww_path *path, const char *setting, const char *dataset, rww_problems *problems,
                           rww_matrix *matrix) {
  *matrix = (rww_matrix){0};
  if (!is_readable(path, setting, problems)) return RWW_ERR_INPUT;
  rww_status status = rww_hdf5_is_meant(path->name) ? rww_matrix_read_hdf5(path->name, dataset, matrix)
                                                    : rww_matrix_read_text(path->name, matrix);
  if (status != RWW_OK) rww_problems_add(problems, RWW_ERROR, "%s", rww_status_message(status));
  return status;
}

bool rww_matrix_check_entries(const rww_matrix *matrix, const rww_entry_check *check, rww_severity severity,
                              rww_problems *problems) {
  size_t n_bad = 0, first = 0;
  for (size_t i = matrix->n_rows * matrix->n_columns; i-- > 0;)
    if (check->is_bad(matrix->values[i])) {
      n_bad++;
      first = i;
    }
  if (n_bad == 0) return true;
  rww_text where = {0};
  rww_matrix_describe_entry(matrix, first / matrix->n_columns, first % matrix->n_columns, &where);
  rww_text_add(&where, ": found %g; expected %s", matrix->values[first], check->expected);
  if (n_bad > 1) rww_text_add(&where, " (and so %zu more)", n_bad - 1);
  rww_problems_add(problems, severity, "%s", where.chars);
  rww_text_free(&where);
  return false;
}

static bool check_shape(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems) {
  rww_text where = {0};
  bool square = matrix->n_rows == matrix->n_columns, fits = n == 0 || matrix->n_rows == n;
  bool is_one_off = matrix->n_rows == matrix->n_columns + 1 || matrix->n_columns == matrix->n_rows + 1;
  rww_matrix_describe(matrix, &where);
  if (!square)
    rww_problems_add(problems, RWW_ERROR, "%s: has %zu rows and %zu columns; expected as many rows as columns%s",
                     where.chars, matrix->n_rows, matrix->n_columns,
                     matrix->places && is_one_off ? " (labels that look like numbers need quotes)" : "");
  else if (!fits)
    rww_problems_add(problems, RWW_ERROR, "%s: is %zu x %zu; expected %zu x %zu as %s", where.chars, matrix->n_rows,
                     matrix->n_columns, n, n, other);
  rww_text_free(&where);
  return square && fits;
}

static bool is_not_finite(double value) {
  return !isfinite(value);
}

bool rww_matrix_check(const rww_matrix *matrix, size_t n, const char *other, rww_problems *problems) {
  static const rww_entry_check finite = {is_not_finite, "a finite number"};
  return check_shape(matrix, n, other, problems) && rww_matrix_check_entries(matrix, &finite, RWW_ERROR, problems);
}

void rww_matrix_check_labels(const rww_matrix *matrix, char *const *labels, rww_problems *problems) {
  rww_text where = {0};
  for (size_t i = 0; labels && i < matrix->n_labels; i++) {
    if (strcmp(matrix->labels[i], labels[i]) == 0) continue;
    rww_matrix_describe_label(matrix, i, &where);
    rww_problems_add(problems, RWW_ERROR,
                     "%s: found '%s', where the connectome has '%s'; expected the same regions in the same order",
                     where.chars, matrix->labels[i], labels[i]);
    break;
  }
  rww_text_free(&where);
}
