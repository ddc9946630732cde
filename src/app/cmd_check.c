#include "app/commands.h"

#include "app/experiment.h"
#include <inttypes.h>
#include <stdio.h>

rww_status rww_command_check(const rww_options *options) {
  rww_experiment experiment;
  RWW_TRY(rww_experiment_load(options, NULL, &experiment));
  printf("%s: good. %zu nodes, %s, ", options->paths[0], experiment.connectome.n_nodes,
         experiment.target.fc ? "with a target FC" : "no target FC");
  if (experiment.grid.n_axes > 0)
    printf("%" PRIu64 " points to explore\n", experiment.grid.n_points);
  else
    puts("no exploration");
  rww_experiment_free(&experiment);
  return RWW_OK;
}
