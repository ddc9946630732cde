#include "report/evaluation.h"

#include "base/memory.h"
#include "report/restarts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int digits;
} columns[] = {{"fc_corr", 4}, {"fc_corr_triangle", 4}, {"rmse", 4}};
#define N_COLUMNS (sizeof columns / sizeof *columns)

/* Of one set: means and deviations over the seeds that have scores; NaN where they are too few. */
typedef struct score {
  double mean[N_COLUMNS], deviation[N_COLUMNS];
  size_t n_seeds;
} score;

typedef struct scores {
  char **labels; /* [n_sets] */
  size_t n_sets, n_seeds, n_shown;
  score *of_sets; /* [n_sets] */
  size_t *shown;  /* [n_shown] sets */
} scores;

bool rww_report_is_evaluation(const rww_reader *reader) {
  const char *group = rww_reader_attribute(reader, "group");
  return group && strcmp(group, "evaluate") == 0;
}

const char *rww_report_name_rows(const rww_reader *reader) {
  return rww_restarts_are_in(reader) ? "entries" : rww_report_is_evaluation(reader) ? "results" : "points";
}

static void scores_free(scores *of) {
  for (size_t k = 0; of->labels && k < of->n_sets; k++) free(of->labels[k]);
  free(of->labels);
  free(of->of_sets);
  free(of->shown);
}

static void average(const double *values, size_t n, size_t column, score *found) {
  double sum = 0, squares = 0;
  found->n_seeds = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(values[i])) sum += values[i], found->n_seeds++;
  double mean = found->n_seeds > 0 ? sum / (double)found->n_seeds : NAN;
  for (size_t i = 0; i < n; i++)
    if (isfinite(values[i])) squares += (values[i] - mean) * (values[i] - mean);
  found->mean[column] = mean;
  found->deviation[column] = found->n_seeds > 1 ? sqrt(squares / ((double)found->n_seeds - 1)) : NAN;
}

static rww_status read_column(const rww_reader *reader, size_t column, scores *of) {
  double *values;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  RWW_TRY(rww_reader_dataset(reader, columns[column].name, &values, shape, &n_dimensions));
  bool fits = n_dimensions == 2 && shape[0] == of->n_sets;
  of->n_seeds = fits ? shape[1] : 0;
  for (size_t k = 0; fits && k < of->n_sets; k++)
    average(values + k * of->n_seeds, of->n_seeds, column, &of->of_sets[k]);
  free(values);
  if (fits) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s of an evaluation has another shape than its sets", columns[column].name);
}

/* The greatest first; those without one last, each as they are in the file. */
static int by_fc_corr(const void *a, const void *b, void *of_sets) {
  size_t i = *(const size_t *)a, j = *(const size_t *)b;
  double x = ((const score *)of_sets)[i].mean[0], y = ((const score *)of_sets)[j].mean[0];
  if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
  return x > y ? -1 : x < y ? 1 : i < j ? -1 : i > j;
}

static rww_status read_scores(const rww_reader *reader, size_t n_best, scores *of) {
  RWW_TRY(rww_reader_texts(reader, "set", &of->labels, &of->n_sets));
  RWW_TRY(RWW_NEW(&of->of_sets, of->n_sets));
  RWW_TRY(RWW_NEW(&of->shown, of->n_sets));
  for (size_t c = 0; c < N_COLUMNS; c++) RWW_TRY(read_column(reader, c, of));
  for (size_t k = 0; k < of->n_sets; k++) of->shown[k] = k;
  of->n_shown = n_best > 0 && n_best < of->n_sets ? n_best : of->n_sets;
  if (n_best > 0) qsort_r(of->shown, of->n_sets, sizeof *of->shown, by_fc_corr, of->of_sets);
  return RWW_OK;
}

/* A line ends with its last cell. */
static void print_cell(size_t column, const char *text) {
  int width = column + 1 == N_COLUMNS ? 0 : (int)fmax(15, (double)strlen(columns[column].name));
  printf("  %-*s", width, text);
}

/* "0.8170 (0.0121)"; without what there are too few values for. */
static void print_score(size_t column, double mean, double deviation) {
  int digits = columns[column].digits;
  char text[64] = "-";
  if (isfinite(deviation))
    snprintf(text, sizeof text, "%.*f (%.*f)", digits, mean, digits, deviation);
  else if (isfinite(mean))
    snprintf(text, sizeof text, "%.*f", digits, mean);
  print_cell(column, text);
}

static void print_set(const scores *of, size_t k, int width) {
  const score *found = &of->of_sets[k];
  printf("  %-*s", width, of->labels[k]);
  for (size_t c = 0; c < N_COLUMNS; c++) print_score(c, found->mean[c], found->deviation[c]);
  if (found->n_seeds < of->n_seeds) printf("  %zu of %zu seeds", found->n_seeds, of->n_seeds);
  putchar('\n');
}

static void print_scores(const scores *of) {
  size_t width = strlen("set");
  for (size_t i = 0; i < of->n_shown; i++) {
    size_t length = strlen(of->labels[of->shown[i]]);
    width = width > length ? width : length;
  }
  printf("  mean (deviation) over %zu seed%s\n  %-*s", of->n_seeds, of->n_seeds == 1 ? "" : "s", (int)width, "set");
  for (size_t c = 0; c < N_COLUMNS; c++) print_cell(c, columns[c].name);
  putchar('\n');
  for (size_t i = 0; i < of->n_shown; i++) print_set(of, of->shown[i], (int)width);
}

rww_status rww_report_evaluation(const rww_reader *reader, size_t n_best) {
  scores of = {0};
  rww_status status = read_scores(reader, n_best, &of);
  if (status == RWW_OK) print_scores(&of);
  scores_free(&of);
  return status;
}

/* Only sets that have been found have a loss. */
static void fill_row(const scores *of, size_t i, const double *restarts, const double *losses, rww_table *table) {
  size_t k = of->shown[i], column = 4;
  const score *found = &of->of_sets[k];
  rww_table_set_text(table, i, 0, of->labels[k]);
  if (!isnan(losses[k])) rww_table_set_count(table, i, 1, (uint64_t)restarts[k]);
  rww_table_set_real(table, i, 2, losses[k]);
  rww_table_set_count(table, i, 3, found->n_seeds);
  for (size_t c = 0; c < N_COLUMNS; c++) {
    rww_table_set_real(table, i, column++, found->mean[c]);
    rww_table_set_real(table, i, column++, found->deviation[c]);
  }
}

static rww_status fill_table(const rww_reader *reader, const scores *of, rww_table *table) {
  double *restarts, *losses = NULL;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  static const char *const first[] = {"set", "restart", "fit_loss", "seeds"};
  for (size_t k = 0; k < sizeof first / sizeof *first; k++) rww_table_add_column(table, "%s", first[k]);
  for (size_t c = 0; c < N_COLUMNS; c++) {
    rww_table_add_column(table, "%s", columns[c].name);
    rww_table_add_column(table, "%s.deviation", columns[c].name);
  }
  RWW_TRY(rww_reader_dataset(reader, "restart", &restarts, shape, &n_dimensions));
  rww_status status = rww_reader_dataset(reader, "fit_loss", &losses, shape, &n_dimensions);
  for (size_t i = 0; status == RWW_OK && i < of->n_shown; i++) fill_row(of, i, restarts, losses, table);
  free(restarts);
  free(losses);
  return status;
}

rww_status rww_report_evaluation_as(const rww_reader *reader, size_t n_best, const rww_table_form *form) {
  scores of = {0};
  rww_table table = {0};
  rww_status status = read_scores(reader, n_best, &of);
  if (status == RWW_OK) status = rww_table_create(form, 4 + 2 * N_COLUMNS, of.n_shown, &table);
  if (status == RWW_OK) status = fill_table(reader, &of, &table);
  if (status == RWW_OK) rww_table_print(&table);
  rww_table_free(&table);
  scores_free(&of);
  return status;
}
