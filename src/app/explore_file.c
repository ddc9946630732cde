#include "app/explore_file.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *description;
  const char *dimensions[2]; /* behind the axes */
} items[RWW_N_POINT_ITEMS] = {
    [RWW_POINT_LOSS] = {"loss", "Loss", {0}},
    [RWW_POINT_RMSE] = {"rmse", "Root mean square difference of FC and target", {0}},
    [RWW_POINT_FC_CORR] = {"fc_corr", "Correlation of FC and target, all entries", {0}},
    [RWW_POINT_FC_CORR_TRIANGLE] = {"fc_corr_triangle", "Correlation of FC and target, strict upper triangle", {0}},
    [RWW_POINT_FC] = {"fc", "Functional connectivity", {"node", "node_source"}},
    [RWW_POINT_BOLD] = {"bold", "BOLD signal", {"time", "node"}},
};

static bool is_kept(const rww_explore_config *config, rww_point_item item) {
  return item == RWW_POINT_FC ? config->keep_fc : item == RWW_POINT_BOLD ? config->keep_bold : true;
}

rww_status rww_point_rows_create(const rww_experiment *experiment, size_t n_lanes, rww_point_rows *rows) {
  const rww_config *config = experiment->config;
  size_t n = experiment->connectome.n_nodes;
  *rows = (rww_point_rows){.n_lanes = n_lanes};
  rows->n_samples = rww_objective_count_samples(&config->integration, &config->monitors);
  for (rww_point_item k = 0; k < RWW_N_POINT_ITEMS; k++) {
    if (!is_kept(&config->explore, k)) continue;
    rows->kept[rows->n_kept++] = k;
    rows->n_elements[k] = k == RWW_POINT_FC ? n * n : k == RWW_POINT_BOLD ? rows->n_samples * n : 1;
    RWW_TRY(RWW_NEW(&rows->item[k], n_lanes * rows->n_elements[k]));
  }
  return RWW_NEW(&rows->outcomes, n_lanes);
}

void rww_point_rows_free(rww_point_rows *rows) {
  for (int k = 0; k < RWW_N_POINT_ITEMS; k++) free(rows->item[k]);
  free(rows->outcomes);
}

rww_evaluation rww_point_rows_evaluation(const rww_point_rows *rows) {
  double *const *item = rows->item;
  return (rww_evaluation){.loss = item[RWW_POINT_LOSS],
                          .rmse = item[RWW_POINT_RMSE],
                          .fc_corr = item[RWW_POINT_FC_CORR],
                          .fc_corr_triangle = item[RWW_POINT_FC_CORR_TRIANGLE],
                          .outcome = rows->outcomes,
                          .fc = item[RWW_POINT_FC],
                          .bold = item[RWW_POINT_BOLD]};
}

rww_status rww_point_rows_store(const rww_point_rows *rows, size_t lane, uint64_t row, double elapsed_s,
                                rww_store *store) {
  const void *values[RWW_N_POINT_ITEMS];
  for (size_t i = 0; i < rows->n_kept; i++)
    values[i] = rows->item[rows->kept[i]] + lane * rows->n_elements[rows->kept[i]];
  return rww_store_write_row(store, row, values, rows->outcomes[lane], elapsed_s);
}

static rww_dimension describe_axis(const rww_axis *axis, rww_text *name) {
  const rww_parameter_info *info = rww_parameter_get(axis->parameter);
  rww_stage_name_parameter(axis->parameter, name);
  return (rww_dimension){name->chars,
                         axis->n,
                         axis->seeds ? RWW_UINT64 : RWW_REAL64,
                         axis->seeds ? (const void *)axis->seeds : axis->values,
                         info->unit,
                         info->help};
}

static void describe_datasets(const rww_point_rows *rows, const rww_dimension *axes, size_t n_axes,
                              rww_dataset *datasets) {
  for (size_t i = 0; i < rows->n_kept; i++) {
    rww_dataset *dataset = &datasets[i];
    rww_point_item k = rows->kept[i];
    *dataset = (rww_dataset){.name = items[k].name, .type = RWW_REAL64, .n_row_dimensions = n_axes, .unit = "1"};
    dataset->description = items[k].description;
    for (size_t d = 0; d < n_axes; d++) dataset->dimensions[dataset->n_dimensions++] = axes[d].name;
    for (size_t d = 0; d < 2 && items[k].dimensions[d]; d++)
      dataset->dimensions[dataset->n_dimensions++] = items[k].dimensions[d];
  }
}

static rww_status use_described(const rww_run *run, const rww_stage *stage, const rww_point_rows *rows,
                                const double *times_s, rww_text *names, rww_dimension *dimensions, rww_file_use use,
                                void *result) {
  const rww_grid *grid = &run->experiment->grid;
  rww_dataset datasets[RWW_N_POINT_ITEMS];
  rww_file_spec spec = rww_stage_describe_file(run, stage);
  size_t n = grid->n_axes;
  spec.base_seed = &run->experiment->config->base.seed;
  for (size_t k = 0; k < n; k++) {
    dimensions[k] = describe_axis(&grid->axes[k], &names[k]);
    if (grid->axes[k].seeds) spec.base_seed = NULL;
  }
  describe_datasets(rows, dimensions, n, datasets);
  dimensions[n++] = rww_stage_describe_nodes(run->experiment, "node");
  dimensions[n++] = rww_stage_describe_nodes(run->experiment, "node_source");
  dimensions[n++] = rww_stage_describe_times("time", rows->n_samples, times_s);
  spec.base_key = run->experiment->of_point.key;
  spec.n_dimensions = n;
  spec.dimensions = dimensions;
  spec.n_datasets = rows->n_kept;
  spec.datasets = datasets;
  spec.n_rows = grid->n_points;
  return use(run, &spec, result);
}

rww_status rww_explore_use_file(const rww_run *run, const rww_stage *stage, const rww_point_rows *rows,
                                rww_file_use use, void *result) {
  size_t n_axes = run->experiment->grid.n_axes;
  double period_s = run->experiment->config->monitors.bold_period_ms / 1000, *times_s = NULL;
  rww_text *names = NULL;
  rww_dimension *dimensions = NULL;
  rww_status status = rww_stage_count_times(rows->n_samples, 0, period_s, &times_s);
  if (status == RWW_OK) status = RWW_NEW(&names, n_axes);
  if (status == RWW_OK) status = RWW_NEW(&dimensions, n_axes + 3);
  if (status == RWW_OK) status = use_described(run, stage, rows, times_s, names, dimensions, use, result);
  for (size_t k = 0; names && k < n_axes; k++) rww_text_free(&names[k]);
  free(names);
  free(dimensions);
  free(times_s);
  return status;
}
