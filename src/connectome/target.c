#include "connectome/connectome.h"

#include "connectome/matrix.h"
#include <math.h>
#include <stdlib.h>

/* Correlations that were rounded on their way through a text are still symmetric to this, and within -1 to 1. */
#define ROUNDING 1e-6

void rww_target_free(rww_target *target) {
  rww_labels_free(target->labels, target->n_nodes);
  free(target->fc);
  *target = (rww_target){0};
}

static void zero_diagonal(rww_matrix *fc, rww_problems *problems) {
  size_t n = fc->n_rows, n_found = 0;
  for (size_t i = 0; i < n; i++) {
    n_found += fc->values[i * n + i] != 0;
    fc->values[i * n + i] = 0;
  }
  if (n_found == 0) return;
  rww_text where = {0};
  rww_matrix_describe(fc, &where);
  rww_problems_add(problems, RWW_WARNING, "%s: the diagonal is not 0; it was set to 0 (%zu entries)", where.chars,
                   n_found);
  rww_text_free(&where);
}

static void check_symmetry(const rww_matrix *fc, rww_problems *problems) {
  size_t n = fc->n_rows;
  rww_text where = {0};
  for (size_t i = 0; i < n * n; i++) {
    double transposed = fc->values[i % n * n + i / n];
    if (fabs(fc->values[i] - transposed) <= ROUNDING) continue;
    rww_matrix_describe_entry(fc, i / n, i % n, &where);
    rww_problems_add(problems, RWW_WARNING, "%s: found %g, but %g on the other side of the diagonal", where.chars,
                     fc->values[i], transposed);
    break;
  }
  rww_text_free(&where);
}

static void check_differences(const rww_matrix *fc, rww_problems *problems) {
  rww_text where = {0};
  for (size_t i = 0; i < fc->n_rows * fc->n_columns; i++)
    if (fc->values[i] != 0) return;
  rww_matrix_describe(fc, &where);
  rww_problems_add(problems, RWW_WARNING, "%s: all correlations are 0, so that fc_corr has no value", where.chars);
  rww_text_free(&where);
}

static bool is_no_correlation(double value) {
  return fabs(value) > 1 + ROUNDING;
}

static void check(rww_matrix *fc, const rww_connectome *connectome, rww_problems *problems) {
  static const rww_entry_check range = {is_no_correlation, "correlations, from -1 to 1, such as the simulated FC has"};
  if (!rww_matrix_check(fc, connectome->n_nodes, "the connectome", problems)) return;
  zero_diagonal(fc, problems);
  check_symmetry(fc, problems);
  check_differences(fc, problems);
  rww_matrix_check_entries(fc, &range, RWW_WARNING, problems);
  rww_matrix_check_labels(fc, connectome->labels, problems);
}

rww_status rww_target_read(const rww_target_config *config, const rww_connectome *connectome, rww_problems *problems,
                           rww_target *target) {
  rww_matrix fc;
  size_t n_before = problems->n_errors;
  *target = (rww_target){0};
  rww_status status = rww_matrix_read(&config->file, "observation.target.file", config->dataset, problems, &fc);
  if (status == RWW_OK) check(&fc, connectome, problems);
  if (problems->n_errors == n_before) {
    *target = (rww_target){fc.n_rows, fc.values, fc.labels};
    fc.values = NULL;
    fc.labels = NULL;
  }
  rww_matrix_free(&fc);
  return problems->n_errors == n_before ? RWW_OK : rww_problems_raise(problems, RWW_ERR_INPUT);
}
