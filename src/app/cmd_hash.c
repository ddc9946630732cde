#include "app/commands.h"

#include "app/experiment.h"
#include <stdio.h>

static void print_meaning(const char *stage, const rww_meaning *meaning, bool explain) {
  if (explain)
    printf("# %s: %s\n%s\n", stage, meaning->key, meaning->canonical.chars);
  else
    printf("%-9s %s\n", stage, meaning->key);
}

rww_status rww_command_hash(const rww_options *options) {
  rww_experiment experiment;
  RWW_TRY(rww_experiment_load(options, NULL, &experiment));
  for (size_t i = 0; i < experiment.n_stages; i++)
    print_meaning(experiment.stages[i].name, &experiment.stages[i].meaning, options->explain);
  rww_experiment_free(&experiment);
  return RWW_OK;
}
