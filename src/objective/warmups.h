/** @file
 *  What warm-ups leave behind, kept for the seeds used last, within a bound of memory. */
#ifndef RWW_OBJECTIVE_WARMUPS_H
#define RWW_OBJECTIVE_WARMUPS_H

#include "base/status.h"
#include <stdint.h>

/** Zero-initialised but for n_values and limit is empty. */
typedef struct rww_warmups {
  size_t n_values; /* doubles an entry */
  size_t limit;    /* entries kept at most */
  size_t n;
  uint64_t n_uses; /* counts up with each use, so that each entry knows its last one */
  struct rww_warmup *entries;
} rww_warmups;

/** Values of this seed's warm-up, which is now the one used last; NULL where it is not kept. */
double *rww_warmups_find(rww_warmups *warmups, uint64_t seed);

/** Room for a seed that is not kept, in place of the one that was used longest ago if need be. *values points to
 *  n_values doubles owned by the list, valid until this entry gives way. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_warmups_add(rww_warmups *warmups, uint64_t seed, double **values);

void rww_warmups_free(rww_warmups *warmups);

#endif
