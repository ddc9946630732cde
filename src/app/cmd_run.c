#include "app/commands.h"

#include "app/conclude.h"
#include "app/slurm.h"
#include "app/stages.h"
#include "app/stopping.h"
#include "base/text.h"
#include <string.h>

static rww_status check_stage_name(const rww_experiment *experiment, const char *option, const char *name) {
  const char *names[experiment->n_stages];
  rww_text list = {0};
  if (!name || rww_experiment_find_stage(experiment, name)) return RWW_OK;
  for (size_t i = 0; i < experiment->n_stages; i++) {
    names[i] = experiment->stages[i].name;
    rww_text_add(&list, "%s%s", i > 0 ? ", " : "", names[i]);
  }
  const char *nearest = rww_text_nearest(name, names, experiment->n_stages);
  rww_status status = rww_raise(RWW_ERR_USAGE, "%s %s: no such stage%s%s; the stages are %s", option, name,
                                nearest ? "; did you mean " : "", nearest ? nearest : "", list.chars);
  rww_text_free(&list);
  return status;
}

/* What is to be computed again has to run. */
static rww_status check_redo(const rww_options *options) {
  if (!options->redo || !options->stage || strcmp(options->redo, options->stage) == 0) return RWW_OK;
  return rww_raise(RWW_ERR_USAGE, "--redo %s: is left out of this run by --stage %s; expected the same stage",
                   options->redo, options->stage);
}

/* The base run comes first; the other stages share the ranks. */
static rww_status run_stages(const rww_run *run) {
  const rww_experiment *experiment = run->experiment;
  const rww_stage *together[experiment->n_stages];
  size_t n = 0;
  RWW_TRY(check_stage_name(experiment, "--stage", run->options->stage));
  RWW_TRY(check_stage_name(experiment, "--redo", run->options->redo));
  RWW_TRY(check_redo(run->options));
  for (size_t i = 0; i < experiment->n_stages; i++) {
    const rww_stage *stage = &experiment->stages[i];
    if (run->options->stage && strcmp(run->options->stage, stage->name) != 0) continue;
    if (stage->kind == RWW_STAGE_SIMULATE)
      RWW_TRY(rww_simulate_run(run, stage));
    else
      together[n++] = stage;
  }
  return rww_sweep_run(run, together, n);
}

/* One stage after the other, since each starts from files alone. What is not split is left to the run after the
 * merge. */
static rww_status run_shard(const rww_run *run) {
  const rww_experiment *experiment = run->experiment;
  RWW_TRY(check_stage_name(experiment, "--stage", run->options->stage));
  RWW_TRY(check_stage_name(experiment, "--redo", run->options->redo));
  RWW_TRY(check_redo(run->options));
  for (size_t i = 0; i < experiment->n_stages; i++) {
    const rww_stage *stage = &experiment->stages[i];
    bool is_split = rww_stage_is_split(stage);
    if (run->options->stage && strcmp(run->options->stage, stage->name) != 0) continue;
    if (run->options->stage && !is_split)
      return rww_raise(RWW_ERR_USAGE, "--shard: --stage %s is not split; run it without", stage->name);
    if (is_split) RWW_TRY(rww_sweep_run(run, &stage, 1));
  }
  return RWW_OK;
}

static rww_status run_experiment(const rww_options *options, rww_comm *comm) {
  rww_experiment experiment;
  rww_run run = {options, comm, &experiment};
  RWW_TRY(rww_experiment_load(options, comm, &experiment));
  rww_status status = options->shard.n > 0 ? run_shard(&run) : run_stages(&run);
  rww_experiment_free(&experiment);
  return status;
}

/* Rank 0 alone knows Slurm's end: its stop is everybody's. */
static rww_status limit_time(const rww_options *options, rww_comm *comm) {
  double max_time_s = options->max_time_s;
  bool asks = options->asks_slurm && rww_comm_rank(comm) == 0;
  rww_status status = rww_comm_agree(comm, asks ? rww_slurm_find_max_time(&max_time_s) : RWW_OK);
  rww_stopping_limit(max_time_s);
  return status;
}

rww_status rww_command_run(const rww_options *options) {
  rww_comm *comm;
  bool mismatch;
  rww_comm_launched(&mismatch);
  if (mismatch)
    return rww_raise(RWW_ERR_USAGE, "this is one of several tasks of a Slurm job, but it finds itself alone; start it "
                                    "with srun --mpi=pmix, or with mpirun");
  rww_stopping_begin();
  RWW_TRY(rww_comm_begin(&comm));
  rww_log_configure(options->log_level, rww_comm_rank(comm));
  rww_status status = limit_time(options, comm);
  if (status == RWW_OK) status = run_experiment(options, comm);
  status = rww_conclude(status);
  rww_comm_end(comm);
  return status;
}
