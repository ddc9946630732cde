#include "connectome/connectome.h"

#include "connectome/matrix.h"
#include <math.h>
#include <stdlib.h>

static rww_status read_values(const rww_values *values, rww_matrix *matrix) {
  if (rww_hdf5_is_meant(values->file))
    return rww_raise(RWW_ERR_INPUT, "%s: expected delimited text with a value a node", values->file);
  RWW_TRY(rww_matrix_read_text(values->file, matrix));
  if (matrix->n_rows == 1 || matrix->n_columns == 1) return RWW_OK;
  rww_status status = rww_raise(RWW_ERR_INPUT, "%s: has %zu rows and %zu columns; expected one row or one column",
                                values->file, matrix->n_rows, matrix->n_columns);
  rww_matrix_free(matrix);
  return status;
}

static rww_status take_file(rww_values *values) {
  rww_matrix matrix = {0};
  RWW_TRY(read_values(values, &matrix));
  values->n = matrix.n_rows * matrix.n_columns;
  values->values = matrix.values;
  matrix.values = NULL;
  rww_matrix_free(&matrix);
  for (size_t i = 0; i < values->n; i++)
    if (!isfinite(values->values[i]))
      return rww_raise(RWW_ERR_INPUT, "%s: value %zu is %g; expected a finite number", values->file, i + 1,
                       values->values[i]);
  return RWW_OK;
}

/* Line 0: given by --set. */
static void describe_place(const rww_values *values, const char *name, const char *config_path, rww_text *place) {
  if (values->line > 0)
    rww_text_add(place, "%s:%d:%d: %s", config_path, values->line, values->column, name);
  else
    rww_text_add(place, "--set %s", name);
}

rww_status rww_values_resolve(rww_values *values, const char *name, const char *config_path, size_t n_nodes,
                              rww_problems *problems) {
  rww_status status = values->file ? take_file(values) : RWW_OK;
  if (status == RWW_OK && (values->n == 1 || values->n == n_nodes)) return RWW_OK;
  rww_text place = {0};
  describe_place(values, name, config_path, &place);
  if (status != RWW_OK)
    rww_problems_add(problems, RWW_ERROR, "%s: %s", place.chars, rww_status_message(status));
  else
    rww_problems_add(problems, RWW_ERROR, "%s: has %zu values; expected one, or one for each of the %zu nodes",
                     place.chars, values->n, n_nodes);
  rww_text_free(&place);
  return RWW_ERR_INPUT;
}
