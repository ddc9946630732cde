#include "app/commands.h"

#include "app/stages.h"
#include "app/stopping.h"
#include "base/text.h"
#include <string.h>

static rww_status check_stage_name(const char *option, const char *name) {
  const char *names[RWW_N_STAGES];
  for (size_t i = 0; i < RWW_N_STAGES; i++) {
    names[i] = rww_stages[i]->name;
    if (!name || strcmp(name, names[i]) == 0) return RWW_OK;
  }
  const char *nearest = rww_text_nearest(name, names, RWW_N_STAGES);
  return rww_raise(RWW_ERR_USAGE, "%s %s: no such stage%s%s; the stages are simulate and explore", option, name,
                   nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static rww_status run_stages(const rww_run *run) {
  for (size_t i = 0; i < RWW_N_STAGES; i++) {
    if (run->options->stage && strcmp(run->options->stage, rww_stages[i]->name) != 0) continue;
    if (rww_stages[i]->is_wanted(run->experiment)) RWW_TRY(rww_stages[i]->run(run));
  }
  return RWW_OK;
}

static rww_status run_experiment(const rww_options *options, rww_comm *comm) {
  rww_experiment experiment;
  rww_run run = {options, comm, &experiment};
  RWW_TRY(rww_experiment_load(options, comm, &experiment));
  rww_status status = run_stages(&run);
  rww_experiment_free(&experiment);
  return status;
}

rww_status rww_command_run(const rww_options *options) {
  rww_comm *comm;
  bool mismatch;
  RWW_TRY(check_stage_name("--stage", options->stage));
  RWW_TRY(check_stage_name("--redo", options->redo));
  rww_comm_launched(&mismatch);
  if (mismatch)
    return rww_raise(RWW_ERR_USAGE, "this is one of several tasks of a Slurm job, but it finds itself alone; start it "
                                    "with srun --mpi=pmix, or with mpirun");
  RWW_TRY(rww_comm_begin(&comm));
  rww_log_configure(options->log_level, rww_comm_rank(comm));
  rww_stopping_begin(options->max_time_s);
  rww_status status = run_experiment(options, comm);
  rww_comm_end(comm);
  return status;
}
