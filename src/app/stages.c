#include "app/stages.h"

#include "base/clock.h"
#include "base/memory.h"
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
      .shard = run->options->shard,
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

rww_status rww_stage_open_result(const rww_run *run, const rww_stage *stage, rww_shard shard, rww_reader **reader) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, shard, &path));
  rww_status status = rww_reader_open(path, reader);
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
  printf(" in %s on %d rank%s\n  rate    %.3g %s/s, %.2g node-steps/s\n", elapsed, n_ranks, n_ranks == 1 ? "" : "s",
         per_s, unit, per_s * node_steps);
}

rww_status rww_stage_print_file(const rww_run *run, const rww_stage *stage) {
  char *path;
  RWW_TRY(
      rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, run->options->shard, &path));
  printf("  file    %s\n", path);
  free(path);
  return RWW_OK;
}
