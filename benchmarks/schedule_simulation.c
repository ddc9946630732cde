/* What the scheduler does with up to 100 000 ranks: its own state machine in a simulated cluster (cluster.h).
 *   schedule_simulation
 * prints the cases of README.md as CSV, in about five minutes and 3 GB (a grid of 1e8 points is listed);
 *   schedule_simulation RANKS POINTS MS_PER_POINT [NAME=VALUE ...]
 * runs one case, settings of cluster_spec changed by name: slow_share=0.01 dying_share=0.02 n_restarts=300 ...
 * Fails where a point was lost or done twice. */
#include "cluster.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setting {
  const char *name;
  size_t offset;
} setting;

#define SETTING(field)                                                                                                 \
  { #field, offsetof(cluster_spec, field) }
static const setting counts[] = {SETTING(seed), SETTING(n_restarts), SETTING(n_steps)};
static const setting numbers[] = {
    SETTING(half_cost),   SETTING(lone_cost),     SETTING(gradient_cost), SETTING(tail_scale), SETTING(tail_cut),
    SETTING(slow_share),  SETTING(slow_factor),   SETTING(dying_share),   SETTING(silence_s),  SETTING(latency_s),
    SETTING(bytes_per_s), SETTING(leader_unit_s), SETTING(leader_lane_s),
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Where in the specification the setting is that an argument changes, to what `value` points to; NULL: it is none. */
static void *find(const setting *table, size_t n, const char *argument, cluster_spec *spec) {
  for (size_t k = 0; k < n; k++)
    if (strcspn(argument, "=") == strlen(table[k].name) && strncmp(table[k].name, argument, strlen(table[k].name)) == 0)
      return (char *)spec + table[k].offset;
  return NULL;
}

static bool change(cluster_spec *spec, const char *argument) {
  const char *equals = strchr(argument, '=');
  uint64_t *count = find(counts, COUNT(counts), argument, spec);
  double *number = find(numbers, COUNT(numbers), argument, spec);
  if (equals && count) *count = strtoull(equals + 1, NULL, 10);
  if (equals && number) *number = strtod(equals + 1, NULL);
  if (equals && (count || number)) return true;
  fprintf(stderr, "schedule_simulation: %s: no such setting\n", argument);
  return false;
}

static void print_heading(void) {
  puts("ranks,points,point_ms,restarts,steps,slow_percent,dying_percent,longest_batch,units,started_s,makespan_s,"
       "ideal_s,idle_percent,leader_percent,decision_us,queue_MB,in_flight_MB,dead,refused,lost,twice");
}

static bool run(const cluster_spec *spec) {
  cluster_report found;
  rww_status status = cluster_run(spec, &found);
  if (status != RWW_OK) {
    fprintf(stderr, "schedule_simulation: %s\n", rww_status_message(status));
    return false;
  }
  printf("%zu,%" PRIu64 ",%g,%" PRIu64 ",%" PRIu64 ",%g,%g,%g,", spec->n_ranks, spec->n_points, 1e3 * spec->point_s,
         spec->n_restarts, spec->n_steps, 100 * spec->slow_share, 100 * spec->dying_share,
         spec->tail_scale > 0 ? 1 + spec->tail_cut : 1);
  printf("%" PRIu64 ",%.3f,%.3f,%.3f,%.2f,%.1f,%.2f,%.1f,%.1f,", found.n_units, found.started_s, found.end_s,
         found.ideal_s, 100 * found.idle_share, 100 * found.leader_share, 1e6 * found.decision_s,
         1e-6 * (double)found.queue_bytes, 1e-6 * (double)found.most_bytes_held);
  printf("%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", found.n_dead, found.n_refused, found.n_lost,
         found.n_twice);
  fflush(stdout);
  return found.n_lost == 0 && found.n_twice == 0;
}

static bool run_case(size_t n_ranks, double n_points, double point_ms, double slow_share, double dying_share) {
  cluster_spec spec = cluster_default(n_ranks, (uint64_t)n_points, 1e-3 * point_ms);
  spec.slow_share = slow_share;
  spec.dying_share = dying_share;
  return run(&spec);
}

/* With tails and slow ranks: few points, 1000 a rank, many. */
static bool run_sizes(void) {
  static const size_t n_ranks[] = {64, 256, 1000, 10000, 100000};
  bool fine = true;
  for (size_t k = 0; k < COUNT(n_ranks); k++) {
    fine &= run_case(n_ranks[k], 4096, 7, 0.01, 0);
    for (double point_ms = 7; point_ms < 100; point_ms *= 10)
      fine &= run_case(n_ranks[k], 1000.0 * (double)n_ranks[k], point_ms, 0.01, 0);
  }
  return run_case(64, 1e8, 7, 0.01, 0) && fine;
}

/* Without tails and slow ranks; with deaths; restarts beside a grid. */
static bool run_circumstances(void) {
  cluster_spec calm = cluster_default(256, 4096, 0.007), shared = cluster_default(256, 100000, 0.007);
  calm.tail_scale = 0;
  shared.slow_share = 0.01;
  shared.n_restarts = 300;
  shared.n_steps = 10;
  bool fine = run(&calm) & run(&shared);
  shared.n_points = 0;
  fine &= run(&shared) & run_case(256, 4096, 7, 0.01, 0.02) & run_case(10000, 1e7, 70, 0.01, 0.02);
  return run_case(100000, 1e8, 70, 0.01, 0.02) && fine;
}

int main(int argc, char **argv) {
  if (argc > 1 && argc < 4) {
    fputs("usage: schedule_simulation [RANKS POINTS MS_PER_POINT [NAME=VALUE ...]]\n", stderr);
    return 2;
  }
  cluster_spec spec = {0};
  if (argc > 1)
    spec = cluster_default(strtoull(argv[1], NULL, 10), (uint64_t)strtod(argv[2], NULL), 1e-3 * atof(argv[3]));
  for (int k = 4; k < argc; k++)
    if (!change(&spec, argv[k])) return 2;
  print_heading();
  bool fine = argc > 1 ? run(&spec) : run_sizes() & run_circumstances();
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
