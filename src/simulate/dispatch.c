#include "simulate/backend.h"

#include "simulate/lanes.h"
#include "simulate/reference.h"
#include <stdlib.h>
#include <string.h>

/* The best first. */
static const rww_backend *const backends[] = {
#ifdef __x86_64__
    &rww_backend_avx512, &rww_backend_avx2,
#endif
#ifdef __aarch64__
    &rww_backend_neon,
#endif
    &rww_backend_generic, &rww_backend_reference};
#define N_BACKENDS (sizeof backends / sizeof *backends)

static rww_status find_best(const rww_semantics *semantics, const rww_backend **backend) {
  *backend = &rww_backend_reference;
  if (semantics && !rww_lanes_can(semantics)) return RWW_OK;
  for (size_t i = 0; i < N_BACKENDS; i++)
    if (backends[i]->is_supported()) {
      *backend = backends[i];
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_SYSTEM, "no backend supports this processor");
}

static rww_status raise_unknown(const char *name) {
  char names[128] = "auto";
  for (size_t i = 0; i < N_BACKENDS; i++) {
    strncat(names, ", ", sizeof names - strlen(names) - 1);
    strncat(names, backends[i]->name, sizeof names - strlen(names) - 1);
  }
  return rww_raise(RWW_ERR_USAGE, "backend %s: no such backend; there are %s", name, names);
}

rww_status rww_backend_find(const char *name, const rww_semantics *semantics, const rww_backend **backend) {
  const char *forced = getenv("RWWSWEEP_BACKEND");
  if (strcmp(name, "auto") == 0 && forced && forced[0]) name = forced;
  if (strcmp(name, "auto") == 0) return find_best(semantics, backend);
  for (size_t i = 0; i < N_BACKENDS; i++)
    if (strcmp(name, backends[i]->name) == 0) {
      *backend = backends[i];
      if (backends[i]->is_supported()) return RWW_OK;
      return rww_raise(RWW_ERR_USAGE, "backend %s: this processor does not support it", name);
    }
  return raise_unknown(name);
}
