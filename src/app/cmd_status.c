#include "app/commands.h"

#include "app/results.h"
#include "report/status.h"

rww_status rww_command_status(const rww_options *options) {
  rww_results results;
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_ALL, &results));
  rww_status status = RWW_OK;
  for (size_t i = 0; status == RWW_OK && i < results.n; i++)
    status = rww_report_status(results.paths[i], options->silence_s);
  rww_results_free(&results);
  return status;
}
