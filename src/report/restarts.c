#include "report/restarts.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As the file's dataset `end` has them, and what there is to say before. */
static const char *const ends[] = {"goes on", "done", "converged", "diverged"};
#define N_ENDS (sizeof ends / sizeof *ends)

bool rww_restarts_are_in(const rww_reader *reader) {
  const char *group = rww_reader_attribute(reader, "group");
  return group && strcmp(group, "fit") == 0;
}

uint64_t rww_restarts_reported_step(const rww_restarts *restarts, const rww_restart_view *restart) {
  return restarts->reports_best ? restart->best_step : restart->step;
}

double rww_restarts_reported_loss(const rww_restarts *restarts, const rww_restart_view *restart) {
  return restarts->reports_best ? restart->best_loss : restart->loss;
}

static bool is_made(const rww_slot *slot) {
  return slot->outcome > RWW_STARTED && slot->outcome != RWW_SKIPPED;
}

/* losses and slots are those of the restart alone, [n_steps + 1]. */
static rww_restart_view look_at(uint64_t restart, uint64_t n_steps, const rww_slot *slots, const double *losses) {
  rww_restart_view found = {.restart = restart, .loss = NAN, .best_loss = NAN, .state = "waits"};
  while (found.n_entries <= n_steps && is_made(&slots[found.n_entries])) {
    uint64_t step = found.n_entries++;
    found.step = step;
    found.loss = slots[step].outcome == RWW_DONE ? losses[step] : NAN;
    if (!(found.loss < found.best_loss || (isnan(found.best_loss) && !isnan(found.loss)))) continue;
    found.best_step = step;
    found.best_loss = found.loss;
  }
  if (isnan(found.best_loss)) found.best_step = found.step;
  if (found.n_entries > 0) found.state = ends[0];
  return found;
}

static rww_status read_ends(const rww_reader *reader, rww_restarts *restarts) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  double *codes;
  RWW_TRY(rww_reader_dataset(reader, "end", &codes, shape, &n_dimensions));
  for (size_t r = 0; r < restarts->n; r++)
    if (codes[r] < (double)N_ENDS) restarts->list[r].state = ends[(size_t)codes[r]];
  free(codes);
  return RWW_OK;
}

static rww_status read_reported_entry(const rww_reader *reader, rww_restarts *restarts) {
  char *canonical;
  RWW_TRY(rww_reader_text(reader, "/config/canonical", &canonical));
  restarts->reports_best = strstr(canonical, "\nfit.entry = final\n") == NULL;
  free(canonical);
  return RWW_OK;
}

static int by_loss(const void *a, const void *b, void *restarts) {
  const rww_restart_view *i = a, *j = b;
  double x = rww_restarts_reported_loss(restarts, i), y = rww_restarts_reported_loss(restarts, j);
  if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
  return x < y ? -1 : x > y ? 1 : i->restart < j->restart ? -1 : i->restart > j->restart;
}

static rww_status fill(const rww_reader *reader, const rww_slot *slots, const double *losses, rww_restarts *restarts) {
  uint64_t n_entries = restarts->n_steps + 1;
  RWW_TRY(RWW_NEW(&restarts->list, restarts->n));
  for (size_t r = 0; r < restarts->n; r++)
    restarts->list[r] = look_at(r, restarts->n_steps, slots + r * n_entries, losses + r * n_entries);
  if (slots[rww_reader_n_rows(reader) - 1].outcome == RWW_DONE) RWW_TRY(read_ends(reader, restarts));
  RWW_TRY(read_reported_entry(reader, restarts));
  qsort_r(restarts->list, restarts->n, sizeof *restarts->list, by_loss, restarts);
  return RWW_OK;
}

rww_status rww_restarts_read(const rww_reader *reader, const rww_slot *slots, rww_restarts *restarts) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  double *losses;
  *restarts = (rww_restarts){0};
  RWW_TRY(rww_reader_dataset(reader, "loss", &losses, shape, &n_dimensions));
  if (n_dimensions != 2 || shape[0] * shape[1] + 1 != rww_reader_n_rows(reader)) {
    free(losses);
    return rww_raise(RWW_ERR_STORE, "loss of a fit: found another shape than its rows have; expected restart and step");
  }
  restarts->n = shape[0];
  restarts->n_steps = shape[1] - 1;
  rww_status status = fill(reader, slots, losses, restarts);
  free(losses);
  if (status != RWW_OK) rww_restarts_free(restarts);
  return status;
}

void rww_restarts_free(rww_restarts *restarts) {
  free(restarts->list);
  *restarts = (rww_restarts){0};
}
