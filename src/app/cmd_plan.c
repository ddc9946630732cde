#include "app/commands.h"

#include "app/measure.h"
#include "app/stages.h"
#include "base/clock.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MEMORY_MARGIN 1.25 /* of what is asked of Slurm over what is foreseen; time likewise, and start-up */
#define TIME_MARGIN 1.5
#define START_UP_S 60.0
#define WARNING_S 120.0 /* so long before its limit the template ends a job (--signal in slurm/rwwsweep.sbatch) */

static const rww_stage_forecast *const calls[RWW_N_STAGE_KINDS] = {[RWW_STAGE_SIMULATE] = &rww_simulate_forecast,
                                                                   [RWW_STAGE_EXPLORE] = &rww_explore_forecast,
                                                                   [RWW_STAGE_FIT] = &rww_fit_forecast,
                                                                   [RWW_STAGE_EVALUATE] = &rww_evaluate_forecast};

/* What all stages take together. */
typedef struct total {
  rww_cost cost;
  uint64_t n_bytes;        /* of files yet to be made */
  bool explores;           /* there are points to compute */
  size_t n_gradient_lanes; /* of a unit at most */
} total;

static void print_size(const char *label, double n_bytes) {
  static const char *const units[] = {"kB", "MB", "GB", "TB"};
  size_t k = 0;
  for (n_bytes /= 1e3; n_bytes >= 999.5 && k + 1 < sizeof units / sizeof *units; k++) n_bytes /= 1e3;
  printf("%s%.3g %s", label, n_bytes, units[k]);
}

static void print_axes(const rww_grid *grid) {
  printf("  axes     ");
  for (size_t k = 0; k < grid->n_axes; k++)
    printf("%s%s (%zu)", k ? " x " : "", rww_parameter_get(grid->axes[k].parameter)->name, grid->axes[k].n);
  putchar('\n');
}

/* "model.w (84), coupling.a in 0 to 2". */
static void print_free(const rww_experiment *experiment, const rww_stage *stage) {
  const rww_fit_config *fit = stage->fit;
  printf("  free     ");
  for (size_t k = 0; k < fit->n_free; k++) {
    printf("%s%s", k ? ", " : "", rww_parameter_get(fit->free[k].parameter)->name);
    if (fit->free[k].regional) printf(" (%zu)", experiment->connectome.n_nodes);
    if (isfinite(fit->bounds[k].low)) printf(" in %g to %g", fit->bounds[k].low, fit->bounds[k].high);
  }
  printf("; %" PRIu64 " restart%s of %" PRIu64 " steps\n", fit->n_restarts, fit->n_restarts == 1 ? "" : "s",
         fit->n_steps);
}

static void print_rows(const rww_stage *stage, const rww_forecast *found) {
  static const char *const names[] = {[RWW_STAGE_SIMULATE] = "points",
                                      [RWW_STAGE_EXPLORE] = "points",
                                      [RWW_STAGE_FIT] = "entries",
                                      [RWW_STAGE_EVALUATE] = "results"};
  uint64_t n_left = found->n_rows - found->n_done;
  printf("  %-8s %" PRIu64 ", ", names[stage->kind], found->n_rows);
  if (n_left == 0)
    puts("all in the cache");
  else if (found->n_done == 0)
    puts("all to compute");
  else
    printf("%" PRIu64 " to compute, %" PRIu64 " taken from %s\n", n_left, found->n_done,
           found->n_reused ? "earlier files" : "the cache");
}

static void print_work(const rww_cost *cost, const rww_speed *speed, size_t n_ranks) {
  char wall[RWW_DURATION_SIZE];
  if (!(cost->wall_s > 0)) return;
  rww_clock_format_duration(cost->wall_s, wall);
  printf("  work     %" PRIu64 " unit%s of up to %zu lane%s; %s on %zu rank%s\n", cost->n_units,
         cost->n_units == 1 ? "" : "s", speed->of_losses.n_lanes, speed->of_losses.n_lanes == 1 ? "" : "s", wall,
         n_ranks, n_ranks == 1 ? "" : "s");
  if (cost->n_idle_ranks > 0)
    printf("  warning  %zu of %zu ranks would have nothing to do\n", cost->n_idle_ranks, n_ranks);
}

static rww_status print_file(const rww_run *run, const rww_stage *stage, const rww_forecast *found) {
  char *path;
  RWW_TRY(
      rww_store_path(run->experiment->output_directory, stage->name, stage->meaning.key, run->options->shard, &path));
  printf("  file     %s", path);
  print_size(", ", (double)found->n_bytes);
  puts(found->exists ? ", is there" : "");
  free(path);
  return RWW_OK;
}

/* Beside an exploration a step goes in batches, and the other ranks compute points. */
static void note_gradient_lanes(const rww_run *run, const rww_fit_config *fit, const rww_cost *cost, total *sum) {
  size_t n = cost->n_most_lanes, n_step = fit->n_restarts * fit->seeds.n_per_step;
  rww_unit_sizes sizes = rww_experiment_unit_sizes(run->experiment);
  if (sum->explores && n > 0) n = rww_unit_count_places(&sizes, n_step < sizes.max_lanes ? n_step : sizes.max_lanes);
  if (n > sum->n_gradient_lanes) sum->n_gradient_lanes = n;
}

static void add_cost(const rww_cost *cost, total *sum) {
  sum->cost.wall_s += cost->wall_s;
  sum->cost.core_s += cost->core_s;
}

static rww_status plan_stage(const rww_run *run, const rww_stage *stage, const rww_forecast *found,
                             const rww_speeds *speeds, size_t n_ranks, total *sum) {
  const rww_speed *speed = stage->kind == RWW_STAGE_EVALUATE ? &speeds->of_evaluation : &speeds->of_points;
  rww_cost cost;
  RWW_TRY(calls[stage->kind]->estimate(run, stage, found, speed, n_ranks, &cost));
  printf("%s: key %s\n", stage->name, stage->meaning.key);
  if (stage->kind == RWW_STAGE_EXPLORE) print_axes(&run->experiment->grid);
  if (stage->kind == RWW_STAGE_FIT) print_free(run->experiment, stage);
  print_rows(stage, found);
  print_work(&cost, speed, n_ranks);
  add_cost(&cost, sum);
  if (stage->kind == RWW_STAGE_EXPLORE) sum->explores = found->n_done < found->n_rows;
  if (stage->kind == RWW_STAGE_FIT) note_gradient_lanes(run, stage->fit, &cost, sum);
  if (!found->exists) sum->n_bytes += found->n_bytes;
  return print_file(run, stage, found);
}

/* Core-hours are those of work alone. */
static void plan_launch(total *sum) {
  sum->cost.wall_s += RWW_LAUNCH_S;
  printf("launcher: start and end of mpirun and MPI, %.1f s\n", RWW_LAUNCH_S);
}

/* Each start simulates it. */
static void plan_target(const rww_experiment *experiment, const rww_speed *speed, size_t n_ranks, total *sum) {
  char wall[RWW_DURATION_SIZE];
  if (!experiment->config->observation.target.simulate.given) return;
  rww_cost cost = rww_cost_of_one(speed, n_ranks);
  add_cost(&cost, sum);
  rww_clock_format_duration(cost.wall_s, wall);
  printf("target: computed at each start, %s\n", wall);
}

/* With the template that is installed beside the program. */
static void print_submission(const rww_run *run, const total *sum, size_t rank_bytes, size_t n_ranks) {
  const char *config = run->options->paths[0];
  uint32_t n_shards = run->options->shard.n;
  uint64_t limit_min = (uint64_t)ceil((sum->cost.wall_s * TIME_MARGIN + START_UP_S + WARNING_S) / 60);
  rww_text resources = {0};
  rww_text_add(&resources, "--ntasks=%zu --mem-per-cpu=%.0fM --time=%" PRIu64, n_ranks,
               ceil((double)rank_bytes * MEMORY_MARGIN / 1048576), limit_min);
  if (n_shards == 0)
    printf("submit: sbatch %s \\\n  rwwsweep.sbatch %s\n", resources.chars, config);
  else
    printf("submit: id=$(sbatch --parsable --array=1-%" PRIu32 " %s \\\n  rwwsweep.sbatch %s --shard %%a/%" PRIu32 ")\n"
           "  sbatch --dependency=afterok:$id %s \\\n  rwwsweep.sbatch merge %s\n",
           n_shards, resources.chars, config, n_shards, resources.chars, config);
  rww_text_free(&resources);
}

static void print_trajectory(const rww_trajectory *trajectory, size_t n_bytes) {
  print_size("  gradient ", (double)n_bytes);
  print_size(" of that for trajectories, ", (double)trajectory->lane_bytes);
  if (trajectory->n_segments == 1)
    puts(" a lane, stored whole");
  else
    printf(" a lane; %" PRIu64 " segments are computed again\n", trajectory->n_segments);
}

static void print_speed(const rww_experiment *experiment, const rww_speed *speed) {
  const rww_unit_times *losses = &speed->of_losses, *gradients = &speed->of_gradients;
  printf("  speed    %.3g ms a point", 1e3 * losses->unit_s / (double)losses->n_lanes);
  if (gradients->n_lanes > 0) printf(", %.3g ms with gradient", 1e3 * gradients->unit_s / (double)gradients->n_lanes);
  printf(", measured here (backend %s)\n", experiment->backend->name);
}

/* What it takes as one process. */
static void print_alone(const total *sum, size_t rank_bytes) {
  char wall[RWW_DURATION_SIZE];
  rww_clock_format_duration(sum->cost.wall_s - RWW_LAUNCH_S, wall);
  printf("  alone    %s", wall);
  print_size(", ", (double)(rank_bytes - RWW_MPI_BYTES));
  puts(" without mpirun or srun");
}

static void print_total(const rww_run *run, const total *sum, const rww_speed *speed, const rww_rank_memory *memory,
                        size_t n_ranks) {
  size_t trajectory_bytes = memory->trajectory.lane_bytes * sum->n_gradient_lanes;
  size_t rank_bytes = memory->n_bytes + trajectory_bytes;
  char wall[RWW_DURATION_SIZE];
  rww_clock_format_duration(sum->cost.wall_s, wall);
  printf("together: %s on %zu rank%s, %.3g core-hours\n", wall, n_ranks, n_ranks == 1 ? "" : "s",
         sum->cost.core_s / 3600);
  print_speed(run->experiment, speed);
  print_size("  memory   ", (double)rank_bytes);
  print_size(" a rank, ", (double)rank_bytes * (double)n_ranks);
  puts(" in all");
  if (n_ranks == 1) print_alone(sum, rank_bytes);
  if (trajectory_bytes > 0) print_trajectory(&memory->trajectory, trajectory_bytes);
  print_size("  disk     ", (double)sum->n_bytes);
  puts(" of new files");
  print_submission(run, sum, rank_bytes, n_ranks);
}

static bool is_planned(const rww_run *run, const rww_stage *stage) {
  return run->options->shard.n == 0 || rww_stage_is_split(stage);
}

/* Files first: laying them out takes memory as making them does, and measuring looks at all that was taken. */
static rww_status plan(const rww_run *run, size_t n_ranks) {
  const rww_experiment *experiment = run->experiment;
  rww_forecast found[experiment->n_stages];
  rww_speeds speeds;
  rww_rank_memory memory;
  total sum = {0};
  uint64_t n_resident_bytes = 0;
  for (size_t i = 0; i < experiment->n_stages; i++) {
    if (!is_planned(run, &experiment->stages[i])) continue;
    RWW_TRY(calls[experiment->stages[i].kind]->look(run, &experiment->stages[i], &found[i]));
    n_resident_bytes += found[i].n_resident_bytes;
  }
  RWW_TRY(rww_measure(experiment, n_resident_bytes, &speeds, &memory));
  plan_launch(&sum);
  plan_target(experiment, &speeds.of_points, n_ranks, &sum);
  for (size_t i = 0; i < experiment->n_stages; i++)
    if (is_planned(run, &experiment->stages[i]))
      RWW_TRY(plan_stage(run, &experiment->stages[i], &found[i], &speeds, n_ranks, &sum));
  print_total(run, &sum, &speeds.of_points, &memory, n_ranks);
  return RWW_OK;
}

static rww_status plan_experiment(const rww_options *options, rww_comm *comm) {
  rww_experiment experiment;
  rww_run run = {options, comm, &experiment};
  long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
  RWW_TRY(rww_experiment_load(options, NULL, &experiment));
  rww_status status = plan(&run, options->n_ranks ? options->n_ranks : (size_t)(n_cores > 0 ? n_cores : 1));
  rww_experiment_free(&experiment);
  return status;
}

rww_status rww_command_plan(const rww_options *options) {
  rww_comm *comm;
  RWW_TRY(rww_comm_begin(&comm));
  rww_status status = plan_experiment(options, comm);
  rww_comm_end(comm);
  return status;
}
