#include "app/fit_file.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name, *description;
} entry_items[RWW_N_ENTRY_ITEMS] = {
    [RWW_ENTRY_LOSS] = {"loss", "Loss"},
    [RWW_ENTRY_RMSE] = {"rmse", "Root mean square difference of FC and target"},
    [RWW_ENTRY_FC_CORR] = {"fc_corr", "Correlation of FC and target, all entries"},
    [RWW_ENTRY_FC_CORR_TRIANGLE] = {"fc_corr_triangle", "Correlation of FC and target, strict upper triangle"},
    [RWW_ENTRY_GRADIENT_NORM] = {"gradient_norm", "Euclidean norm of the gradient as the optimiser sees it"},
};
static const char *const shown_entries[RWW_MAX_SHOWN_ENTRIES] = {"start", "final", "best", "average"};

size_t rww_fit_file_count_shown(const rww_fit_file *file) {
  return file->stage->fit->average > 0 ? 4 : 3;
}

rww_status rww_fit_file_create(const rww_run *run, const rww_stage *stage, rww_fit_file *file) {
  const rww_config *config = run->experiment->config;
  *file = (rww_fit_file){.run = run, .stage = stage, .n_nodes = run->experiment->connectome.n_nodes};
  file->parameters = rww_fit_list_parameters(run->experiment, stage);
  file->n_samples = rww_objective_count_samples(&config->integration, &config->monitors);
  RWW_TRY(RWW_NEW(&file->values, file->parameters.n_rows));
  return RWW_NEW(&file->gradient, file->parameters.n_rows);
}

void rww_fit_file_free(rww_fit_file *file) {
  free(file->values);
  free(file->gradient);
  *file = (rww_fit_file){0};
}

uint64_t rww_fit_file_row(const rww_fit_file *file, size_t restart, uint64_t step) {
  return restart * (file->stage->fit->n_steps + 1) + step;
}

uint64_t rww_fit_file_summary_row(const rww_fit_file *file) {
  return file->stage->fit->n_restarts * (file->stage->fit->n_steps + 1);
}

/* The datasets of a file while they are being described. */
typedef struct draft {
  rww_dataset list[RWW_N_ENTRY_ITEMS + 6 * RWW_N_PARAMETERS + 16];
  rww_text names[6 * RWW_N_PARAMETERS];
  rww_text units[6 * RWW_N_PARAMETERS];
  size_t n, n_names;
} draft;

static rww_dataset *add(draft *datasets, const char *name, rww_type type, const char *unit, const char *description) {
  rww_dataset *dataset = &datasets->list[datasets->n++];
  *dataset = (rww_dataset){.name = name, .type = type, .unit = unit, .description = description};
  return dataset;
}

static void add_dimension(rww_dataset *dataset, const char *name) {
  dataset->dimensions[dataset->n_dimensions++] = name;
}

/* One dataset of a parameter, named by it, over the dimensions given and, where it is regional, nodes. */
static void add_parameter(draft *datasets, const char *prefix, const rww_free *parameter, const char *const *dimensions,
                          size_t n_row_dimensions) {
  const rww_parameter_info *info = rww_parameter_get(parameter->parameter);
  rww_text *name = &datasets->names[datasets->n_names], *unit = &datasets->units[datasets->n_names++];
  rww_text_add(name, "%s", prefix);
  rww_stage_name_parameter(parameter->parameter, name);
  rww_text_add(unit, strcmp(prefix, "gradient_") == 0 ? "(%s)^-1" : "%s", info->unit);
  rww_dataset *dataset = add(datasets, name->chars, RWW_REAL64, unit->chars, info->help);
  for (; *dimensions; dimensions++) add_dimension(dataset, *dimensions);
  if (parameter->regional) add_dimension(dataset, "node");
  dataset->n_row_dimensions = n_row_dimensions;
}

static void describe_entries(const rww_fit_file *file, draft *datasets) {
  static const char *const dimensions[] = {"restart", "step", NULL};
  const rww_fit_parameters *parameters = &file->parameters;
  for (int k = 0; k < RWW_N_ENTRY_ITEMS; k++) {
    rww_dataset *dataset = add(datasets, entry_items[k].name, RWW_REAL64, "1", entry_items[k].description);
    add_dimension(dataset, "restart");
    add_dimension(dataset, "step");
    dataset->n_row_dimensions = 2;
  }
  for (size_t k = 0; k < parameters->n_free; k++) add_parameter(datasets, "", &parameters->list[k], dimensions, 2);
  for (size_t k = 0; k < parameters->n_free; k++)
    add_parameter(datasets, "gradient_", &parameters->list[k], dimensions, 2);
}

static void add_of_restart(draft *datasets, const char *name, rww_type type, const char *unit,
                           const char *description) {
  add_dimension(add(datasets, name, type, unit, description), "restart");
}

static void add_shown(draft *datasets, const char *name, const char *description, const char *first,
                      const char *second) {
  rww_dataset *dataset = add(datasets, name, RWW_REAL64, "1", description);
  add_dimension(dataset, "entry");
  add_dimension(dataset, first);
  add_dimension(dataset, second);
}

static void describe_summary(const rww_fit_file *file, draft *datasets) {
  static const char *const dimensions[] = {"restart", NULL};
  const rww_fit_parameters *parameters = &file->parameters;
  const rww_fit_config *fit = file->stage->fit;
  add_of_restart(datasets, "end", RWW_UINT8, NULL, "How the restart ended");
  datasets->list[datasets->n - 1].meanings = RWW_RESTART_END_MEANINGS;
  add_of_restart(datasets, "final_step", RWW_UINT64, NULL, "Step of the final entry");
  add_of_restart(datasets, "best_step", RWW_UINT64, NULL, "Step of the entry with the least loss");
  add_of_restart(datasets, "final_loss", RWW_REAL64, "1", "Loss of the final entry");
  add_of_restart(datasets, "best_loss", RWW_REAL64, "1", "Loss of the best entry");
  if (fit->average > 0)
    add_of_restart(datasets, "average_loss", RWW_REAL64, "1", "Loss of the mean of the last entries, last seeds");
  if (fit->validation.n_per_step > 0)
    add_of_restart(datasets, "validation_loss", RWW_REAL64, "1", "Loss of what is reported, on the validation seeds");
  add(datasets, "best_restart", RWW_UINT64, NULL, "Restart that is reported: the one with the least loss");
  for (size_t k = 0; k < parameters->n_free; k++)
    add_parameter(datasets, "final_", &parameters->list[k], dimensions, 0);
  for (size_t k = 0; k < parameters->n_free; k++) add_parameter(datasets, "best_", &parameters->list[k], dimensions, 0);
  for (size_t k = 0; fit->average > 0 && k < parameters->n_free; k++)
    add_parameter(datasets, "average_", &parameters->list[k], dimensions, 0);
  for (size_t k = 0; k < parameters->n_fixed; k++)
    add_parameter(datasets, "", &parameters->list[parameters->n_free + k], dimensions, 0);
  add_shown(datasets, "fc", "Functional connectivity of the best restart, first seed", "node", "node_source");
  add_shown(datasets, "bold", "BOLD signal of the best restart, first seed", "time", "node");
}

static rww_status use_described(const rww_fit_file *file, const double *times_s, draft *datasets, rww_file_use use,
                                void *result) {
  const rww_fit_config *fit = file->stage->fit;
  rww_file_spec spec = rww_stage_describe_file(file->run, file->stage);
  describe_entries(file, datasets);
  size_t n_of_entries = datasets->n;
  describe_summary(file, datasets);
  const rww_dimension dimensions[] = {
      {"restart", fit->n_restarts, RWW_UINT64, NULL, NULL, "Restart"},
      {"step", fit->n_steps + 1, RWW_UINT64, NULL, NULL, "Steps made before"},
      {"entry", rww_fit_file_count_shown(file), RWW_TEXT, shown_entries, NULL, "Entry of the best restart"},
      rww_stage_describe_nodes(file->run->experiment, "node"),
      rww_stage_describe_nodes(file->run->experiment, "node_source"),
      rww_stage_describe_times("time", file->n_samples, times_s),
  };
  spec.group = "fit";
  spec.n_dimensions = sizeof dimensions / sizeof *dimensions;
  spec.dimensions = dimensions;
  spec.n_datasets = datasets->n;
  spec.n_summary_datasets = datasets->n - n_of_entries;
  spec.datasets = datasets->list;
  spec.n_rows = rww_fit_file_summary_row(file) + 1;
  spec.n_unit_rows = fit->n_steps + 1;
  return use(file->run, &spec, result);
}

rww_status rww_fit_file_use(const rww_fit_file *file, rww_file_use use, void *result) {
  double period_s = file->run->experiment->config->monitors.bold_period_ms / 1000, *times_s = NULL;
  draft *datasets = NULL;
  rww_status status = rww_stage_count_times(file->n_samples, 0, period_s, &times_s);
  if (status == RWW_OK) status = RWW_NEW(&datasets, 1);
  if (status == RWW_OK) status = use_described(file, times_s, datasets, use, result);
  for (size_t k = 0; datasets && k < datasets->n_names; k++) {
    rww_text_free(&datasets->names[k]);
    rww_text_free(&datasets->units[k]);
  }
  free(datasets);
  free(times_s);
  return status;
}

/* Where the values of the entry in hand are, in the order of the datasets. */
static void point_to_entry(const rww_fit_file *file, void *values[RWW_N_ENTRY_ITEMS + 2 * RWW_N_PARAMETERS]) {
  const rww_fit_parameters *parameters = &file->parameters;
  size_t row = 0, n = parameters->n_free;
  for (int k = 0; k < RWW_N_ENTRY_ITEMS; k++) *values++ = (void *)&file->items[k];
  for (size_t k = 0; k < n; k++) {
    values[k] = file->values + row;
    values[n + k] = file->gradient + row;
    row += rww_free_count_rows(&parameters->list[k], 1, file->n_nodes);
  }
}

rww_status rww_fit_file_write(const rww_fit_file *file, rww_store *store, size_t restart, uint64_t step,
                              rww_outcome outcome, double elapsed_s) {
  void *values[RWW_N_ENTRY_ITEMS + 2 * RWW_N_PARAMETERS];
  point_to_entry(file, values);
  return rww_store_write_row(store, rww_fit_file_row(file, restart, step), (const void *const *)values, outcome,
                             elapsed_s);
}

rww_status rww_fit_file_read(rww_fit_file *file, const rww_store *store, size_t restart, uint64_t step) {
  void *values[RWW_N_ENTRY_ITEMS + 2 * RWW_N_PARAMETERS];
  point_to_entry(file, values);
  return rww_store_read_row(store, rww_fit_file_row(file, restart, step), values);
}

static rww_status create_of_restarts(size_t n, rww_fit_summary *summary) {
  double **const losses[] = {&summary->final_loss, &summary->best_loss, &summary->average_loss,
                             &summary->validation_loss};
  for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) RWW_TRY(RWW_NEW(losses[k], n));
  RWW_TRY(RWW_NEW(&summary->end, n));
  RWW_TRY(RWW_NEW(&summary->final_step, n));
  return RWW_NEW(&summary->best_step, n);
}

rww_status rww_fit_summary_create(const rww_fit_file *file, rww_fit_summary *summary) {
  size_t n = file->stage->fit->n_restarts, n_nodes = file->n_nodes, n_shown = rww_fit_file_count_shown(file);
  double **const values[] = {&summary->final_values, &summary->best_values, &summary->average_values};
  *summary = (rww_fit_summary){0};
  RWW_TRY(create_of_restarts(n, summary));
  for (size_t k = 0; k < sizeof values / sizeof *values; k++) RWW_TRY(RWW_NEW(values[k], n * file->parameters.n_rows));
  RWW_TRY(RWW_NEW(&summary->fixed, n * file->parameters.n_fixed_rows));
  RWW_TRY(RWW_NEW(&summary->fc, n_shown * n_nodes * n_nodes));
  return RWW_NEW(&summary->bold, n_shown * file->n_samples * n_nodes);
}

void rww_fit_summary_free(rww_fit_summary *summary) {
  free(summary->end);
  free(summary->final_step);
  free(summary->best_step);
  free(summary->final_loss);
  free(summary->best_loss);
  free(summary->final_values);
  free(summary->best_values);
  free(summary->fixed);
  free(summary->average_loss);
  free(summary->average_values);
  free(summary->validation_loss);
  free(summary->fc);
  free(summary->bold);
}

/* One place for each of n parameters, whose values of all restarts lie one behind the other. */
static const void **point_to_parameters(const rww_fit_file *file, const rww_free *parameters, size_t n,
                                        const double *values, const void **places) {
  for (size_t k = 0; k < n; k++) {
    *places++ = values;
    values += file->stage->fit->n_restarts * rww_free_count_rows(&parameters[k], 1, file->n_nodes);
  }
  return places;
}

rww_status rww_fit_file_write_summary(const rww_fit_file *file, rww_store *store, const rww_fit_summary *summary,
                                      double elapsed_s) {
  const rww_fit_parameters *parameters = &file->parameters;
  const rww_fit_config *fit = file->stage->fit;
  const void *values[4 * RWW_N_PARAMETERS + 10] = {summary->end, summary->final_step, summary->best_step,
                                                   summary->final_loss, summary->best_loss};
  const void **next = values + 5;
  if (fit->average > 0) *next++ = summary->average_loss;
  if (fit->validation.n_per_step > 0) *next++ = summary->validation_loss;
  *next++ = &summary->best_restart;
  next = point_to_parameters(file, parameters->list, parameters->n_free, summary->final_values, next);
  next = point_to_parameters(file, parameters->list, parameters->n_free, summary->best_values, next);
  if (fit->average > 0)
    next = point_to_parameters(file, parameters->list, parameters->n_free, summary->average_values, next);
  next = point_to_parameters(file, parameters->list + parameters->n_free, parameters->n_fixed, summary->fixed, next);
  next[0] = summary->fc;
  next[1] = summary->bold;
  return rww_store_write_row(store, rww_fit_file_summary_row(file), values, RWW_DONE, elapsed_s);
}

static const char *const entry_names[RWW_N_ENTRIES] = {
    [RWW_ENTRY_BEST] = "best", [RWW_ENTRY_FINAL] = "final", [RWW_ENTRY_AVERAGE] = "average"};

rww_status rww_fit_read_values(const rww_reader *reader, rww_parameter parameter, bool is_free, rww_entry entry,
                               size_t n, double **values) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  rww_text name = {0};
  if (is_free) rww_text_add(&name, "%s_", entry_names[entry]);
  rww_stage_name_parameter(parameter, &name);
  rww_status status = rww_reader_dataset(reader, name.chars, values, shape, &n_dimensions);
  bool fits = status == RWW_OK && n_dimensions == (n > 1 ? 2 : 1) && (n == 1 || shape[1] == n);
  if (status == RWW_OK && !fits)
    status = rww_raise(RWW_ERR_STORE, "%s of a fit has another shape than its configuration says", name.chars);
  rww_text_free(&name);
  return status;
}

rww_status rww_fit_read_choice(const rww_reader *reader, const rww_fit_config *fit, uint64_t *restart) {
  double choice;
  RWW_TRY(rww_reader_scalar(reader, "best_restart", &choice));
  if (!(choice >= 0 && choice < (double)fit->n_restarts))
    return rww_raise(RWW_ERR_STORE, "%s is not finished, or its best_restart is damaged; run it first", fit->name);
  *restart = (uint64_t)choice;
  return RWW_OK;
}

rww_status rww_fit_read_loss(const rww_reader *reader, const rww_fit_config *fit, uint64_t restart, double *loss) {
  double *losses;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  rww_text name = {0};
  rww_text_add(&name, "%s_loss", fit->validation.n_per_step > 0 ? "validation" : entry_names[fit->entry]);
  rww_status status = rww_reader_dataset(reader, name.chars, &losses, shape, &n_dimensions);
  rww_text_free(&name);
  RWW_TRY(status);
  *loss = losses[restart];
  free(losses);
  return RWW_OK;
}
