#include "app/evaluate_file.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

rww_status rww_evaluate_file_create(const rww_run *run, const rww_stage *stage, size_t n_lanes,
                                    rww_evaluate_file *file) {
  const rww_experiment *experiment = run->experiment;
  size_t n = experiment->connectome.n_nodes;
  *file = (rww_evaluate_file){.run = run, .stage = stage, .n_lanes = n_lanes, .n_nodes = n};
  file->n_seeds = experiment->config->evaluate.seeds.n_per_step;
  RWW_TRY(rww_evaluate_list_sets(experiment, &file->sets));
  RWW_TRY(RWW_NEW(&file->rmse, n_lanes));
  RWW_TRY(RWW_NEW(&file->fc_corr, n_lanes));
  RWW_TRY(RWW_NEW(&file->fc_corr_triangle, n_lanes));
  RWW_TRY(RWW_NEW(&file->fc, n_lanes * n * n));
  return RWW_NEW(&file->outcomes, n_lanes);
}

void rww_evaluate_file_free(rww_evaluate_file *file) {
  rww_evaluate_sets_free(&file->sets);
  free(file->rmse);
  free(file->fc_corr);
  free(file->fc_corr_triangle);
  free(file->fc);
  free(file->outcomes);
}

uint64_t rww_evaluate_file_count_rows(const rww_evaluate_file *file) {
  return file->sets.n * file->n_seeds;
}

static const rww_dataset of_rows[] = {
    {"rmse", RWW_REAL64, 2, {"set", "seed"}, 2, "1", "Root mean square difference of FC and target", NULL},
    {"fc_corr", RWW_REAL64, 2, {"set", "seed"}, 2, "1", "Correlation of FC and target, all entries", NULL},
    {"fc_corr_triangle",
     RWW_REAL64,
     2,
     {"set", "seed"},
     2,
     "1",
     "Correlation of FC and target, strict upper triangle",
     NULL},
    {"fc", RWW_REAL64, 4, {"set", "seed", "node", "node_source"}, 2, "1", "Functional connectivity", NULL},
};
static const rww_dataset of_sets[] = {
    {"restart", RWW_UINT64, 1, {"set"}, 0, NULL, "Restart of the fit that the set is the result of", NULL},
    {"fit_loss", RWW_REAL64, 1, {"set"}, 0, "1", "Loss by which the set was found", NULL},
};
#define N_OF_ROWS (sizeof of_rows / sizeof *of_rows)
#define N_OF_SETS (sizeof of_sets / sizeof *of_sets)

static void describe_parameter(const rww_free *parameter, rww_text *name, rww_dataset *dataset) {
  const rww_parameter_info *info = rww_parameter_get(parameter->parameter);
  rww_stage_name_parameter(parameter->parameter, name);
  *dataset = (rww_dataset){.name = name->chars, .type = RWW_REAL64, .n_dimensions = parameter->regional ? 2 : 1};
  dataset->dimensions[0] = "set";
  dataset->dimensions[1] = "node";
  dataset->unit = info->unit;
  dataset->description = info->help;
}

static rww_status use_described(const rww_evaluate_file *file, const char **labels, rww_file_use use, void *result) {
  const rww_evaluate_sets *sets = &file->sets;
  rww_dataset datasets[N_OF_ROWS + N_OF_SETS + RWW_N_PARAMETERS];
  rww_text names[RWW_N_PARAMETERS] = {{0}};
  rww_file_spec spec = rww_stage_describe_file(file->run, file->stage);
  const rww_dimension dimensions[] = {
      {"set", sets->n, RWW_TEXT, labels, NULL, "Set of parameters"},
      {"seed", file->n_seeds, RWW_UINT64, file->run->experiment->config->evaluate.seeds.seeds, NULL, "Noise seed"},
      rww_stage_describe_nodes(file->run->experiment, "node"),
      rww_stage_describe_nodes(file->run->experiment, "node_source"),
  };
  memcpy(datasets, of_rows, sizeof of_rows);
  memcpy(datasets + N_OF_ROWS, of_sets, sizeof of_sets);
  for (size_t k = 0; k < sets->n_free; k++)
    describe_parameter(&sets->free[k], &names[k], &datasets[N_OF_ROWS + N_OF_SETS + k]);
  spec.n_dimensions = sizeof dimensions / sizeof *dimensions;
  spec.dimensions = dimensions;
  spec.n_datasets = N_OF_ROWS + N_OF_SETS + sets->n_free;
  spec.n_summary_datasets = N_OF_SETS + sets->n_free;
  spec.datasets = datasets;
  spec.n_rows = rww_evaluate_file_count_rows(file) + 1;
  rww_status status = use(file->run, &spec, result);
  for (size_t k = 0; k < sets->n_free; k++) rww_text_free(&names[k]);
  return status;
}

rww_status rww_evaluate_file_use(const rww_evaluate_file *file, rww_file_use use, void *result) {
  const char **labels;
  RWW_TRY(RWW_NEW(&labels, file->sets.n));
  for (size_t k = 0; k < file->sets.n; k++) labels[k] = file->sets.sets[k].label.chars;
  rww_status status = use_described(file, labels, use, result);
  free(labels);
  return status;
}

rww_evaluation rww_evaluate_file_evaluation(const rww_evaluate_file *file) {
  return (rww_evaluation){.rmse = file->rmse,
                          .fc_corr = file->fc_corr,
                          .fc_corr_triangle = file->fc_corr_triangle,
                          .fc = file->fc,
                          .outcome = file->outcomes};
}

rww_status rww_evaluate_file_write(const rww_evaluate_file *file, rww_store *store, size_t lane, uint64_t row,
                                   double elapsed_s) {
  const void *values[N_OF_ROWS] = {&file->rmse[lane], &file->fc_corr[lane], &file->fc_corr_triangle[lane],
                                   file->fc + lane * file->n_nodes * file->n_nodes};
  return rww_store_write_row(store, row, values, file->outcomes[lane], elapsed_s);
}

/* What lies [set][row] as [parameter][set][1 or node]. */
static void sort_by_parameter(const rww_evaluate_file *file, const void **places, double *sorted) {
  const rww_evaluate_sets *sets = &file->sets;
  size_t first = 0;
  for (size_t p = 0; p < sets->n_free; p++) {
    size_t n = rww_free_count_rows(&sets->free[p], 1, file->n_nodes);
    *places++ = sorted;
    for (size_t k = 0; k < sets->n; k++, sorted += n)
      memcpy(sorted, sets->values + k * sets->n_rows + first, n * sizeof *sorted);
    first += n;
  }
}

rww_status rww_evaluate_file_write_summary(const rww_evaluate_file *file, rww_store *store) {
  const rww_evaluate_sets *sets = &file->sets;
  const void *values[N_OF_SETS + RWW_N_PARAMETERS];
  uint64_t restarts[sets->n], row = rww_evaluate_file_count_rows(file);
  double losses[sets->n], *sorted;
  RWW_TRY(RWW_NEW(&sorted, sets->n * sets->n_rows));
  for (size_t k = 0; k < sets->n; k++) {
    restarts[k] = sets->sets[k].restart;
    losses[k] = sets->sets[k].loss;
  }
  values[0] = restarts;
  values[1] = losses;
  sort_by_parameter(file, values + N_OF_SETS, sorted);
  rww_status status = rww_store_start_rows(store, &row, 1);
  if (status == RWW_OK) status = rww_store_write_row(store, row, values, RWW_DONE, 0);
  free(sorted);
  return status;
}
