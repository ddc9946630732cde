#include "app/stages.h"

#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rww_stage *const rww_stages[RWW_N_STAGES] = {&rww_stage_simulate, &rww_stage_explore};

rww_file_spec rww_stage_describe_file(const rww_run *run, const char *stage, rww_stage_meaning meaning) {
  const rww_experiment *experiment = run->experiment;
  const char *redo = run->options->redo;
  return (rww_file_spec){
      .directory = experiment->output_directory,
      .stage = stage,
      .key = experiment->meaning[meaning].key,
      .canonical = experiment->meaning[meaning].canonical.chars,
      .source = experiment->config->source,
      .backend = experiment->backend->name,
      .connectome = &experiment->connectome,
      .target = &experiment->target,
      .name = experiment->config->name,
      .redo = redo && strcmp(redo, stage) == 0,
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

rww_status rww_stage_open_result(const rww_run *run, const char *stage, rww_stage_meaning meaning,
                                 rww_reader **reader) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage, run->experiment->meaning[meaning].key, &path));
  rww_status status = rww_reader_open(path, reader);
  free(path);
  return status;
}

rww_status rww_stage_print_file(const rww_run *run, const char *stage, rww_stage_meaning meaning) {
  char *path;
  RWW_TRY(rww_store_path(run->experiment->output_directory, stage, run->experiment->meaning[meaning].key, &path));
  printf("  file    %s\n", path);
  free(path);
  return RWW_OK;
}
