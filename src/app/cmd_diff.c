#include "app/commands.h"

#include "app/results.h"
#include "report/diff.h"

/* The last stage that both have, unless --stage names one. */
rww_status rww_command_diff(const rww_options *options) {
  rww_results a, b = {0};
  RWW_TRY(rww_results_find(options, options->paths[0], &a));
  rww_status status = rww_results_find(options, options->paths[1], &b);
  if (status == RWW_OK) status = rww_report_diff(a.paths[a.n - 1], b.paths[b.n - 1]);
  rww_results_free(&a);
  rww_results_free(&b);
  return status;
}
