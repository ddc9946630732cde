#include "plan/key.h"

#include <string.h>

void rww_key_hash_doubles(const double *values, size_t n, char text[RWW_HASH_TEXT_SIZE]) {
  rww_hash hash;
  rww_hash_begin(&hash);
  rww_hash_add_doubles(&hash, values, n);
  rww_hash_end(&hash, text);
}

/* Each label with its final zero, so that two lists never share a hash by their joints. */
static void hash_labels(char *const *labels, size_t n, char text[RWW_HASH_TEXT_SIZE]) {
  rww_hash hash;
  rww_hash_begin(&hash);
  for (size_t i = 0; i < n; i++) rww_hash_add(&hash, labels[i], strlen(labels[i]) + 1);
  rww_hash_end(&hash, text);
}

static void write_inputs(const rww_connectome *connectome, const rww_target *target, const char *backend_family,
                         rww_text *canonical) {
  char hash[RWW_HASH_TEXT_SIZE];
  size_t n = connectome->n_nodes;
  rww_text_add(canonical, "inputs.n_nodes = %zu\n", n);
  rww_key_hash_doubles(connectome->weights, n * n, hash);
  rww_text_add(canonical, "inputs.weights = %s\n", hash);
  if (connectome->labels) {
    hash_labels(connectome->labels, n, hash);
    rww_text_add(canonical, "inputs.labels = %s\n", hash);
  }
  if (target->fc) {
    rww_key_hash_doubles(target->fc, n * n, hash);
    rww_text_add(canonical, "inputs.target = %s\n", hash);
  }
  rww_text_add(canonical, "backend = %s\nnumerics = %d\n", backend_family, RWW_NUMERICS_VERSION);
}

void rww_key_write_canonical(const rww_config *config, const rww_connectome *connectome, const rww_target *target,
                             const char *backend_family, rww_stage_meaning meaning, rww_text *canonical) {
  rww_config_write_canonical(config, meaning, canonical);
  write_inputs(connectome, target, backend_family, canonical);
}

void rww_key_write_canonical_fit(const rww_config *config, const rww_connectome *connectome, const rww_target *target,
                                 const char *backend_family, const rww_fit_config *fit, const char *start_key,
                                 rww_text *canonical) {
  rww_config_write_canonical_fit(config, fit, start_key, canonical);
  write_inputs(connectome, target, backend_family, canonical);
}

void rww_key_compute(const char *canonical, char key[RWW_HASH_TEXT_SIZE]) {
  rww_hash hash;
  rww_hash_begin(&hash);
  rww_hash_add(&hash, canonical, strlen(canonical));
  rww_hash_end(&hash, key);
}
