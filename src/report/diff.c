#include "report/diff.h"

#include "report/evaluation.h"
#include "store/axes.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line of a canonical text that begins with this path, or NULL. */
static const char *find_line(const char *text, const char *path, size_t n_path) {
  for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
    if (strncmp(line, path, n_path) == 0 && strncmp(line + n_path, " =", 2) == 0) return line;
  return NULL;
}

/* Lines of `text` that `other` has not or has otherwise; returns how many. With `print_both` both sides are shown. */
static size_t print_differing_lines(const char *text, const char *other, char mark, char other_mark, bool print_both) {
  size_t n = 0;
  for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    size_t n_line = strcspn(line, "\n");
    const char *equals = strstr(line, " =");
    const char *match = equals && equals < line + n_line ? find_line(other, line, (size_t)(equals - line)) : NULL;
    bool same = match && strcspn(match, "\n") == n_line && strncmp(match, line, n_line) == 0;
    if (same || (match && !print_both)) continue;
    n++;
    printf("  %c %.*s\n", mark, (int)n_line, line);
    if (match) printf("  %c %.*s\n", other_mark, (int)strcspn(match, "\n"), match);
  }
  return n;
}

static rww_status diff_configurations(const rww_reader *a, const rww_reader *b) {
  char *text_a = NULL, *text_b = NULL;
  rww_status status = rww_reader_text(a, "/config/canonical", &text_a);
  if (status == RWW_OK) status = rww_reader_text(b, "/config/canonical", &text_b);
  if (status == RWW_OK) {
    puts("configuration:");
    size_t n = print_differing_lines(text_a, text_b, '-', '+', true);
    n += print_differing_lines(text_b, text_a, '+', '-', false);
    if (n == 0) puts("  the same");
  }
  free(text_a);
  free(text_b);
  return status;
}

/* Index on an axis of a coordinate of another axis, or its length where it has no such one. */
static size_t find_coordinate(const rww_row_axis *axis, const rww_row_axis *of, size_t index) {
  size_t i = 0;
  if (of->texts)
    while (i < axis->n && strcmp(axis->texts[i], of->texts[index]) != 0) i++;
  else
    while (i < axis->n && axis->bits[i] != of->bits[index]) i++;
  return i;
}

static bool can_be_compared(const rww_row_axis *a, const rww_row_axis *b) {
  return (a->bits && b->bits) || (a->texts && b->texts);
}

/* For each axis of a, the one of b with its name. */
static bool match_axes(const rww_axes *a, const rww_axes *b, size_t *partner) {
  if (a->n != b->n) return false;
  for (size_t k = 0; k < a->n; k++) {
    for (partner[k] = 0; partner[k] < b->n; partner[k]++)
      if (strcmp(a->axes[k].name, b->axes[partner[k]].name) == 0) break;
    if (partner[k] == b->n || !can_be_compared(&a->axes[k], &b->axes[partner[k]])) return false;
  }
  return true;
}

static bool find_row(const rww_axes *a, const rww_axes *b, const size_t *partner, uint64_t row, uint64_t *found) {
  size_t index[RWW_MAX_DIMENSIONS], other[RWW_MAX_DIMENSIONS];
  rww_axes_unravel(a, row, index);
  for (size_t k = 0; k < a->n; k++) {
    const rww_row_axis *axis = &b->axes[partner[k]];
    other[partner[k]] = find_coordinate(axis, &a->axes[k], index[k]);
    if (other[partner[k]] == axis->n) return false;
  }
  *found = rww_axes_ravel(b, other);
  return true;
}

typedef struct comparison {
  uint64_t n_common, n_equal, row_of_largest;
  double largest;
} comparison;

static void compare(comparison *found, uint64_t row, double x, double y) {
  found->n_common++;
  if (memcmp(&x, &y, sizeof x) == 0) {
    found->n_equal++;
    return;
  }
  double difference = isnan(x) || isnan(y) ? INFINITY : fabs(x - y);
  if (difference <= found->largest) return;
  found->largest = difference;
  found->row_of_largest = row;
}

static rww_status print_comparison(const rww_reader *a, const char *title, const comparison *found) {
  printf("  %s%" PRIu64 " %s in both, %" PRIu64 " equal bit for bit\n", title, found->n_common, rww_report_name_rows(a),
         found->n_equal);
  if (found->n_equal == found->n_common) return RWW_OK;
  rww_text where = {0};
  rww_status status = rww_reader_describe_row(a, found->row_of_largest, &where);
  if (status == RWW_OK)
    printf("  largest difference %.3g%s%s\n", found->largest, where.length ? " at " : "",
           where.length ? where.chars : "");
  rww_text_free(&where);
  return status;
}

static rww_status compare_values(const rww_reader *a, const rww_reader *b, const char *name, const char *title,
                                 const rww_axes *axes_a, const rww_axes *axes_b, const size_t *partner) {
  double *values_a = NULL, *values_b = NULL;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  comparison found = {0};
  uint64_t other;
  rww_status status = rww_reader_dataset(a, name, &values_a, shape, &n_dimensions);
  if (status == RWW_OK) status = rww_reader_dataset(b, name, &values_b, shape, &n_dimensions);
  uint64_t n_rows = rww_reader_n_rows(a) - rww_reader_has_summary(a);
  for (uint64_t row = 0; status == RWW_OK && row < n_rows; row++)
    if (find_row(axes_a, axes_b, partner, row, &other)) compare(&found, row, values_a[row], values_b[other]);
  if (status == RWW_OK) status = print_comparison(a, title, &found);
  free(values_a);
  free(values_b);
  return status;
}

static rww_status compare_all(const rww_reader *a, const rww_reader *b, const rww_axes *axes_a,
                              const rww_axes *axes_b) {
  static const char *const scores[][2] = {
      {"fc_corr", "fc_corr: "}, {"fc_corr_triangle", "fc_corr_triangle: "}, {"rmse", "rmse: "}};
  size_t partner[RWW_MAX_DIMENSIONS], n = rww_report_is_evaluation(a) ? sizeof scores / sizeof *scores : 0;
  if (!match_axes(axes_a, axes_b, partner)) {
    puts("  there are no common axes to compare them by");
    return RWW_OK;
  }
  if (n == 0) return compare_values(a, b, "loss", "", axes_a, axes_b, partner);
  rww_status status = RWW_OK;
  for (size_t k = 0; k < n && status == RWW_OK; k++)
    status = compare_values(a, b, scores[k][0], scores[k][1], axes_a, axes_b, partner);
  return status;
}

static rww_status diff_values(const rww_reader *a, const rww_reader *b) {
  rww_axes axes_a = {0}, axes_b = {0};
  rww_status status = rww_axes_read(a, &axes_a);
  if (status == RWW_OK) status = rww_axes_read(b, &axes_b);
  if (status == RWW_OK) puts(rww_report_is_evaluation(a) ? "scores:" : "losses:");
  if (status == RWW_OK) status = compare_all(a, b, &axes_a, &axes_b);
  rww_axes_free(&axes_a);
  rww_axes_free(&axes_b);
  return status;
}

rww_status rww_report_diff(const rww_reader *a, const rww_reader *b) {
  RWW_TRY(diff_configurations(a, b));
  return diff_values(a, b);
}
