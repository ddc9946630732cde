#include "report/status.h"

#include "base/clock.h"
#include "store/lock.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_NAMED 10      /* points that are told one by one */
#define RATE_WINDOW_S 120 /* the rate is that of the last so many seconds */

typedef struct census {
  uint64_t n_rows, n_outcomes[RWW_N_OUTCOMES], n_left;
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

static census count(const rww_slot *slots, uint64_t n) {
  census found = {.n_rows = n};
  for (uint64_t row = 0; row < n; row++) {
    found.n_outcomes[slots[row].outcome]++;
    if (slots[row].attempts > 0) found.last_begin_s = fmax(found.last_begin_s, slots[row].started_utc_s);
  }
  found.n_left = found.n_outcomes[RWW_PENDING] + found.n_outcomes[RWW_STARTED];
  found.rate_per_s = measure_rate(slots, n, found.last_begin_s);
  return found;
}

static void print_counts(const census *found) {
  printf("  points   %" PRIu64 " of %" PRIu64 " (%.0f %%)", found->n_rows - found->n_left, found->n_rows,
         floor(100.0 * (double)(found->n_rows - found->n_left) / (double)found->n_rows));
  for (rww_outcome k = RWW_DIVERGED; k <= RWW_FAILED; k++)
    printf(", %" PRIu64 " %s", found->n_outcomes[k], rww_outcome_name(k));
  putchar('\n');
}

static void print_time_left(const census *found) {
  char left[RWW_DURATION_SIZE];
  if (found->rate_per_s <= 0) return;
  rww_clock_format_duration((double)found->n_left / found->rate_per_s, left);
  printf("  rate     %.3g points/s, %s left\n", found->rate_per_s, left);
}

static rww_status print_state(const char *path, const census *found) {
  static const char *const states[] = {
      [RWW_DEAD] = "its job has died", [RWW_ALIVE] = "running", [RWW_UNKNOWN] = "without a heartbeat for some seconds"};
  rww_owner owner;
  rww_life life;
  bool held;
  RWW_TRY(rww_lock_look(path, &held, &owner, &life));
  if (found->n_left == 0)
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
    printf("  silent   rank %" PRIu32 " has been at %s for %s\n", slots[row].rank,
           where.chars ? where.chars : "its row", age);
    rww_text_free(&where);
  }
  return RWW_OK;
}

static rww_status print_points(const rww_reader *reader, const rww_slot *slots, uint64_t n) {
  uint64_t n_named = 0;
  for (uint64_t row = 0; row < n && n_named < MAX_NAMED; row++) {
    rww_text where = {0};
    if (slots[row].outcome <= RWW_DONE) continue;
    n_named++;
    rww_status status = rww_reader_describe_row(reader, row, &where);
    if (status == RWW_OK)
      printf("  %-8s %s\n", rww_outcome_name((rww_outcome)slots[row].outcome), where.chars ? where.chars : "");
    rww_text_free(&where);
    RWW_TRY(status);
  }
  return RWW_OK;
}

static rww_status print_status(const char *path, const rww_reader *reader, const rww_slot *slots, double silence_s) {
  uint64_t n = rww_reader_n_rows(reader);
  census found = count(slots, n);
  const char *stage = rww_reader_attribute(reader, "stage"), *created = rww_reader_attribute(reader, "created");
  printf("%s: %s\n  begun    %s\n", stage ? stage : "?", path, created ? created : "?");
  print_counts(&found);
  RWW_TRY(print_state(path, &found));
  RWW_TRY(print_silent(reader, slots, n, silence_s));
  return print_points(reader, slots, n);
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
