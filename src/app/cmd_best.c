#include "app/commands.h"

#include "app/results.h"
#include "base/memory.h"
#include "report/best.h"
#include "report/evaluation.h"
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_N_BEST 10 /* points or restarts; sets of an evaluation are all shown */

/* Files that have something to choose from, open. */
typedef struct candidates {
  const char **paths;
  rww_reader **readers; /* [n] */
  size_t n;
} candidates;

static rww_status open_candidates(const rww_results *results, candidates *found) {
  RWW_TRY(RWW_NEW(&found->paths, results->n));
  RWW_TRY(RWW_NEW(&found->readers, results->n));
  for (size_t i = 0; i < results->n; i++) {
    rww_reader *reader;
    RWW_TRY(rww_reader_open(results->paths[i], &reader));
    if (!rww_report_has_best(reader) && !rww_report_is_evaluation(reader)) {
      rww_reader_close(reader);
      continue;
    }
    found->paths[found->n] = results->paths[i];
    found->readers[found->n++] = reader;
  }
  return RWW_OK;
}

static void close_candidates(candidates *found) {
  for (size_t i = 0; i < found->n; i++) rww_reader_close(found->readers[i]);
  free(found->readers);
  free(found->paths);
}

static rww_status print_table(const rww_options *options, const rww_table_form *form, const char *path,
                              const rww_reader *reader, bool is_one_of_several) {
  rww_table table = {0};
  rww_status status = rww_report_best(reader, options->n_best > 0 ? options->n_best : DEFAULT_N_BEST, form, &table);
  if (status == RWW_OK && table.n_rows > 0)
    rww_table_print(&table);
  else if (status == RWW_OK && is_one_of_several)
    puts("nothing has a loss yet");
  else if (status == RWW_OK)
    status = rww_raise(RWW_ERR_USAGE, "%s: nothing has a loss yet", path);
  rww_table_free(&table);
  return status;
}

static rww_status print_best(const rww_options *options, const rww_table_form *form, const char *path,
                             const rww_reader *reader, bool is_one_of_several) {
  if (is_one_of_several) printf("%s: %s\n", rww_reader_attribute(reader, "stage"), path);
  if (!rww_report_is_evaluation(reader)) return print_table(options, form, path, reader, is_one_of_several);
  return rww_table_is_for_people(form) ? rww_report_evaluation(reader, options->n_best)
                                       : rww_report_evaluation_as(reader, options->n_best, form);
}

static rww_status print_all(const rww_options *options, const rww_table_form *form, const candidates *found) {
  if (found->n == 0)
    return rww_raise(RWW_ERR_USAGE, "%s: has nothing to choose from; expected an exploration or fits",
                     options->paths[0]);
  if (found->n > 1 && !rww_table_is_for_people(form))
    return rww_raise(RWW_ERR_USAGE,
                     "%s: found %zu stages for one table in the format %s; expected --stage NAME with it",
                     options->paths[0], found->n, options->format);
  for (size_t i = 0; i < found->n; i++)
    RWW_TRY(print_best(options, form, found->paths[i], found->readers[i], found->n > 1));
  return RWW_OK;
}

rww_status rww_command_best(const rww_options *options) {
  const rww_table_form *form = NULL;
  rww_results results;
  candidates found = {0};
  RWW_TRY(rww_table_find_form(options->format, &form));
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_WHOLE, &results));
  rww_status status = open_candidates(&results, &found);
  if (status == RWW_OK) status = print_all(options, form, &found);
  close_candidates(&found);
  rww_results_free(&results);
  return status;
}
