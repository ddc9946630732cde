#include "app/results.h"

#include "app/experiment.h"
#include "base/files.h"
#include "base/memory.h"
#include "store/store.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void rww_results_free(rww_results *results) {
  for (size_t i = 0; i < results->n; i++) free(results->paths[i]);
  free(results->paths);
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

static bool has_ending(const char *text, const char *ending) {
  size_t n = strlen(text), n_ending = strlen(ending);
  return n > n_ending && strcmp(text + n - n_ending, ending) == 0;
}

/* <stage>.h5 is a link to the latest file of its stage. */
static int is_link(const struct dirent *entry) {
  return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) && has_ending(entry->d_name, ".h5");
}

static size_t place_of_stage(const char *stage) {
  static const char *const names[] = {"simulate", "explore", NULL, "evaluate"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i] && strcmp(stage, names[i]) == 0) return i;
  return 2; /* fits */
}

static int by_stage(const struct dirent **a, const struct dirent **b) {
  char x[256], y[256];
  snprintf(x, sizeof x, "%.*s", (int)strlen((*a)->d_name) - 3, (*a)->d_name);
  snprintf(y, sizeof y, "%.*s", (int)strlen((*b)->d_name) - 3, (*b)->d_name);
  size_t i = place_of_stage(x), j = place_of_stage(y);
  return i != j ? (i > j) - (i < j) : strcmp(x, y);
}

static rww_status take_link(const rww_options *options, const char *directory, const char *name, rww_results *results) {
  char stage[256], *path;
  snprintf(stage, sizeof stage, "%.*s", (int)strlen(name) - 3, name);
  if (!is_wanted(options, stage)) return RWW_OK;
  RWW_TRY(rww_path_join(directory, name, &path));
  take(path, results);
  return RWW_OK;
}

static rww_status find_in_directory(const rww_options *options, const char *directory, rww_results *results) {
  struct dirent **entries;
  int n = scandir(directory, &entries, is_link, by_stage);
  if (n < 0) return rww_raise(RWW_ERR_USAGE, "%s: cannot be read: %s", directory, strerror(errno));
  rww_status status = RWW_NEW(&results->paths, (size_t)n);
  for (int i = 0; i < n; i++) {
    if (status == RWW_OK) status = take_link(options, directory, entries[i]->d_name, results);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static rww_status find_by_key(const rww_options *options, const rww_experiment *experiment, rww_results *results) {
  RWW_TRY(RWW_NEW(&results->paths, experiment->n_stages));
  for (size_t i = 0; i < experiment->n_stages; i++) {
    const rww_stage *stage = &experiment->stages[i];
    char *path;
    if (!is_wanted(options, stage->name)) continue;
    RWW_TRY(rww_store_path(experiment->output_directory, stage->name, stage->meaning.key, &path));
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

static rww_status find(const rww_options *options, const char *argument, rww_results *results) {
  struct stat info;
  if (stat(argument, &info) != 0)
    return rww_raise(RWW_ERR_USAGE,
                     "%s: there is no such file; expected a result file, a directory of results, or a "
                     "configuration",
                     argument);
  if (S_ISDIR(info.st_mode)) return find_in_directory(options, argument, results);
  if (has_ending(argument, ".yaml") || has_ending(argument, ".yml")) return find_of_config(options, argument, results);
  RWW_TRY(RWW_NEW(&results->paths, 1));
  RWW_TRY(rww_path_join(NULL, argument, &results->paths[0]));
  results->n = 1;
  return RWW_OK;
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
