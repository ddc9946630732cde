#include "app/version.h"

#include "simulate/backend.h"
#include "store/versions.h"
#include <stdio.h>

rww_status rww_version_print(const char *backend_name) {
  const rww_backend *backend;
  size_t n;
  RWW_TRY(rww_backend_find(backend_name, NULL, &backend));
  const rww_version *versions = rww_versions_get(&n);
  printf("rwwsweep %s\n", versions[0].value); /* the program's own */
  for (size_t i = 1; i < n; i++) printf("  %-16s %s\n", versions[i].name, versions[i].value);
  printf("  %-16s %s\n", "backend", backend->name);
  return RWW_OK;
}
