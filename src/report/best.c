#include "report/best.h"

#include "base/memory.h"
#include "report/restarts.h"
#include "store/axes.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const losses[] = {"loss", "rmse", "fc_corr", "fc_corr_triangle"};
#define N_LOSSES (sizeof losses / sizeof *losses)

static rww_status read_losses(const rww_reader *reader, double *values[N_LOSSES]) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  for (size_t k = 0; k < N_LOSSES; k++)
    RWW_TRY(rww_reader_dataset(reader, losses[k], &values[k], shape, &n_dimensions));
  return RWW_OK;
}

static void free_losses(double *values[N_LOSSES]) {
  for (size_t k = 0; k < N_LOSSES; k++) free(values[k]);
}

static void add_loss_columns(rww_table *table) {
  for (size_t k = 0; k < N_LOSSES; k++) rww_table_add_column(table, "%s", losses[k]);
}

static void set_losses(rww_table *table, size_t rank, size_t column, double *const values[N_LOSSES], uint64_t row) {
  for (size_t k = 0; k < N_LOSSES; k++) rww_table_set_loss(table, rank, column + k, values[k][row]);
}

/* The points of an exploration, ordered by loss. */
typedef struct ranking {
  rww_axes axes;
  double *values[N_LOSSES]; /* [n_rows] */
  uint64_t *rows;           /* [n_finite] by ascending loss */
  uint64_t n_finite;
} ranking;

static int by_loss(const void *a, const void *b, void *of_rows) {
  uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
  double x = ((const double *)of_rows)[i], y = ((const double *)of_rows)[j];
  return x < y ? -1 : x > y ? 1 : i < j ? -1 : i > j;
}

static rww_status rank_points(const rww_reader *reader, ranking *points) {
  uint64_t n = rww_reader_n_rows(reader);
  RWW_TRY(rww_axes_read(reader, &points->axes));
  RWW_TRY(read_losses(reader, points->values));
  RWW_TRY(RWW_NEW(&points->rows, n));
  for (uint64_t row = 0; row < n; row++)
    if (isfinite(points->values[0][row])) points->rows[points->n_finite++] = row;
  qsort_r(points->rows, points->n_finite, sizeof *points->rows, by_loss, points->values[0]);
  return RWW_OK;
}

/* "model.w" of the dimension model_w. */
static void add_axis_column(const rww_row_axis *axis, rww_table *table) {
  size_t n_section = strcspn(axis->name, "_");
  const char *rest = axis->name + n_section;
  rww_table_add_column(table, "%.*s%s%s", (int)n_section, axis->name, *rest ? "." : "", *rest ? rest + 1 : "");
}

static void set_coordinate(const rww_row_axis *axis, size_t index, rww_table *table, size_t rank, size_t column) {
  double value;
  memcpy(&value, &axis->bits[index], sizeof value);
  if (axis->is_integer)
    rww_table_set_count(table, rank, column, axis->bits[index]);
  else
    rww_table_set_real(table, rank, column, value);
}

static rww_status list_points(const ranking *points, size_t n_best, const rww_table_form *form, rww_table *table) {
  size_t n = n_best < points->n_finite ? n_best : (size_t)points->n_finite, index[RWW_MAX_DIMENSIONS];
  const rww_axes *axes = &points->axes;
  RWW_TRY(rww_table_create(form, 1 + axes->n + N_LOSSES, n, table));
  rww_table_add_column(table, "rank");
  for (size_t k = 0; k < axes->n; k++) add_axis_column(&axes->axes[k], table);
  add_loss_columns(table);
  for (size_t rank = 0; rank < n; rank++) {
    rww_axes_unravel(axes, points->rows[rank], index);
    rww_table_set_count(table, rank, 0, rank + 1);
    for (size_t k = 0; k < axes->n; k++) set_coordinate(&axes->axes[k], index[k], table, rank, 1 + k);
    set_losses(table, rank, 1 + axes->n, points->values, points->rows[rank]);
  }
  return RWW_OK;
}

static rww_status best_points(const rww_reader *reader, size_t n_best, const rww_table_form *form, rww_table *table) {
  ranking points = {0};
  rww_status status = rank_points(reader, &points);
  if (status == RWW_OK) status = list_points(&points, n_best, form, table);
  rww_axes_free(&points.axes);
  free_losses(points.values);
  free(points.rows);
  return status;
}

/* A parameter of a fit in its file: the trace of a free one, its mean, or what a restart has of one that stays. */
typedef struct fitted {
  rww_parameter parameter;
  bool is_trace;
  double *values; /* [restart] and, where `is_trace`, [step], and where it is regional, [node] */
  size_t n_nodes; /* 1 where it is global */
} fitted;

typedef struct fitted_list {
  size_t n;
  fitted list[RWW_N_PARAMETERS];
} fitted_list;

/* The name in the file: model_w, with something before it. */
static void write_name(const char *prefix, rww_parameter parameter, char name[RWW_COLUMN_NAME_SIZE]) {
  snprintf(name, RWW_COLUMN_NAME_SIZE, "%s%s", prefix, rww_parameter_get(parameter)->name);
  *strchr(name, '.') = '_';
}

static rww_status read_fitted(const rww_reader *reader, rww_parameter parameter, bool as_average, fitted *found) {
  char name[RWW_COLUMN_NAME_SIZE];
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  write_name("gradient_", parameter, name);
  bool is_free = rww_reader_has(reader, name);
  *found = (fitted){.parameter = parameter, .is_trace = is_free && !as_average};
  write_name(is_free && as_average ? "average_" : "", parameter, name);
  RWW_TRY(rww_reader_dataset(reader, name, &found->values, shape, &n_dimensions));
  found->n_nodes = n_dimensions == (found->is_trace ? 3 : 2) ? shape[n_dimensions - 1] : 1;
  return RWW_OK;
}

static rww_status read_parameters(const rww_reader *reader, bool as_average, fitted_list *parameters) {
  char name[RWW_COLUMN_NAME_SIZE];
  for (rww_parameter p = 0; p < RWW_N_PARAMETERS; p++) {
    write_name("", p, name);
    if (rww_reader_has(reader, name)) RWW_TRY(read_fitted(reader, p, as_average, &parameters->list[parameters->n++]));
  }
  return RWW_OK;
}

static void add_parameter_columns(const fitted_list *parameters, rww_table *table) {
  for (size_t k = 0; k < parameters->n; k++) {
    const char *name = rww_parameter_get(parameters->list[k].parameter)->name;
    if (parameters->list[k].n_nodes > 1) {
      rww_table_add_column(table, "%s.min", name);
      rww_table_add_column(table, "%s.max", name);
    } else
      rww_table_add_column(table, "%s", name);
  }
}

static void set_parameters(const fitted_list *parameters, uint64_t restart, uint64_t entry, rww_table *table,
                           size_t rank, size_t column) {
  for (size_t k = 0; k < parameters->n; k++) {
    const fitted *of = &parameters->list[k];
    const double *values = of->values + (of->is_trace ? entry : restart) * of->n_nodes;
    double low = values[0], high = values[0];
    for (size_t i = 1; i < of->n_nodes; i++) {
      low = fmin(low, values[i]);
      high = fmax(high, values[i]);
    }
    rww_table_set_real(table, rank, column++, low);
    if (of->n_nodes > 1) rww_table_set_real(table, rank, column++, high);
  }
}

static size_t count_parameter_columns(const fitted_list *parameters) {
  size_t n = 0;
  for (size_t k = 0; k < parameters->n; k++) n += parameters->list[k].n_nodes > 1 ? 2 : 1;
  return n;
}

static size_t count_listed(const rww_restarts *restarts, size_t n_best) {
  size_t n = 0;
  while (n < n_best && n < restarts->n && isfinite(rww_restarts_rank(restarts, &restarts->list[n]))) n++;
  return n;
}

/* Of an average the loss alone is known. */
static void set_restart(const rww_restarts *restarts, size_t rank, double *const values[N_LOSSES],
                        const fitted_list *parameters, rww_table *table) {
  const rww_restart_view *restart = &restarts->list[rank];
  uint64_t step = restarts->reports_best ? restart->best_step : restart->step;
  uint64_t entry = restart->restart * (restarts->n_steps + 1) + step;
  size_t column = 3;
  rww_table_set_count(table, rank, 0, rank + 1);
  rww_table_set_count(table, rank, 1, restart->restart);
  if (!restarts->reports_average) rww_table_set_count(table, rank, 2, step);
  if (restarts->is_validated) rww_table_set_loss(table, rank, column++, restart->validation_loss);
  if (restarts->reports_average)
    rww_table_set_loss(table, rank, column, restart->reported_loss);
  else
    set_losses(table, rank, column, values, entry);
  set_parameters(parameters, restart->restart, entry, table, rank, column + N_LOSSES);
}

static rww_status list_restarts(const rww_restarts *restarts, double *const values[N_LOSSES],
                                const fitted_list *parameters, size_t n_best, const rww_table_form *form,
                                rww_table *table) {
  size_t n = count_listed(restarts, n_best), n_columns = 3 + restarts->is_validated + N_LOSSES;
  RWW_TRY(rww_table_create(form, n_columns + count_parameter_columns(parameters), n, table));
  rww_table_add_column(table, "rank");
  rww_table_add_column(table, "restart");
  rww_table_add_column(table, "step");
  if (restarts->is_validated) rww_table_add_column(table, "validation");
  add_loss_columns(table);
  add_parameter_columns(parameters, table);
  for (size_t rank = 0; rank < n; rank++) set_restart(restarts, rank, values, parameters, table);
  return RWW_OK;
}

static rww_status best_restarts(const rww_reader *reader, size_t n_best, const rww_table_form *form, rww_table *table) {
  rww_slot *slots;
  rww_restarts restarts = {0};
  double *values[N_LOSSES] = {NULL};
  fitted_list parameters = {0};
  RWW_TRY(rww_reader_slots(reader, &slots));
  rww_status status = rww_restarts_read(reader, slots, &restarts);
  if (status == RWW_OK) status = read_losses(reader, values);
  if (status == RWW_OK) status = read_parameters(reader, restarts.reports_average, &parameters);
  if (status == RWW_OK) status = list_restarts(&restarts, values, &parameters, n_best, form, table);
  free(slots);
  rww_restarts_free(&restarts);
  free_losses(values);
  for (size_t k = 0; k < parameters.n; k++) free(parameters.list[k].values);
  return status;
}

bool rww_report_has_best(const rww_reader *reader) {
  const char *stage = rww_reader_attribute(reader, "stage");
  return rww_restarts_are_in(reader) || (stage && strcmp(stage, "explore") == 0);
}

rww_status rww_report_best(const rww_reader *reader, size_t n_best, const rww_table_form *form, rww_table *table) {
  return rww_restarts_are_in(reader) ? best_restarts(reader, n_best, form, table)
                                     : best_points(reader, n_best, form, table);
}
