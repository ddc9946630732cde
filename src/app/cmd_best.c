#include "app/commands.h"

#include "app/results.h"
#include "report/best.h"

rww_status rww_command_best(const rww_options *options) {
  rww_options of_explore = *options;
  rww_results results;
  of_explore.stage = "explore";
  RWW_TRY(rww_results_find(&of_explore, options->paths[0], &results));
  rww_status status = rww_report_best(results.paths[0], options->n_best, options->format);
  rww_results_free(&results);
  return status;
}
