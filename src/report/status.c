#include "report/status.h"

#include "base/clock.h"
#include "report/evaluation.h"
#include "report/restarts.h"
#include "store/lock.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_NAMED 10      /* points, or restarts, that are told one by one */
#define RATE_WINDOW_S 120 /* the rate is that of the last so many seconds */

typedef struct census {
  const char *unit;
  uint64_t n_rows, n_outcomes[RWW_N_OUTCOMES], n_left;
  bool is_finished;    /* with the summary, which is no row here */
  double last_begin_s; /* when the row begun last was begun */
  double rate_per_s;   /* 0 where not known */
} census;

/* Rows finished in the window that ends with the row begun last, over the time that they took. */
static double measure_rate(const rww_slot *slots, uint64_t n, double last_begin_s) {
  uint64_t n_finished = 0;
  double first_s = last_begin_s;
  for (uint64_t row = 0; row < n; row++) {
    const rww_slot *slot = &slots[row];
    bool recent = slot->started_utc_s > last_begin_s - RATE_WINDOW_S && slot->started_utc_s < last_begin_s;
    if (slot->outcome < RWW_DONE || slot->attempts == 0 || !recent) continue;
    n_finished++;
    first_s = fmin(first_s, slot->started_utc_s);
  }
  return last_begin_s > first_s ? (double)n_finished / (last_begin_s - first_s) : 0;
}

static census count(const rww_reader *reader, const rww_slot *slots) {
  uint64_t n_all = rww_reader_n_rows(reader), n = n_all - rww_reader_has_summary(reader);
  census found = {.unit = rww_report_name_rows(reader), .n_rows = n};
  for (uint64_t row = 0; row < n; row++) {
    found.n_outcomes[slots[row].outcome]++;
    if (slots[row].attempts > 0) found.last_begin_s = fmax(found.last_begin_s, slots[row].started_utc_s);
  }
  found.n_rows -= found.n_outcomes[RWW_ELSEWHERE];
  found.n_left = found.n_outcomes[RWW_PENDING] + found.n_outcomes[RWW_STARTED];
  found.is_finished = found.n_left == 0 && (n == n_all || slots[n].outcome > RWW_STARTED);
  found.rate_per_s = measure_rate(slots, n, found.last_begin_s);
  return found;
}

static void print_counts(const census *found) {
  printf("  %-8s %" PRIu64 " of %" PRIu64 " (%.0f %%)", found->unit, found->n_rows - found->n_left, found->n_rows,
         floor(100.0 * (double)(found->n_rows - found->n_left) / fmax(1, (double)found->n_rows)));
  for (rww_outcome k = RWW_DIVERGED; k <= RWW_FAILED; k++)
    printf(", %" PRIu64 " %s", found->n_outcomes[k], rww_outcome_name(k));
  if (found->n_outcomes[RWW_SKIPPED] > 0)
    printf(", %" PRIu64 " %s", found->n_outcomes[RWW_SKIPPED], rww_outcome_name(RWW_SKIPPED));
  putchar('\n');
}

static void print_time_left(const census *found) {
  char left[RWW_DURATION_SIZE];
  if (found->rate_per_s <= 0) return;
  rww_clock_format_duration((double)found->n_left / found->rate_per_s, left);
  printf("  rate     %.3g %s/s, %s left\n", found->rate_per_s, found->unit, left);
}

static rww_status print_state(const char *path, const census *found) {
  static const char *const states[] = {
      [RWW_DEAD] = "its job has died", [RWW_ALIVE] = "running", [RWW_UNKNOWN] = "without a heartbeat for some seconds"};
  rww_owner owner;
  rww_life life;
  bool held;
  RWW_TRY(rww_lock_look(path, &held, &owner, &life));
  if (found->is_finished)
    puts("  state    finished");
  else if (!held)
    puts("  state    stopped; run again to go on");
  else {
    printf("  state    %s (process %ld on %s since %s)%s\n", states[life], owner.pid, owner.host, owner.since,
           life == RWW_DEAD ? "; run again to go on" : "");
    if (life != RWW_DEAD) print_time_left(found);
  }
  return RWW_OK;
}

static void print_silence(bool is_of_fit, uint32_t rank, const char *where, const char *age) {
  if (is_of_fit) /* written by rank 0, whoever computes it */
    printf("  silent   %s has been in work for %s\n", where, age);
  else
    printf("  silent   rank %" PRIu32 " has been at %s for %s\n", rank, where, age);
}

/* Of each rank that has been at a row for so long, that row. */
static rww_status print_silent(const rww_reader *reader, const rww_slot *slots, uint64_t n, double silence_s) {
  double now_s = rww_clock_utc_s();
  for (uint64_t row = 0, last_rank = UINT64_MAX; row < n; row++) {
    double age_s = now_s - slots[row].started_utc_s;
    char age[RWW_DURATION_SIZE];
    rww_text where = {0};
    if (slots[row].outcome != RWW_STARTED || age_s < silence_s || slots[row].rank == last_rank) continue;
    last_rank = slots[row].rank;
    RWW_TRY(rww_reader_describe_row(reader, row, &where));
    rww_clock_format_duration(age_s, age);
    print_silence(rww_restarts_are_in(reader), slots[row].rank, where.chars ? where.chars : "its row", age);
    rww_text_free(&where);
  }
  return RWW_OK;
}

static rww_status print_points(const rww_reader *reader, const rww_slot *slots, uint64_t n) {
  uint64_t n_named = 0;
  for (uint64_t row = 0; row < n && n_named < MAX_NAMED; row++) {
    rww_text where = {0};
    if (slots[row].outcome <= RWW_DONE || slots[row].outcome >= RWW_SKIPPED) continue;
    n_named++;
    rww_status status = rww_reader_describe_row(reader, row, &where);
    if (status == RWW_OK)
      printf("  %-8s %s\n", rww_outcome_name((rww_outcome)slots[row].outcome), where.chars ? where.chars : "");
    rww_text_free(&where);
    RWW_TRY(status);
  }
  return RWW_OK;
}

static void print_loss(double loss) {
  if (isnan(loss))
    printf("  %10s", "-");
  else
    printf("  %10.6f", loss);
}

/* Losses of steps compare where all have the same seeds. */
static void print_header(const rww_restarts *restarts) {
  printf("  %8s  %6s  %10s", "restart", "step", "loss");
  if (!restarts->has_blocks) printf("  %10s  %7s", "best loss", "at step");
  if (restarts->reports_average) printf("  %10s", "average");
  if (restarts->is_validated) printf("  %10s", "validation");
  putchar('\n');
}

static void print_restart(const rww_restarts *restarts, const rww_restart_view *restart) {
  bool is_begun = restart->n_entries > 0;
  printf("  %8" PRIu64, restart->restart);
  if (is_begun)
    printf("  %6" PRIu64, restart->step);
  else
    printf("  %6s", "-");
  print_loss(is_begun ? restart->loss : NAN);
  if (!restarts->has_blocks) {
    print_loss(is_begun ? restart->best_loss : NAN);
    if (is_begun)
      printf("  %7" PRIu64, restart->best_step);
    else
      printf("  %7s", "-");
  }
  if (restarts->reports_average) print_loss(restart->reported_loss);
  if (restarts->is_validated) print_loss(restart->validation_loss);
  printf("  %s\n", restart->state);
}

/* The best ones first. */
static rww_status print_restarts(const rww_reader *reader, const rww_slot *slots) {
  rww_restarts restarts;
  RWW_TRY(rww_restarts_read(reader, slots, &restarts));
  print_header(&restarts);
  for (size_t r = 0; r < restarts.n && r < MAX_NAMED; r++) print_restart(&restarts, &restarts.list[r]);
  if (restarts.n > MAX_NAMED) printf("  and %zu more restarts\n", restarts.n - MAX_NAMED);
  rww_restarts_free(&restarts);
  return RWW_OK;
}

static rww_status print_status(const char *path, const rww_reader *reader, const rww_slot *slots, double silence_s) {
  census found = count(reader, slots);
  const char *stage = rww_reader_attribute(reader, "stage"), *created = rww_reader_attribute(reader, "created");
  printf("%s: %s\n  begun    %s\n", stage ? stage : "?", path, created ? created : "?");
  print_counts(&found);
  RWW_TRY(print_state(path, &found));
  RWW_TRY(print_silent(reader, slots, found.n_rows, silence_s));
  if (rww_restarts_are_in(reader)) RWW_TRY(print_restarts(reader, slots));
  return print_points(reader, slots, found.n_rows);
}

rww_status rww_report_status(const char *path, double silence_s) {
  rww_reader *reader;
  rww_slot *slots = NULL;
  char *file = realpath(path, NULL); /* the lock lies beside the file, not beside the link to it */
  rww_status status = rww_reader_open(file ? file : path, &reader);
  if (status == RWW_OK) {
    status = rww_reader_slots(reader, &slots);
    if (status == RWW_OK) status = print_status(file ? file : path, reader, slots, silence_s);
    rww_reader_close(reader);
  }
  free(slots);
  free(file);
  return status;
}
