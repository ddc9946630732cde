#include "app/commands.h"

#include "app/results.h"
#include "report/best.h"
#include "report/evaluation.h"
#include <string.h>

static rww_status print_evaluation(const char *path) {
  rww_reader *reader;
  RWW_TRY(rww_reader_open(path, &reader));
  rww_status status = rww_report_evaluation(reader);
  rww_reader_close(reader);
  return status;
}

rww_status rww_command_best(const rww_options *options) {
  rww_options of_explore = *options;
  rww_results results;
  bool of_evaluation = options->stage && strcmp(options->stage, "evaluate") == 0;
  if (!of_evaluation) of_explore.stage = "explore";
  RWW_TRY(rww_results_find(&of_explore, options->paths[0], &results));
  rww_status status = of_evaluation ? print_evaluation(results.paths[0])
                                    : rww_report_best(results.paths[0], options->n_best, options->format);
  rww_results_free(&results);
  return status;
}
