#include "app/results.h"

#include "app/experiment.h"
#include "base/files.h"
#include "store/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
  const char *name;
  rww_stage_meaning meaning;
} stages[RWW_MAX_RESULTS] = {{"simulate", RWW_MEANING_SIMULATE}, {"explore", RWW_MEANING_EXPLORE}};

void rww_results_free(rww_results *results) {
  for (size_t i = 0; i < results->n; i++) free(results->paths[i]);
  *results = (rww_results){0};
}

static bool is_wanted(const rww_options *options, const char *stage) {
  return !options->stage || strcmp(options->stage, stage) == 0;
}

/* Takes the path where there is such a file, else frees it. */
static void take(char *path, rww_results *results) {
  if (rww_file_exists(path))
    results->paths[results->n++] = path;
  else
    free(path);
}

static rww_status find_in_directory(const rww_options *options, const char *directory, rww_results *results) {
  for (size_t i = 0; i < RWW_MAX_RESULTS; i++) {
    char name[64], *path;
    if (!is_wanted(options, stages[i].name)) continue;
    snprintf(name, sizeof name, "%s.h5", stages[i].name);
    RWW_TRY(rww_path_join(directory, name, &path));
    take(path, results);
  }
  return RWW_OK;
}

static rww_status find_by_key(const rww_options *options, const rww_experiment *experiment, rww_results *results) {
  for (size_t i = 0; i < RWW_MAX_RESULTS; i++) {
    char *path;
    if (!is_wanted(options, stages[i].name)) continue;
    RWW_TRY(rww_store_path(experiment->output_directory, stages[i].name, experiment->meaning[stages[i].meaning].key,
                           &path));
    take(path, results);
  }
  return RWW_OK;
}

static rww_status find_of_config(const rww_options *options, const char *argument, rww_results *results) {
  rww_experiment experiment;
  rww_options of_config = *options;
  of_config.paths = &argument;
  RWW_TRY(rww_experiment_load(&of_config, NULL, &experiment));
  rww_status status = find_by_key(options, &experiment, results);
  rww_experiment_free(&experiment);
  return status;
}

static bool has_ending(const char *text, const char *ending) {
  size_t n = strlen(text), n_ending = strlen(ending);
  return n > n_ending && strcmp(text + n - n_ending, ending) == 0;
}

static rww_status find(const rww_options *options, const char *argument, rww_results *results) {
  struct stat info;
  if (stat(argument, &info) != 0)
    return rww_raise(RWW_ERR_USAGE,
                     "%s: there is no such file; expected a result file, a directory of results, or a "
                     "configuration",
                     argument);
  if (S_ISDIR(info.st_mode)) return find_in_directory(options, argument, results);
  if (has_ending(argument, ".yaml") || has_ending(argument, ".yml")) return find_of_config(options, argument, results);
  results->n = 1;
  return rww_path_join(NULL, argument, &results->paths[0]);
}

rww_status rww_results_find(const rww_options *options, const char *argument, rww_results *results) {
  *results = (rww_results){0};
  rww_status status = find(options, argument, results);
  if (status == RWW_OK && results->n == 0)
    status = rww_raise(RWW_ERR_USAGE, "%s: no results yet%s%s; `rwwsweep run` makes them", argument,
                       options->stage ? " of stage " : "", options->stage ? options->stage : "");
  if (status != RWW_OK) rww_results_free(results);
  return status;
}
