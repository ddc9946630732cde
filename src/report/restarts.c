#include "report/restarts.h"

#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool rww_restarts_are_in(const rww_reader *reader) {
  const char *group = rww_reader_attribute(reader, "group");
  return group && strcmp(group, "fit") == 0;
}

double rww_restarts_rank(const rww_restarts *restarts, const rww_restart_view *restart) {
  return restarts->is_validated ? restart->validation_loss : restart->reported_loss;
}

static bool is_made(const rww_slot *slot) {
  return slot->outcome > RWW_STARTED && slot->outcome != RWW_SKIPPED;
}

/* losses and slots are those of the restart alone, [n_steps + 1]. */
static rww_restart_view look_at(uint64_t restart, uint64_t n_steps, const rww_slot *slots, const double *losses) {
  rww_restart_view found = {.restart = restart, .loss = NAN, .best_loss = NAN, .validation_loss = NAN};
  while (found.n_entries <= n_steps && is_made(&slots[found.n_entries])) {
    uint64_t step = found.n_entries++;
    found.step = step;
    found.loss = slots[step].outcome == RWW_DONE ? losses[step] : NAN;
    if (!(found.loss < found.best_loss || (isnan(found.best_loss) && !isnan(found.loss)))) continue;
    found.best_step = step;
    found.best_loss = found.loss;
  }
  if (isnan(found.best_loss)) found.best_step = found.step;
  found.state = found.n_entries > 0 ? "goes on" : "waits";
  return found;
}

/* How each restart ended, in the words of the file. */
static rww_status read_ends(const rww_reader *reader, rww_restarts *restarts) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  double *codes, code = 0;
  char *rest;
  RWW_TRY(rww_reader_dataset(reader, "end", &codes, shape, &n_dimensions));
  restarts->words = rww_reader_attribute_of(reader, "end", "flag_meanings");
  char *word = restarts->words ? strtok_r(restarts->words, " ", &rest) : NULL;
  for (; word; word = strtok_r(NULL, " ", &rest), code++)
    for (size_t r = 0; r < restarts->n; r++)
      if (codes[r] == code) restarts->list[r].state = word;
  free(codes);
  return RWW_OK;
}

static rww_status read_of_restarts(const rww_reader *reader, const char *name, size_t n, double **values) {
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  RWW_TRY(rww_reader_dataset(reader, name, values, shape, &n_dimensions));
  if (n_dimensions == 1 && shape[0] == n) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s of a fit: found another shape than a value a restart", name);
}

static rww_status read_summary(const rww_reader *reader, rww_restarts *restarts) {
  double *average = NULL, *validation = NULL;
  rww_status status = read_ends(reader, restarts);
  restarts->is_validated = rww_reader_has(reader, "validation_loss");
  if (status == RWW_OK && restarts->reports_average)
    status = read_of_restarts(reader, "average_loss", restarts->n, &average);
  if (status == RWW_OK && restarts->is_validated)
    status = read_of_restarts(reader, "validation_loss", restarts->n, &validation);
  for (size_t r = 0; status == RWW_OK && r < restarts->n; r++) {
    if (average) restarts->list[r].reported_loss = average[r];
    if (validation) restarts->list[r].validation_loss = validation[r];
  }
  free(average);
  free(validation);
  return status;
}

static rww_status read_settings(const rww_reader *reader, rww_restarts *restarts) {
  char *canonical;
  RWW_TRY(rww_reader_text(reader, "/config/canonical", &canonical));
  restarts->reports_best = strstr(canonical, "\nfit.entry = best\n") != NULL;
  const char *seeds = strstr(canonical, "\nfit.seeds = "), *second = seeds ? strstr(seeds, "], [") : NULL;
  restarts->has_blocks = second && second < strchr(seeds + 1, '\n');
  restarts->reports_average = restarts->is_complete && strstr(canonical, "\nfit.entry = average\n");
  free(canonical);
  return RWW_OK;
}

static int by_loss(const void *a, const void *b, void *restarts) {
  const rww_restart_view *i = a, *j = b;
  double x = rww_restarts_rank(restarts, i), y = rww_restarts_rank(restarts, j);
  if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
  return x < y ? -1 : x > y ? 1 : i->restart < j->restart ? -1 : i->restart > j->restart;
}

static rww_status fill(const rww_reader *reader, const rww_slot *slots, const double *losses, rww_restarts *restarts) {
  uint64_t n_entries = restarts->n_steps + 1;
  restarts->is_complete = slots[rww_reader_n_rows(reader) - 1].outcome == RWW_DONE;
  RWW_TRY(RWW_NEW(&restarts->list, restarts->n));
  RWW_TRY(read_settings(reader, restarts));
  for (size_t r = 0; r < restarts->n; r++) {
    rww_restart_view *restart = &restarts->list[r];
    *restart = look_at(r, restarts->n_steps, slots + r * n_entries, losses + r * n_entries);
    restart->reported_loss = restarts->reports_best ? restart->best_loss : restart->loss;
  }
  if (restarts->is_complete) RWW_TRY(read_summary(reader, restarts));
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
  free(restarts->words);
  *restarts = (rww_restarts){0};
}
