#include "connectome/connectome.h"

#include "base/memory.h"
#include "connectome/generator.h"
#include "connectome/matrix.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMED 10 /* nodes that one message names */

void rww_connectome_free(rww_connectome *connectome) {
  rww_labels_free(connectome->labels, connectome->n_nodes);
  free(connectome->weights);
  free(connectome->tract_lengths);
  free(connectome->positions);
  *connectome = (rww_connectome){0};
}

static void add_node(const rww_connectome *connectome, size_t node, rww_text *names) {
  if (connectome->labels)
    rww_text_add(names, "%s%s", names->length ? ", " : "", connectome->labels[node]);
  else
    rww_text_add(names, "%s%zu", names->length ? ", " : "", node);
}

static void check_signs(const rww_matrix *weights, bool allow_negative, rww_problems *problems) {
  size_t n = weights->n_rows;
  rww_text where = {0};
  for (size_t i = 0; i < n * n && !allow_negative; i++) {
    if (weights->values[i] >= 0) continue;
    rww_matrix_describe_entry(weights, i / n, i % n, &where);
    rww_problems_add(problems, RWW_ERROR,
                     "%s is %g; expected weights >= 0, or connectivity.allow_negative: true where they are meant",
                     where.chars, weights->values[i]);
    break;
  }
  rww_text_free(&where);
}

static void check_diagonal(const rww_matrix *weights, rww_problems *problems) {
  size_t n = weights->n_rows, n_found = 0;
  for (size_t i = 0; i < n; i++) n_found += weights->values[i * n + i] != 0;
  rww_text where = {0};
  rww_matrix_describe(weights, &where);
  if (n_found > 0)
    rww_problems_add(problems, RWW_WARNING,
                     "%s: %zu of %zu entries of the diagonal are not 0; regions couple to themselves", where.chars,
                     n_found, n);
  rww_text_free(&where);
}

static void check_rows(const rww_connectome *connectome, const char *path, rww_problems *problems) {
  size_t n = connectome->n_nodes, n_empty = 0;
  rww_text names = {0};
  for (size_t i = 0; i < n; i++) {
    bool empty = true;
    for (size_t j = 0; j < n && empty; j++) empty = connectome->weights[i * n + j] == 0;
    if (empty && n_empty++ < MAX_NAMED) add_node(connectome, i, &names);
  }
  if (n_empty > 0)
    rww_problems_add(problems, RWW_WARNING, "%s: %zu node%s without any input: %s%s", path, n_empty,
                     n_empty == 1 ? "" : "s", names.chars, n_empty > MAX_NAMED ? ", ..." : "");
  rww_text_free(&names);
}

/* max: by the largest weight; sum: by the sum of all; row-sum: each row by its own sum, rows of zeros stay. */
static bool normalize(rww_normalization how, rww_connectome *connectome) {
  size_t n = connectome->n_nodes;
  double *w = connectome->weights, max = 0, sum = 0;
  for (size_t i = 0; i < n * n; i++) {
    max = fmax(max, w[i]);
    sum += w[i];
  }
  double scale = how == RWW_NORMALIZE_MAX ? max : how == RWW_NORMALIZE_SUM ? sum : 1.0;
  if (!(scale > 0) || !isfinite(scale)) return false;
  for (size_t i = 0; i < n; i++) {
    double row_sum = 0;
    for (size_t j = 0; j < n; j++) row_sum += w[i * n + j];
    double divisor = how == RWW_NORMALIZE_ROW_SUM && row_sum != 0 ? row_sum : scale;
    for (size_t j = 0; j < n; j++) w[i * n + j] /= divisor;
  }
  return true;
}

static rww_status read_matrix(const char *path, const char *dataset, rww_problems *problems, rww_matrix *matrix) {
  rww_status status =
      rww_hdf5_is_meant(path) ? rww_matrix_read_hdf5(path, dataset, matrix) : rww_matrix_read_text(path, matrix);
  if (status != RWW_OK) rww_problems_add(problems, RWW_ERROR, "%s", rww_status_message(status));
  return status;
}

/* Labels beside a matrix: in the text itself, or in region_labels of the HDF5 file. */
static rww_status take_labels(rww_matrix *matrix, rww_problems *problems, char ***labels) {
  char **found = matrix->labels;
  size_t n = matrix->n_labels;
  matrix->labels = NULL;
  matrix->n_labels = 0;
  rww_status status = RWW_OK;
  if (matrix->dataset) status = rww_labels_read_hdf5(matrix->path, "region_labels", &found, &n);
  if (status == RWW_OK && found && n != matrix->n_rows) {
    status = rww_raise(RWW_ERR_INPUT, "%s: has %zu region labels; expected %zu", matrix->path, n, matrix->n_rows);
    rww_labels_free(found, n);
  }
  if (status == RWW_OK)
    *labels = found;
  else
    rww_problems_add(problems, RWW_ERROR, "%s", rww_status_message(status));
  return status;
}

static rww_status read_weights(const rww_connectivity_config *config, rww_problems *problems,
                               rww_connectome *connectome) {
  rww_matrix matrix = {0};
  RWW_TRY(read_matrix(config->file, "weights", problems, &matrix));
  rww_status status = RWW_OK;
  if (rww_matrix_check(&matrix, 0, "", problems)) {
    check_signs(&matrix, config->allow_negative, problems);
    check_diagonal(&matrix, problems);
    connectome->n_nodes = matrix.n_rows;
    status = take_labels(&matrix, problems, &connectome->labels);
    connectome->weights = matrix.values;
    matrix.values = NULL;
    check_rows(connectome, config->file, problems);
  } else
    status = RWW_ERR_INPUT;
  rww_matrix_free(&matrix);
  return status;
}

static rww_status read_tract_lengths(const rww_connectivity_config *config, rww_problems *problems,
                                     rww_connectome *connectome) {
  const char *path = config->tract_lengths;
  if (!path && rww_hdf5_is_meant(config->file) && rww_hdf5_has(config->file, "tract_lengths")) path = config->file;
  if (!path) return RWW_OK;
  rww_matrix matrix = {0};
  RWW_TRY(read_matrix(path, "tract_lengths", problems, &matrix));
  rww_status status = RWW_ERR_INPUT;
  if (rww_matrix_check(&matrix, connectome->n_nodes, "the weights", problems)) {
    status = RWW_OK;
    connectome->tract_lengths = matrix.values;
    matrix.values = NULL;
  }
  rww_matrix_free(&matrix);
  return status;
}

static rww_status read_file(const rww_connectivity_config *config, rww_problems *problems, rww_connectome *connectome) {
  RWW_TRY(read_weights(config, problems, connectome));
  return read_tract_lengths(config, problems, connectome);
}

static rww_status read_or_generate(const rww_connectivity_config *config, rww_problems *problems,
                                   rww_connectome *connectome) {
  RWW_TRY(config->generator.name ? rww_generator_create(config->generator.n_nodes, config->generator.seed, connectome)
                                 : read_file(config, problems, connectome));
  if (problems->n_errors == 0 && !normalize(config->normalize, connectome))
    rww_problems_add(problems, RWW_ERROR, "%s: no weight is positive, so that they cannot be normalised",
                     config->file ? config->file : "generated connectome");
  return RWW_OK;
}

rww_status rww_connectome_read(const rww_connectivity_config *config, rww_problems *problems,
                               rww_connectome *connectome) {
  size_t n_before = problems->n_errors;
  *connectome = (rww_connectome){0};
  rww_status status = read_or_generate(config, problems, connectome);
  if (status == RWW_OK && problems->n_errors > n_before) status = RWW_ERR_INPUT;
  if (status == RWW_OK) return RWW_OK;
  rww_connectome_free(connectome);
  return problems->n_errors > 0 ? rww_problems_raise(problems, status) : status;
}
