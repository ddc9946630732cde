#include "app/results.h"

#include "app/experiment.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/problems.h"
#include "store/shards.h"
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

static rww_status add(const char *path, rww_results *results) {
  char **grown = realloc(results->paths, (results->n + 1) * sizeof *grown);
  if (!grown) return rww_raise(RWW_ERR_MEMORY, "no memory for the names of %zu files", results->n + 1);
  results->paths = grown;
  RWW_TRY(rww_copy_text(path, &grown[results->n]));
  results->n++;
  return RWW_OK;
}

static rww_status add_where_it_exists(const char *path, rww_results *results) {
  return rww_file_exists(path) ? add(path, results) : RWW_OK;
}

/* results/explore-0123456789abcdef of its shards' names. */
static bool is_whole_there(const char *stem, size_t n_stem) {
  rww_text whole = {0};
  rww_text_add(&whole, "%.*s.h5", (int)n_stem, stem);
  bool exists = rww_file_exists(whole.chars);
  rww_text_free(&whole);
  return exists;
}

/* The stage that a shard's file is of, by its name. */
static bool is_of_wanted_stage(const rww_options *options, const char *path, size_t n_stem) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  size_t n = n_stem - (size_t)(name - path);
  char stage[256];
  snprintf(stage, sizeof stage, "%.*s", n > 17 ? (int)n - 17 : 0, name);
  return is_wanted(options, stage);
}

static rww_status add_shards(const rww_options *options, const char *directory, const char *stage, const char *key,
                             rww_results_kind kind, rww_results *results) {
  rww_shard_files found;
  size_t n_stem;
  rww_shard shard;
  if (kind == RWW_RESULTS_WHOLE) return RWW_OK;
  RWW_TRY(rww_shards_find(directory, stage, key, &found));
  rww_status status = RWW_OK;
  for (size_t i = 0; i < found.n && status == RWW_OK; i++) {
    if (!rww_shards_parse_name(found.paths[i], &n_stem, &shard)) continue;
    if (!is_of_wanted_stage(options, found.paths[i], n_stem)) continue;
    if (kind == RWW_RESULTS_SHARDS || !is_whole_there(found.paths[i], n_stem)) status = add(found.paths[i], results);
  }
  rww_shards_free(&found);
  return status;
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
  rww_status status = add_where_it_exists(path, results);
  free(path);
  return status;
}

static rww_status find_in_directory(const rww_options *options, const char *directory, rww_results_kind kind,
                                    rww_results *results) {
  struct dirent **entries;
  int n = scandir(directory, &entries, is_link, by_stage);
  if (n < 0) return rww_raise(RWW_ERR_USAGE, "%s: cannot be read: %s", directory, strerror(errno));
  rww_status status = RWW_OK;
  for (int i = 0; i < n; i++) {
    if (status == RWW_OK && kind != RWW_RESULTS_SHARDS)
      status = take_link(options, directory, entries[i]->d_name, results);
    free(entries[i]);
  }
  free(entries);
  return status == RWW_OK ? add_shards(options, directory, NULL, NULL, kind, results) : status;
}

static rww_status add_stage(const rww_options *options, const rww_experiment *experiment, const rww_stage *stage,
                            rww_results_kind kind, rww_results *results) {
  const char *directory = experiment->output_directory;
  char *path;
  if (!is_wanted(options, stage->name)) return RWW_OK;
  RWW_TRY(rww_store_path(directory, stage->name, stage->meaning.key, (rww_shard){0}, &path));
  rww_status status = kind == RWW_RESULTS_SHARDS ? RWW_OK : add_where_it_exists(path, results);
  free(path);
  return status == RWW_OK ? add_shards(options, directory, stage->name, stage->meaning.key, kind, results) : status;
}

static rww_status find_by_key(const rww_options *options, const rww_experiment *experiment, rww_results_kind kind,
                              rww_results *results) {
  for (size_t i = 0; i < experiment->n_stages; i++)
    RWW_TRY(add_stage(options, experiment, &experiment->stages[i], kind, results));
  return RWW_OK;
}

static rww_status find_of_config(const rww_options *options, const char *argument, rww_results_kind kind,
                                 rww_results *results) {
  rww_experiment experiment;
  rww_options of_config = *options;
  of_config.paths = &argument;
  RWW_TRY(rww_experiment_load(&of_config, NULL, &experiment));
  rww_status status = find_by_key(options, &experiment, kind, results);
  rww_experiment_free(&experiment);
  return status;
}

static rww_status find(const rww_options *options, const char *argument, rww_results_kind kind, rww_results *results) {
  struct stat info;
  if (stat(argument, &info) != 0)
    return rww_raise(RWW_ERR_USAGE,
                     "%s: there is no such file; expected a result file, a directory of results, or a "
                     "configuration",
                     argument);
  if (S_ISDIR(info.st_mode)) return find_in_directory(options, argument, kind, results);
  bool is_config = has_ending(argument, ".yaml") || has_ending(argument, ".yml");
  return is_config ? find_of_config(options, argument, kind, results) : add(argument, results);
}

rww_status rww_results_find(const rww_options *options, const char *argument, rww_results_kind kind,
                            rww_results *results) {
  *results = (rww_results){0};
  rww_status status = find(options, argument, kind, results);
  if (status == RWW_OK && results->n == 0)
    status = rww_raise(RWW_ERR_USAGE, "%s: no %s yet%s%s; `rwwsweep run%s` makes them", argument,
                       kind == RWW_RESULTS_SHARDS ? "shards" : "results", options->stage ? " of stage " : "",
                       options->stage ? options->stage : "", kind == RWW_RESULTS_SHARDS ? " --shard I/N" : "");
  if (status != RWW_OK) rww_results_free(results);
  return status;
}

rww_status rww_results_look(const rww_results *results, const rww_options *options,
                            rww_status (*look)(const char *path, const rww_options *options)) {
  rww_problems problems = {0};
  rww_status failure = RWW_OK;
  for (size_t i = 0; i < results->n; i++) {
    rww_status status = look(results->paths[i], options);
    if (status == RWW_OK) continue;
    failure = status;
    rww_problems_add(&problems, RWW_ERROR, "%s", rww_status_message(status));
  }
  rww_status status = rww_problems_raise(&problems, failure);
  rww_problems_free(&problems);
  return status;
}
