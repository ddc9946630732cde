#include "report/best.h"

#include "base/memory.h"
#include "store/axes.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"loss", "rmse", "fc_corr", "fc_corr_triangle"};
#define N_COLUMNS (sizeof columns / sizeof *columns)

/* The points of a file, ordered by loss. */
typedef struct ranking {
  rww_axes axes;
  double *values[N_COLUMNS]; /* [n_rows] */
  uint64_t *rows;            /* [n_finite] by ascending loss */
  uint64_t n_finite;
} ranking;

static void ranking_free(ranking *points) {
  rww_axes_free(&points->axes);
  for (size_t k = 0; k < N_COLUMNS; k++) free(points->values[k]);
  free(points->rows);
}

static int by_loss(const void *a, const void *b, void *losses) {
  uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
  double x = ((const double *)losses)[i], y = ((const double *)losses)[j];
  return x < y ? -1 : x > y ? 1 : i < j ? -1 : i > j;
}

static rww_status rank_points(const rww_reader *reader, ranking *points) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  uint64_t n = rww_reader_n_rows(reader) - rww_reader_has_summary(reader);
  RWW_TRY(rww_axes_read(reader, &points->axes));
  for (size_t k = 0; k < N_COLUMNS; k++)
    RWW_TRY(rww_reader_dataset(reader, columns[k], &points->values[k], shape, &n_dimensions));
  RWW_TRY(RWW_NEW(&points->rows, n));
  for (uint64_t row = 0; row < n; row++)
    if (isfinite(points->values[0][row])) points->rows[points->n_finite++] = row;
  qsort_r(points->rows, points->n_finite, sizeof *points->rows, by_loss, points->values[0]);
  return RWW_OK;
}

/* "model.w" of the dimension model_w. */
static void format_name(const char *dimension, char *name, size_t size) {
  snprintf(name, size, "%s", dimension);
  char *first = strchr(name, '_');
  if (first) *first = '.';
}

static void format_coordinate(const rww_row_axis *axis, size_t index, bool exact, char text[RWW_REAL_TEXT_SIZE]) {
  double value;
  if (axis->is_integer) {
    snprintf(text, RWW_REAL_TEXT_SIZE, "%" PRIu64, axis->bits[index]);
    return;
  }
  memcpy(&value, &axis->bits[index], sizeof value);
  if (exact)
    rww_text_format_real(value, text);
  else
    snprintf(text, RWW_REAL_TEXT_SIZE, "%.6g", value);
}

/* How a format writes a table. */
typedef struct form {
  const char *name;
  bool header, exact, names_in_cells;
  const char *begin, *end, *row_begin, *row_end, *between_rows, *between_cells, *null;
  int rank_width, width;
} form;

static const form forms[] = {
    {"table", true, false, false, "", "", "", "\n", "", "  ", "-", 4, 10},
    {"csv", true, true, false, "", "", "", "\n", "", ",", "", 0, 0},
    {"json", false, true, true, "[", "]\n", "{", "}", ",\n ", ", ", "null", 0, 0},
};

static void print_cell(const form *as, const char *name, const char *value, bool first) {
  int width = first ? as->rank_width : as->width > (int)strlen(name) ? as->width : as->width ? (int)strlen(name) : 0;
  if (!first) fputs(as->between_cells, stdout);
  if (as->names_in_cells) printf("\"%s\": ", name);
  printf("%*s", width, value);
}

static void print_header(const form *as, const ranking *points) {
  char name[64];
  print_cell(as, "rank", "rank", true);
  for (size_t k = 0; k < points->axes.n; k++) {
    format_name(points->axes.axes[k].name, name, sizeof name);
    print_cell(as, name, name, false);
  }
  for (size_t k = 0; k < N_COLUMNS; k++) print_cell(as, columns[k], columns[k], false);
  fputs(as->row_end, stdout);
}

static void print_point(const form *as, const ranking *points, uint64_t rank) {
  size_t index[RWW_MAX_DIMENSIONS];
  char name[64], text[RWW_REAL_TEXT_SIZE];
  uint64_t row = points->rows[rank];
  rww_axes_unravel(&points->axes, row, index);
  if (rank > 0) fputs(as->between_rows, stdout);
  fputs(as->row_begin, stdout);
  snprintf(text, sizeof text, "%" PRIu64, rank + 1);
  print_cell(as, "rank", text, true);
  for (size_t k = 0; k < points->axes.n; k++) {
    format_name(points->axes.axes[k].name, name, sizeof name);
    format_coordinate(&points->axes.axes[k], index[k], as->exact, text);
    print_cell(as, name, text, false);
  }
  for (size_t k = 0; k < N_COLUMNS; k++) {
    double value = points->values[k][row];
    if (as->exact)
      rww_text_format_real(value, text);
    else
      snprintf(text, sizeof text, "%.6f", value);
    print_cell(as, columns[k], isnan(value) ? as->null : text, false);
  }
  fputs(as->row_end, stdout);
}

static rww_status find_form(const char *name, const form **as) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].name, name) == 0) {
      *as = &forms[i];
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_USAGE, "--format %s: expected table, csv or json", name);
}

static rww_status print_ranking(const form *as, const ranking *points, size_t n_best, const char *path) {
  if (points->n_finite == 0) return rww_raise(RWW_ERR_USAGE, "%s: no point has a loss yet", path);
  fputs(as->begin, stdout);
  if (as->header) print_header(as, points);
  for (uint64_t rank = 0; rank < n_best && rank < points->n_finite; rank++) print_point(as, points, rank);
  fputs(as->end, stdout);
  return RWW_OK;
}

rww_status rww_report_best(const char *path, size_t n_best, const char *format) {
  const form *as = NULL;
  rww_reader *reader;
  ranking points = {0};
  RWW_TRY(find_form(format, &as));
  RWW_TRY(rww_reader_open(path, &reader));
  rww_status status = rank_points(reader, &points);
  if (status == RWW_OK) status = print_ranking(as, &points, n_best, path);
  ranking_free(&points);
  rww_reader_close(reader);
  return status;
}
