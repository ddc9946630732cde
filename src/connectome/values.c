#include "connectome/connectome.h"

#include "config/types.h"
#include "connectome/matrix.h"
#include <stdlib.h>

static void add(rww_problems *problems, const rww_text *place, const char *text) {
  rww_problems_add(problems, RWW_ERROR, "%s: %s", place->chars, text);
}

static rww_status read_file(const char *path, rww_matrix *matrix) {
  if (rww_hdf5_is_meant(path))
    return rww_raise(RWW_ERR_INPUT, "%s: found HDF5; expected delimited text with a value for each node", path);
  RWW_TRY(rww_matrix_read_text(path, matrix));
  if (matrix->n_rows == 1 || matrix->n_columns == 1) return RWW_OK;
  rww_status status = rww_raise(RWW_ERR_INPUT, "%s: has %zu rows and %zu columns; expected one row or one column", path,
                                matrix->n_rows, matrix->n_columns);
  rww_matrix_free(matrix);
  return status;
}

/* A value from a file has to be possible as one in the configuration has. */
static rww_status check_values(const rww_matrix *matrix, const rww_setting *setting) {
  for (size_t i = 0; i < matrix->n_rows * matrix->n_columns; i++) {
    const char *expected = rww_type_check_real(setting, matrix->values[i]);
    if (expected)
      return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: found %g; expected %s", matrix->path, matrix->places[i].line,
                       matrix->places[i].column, matrix->values[i], expected);
  }
  return RWW_OK;
}

static rww_status take_file(const char *setting, const rww_text *place, const rww_connectome *connectome,
                            rww_problems *problems, rww_values *values) {
  rww_matrix matrix = {0};
  rww_status status = read_file(values->file, &matrix);
  if (status == RWW_OK) status = check_values(&matrix, rww_setting_find(setting));
  if (status != RWW_OK) {
    add(problems, place, rww_status_message(status));
  } else {
    values->n = matrix.n_rows * matrix.n_columns;
    values->values = matrix.values;
    matrix.values = NULL;
    if (matrix.n_labels == values->n && values->n == connectome->n_nodes)
      rww_matrix_check_labels(&matrix, connectome->labels, problems);
  }
  rww_matrix_free(&matrix);
  return status;
}

/* Line 0: given by --set. */
static void describe_place(const rww_values *values, const char *setting, const char *config_path, rww_text *place) {
  if (values->line > 0)
    rww_text_add(place, "%s:%d:%d: %s", config_path, values->line, values->column, setting);
  else
    rww_text_add(place, "--set %s", setting);
}

static void check_number(const rww_values *values, const rww_text *place, size_t n_nodes, rww_problems *problems) {
  if (values->n != 1 && values->n != n_nodes && n_nodes > 0)
    rww_problems_add(problems, RWW_ERROR, "%s: has %zu values; expected one, or one for each of the %zu nodes",
                     place->chars, values->n, n_nodes);
}

rww_status rww_values_resolve(rww_values *values, const char *setting, const char *config_path,
                              const rww_connectome *connectome, rww_problems *problems) {
  size_t n_before = problems->n_errors;
  rww_text place = {0};
  describe_place(values, setting, config_path, &place);
  rww_status status = values->file ? take_file(setting, &place, connectome, problems, values) : RWW_OK;
  if (status == RWW_OK) check_number(values, &place, connectome->n_nodes, problems);
  rww_text_free(&place);
  return problems->n_errors == n_before ? RWW_OK : RWW_ERR_INPUT;
}
