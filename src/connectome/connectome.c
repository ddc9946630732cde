#include "connectome/connectome.h"

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

static bool is_negative(double value) {
  return value < 0;
}

static void check_diagonal(const rww_matrix *weights, rww_problems *problems) {
  size_t n = weights->n_rows, n_found = 0;
  for (size_t i = 0; i < n; i++) n_found += weights->values[i * n + i] != 0;
  if (n_found == 0) return;
  rww_text where = {0};
  rww_matrix_describe(weights, &where);
  rww_problems_add(problems, RWW_WARNING,
                   "%s: %zu of %zu entries of the diagonal are not 0; they are kept, so that regions couple to "
                   "themselves",
                   where.chars, n_found, n);
  rww_text_free(&where);
}

static bool is_row_empty(const rww_matrix *matrix, size_t row) {
  for (size_t j = 0; j < matrix->n_columns; j++)
    if (matrix->values[row * matrix->n_columns + j] != 0) return false;
  return true;
}

static void add_node(const rww_matrix *matrix, size_t node, rww_text *names) {
  if (names->length) rww_text_add(names, ", ");
  if (matrix->labels)
    rww_text_add(names, "%s", matrix->labels[node]);
  else
    rww_text_add(names, "%zu", node);
}

static void check_rows(const rww_matrix *weights, rww_problems *problems) {
  size_t n_empty = 0;
  rww_text names = {0}, where = {0};
  for (size_t i = 0; i < weights->n_rows; i++)
    if (is_row_empty(weights, i) && n_empty++ < MAX_NAMED) add_node(weights, i, &names);
  rww_matrix_describe(weights, &where);
  if (n_empty > 0)
    rww_problems_add(problems, RWW_WARNING, "%s: %zu node%s without any input (rows of zeros): %s%s", where.chars,
                     n_empty, n_empty == 1 ? "" : "s", names.chars, n_empty > MAX_NAMED ? ", ..." : "");
  rww_text_free(&names);
  rww_text_free(&where);
}

static void check_names(const rww_matrix *weights, rww_problems *problems) {
  rww_text where = {0};
  for (size_t i = 0; i < weights->n_labels; i++)
    for (size_t j = 0; j < i; j++) {
      if (strcmp(weights->labels[i], weights->labels[j]) != 0) continue;
      rww_matrix_describe_label(weights, i, &where);
      rww_problems_add(problems, RWW_WARNING, "%s: '%s' is the name of an earlier region too", where.chars,
                       weights->labels[i]);
      rww_text_free(&where);
      return;
    }
}

static rww_status read_weights(const rww_connectivity_config *config, rww_problems *problems,
                               rww_connectome *connectome) {
  static const rww_entry_check sign = {is_negative,
                                       "weights from 0, or connectivity.allow_negative: true where they are meant"};
  rww_matrix matrix;
  RWW_TRY(rww_matrix_read(&config->file, "connectivity.file", "weights", problems, &matrix));
  bool good = rww_matrix_check(&matrix, 0, "", problems);
  if (good && !config->allow_negative) good = rww_matrix_check_entries(&matrix, &sign, RWW_ERROR, problems);
  if (good) {
    check_diagonal(&matrix, problems);
    check_rows(&matrix, problems);
    check_names(&matrix, problems);
    *connectome = (rww_connectome){.n_nodes = matrix.n_rows, .weights = matrix.values, .labels = matrix.labels};
    matrix.values = NULL;
    matrix.labels = NULL;
  }
  rww_matrix_free(&matrix);
  return good ? RWW_OK : RWW_ERR_INPUT;
}

/* Where the weights could not be read, n_nodes is 0 and any size goes, so that other problems are told as well. */
static rww_status read_tract_lengths(const rww_connectivity_config *config, rww_problems *problems,
                                     rww_connectome *connectome) {
  static const rww_entry_check sign = {is_negative, "lengths in mm"};
  const rww_path *path = &config->tract_lengths;
  const char *weights = config->file.name;
  if (!path->name && rww_hdf5_is_meant(weights) && rww_hdf5_has(weights, "tract_lengths")) path = &config->file;
  if (!path->name) return RWW_OK;
  rww_matrix matrix;
  size_t n_before = problems->n_errors;
  RWW_TRY(rww_matrix_read(path, "connectivity.tract_lengths", "tract_lengths", problems, &matrix));
  if (rww_matrix_check(&matrix, connectome->n_nodes, "the weights", problems)) {
    rww_matrix_check_entries(&matrix, &sign, RWW_ERROR, problems);
    rww_matrix_check_labels(&matrix, connectome->labels, problems);
    connectome->tract_lengths = matrix.values;
    matrix.values = NULL;
  }
  rww_matrix_free(&matrix);
  return problems->n_errors == n_before ? RWW_OK : RWW_ERR_INPUT;
}

static rww_status read_file(const rww_connectivity_config *config, rww_problems *problems, rww_connectome *connectome) {
  rww_status weights = read_weights(config, problems, connectome);
  rww_status tract_lengths = read_tract_lengths(config, problems, connectome);
  return weights != RWW_OK ? weights : tract_lengths;
}

static rww_status generate(const rww_connectivity_config *config, rww_problems *problems, rww_connectome *connectome) {
  rww_status status = rww_generator_create(config->generator.n_nodes, config->generator.seed, connectome);
  if (status != RWW_OK) rww_problems_add(problems, RWW_ERROR, "%s", rww_status_message(status));
  return status;
}

/* Of one row: the sum of its magnitudes, and the largest so far in *max. */
static double sum_row(const double *row, size_t n, double *max) {
  double sum = 0;
  for (size_t j = 0; j < n; j++) {
    sum += fabs(row[j]);
    *max = fmax(*max, fabs(row[j]));
  }
  return sum;
}

static rww_status normalize(const rww_connectivity_config *config, rww_problems *problems, rww_connectome *connectome) {
  size_t n = connectome->n_nodes;
  double *w = connectome->weights, max = 0, sum = 0;
  for (size_t i = 0; i < n; i++) sum += sum_row(w + i * n, n, &max);
  if (config->normalize == RWW_NORMALIZE_NONE) return RWW_OK;
  if (max == 0 || !isfinite(sum)) {
    rww_problems_add(problems, RWW_ERROR, "%s: the weights %s, so that they cannot be normalised", config->file.name,
                     max == 0 ? "are all 0" : "have no finite sum");
    return RWW_ERR_INPUT;
  }
  for (size_t i = 0; i < n; i++) {
    double unused = 0, row_sum = sum_row(w + i * n, n, &unused);
    double divisor = config->normalize == RWW_NORMALIZE_MAX ? max : sum;
    if (config->normalize == RWW_NORMALIZE_ROW_SUM) divisor = row_sum > 0 ? row_sum : 1;
    for (size_t j = 0; j < n; j++) w[i * n + j] /= divisor;
  }
  return RWW_OK;
}

rww_status rww_connectome_read(const rww_connectivity_config *config, rww_problems *problems,
                               rww_connectome *connectome) {
  *connectome = (rww_connectome){0};
  rww_status status =
      config->generator.name ? generate(config, problems, connectome) : read_file(config, problems, connectome);
  if (status == RWW_OK) status = normalize(config, problems, connectome);
  if (status == RWW_OK) return RWW_OK;
  rww_connectome_free(connectome);
  return rww_problems_raise(problems, status);
}
