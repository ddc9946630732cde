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
  bool is_suspect;
} entry;

struct rww_fit_source {
  rww_fit_source_spec spec;
  size_t n_rows;
  entry *entries;  /* [n_restarts] */
  double *storage; /* of the entries' arrays, and `mean` */
  rww_result *results;
  double *mean;                              /* [n_rows], of the gradients */
  uint64_t n_available, n_in_flight, n_done; /* lanes */
  size_t n_suspects;                         /* restarts whose entry is one */
  uint64_t halving;                          /* entry beyond which no restart goes before all have come there */
};

static rww_restart *restart_of(const rww_fit_source *source, size_t r) {
  return &source->spec.restarts[r];
}

static bool goes_on(const rww_fit_source *source, size_t r) {
  return rww_restart_get_end(restart_of(source, r)) == RWW_RESTART_GOES_ON;
}

static bool asks(const rww_fit_source *source, size_t r) {
  return goes_on(source, r) && rww_restart_get_entry(restart_of(source, r)) <= source->halving;
}

/* Digests what can be recalled, up to the entry that has to be asked for. */
static rww_status begin_entry(rww_fit_source *source, size_t r) {
  entry *at = &source->entries[r];
  const rww_fit_record *record = &source->spec.record;
  rww_recall known = RWW_RECALL_FOUND;
  while (asks(source, r)) {
    rww_fit_found found = {.loss = NAN};
    double gradient_norm;
    rww_restart_get_parameters(restart_of(source, r), at->parameters);
    RWW_TRY(record->recall(record->context, r, rww_restart_get_entry(restart_of(source, r)), at->parameters, &found,
                           &known));
    if (known != RWW_RECALL_FOUND) break;
    rww_restart_digest(restart_of(source, r), &found, &gradient_norm);
  }
  at->n_asked = at->n_back = 0;
  at->is_suspect = known == RWW_RECALL_SUSPECT;
  source->n_suspects += at->is_suspect;
  if (asks(source, r)) source->n_available += source->spec.seeds.n_per_entry;
  return RWW_OK;
}

/* Restarts that go on and are better than this one: of equal losses the first; none is worse than no loss. */
static size_t count_better(const rww_fit_source *source, size_t r) {
  size_t n = 0;
  double loss = rww_restart_get_loss(restart_of(source, r));
  for (size_t k = 0; k < source->spec.n_restarts; k++) {
    double other = rww_restart_get_loss(restart_of(source, k));
    bool same = other == loss || (isnan(other) && isnan(loss));
    n += goes_on(source, k) && (other < loss || (isnan(loss) && !isnan(other)) || (same && k < r));
  }
  return n;
}

/* The better half goes on. */
static rww_status halve(rww_fit_source *source, size_t n_going_on) {
  size_t n_restarts = source->spec.n_restarts;
  bool leaves[n_restarts];
  for (size_t r = 0; r < n_restarts; r++)
    leaves[r] = goes_on(source, r) && count_better(source, r) >= (n_going_on + 1) / 2;
  source->halving += source->spec.halve_every;
  for (size_t r = 0; r < n_restarts; r++)
    if (leaves[r]) rww_restart_leave(restart_of(source, r));
  for (size_t r = 0; r < n_restarts; r++)
    if (goes_on(source, r)) RWW_TRY(begin_entry(source, r));
  return RWW_OK;
}

/* As often as all that go on have come to where they are compared. */
static rww_status halve_where_due(rww_fit_source *source) {
  for (;;) {
    size_t n_going_on = 0;
    for (size_t r = 0; r < source->spec.n_restarts; r++) {
      if (asks(source, r)) return RWW_OK;
      n_going_on += goes_on(source, r);
    }
    if (n_going_on == 0) return RWW_OK;
    RWW_TRY(halve(source, n_going_on));
  }
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
  (*source)->halving = spec->halve_every > 0 ? spec->halve_every : UINT64_MAX;
  rww_status status = allocate(*source);
  for (size_t r = 0; r < spec->n_restarts && status == RWW_OK; r++) status = begin_entry(*source, r);
  if (status == RWW_OK) status = halve_where_due(*source);
  if (status == RWW_OK) return RWW_OK;
  rww_fit_source_destroy(*source);
  *source = NULL;
  return status;
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

/* Whether lanes of the restart may be asked for now: suspects come first, one by one. */
static bool is_its_turn(const rww_fit_source *source, size_t r) {
  const entry *at = &source->entries[r];
  if (!asks(source, r) || at->n_asked == source->spec.seeds.n_per_entry) return false;
  if (source->n_suspects == 0) return true;
  return at->is_suspect && source->n_in_flight == at->n_asked - at->n_back;
}

/* A unit's lanes, of one kind: those that want a gradient, or those that do not. */
typedef struct draft {
  lane *lanes;
  size_t n, most;
  bool with_gradient;
} draft;

static rww_status take_lanes_of(rww_fit_source *source, size_t r, draft *unit) {
  entry *at = &source->entries[r];
  const rww_fit_record *record = &source->spec.record;
  if (unit->n == 0) unit->with_gradient = rww_restart_wants_gradient(restart_of(source, r));
  if (at->n_asked == 0) RWW_TRY(record->begin(record->context, r, rww_restart_get_entry(restart_of(source, r))));
  for (; at->n_asked < source->spec.seeds.n_per_entry && unit->n < unit->most; source->n_in_flight++)
    unit->lanes[unit->n++] = (lane){r, at->n_asked++};
  return RWW_OK;
}

static bool is_of_kind(const rww_fit_source *source, size_t r, const draft *unit) {
  return unit->n == 0 || rww_restart_wants_gradient(restart_of(source, r)) == unit->with_gradient;
}

/* The restart that is furthest behind, so that they end together and keep all ranks busy; n_restarts: none. */
static size_t choose_restart(const rww_fit_source *source, const draft *unit) {
  size_t n = source->spec.n_restarts, chosen = n;
  for (size_t r = 0; r < n; r++) {
    if (!is_its_turn(source, r) || !is_of_kind(source, r, unit)) continue;
    if (chosen < n && rww_restart_get_entry(restart_of(source, r)) >= rww_restart_get_entry(restart_of(source, chosen)))
      continue;
    chosen = r;
  }
  return chosen;
}

/* Up to `most` lanes that nobody has been asked for yet. */
static rww_status take_lanes(rww_fit_source *source, draft *unit) {
  while (unit->n < unit->most) {
    size_t r = choose_restart(source, unit);
    if (r == source->spec.n_restarts) break;
    RWW_TRY(take_lanes_of(source, r, unit));
  }
  source->n_available -= unit->n;
  return RWW_OK;
}

static void fill_lane(const rww_fit_source *source, lane from, size_t k, rww_unit *unit) {
  const rww_fit_source_spec *spec = &source->spec;
  unit->rows[k] = from.restart * spec->seeds.n_per_entry + from.seed;
  unit->seeds[k] = seed_of(source, from);
  double *value = unit->values + k;
  for (size_t row = 0; row < source->n_rows; row++, value += unit->n_lanes)
    *value = source->entries[from.restart].parameters[row];
  for (size_t row = 0; row < spec->n_fixed_rows; row++, value += unit->n_lanes)
    *value = spec->fixed[from.restart * spec->n_fixed_rows + row];
}

static rww_status fill_unit(const rww_fit_source *source, const draft *from, rww_unit *unit) {
  const rww_fit_source_spec *spec = &source->spec;
  size_t n_parameters = spec->n_free + spec->n_fixed;
  RWW_TRY(rww_unit_create(spec->source, from->n, n_parameters, source->n_rows + spec->n_fixed_rows, unit));
  unit->with_gradient = from->with_gradient;
  memcpy(unit->free, spec->free, n_parameters * sizeof *unit->free);
  for (size_t k = 0; k < from->n; k++) fill_lane(source, from->lanes[k], k, unit);
  return RWW_OK;
}

static rww_status next(void *self, size_t max_lanes, bool *available, rww_unit *unit) {
  rww_fit_source *source = self;
  draft drawn = {.most = max_lanes};
  RWW_TRY(RWW_NEW(&drawn.lanes, max_lanes));
  rww_status status = take_lanes(source, &drawn);
  *available = status == RWW_OK && drawn.n > 0;
  if (*available) status = fill_unit(source, &drawn, unit);
  free(drawn.lanes);
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
  const rww_fit_record *record = &source->spec.record;
  uint64_t index = rww_restart_get_entry(restart_of(source, r));
  rww_fit_found found = take_means(source, r);
  rww_restart_digest(restart_of(source, r), &found, &gradient_norm);
  RWW_TRY(record->keep(record->context, r, index, source->entries[r].parameters, &found, gradient_norm));
  source->n_suspects -= source->entries[r].is_suspect;
  RWW_TRY(begin_entry(source, r));
  return halve_where_due(source);
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
  source->n_in_flight--;
  return ++at->n_back == n_seeds ? complete_entry(source, r) : RWW_OK;
}

static rww_status digest(void *self, const rww_result *results, size_t n) {
  for (size_t k = 0; k < n; k++) RWW_TRY(digest_one(self, &results[k]));
  return RWW_OK;
}

static uint64_t count_available(const void *self) {
  const rww_fit_source *source = self;
  if (source->n_suspects == 0) return source->n_available;
  for (size_t r = 0; r < source->spec.n_restarts; r++)
    if (is_its_turn(source, r)) return source->spec.seeds.n_per_entry - source->entries[r].n_asked;
  return 0;
}

bool rww_fit_source_is_finished(const rww_fit_source *source) {
  for (size_t r = 0; r < source->spec.n_restarts; r++)
    if (goes_on(source, r)) return false;
  return true;
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

static bool wants_alone(const void *self) {
  return ((const rww_fit_source *)self)->n_suspects > 0;
}

rww_work_source rww_fit_source_work(rww_fit_source *source) {
  return (rww_work_source){source, next, digest, count_available, count_total, true, wants_alone};
}
