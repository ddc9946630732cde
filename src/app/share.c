#include "app/share.h"

#include "base/problems.h"
#include <stdlib.h>
#include <string.h>

/* An array that rank 0 has (or has not: NULL), in *array on every rank; owned by the caller. */
static rww_status share_array(rww_comm *comm, size_t n_bytes, void **array, size_t *n_shared_bytes) {
  *n_shared_bytes = *array ? n_bytes : 0;
  RWW_TRY(rww_comm_broadcast(comm, array, n_shared_bytes));
  if (*n_shared_bytes > 0) return RWW_OK;
  free(*array);
  *array = NULL;
  return RWW_OK;
}

static rww_status share_doubles(rww_comm *comm, double **values, size_t *n) {
  void *array = *values;
  RWW_TRY(share_array(comm, *n * sizeof **values, &array, n));
  *values = array;
  *n /= sizeof **values;
  return RWW_OK;
}

/* Values that the configuration itself holds are known to every rank that has parsed it. */
static rww_status share_values(rww_comm *comm, rww_values *values) {
  return values->file ? share_doubles(comm, &values->values, &values->n) : RWW_OK;
}

static rww_status share_set(rww_comm *comm, rww_parameter_set *set) {
  for (int k = 0; k < RWW_N_PARAMETERS; k++) RWW_TRY(share_values(comm, &set->value[k]));
  return share_values(comm, &set->initial_S);
}

static rww_status share_starts(rww_comm *comm, rww_optimize_config *optimize) {
  for (size_t i = 0; i < optimize->n_fits; i++) RWW_TRY(share_set(comm, &optimize->fits[i].start.set));
  return RWW_OK;
}

static rww_status parse_shared(const rww_options *options, const char *source, rww_config **config) {
  rww_problems problems = {0};
  rww_status status =
      rww_config_parse(options->paths[0], source, options->overrides, options->n_overrides, &problems, config);
  rww_problems_free(&problems);
  return status;
}

static rww_status share_config(rww_comm *comm, const rww_options *options, rww_config **config) {
  bool leads = rww_comm_rank(comm) == 0;
  void *source = leads ? (*config)->source : NULL;
  size_t n_bytes;
  RWW_TRY(share_array(comm, leads ? strlen(source) + 1 : 0, &source, &n_bytes));
  if (leads) return RWW_OK;
  rww_status status = parse_shared(options, source, config);
  free(source);
  return status;
}

static rww_status share_matrices(rww_comm *comm, rww_connectome *connectome, rww_target *target) {
  size_t n_weights = connectome->n_nodes * connectome->n_nodes, n_target = n_weights;
  RWW_TRY(share_doubles(comm, &connectome->weights, &n_weights));
  RWW_TRY(share_doubles(comm, &target->fc, &n_target));
  while (connectome->n_nodes * connectome->n_nodes < n_weights) connectome->n_nodes++;
  target->n_nodes = target->fc ? connectome->n_nodes : 0;
  return RWW_OK;
}

rww_status rww_share_inputs(rww_comm *comm, const rww_options *options, rww_experiment *experiment) {
  if (rww_comm_size(comm) == 1) return RWW_OK;
  RWW_TRY(share_config(comm, options, &experiment->config));
  RWW_TRY(share_matrices(comm, &experiment->connectome, &experiment->target));
  RWW_TRY(share_set(comm, &experiment->config->base));
  RWW_TRY(share_set(comm, &experiment->config->observation.target.simulate.set));
  return share_starts(comm, &experiment->config->optimize);
}

rww_status rww_share_keys(rww_comm *comm, rww_experiment *experiment) {
  if (rww_comm_size(comm) == 1) return RWW_OK;
  RWW_TRY(rww_comm_share(comm, experiment->of_point.key, RWW_HASH_TEXT_SIZE));
  for (size_t i = 0; i < experiment->n_stages; i++)
    RWW_TRY(rww_comm_share(comm, experiment->stages[i].meaning.key, RWW_HASH_TEXT_SIZE));
  return RWW_OK;
}
