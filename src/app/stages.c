#include "app/stages.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stage that is computed again, or that builds on one. */
static bool is_redone(const rww_experiment *experiment, const rww_stage *stage, const char *redo) {
  if (!redo) return false;
  if (strcmp(stage->name, redo) == 0) return true;
  for (const rww_stage *other = experiment->stages; other < stage; other++)
    if (rww_stage_builds_on(stage, other) && is_redone(experiment, other, redo)) return true;
  return false;
}

rww_file_spec rww_stage_describe_file(const rww_run *run, const rww_stage *stage) {
  const rww_experiment *experiment = run->experiment;
  return (rww_file_spec){
      .directory = experiment->output_directory,
      .stage = stage->name,
      .key = stage->meaning.key,
      .canonical = stage->meaning.canonical.chars,
      .source = experiment->config->source,
      .backend = experiment->backend->name,
      .connectome = &experiment->connectome,
      .target = &experiment->target,
      .name = experiment->config->name,
      .redo = is_redone(experiment, stage, run->options->redo),
  };
}

rww_status rww_file_use_open(const rww_run *run, const rww_file_spec *spec, void *store) {
  bool created;
  return rww_store_open(run->comm, spec, &created, store);
}

rww_status rww_file_use_forecast(const rww_run *run, const rww_file_spec *spec, void *forecast) {
  return rww_store_forecast(run->comm, spec, forecast);
}

rww_dimension rww_stage_describe_nodes(const rww_experiment *experiment, const char *name) {
  const rww_connectome *connectome = &experiment->connectome;
  return (rww_dimension){
      name, connectome->n_nodes, connectome->labels ? RWW_TEXT : RWW_UINT64, connectome->labels, NULL, "Region"};
}

rww_dimension rww_stage_describe_times(const char *name, size_t n, const double *times_s) {
  return (rww_dimension){name, n, RWW_REAL64, times_s, "s", "Time since the start of the run"};
}

rww_status rww_stage_count_times(size_t n, size_t first, double step_s, double **times_s) {
  RWW_TRY(RWW_NEW(times_s, n));
  for (size_t k = 0; k < n; k++) (*times_s)[k] = (double)(first + k + 1) * step_s;
  return RWW_OK;
}

void rww_stage_name_parameter(rww_parameter parameter, rww_text *name) {
  size_t begin = name->length;
  rww_text_add(name, "%s", rww_parameter_get(parameter)->name);
  *strchr(name->chars + begin, '.') = '_';
}

rww_status rww_stage_open_result(const rww_run *run, const rww_stage *stage, rww_reader **reader) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, &path));
  rww_status status = rww_reader_open(path, reader);
  free(path);
  return status;
}

static rww_status count_left(const char *path, uint64_t *n_left, uint64_t *n_rows) {
  rww_reader *reader;
  rww_verification found;
  RWW_TRY(rww_reader_open(path, &reader));
  *n_rows = rww_reader_n_rows(reader);
  rww_status status = rww_reader_verify(reader, &found);
  rww_reader_close(reader);
  if (status != RWW_OK) return status;
  *n_left = found.n_outcomes[RWW_PENDING] + found.n_outcomes[RWW_STARTED] + found.n_damaged;
  rww_verification_free(&found);
  return RWW_OK;
}

static rww_status check_finished(const rww_run *run, const char *path, const rww_stage *stage,
                                 const rww_stage *built_on_it) {
  uint64_t n_left = 0, n_rows = 0;
  char found[96] = "there is no such file";
  bool exists = rww_file_exists(path);
  if (exists) RWW_TRY(count_left(path, &n_left, &n_rows));
  if (exists && n_left == 0) return RWW_OK;
  if (exists) snprintf(found, sizeof found, "%" PRIu64 " of %" PRIu64 " rows are not finished", n_left, n_rows);
  return rww_raise(RWW_ERR_USAGE,
                   "%s: %s, and %s builds on the stage %s; expected it finished. Run the same with --stage %s first, "
                   "or all stages: rwwsweep %s",
                   path, found, built_on_it->name, stage->name, stage->name, run->options->paths[0]);
}

rww_status rww_stage_check_finished(const rww_run *run, const rww_stage *stage, const rww_stage *built_on_it) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, &path));
  rww_status status = check_finished(run, path, stage, built_on_it);
  free(path);
  return status;
}

rww_row_list rww_stage_list_left(const rww_slot *slots, uint64_t n, uint64_t *rows) {
  uint64_t n_left = 0, n_by_task[RWW_N_ROWS_TO_COMPUTE];
  for (rww_row_task task = 0; task < RWW_N_ROWS_TO_COMPUTE; task++) {
    uint64_t n_before = n_left;
    for (uint64_t row = 0; row < n; row++)
      if (rww_slot_task(&slots[row]) == task) rows[n_left++] = row;
    n_by_task[task] = n_left - n_before;
  }
  return (rww_row_list){rows, n_by_task[RWW_ROW_COMPUTE], n_by_task[RWW_ROW_COMPUTE_APART],
                        n_by_task[RWW_ROW_COMPUTE_ALONE]};
}

void rww_stage_print_rate(const rww_run *run, const rww_effort *effort, const char *unit, double duration_ms) {
  char elapsed[RWW_DURATION_SIZE];
  double per_s = (double)effort->n_computed / effort->elapsed_s;
  double node_steps =
      (double)run->experiment->connectome.n_nodes * duration_ms / run->experiment->config->integration.step_size_ms;
  int n_ranks = rww_comm_size(run->comm);
  rww_clock_format_duration(effort->elapsed_s, elapsed);
  printf(" in %s on %d rank%s (%.3g %s/s, %.2g node-steps/s)\n", elapsed, n_ranks, n_ranks == 1 ? "" : "s", per_s, unit,
         per_s * node_steps);
}

rww_status rww_stage_print_file(const rww_run *run, const rww_stage *stage) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, &path));
  printf("  file    %s\n", path);
  free(path);
  return RWW_OK;
}
