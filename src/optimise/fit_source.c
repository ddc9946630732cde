#include "optimise/fit_source.h"

#include "base/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The entry that a restart is at. */
typedef struct entry {
  double *parameters;  /* [n_rows] */
  rww_result *results; /* [n_per_entry] */
  double *gradients;   /* [n_per_entry][n_rows] */
  size_t n_asked, n_back;
} entry;

struct rww_fit_source {
  rww_fit_source_spec spec;
  size_t n_rows;
  entry *entries;  /* [n_restarts] */
  double *storage; /* of the entries' arrays, and `mean` */
  rww_result *results;
  double *mean; /* [n_rows], of the gradients */
  uint64_t n_available, n_done;
};

static rww_restart *restart_of(const rww_fit_source *source, size_t r) {
  return &source->spec.restarts[r];
}

static bool goes_on(const rww_fit_source *source, size_t r) {
  return rww_restart_get_end(restart_of(source, r)) == RWW_RESTART_GOES_ON;
}

static void begin_entry(rww_fit_source *source, size_t r) {
  entry *at = &source->entries[r];
  at->n_asked = at->n_back = 0;
  if (!goes_on(source, r)) return;
  rww_restart_get_parameters(restart_of(source, r), at->parameters);
  source->n_available += source->spec.seeds.n_per_entry;
}

static rww_status allocate(rww_fit_source *source) {
  size_t n_restarts = source->spec.n_restarts, n_seeds = source->spec.seeds.n_per_entry, n_rows = source->n_rows;
  RWW_TRY(RWW_NEW(&source->entries, n_restarts));
  RWW_TRY(RWW_NEW(&source->results, n_restarts * n_seeds));
  RWW_TRY(RWW_NEW(&source->storage, n_restarts * (1 + n_seeds) * n_rows));
  RWW_TRY(RWW_NEW(&source->mean, n_rows));
  for (size_t r = 0; r < n_restarts; r++) {
    source->entries[r].results = source->results + r * n_seeds;
    source->entries[r].parameters = source->storage + r * (1 + n_seeds) * n_rows;
    source->entries[r].gradients = source->entries[r].parameters + n_rows;
  }
  return RWW_OK;
}

rww_status rww_fit_source_create(const rww_fit_source_spec *spec, rww_fit_source **source) {
  RWW_TRY(RWW_NEW(source, 1));
  **source = (rww_fit_source){.spec = *spec, .n_rows = spec->n_restarts ? spec->restarts[0].rules->n_rows : 0};
  rww_status status = allocate(*source);
  if (status != RWW_OK) {
    rww_fit_source_destroy(*source);
    *source = NULL;
    return status;
  }
  for (size_t r = 0; r < spec->n_restarts; r++) begin_entry(*source, r);
  return RWW_OK;
}

void rww_fit_source_destroy(rww_fit_source *source) {
  if (!source) return;
  free(source->entries);
  free(source->results);
  free(source->storage);
  free(source->mean);
  free(source);
}

/* A lane that may go into a unit: entry `restart` of so many seeds. */
typedef struct lane {
  size_t restart, seed;
} lane;

static uint64_t seed_of(const rww_fit_source *source, lane at) {
  const rww_fit_seeds *seeds = &source->spec.seeds;
  uint64_t block = rww_restart_get_entry(restart_of(source, at.restart)) % seeds->n_blocks;
  return seeds->seeds[block * seeds->n_per_entry + at.seed];
}

/* Takes up to `most` lanes that nobody has been asked for yet, restarts in order, of one kind: those that want a
 * gradient, or those that do not. */
static size_t take_lanes(rww_fit_source *source, size_t most, lane *lanes, bool *with_gradient) {
  size_t n = 0, n_seeds = source->spec.seeds.n_per_entry;
  for (size_t r = 0; r < source->spec.n_restarts && n < most; r++) {
    entry *at = &source->entries[r];
    bool wants = rww_restart_wants_gradient(restart_of(source, r));
    if (!goes_on(source, r) || at->n_asked == n_seeds) continue;
    if (n == 0) *with_gradient = wants;
    while (wants == *with_gradient && at->n_asked < n_seeds && n < most) lanes[n++] = (lane){r, at->n_asked++};
  }
  source->n_available -= n;
  return n;
}

static rww_status fill_unit(const rww_fit_source *source, const lane *lanes, size_t n, bool with_gradient,
                            rww_unit *unit) {
  RWW_TRY(rww_unit_create(source->spec.source, n, source->spec.n_free, source->n_rows, unit));
  unit->with_gradient = with_gradient;
  memcpy(unit->free, source->spec.free, source->spec.n_free * sizeof *unit->free);
  for (size_t k = 0; k < n; k++) {
    unit->rows[k] = lanes[k].restart * source->spec.seeds.n_per_entry + lanes[k].seed;
    unit->seeds[k] = seed_of(source, lanes[k]);
    for (size_t row = 0; row < source->n_rows; row++)
      unit->values[row * n + k] = source->entries[lanes[k].restart].parameters[row];
  }
  return RWW_OK;
}

static rww_status next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  rww_fit_source *source = self;
  bool with_gradient = false;
  lane *lanes;
  RWW_TRY(RWW_NEW(&lanes, max_lanes));
  size_t n = take_lanes(source, max_lanes, lanes, &with_gradient);
  *available = n > 0;
  rww_status status = n > 0 ? fill_unit(source, lanes, n, with_gradient, unit) : RWW_OK;
  free(lanes);
  return status;
}

/* One seed without a loss leaves the entry without one. */
static rww_outcome worst_outcome(const entry *at, size_t n_seeds) {
  for (size_t s = 0; s < n_seeds; s++)
    if (at->results[s].outcome != RWW_DONE) return (rww_outcome)at->results[s].outcome;
  return RWW_DONE;
}

/* Means over the seeds, summed up in their order. */
static rww_fit_found take_means(rww_fit_source *source, size_t r) {
  const entry *at = &source->entries[r];
  size_t n_seeds = source->spec.seeds.n_per_entry;
  double n = (double)n_seeds;
  bool with_gradient = rww_restart_wants_gradient(restart_of(source, r));
  rww_fit_found found = {.gradient = with_gradient ? source->mean : NULL, .outcome = worst_outcome(at, n_seeds)};
  for (size_t s = 0; s < n_seeds; s++) {
    found.loss += at->results[s].loss / n;
    found.rmse += at->results[s].rmse / n;
    found.fc_corr += at->results[s].fc_corr / n;
    found.fc_corr_triangle += at->results[s].fc_corr_triangle / n;
  }
  for (size_t row = 0; row < source->n_rows && with_gradient; row++) {
    source->mean[row] = 0;
    for (size_t s = 0; s < n_seeds; s++) source->mean[row] += at->gradients[s * source->n_rows + row] / n;
  }
  return found;
}

static rww_status complete_entry(rww_fit_source *source, size_t r) {
  double gradient_norm;
  uint64_t index = rww_restart_get_entry(restart_of(source, r));
  rww_fit_found found = take_means(source, r);
  rww_restart_digest(restart_of(source, r), &found, &gradient_norm);
  RWW_TRY(source->spec.record(source->spec.context, r, index, source->entries[r].parameters, &found, gradient_norm));
  begin_entry(source, r);
  return RWW_OK;
}

static rww_status digest_one(rww_fit_source *source, const rww_result *result) {
  size_t n_seeds = source->spec.seeds.n_per_entry, r = result->row / n_seeds, s = result->row % n_seeds;
  if (r >= source->spec.n_restarts || s >= source->entries[r].n_asked ||
      (result->gradient != NULL) != rww_restart_wants_gradient(restart_of(source, r)))
    return rww_raise(RWW_ERR_SHAPE, "a fit did not ask for the result in row %" PRIu64, result->row);
  entry *at = &source->entries[r];
  at->results[s] = *result;
  if (result->gradient) memcpy(at->gradients + s * source->n_rows, result->gradient, source->n_rows * sizeof(double));
  source->n_done++;
  return ++at->n_back == n_seeds ? complete_entry(source, r) : RWW_OK;
}

static rww_status digest(void *self, const rww_result *results, size_t n) {
  for (size_t k = 0; k < n; k++) RWW_TRY(digest_one(self, &results[k]));
  return RWW_OK;
}

static uint64_t count_available(const void *self) {
  return ((const rww_fit_source *)self)->n_available;
}

/* As if no restart ended early. */
static uint64_t count_total(const void *self) {
  const rww_fit_source *source = self;
  uint64_t n_entries_left = 0, n_lanes_back = 0;
  for (size_t r = 0; r < source->spec.n_restarts; r++) {
    const rww_restart *restart = restart_of(source, r);
    if (!goes_on(source, r)) continue;
    n_entries_left += restart->rules->n_steps + 1 - rww_restart_get_entry(restart);
    n_lanes_back += source->entries[r].n_back;
  }
  return source->n_done + n_entries_left * source->spec.seeds.n_per_entry - n_lanes_back;
}

rww_work_source rww_fit_source_work(rww_fit_source *source) {
  return (rww_work_source){source, next, digest, count_available, count_total};
}
