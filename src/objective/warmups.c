#include "objective/warmups.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

typedef struct rww_warmup {
  uint64_t seed, last_use;
  double *values;
} rww_warmup;

static double *use(rww_warmups *warmups, rww_warmup *entry) {
  entry->last_use = ++warmups->n_uses;
  return entry->values;
}

double *rww_warmups_find(rww_warmups *warmups, uint64_t seed) {
  for (size_t k = 0; k < warmups->n; k++)
    if (warmups->entries[k].seed == seed) return use(warmups, &warmups->entries[k]);
  return NULL;
}

static rww_status append(rww_warmups *warmups, rww_warmup **entry) {
  rww_warmup *entries = realloc(warmups->entries, (warmups->n + 1) * sizeof *entries);
  if (!entries) return rww_raise(RWW_ERR_MEMORY, "out of memory: warm-ups of %zu seeds", warmups->n + 1);
  warmups->entries = entries;
  *entry = &entries[warmups->n];
  RWW_TRY(RWW_NEW(&(*entry)->values, warmups->n_values));
  warmups->n++;
  return RWW_OK;
}

static rww_warmup *oldest(const rww_warmups *warmups) {
  rww_warmup *found = warmups->entries;
  for (size_t k = 1; k < warmups->n; k++)
    if (warmups->entries[k].last_use < found->last_use) found = &warmups->entries[k];
  return found;
}

rww_status rww_warmups_add(rww_warmups *warmups, uint64_t seed, double **values) {
  rww_warmup *entry = NULL;
  if (warmups->n >= warmups->limit && warmups->n > 0)
    entry = oldest(warmups);
  else
    RWW_TRY(append(warmups, &entry));
  entry->seed = seed;
  *values = use(warmups, entry);
  return RWW_OK;
}

void rww_warmups_free(rww_warmups *warmups) {
  for (size_t k = 0; k < warmups->n; k++) free(warmups->entries[k].values);
  free(warmups->entries);
  *warmups = (rww_warmups){0};
}
