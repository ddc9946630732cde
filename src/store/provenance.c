#include "store/provenance.h"

#include "base/clock.h"
#include "plan/key.h"
#include "store/labelled.h"
#include "store/layout.h"
#include "store/shards.h"
#include "store/versions.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static bool put_versions(hid_t file, const rww_comm *comm, const rww_file_spec *spec) {
  size_t n;
  const rww_version *versions = rww_versions_get(&n);
  bool done = rww_h5_put_text(file, "backend", spec->backend) && rww_h5_put_text(file, "mpi", rww_comm_library(comm));
  for (size_t i = 0; i < n; i++) done = done && rww_h5_put_text(file, versions[i].name, versions[i].value);
  return done;
}

bool rww_provenance_put_attributes(hid_t file, const rww_comm *comm, const rww_file_spec *spec) {
  char created[RWW_TIMESTAMP_SIZE], host[256] = "", base_seed[24] = "", shard[RWW_SHARD_TEXT_SIZE];
  if (spec->base_seed) snprintf(base_seed, sizeof base_seed, "%" PRIu64, *spec->base_seed);
  rww_clock_format(rww_clock_utc_s(), created);
  rww_shard_format(spec->shard, shard);
  gethostname(host, sizeof host - 1);
  return rww_h5_put_text(file, "format", RWW_FORMAT) &&
         rww_h5_put_numbers(file, "format_version", H5T_NATIVE_INT, &(int){RWW_FORMAT_VERSION}, 1) &&
         rww_h5_put_text(file, "stage", spec->stage) &&
         rww_h5_put_text(file, RWW_ATTRIBUTE_GROUP, spec->group ? spec->group : spec->stage) &&
         rww_h5_put_text(file, "name", spec->name) && rww_h5_put_text(file, "key", spec->key) &&
         (!spec->base_key || rww_h5_put_text(file, "base_key", spec->base_key)) &&
         (!spec->base_seed || rww_h5_put_text(file, "base_seed", base_seed)) &&
         (spec->shard.n == 0 || rww_h5_put_text(file, RWW_ATTRIBUTE_SHARD, shard)) &&
         rww_h5_put_text(file, "created", created) && rww_h5_put_text(file, "host", host) &&
         put_versions(file, comm, spec);
}

static bool put_text_dataset(hid_t group, const char *name, const char *text) {
  hid_t type = rww_h5_text_type(), space = H5Screate(H5S_SCALAR);
  hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  bool done = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0;
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
  return done;
}

bool rww_provenance_put_config(hid_t file, const rww_file_spec *spec) {
  hid_t group = rww_labelled_create_group(file, "config");
  bool done = put_text_dataset(group, "source", spec->source) && put_text_dataset(group, "canonical", spec->canonical);
  H5Gclose(group);
  return done;
}

static bool put_input(hid_t group, const rww_dataset *input, const double *values, size_t n) {
  char hash[RWW_HASH_TEXT_SIZE];
  if (!values) return true;
  rww_key_hash_doubles(values, n, hash);
  if (!rww_labelled_add_dataset(group, input, values)) return false;
  hid_t dataset = H5Dopen2(group, input->name, H5P_DEFAULT);
  bool done = rww_h5_put_text(dataset, "content_hash", hash);
  H5Dclose(dataset);
  return done;
}

static bool put_input_dimensions(hid_t group, const rww_connectome *connectome) {
  static const char *const xyz[] = {"x", "y", "z"};
  size_t n = connectome->n_nodes;
  const rww_dimension dimensions[] = {
      {"node", n, RWW_TEXT, connectome->labels, NULL, "Region"},
      {"node_source", n, RWW_TEXT, connectome->labels, NULL, "Region that projects"},
      {"component", 3, RWW_TEXT, xyz, NULL, "Component of a position"},
  };
  size_t n_dimensions = connectome->positions ? 3 : 2;
  bool done = true;
  for (size_t d = 0; d < n_dimensions; d++) done = done && rww_labelled_add_dimension(group, &dimensions[d]);
  return done;
}

static const rww_dataset
    weights = {"weights", RWW_REAL64, 2, {"node", "node_source"}, 0, "1", "Connection weights, normalised", NULL},
    tract_lengths = {"tract_lengths", RWW_REAL64, 2, {"node", "node_source"}, 0, "mm", "Tract lengths", NULL},
    positions = {"positions", RWW_REAL64, 2, {"node", "component"}, 0, "mm", "Positions of the regions", NULL},
    target_fc = {"target_fc", RWW_REAL64, 2, {"node", "node_source"}, 0, "1", "Target functional connectivity", NULL},
    labels = {"labels", RWW_TEXT, 1, {"node"}, 0, NULL, "Names of the regions", NULL};

bool rww_provenance_put_inputs(hid_t file, const rww_file_spec *spec) {
  const rww_connectome *connectome = spec->connectome;
  size_t n = connectome->n_nodes;
  hid_t group = rww_labelled_create_group(file, "inputs");
  bool done = put_input_dimensions(group, connectome) && put_input(group, &weights, connectome->weights, n * n) &&
              put_input(group, &tract_lengths, connectome->tract_lengths, n * n) &&
              put_input(group, &positions, connectome->positions, n * 3) &&
              put_input(group, &target_fc, spec->target->fc, n * n) &&
              (!connectome->labels || rww_labelled_add_dataset(group, &labels, connectome->labels));
  H5Gclose(group);
  return done;
}
