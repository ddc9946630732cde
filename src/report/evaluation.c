#include "report/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int digits;
} columns[] = {{"fc_corr", 4}, {"fc_corr_triangle", 4}, {"rmse", 4}};
#define N_COLUMNS (sizeof columns / sizeof *columns)

typedef struct scores {
  char **labels; /* [n_sets] */
  size_t n_sets, n_seeds;
  double *values[N_COLUMNS]; /* [n_sets][n_seeds]; NaN: none (yet) */
} scores;

static void scores_free(scores *of) {
  for (size_t k = 0; of->labels && k < of->n_sets; k++) free(of->labels[k]);
  free(of->labels);
  for (size_t c = 0; c < N_COLUMNS; c++) free(of->values[c]);
}

static rww_status read_scores(const rww_reader *reader, scores *of) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  RWW_TRY(rww_reader_texts(reader, "set", &of->labels, &of->n_sets));
  for (size_t c = 0; c < N_COLUMNS; c++) {
    RWW_TRY(rww_reader_dataset(reader, columns[c].name, &of->values[c], shape, &n_dimensions));
    if (n_dimensions != 2 || shape[0] != of->n_sets)
      return rww_raise(RWW_ERR_STORE, "%s of an evaluation has another shape than its sets", columns[c].name);
    of->n_seeds = shape[1];
  }
  return RWW_OK;
}

/* Returns over how many values. */
static size_t average(const double *values, size_t n, double *mean, double *deviation) {
  size_t n_finite = 0;
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(values[i])) sum += values[i], n_finite++;
  *mean = sum / (double)n_finite;
  for (size_t i = 0; i < n; i++)
    if (isfinite(values[i])) squares += (values[i] - *mean) * (values[i] - *mean);
  *deviation = n_finite > 1 ? sqrt(squares / ((double)n_finite - 1)) : NAN;
  return n_finite;
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
  size_t n = 0;
  printf("  %-*s", width, of->labels[k]);
  for (size_t c = 0; c < N_COLUMNS; c++) {
    double mean, deviation;
    n = average(of->values[c] + k * of->n_seeds, of->n_seeds, &mean, &deviation);
    print_score(c, mean, deviation);
  }
  if (n < of->n_seeds) printf("  %zu of %zu seeds", n, of->n_seeds);
  putchar('\n');
}

static void print_scores(const scores *of) {
  size_t width = strlen("set");
  for (size_t k = 0; k < of->n_sets; k++) width = width > strlen(of->labels[k]) ? width : strlen(of->labels[k]);
  printf("  mean (deviation) over %zu seed%s\n  %-*s", of->n_seeds, of->n_seeds == 1 ? "" : "s", (int)width, "set");
  for (size_t c = 0; c < N_COLUMNS; c++) print_cell(c, columns[c].name);
  putchar('\n');
  for (size_t k = 0; k < of->n_sets; k++) print_set(of, k, (int)width);
}

rww_status rww_report_evaluation(const rww_reader *reader) {
  scores of = {0};
  rww_status status = read_scores(reader, &of);
  if (status == RWW_OK) print_scores(&of);
  scores_free(&of);
  return status;
}
