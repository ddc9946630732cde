#include "connectome/connectome.h"

#include "connectome/matrix.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Correlations that were rounded on their way through a text are still symmetric to this. */
#define SYMMETRY_TOLERANCE 1e-6

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
  rww_text where = {0};
  rww_matrix_describe(fc, &where);
  if (n_found > 0)
    rww_problems_add(problems, RWW_WARNING, "%s: the diagonal is not 0; it was set to 0 (%zu entries)", where.chars,
                     n_found);
  rww_text_free(&where);
}

static void check_symmetry(const rww_matrix *fc, rww_problems *problems) {
  size_t n = fc->n_rows;
  rww_text where = {0};
  for (size_t i = 0; i < n * n; i++) {
    double transposed = fc->values[i % n * n + i / n];
    if (fabs(fc->values[i] - transposed) <= SYMMETRY_TOLERANCE) continue;
    rww_matrix_describe_entry(fc, i / n, i % n, &where);
    rww_problems_add(problems, RWW_WARNING, "%s is %g, but %g on the other side of the diagonal", where.chars,
                     fc->values[i], transposed);
    break;
  }
  rww_text_free(&where);
}

static void check_order(char *const *found, size_t n, const char *path, const rww_connectome *connectome,
                        rww_problems *problems) {
  if (n != connectome->n_nodes)
    rww_problems_add(problems, RWW_ERROR, "%s: has %zu region labels; the connectome has %zu nodes", path, n,
                     connectome->n_nodes);
  for (size_t i = 0; i < n && n == connectome->n_nodes; i++) {
    if (strcmp(found[i], connectome->labels[i]) == 0) continue;
    rww_problems_add(problems, RWW_ERROR,
                     "%s: the target's region %zu is '%s', the connectome's '%s'; expected the same order of regions",
                     path, i, found[i], connectome->labels[i]);
    return;
  }
}

static rww_status read_matrix(const rww_target_config *config, rww_matrix *fc) {
  if (!rww_hdf5_is_meant(config->file)) return rww_matrix_read_text(config->file, fc);
  RWW_TRY(rww_matrix_read_hdf5(config->file, config->dataset, fc));
  rww_status status = rww_labels_read_hdf5(config->file, "region_labels", &fc->labels, &fc->n_labels);
  if (status != RWW_OK) rww_matrix_free(fc);
  return status;
}

rww_status rww_target_read(const rww_target_config *config, const rww_connectome *connectome, rww_problems *problems,
                           rww_target *target) {
  rww_matrix fc = {0};
  size_t n_before = problems->n_errors;
  *target = (rww_target){0};
  rww_status status = read_matrix(config, &fc);
  if (status != RWW_OK) {
    rww_problems_add(problems, RWW_ERROR, "%s", rww_status_message(status));
    return status;
  }
  if (rww_matrix_check(&fc, connectome->n_nodes, "the connectome", problems)) {
    zero_diagonal(&fc, problems);
    check_symmetry(&fc, problems);
    if (fc.labels && connectome->labels) check_order(fc.labels, fc.n_labels, config->file, connectome, problems);
  }
  if (problems->n_errors == n_before) {
    *target = (rww_target){fc.n_rows, fc.values, fc.n_labels == fc.n_rows ? fc.labels : NULL};
    fc.values = NULL;
    if (target->labels) fc.labels = NULL;
  }
  rww_matrix_free(&fc);
  return problems->n_errors == n_before ? RWW_OK : rww_problems_raise(problems, RWW_ERR_INPUT);
}
