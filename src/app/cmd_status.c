#include "app/commands.h"

#include "app/results.h"
#include "report/status.h"

static rww_status look(const char *path, const rww_options *options) {
  return rww_report_status(path, options->silence_s);
}

rww_status rww_command_status(const rww_options *options) {
  rww_results results;
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_ALL, &results));
  rww_status status = rww_results_look(&results, options, look);
  rww_results_free(&results);
  return status;
}
