#include "app/commands.h"

#include "app/experiment.h"
#include <inttypes.h>
#include <stdio.h>

static void print_fit(const rww_fit_config *fit, size_t n_nodes) {
  size_t n_rows = rww_free_count_rows(fit->free, fit->n_free, n_nodes);
  printf("  fit %s: %" PRIu64 " step%s, %" PRIu64 " restart%s, %zu free number%s\n", fit->name, fit->n_steps,
         fit->n_steps == 1 ? "" : "s", fit->n_restarts, fit->n_restarts == 1 ? "" : "s", n_rows,
         n_rows == 1 ? "" : "s");
}

static void print_evaluation(const rww_evaluate_config *evaluate) {
  size_t n = evaluate->seeds.n_per_step;
  if (evaluate->given) printf("  evaluation: %zu seed%s of %g s\n", n, n == 1 ? "" : "s", evaluate->duration_ms / 1000);
}

rww_status rww_command_check(const rww_options *options) {
  rww_experiment experiment;
  RWW_TRY(rww_experiment_load(options, NULL, &experiment));
  printf("%s: good. %zu nodes, %s, ", options->paths[0], experiment.connectome.n_nodes,
         experiment.target.fc ? "with a target FC" : "no target FC");
  if (experiment.grid.n_axes > 0)
    printf("%" PRIu64 " points to explore\n", experiment.grid.n_points);
  else
    puts("no exploration");
  for (size_t i = 0; i < experiment.config->optimize.n_fits; i++)
    print_fit(&experiment.config->optimize.fits[i], experiment.connectome.n_nodes);
  print_evaluation(&experiment.config->evaluate);
  rww_experiment_free(&experiment);
  return RWW_OK;
}
