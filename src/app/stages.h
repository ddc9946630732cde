/** @file
 *  The stages of a run. Each takes from its file what is done, computes the rest, and says what became of it. */
#ifndef RWW_APP_STAGES_H
#define RWW_APP_STAGES_H

#include "app/experiment.h"
#include "plan/cost.h"
#include "store/store.h"

/** What every stage works with; the same on all ranks. Borrowed. */
typedef struct rww_run {
  const rww_options *options;
  rww_comm *comm;
  const rww_experiment *experiment;
} rww_run;

typedef struct rww_stage {
  const char *name;
  rww_stage_meaning meaning;
  bool (*is_wanted)(const rww_experiment *experiment);
  /** Collective. Errors and RWW_STOPPED are the same on every rank. */
  RWW_MUST_CHECK rww_status (*run)(const rww_run *run);
  /** What it would find in its file, and what the rest would cost. Rank 0 alone. */
  RWW_MUST_CHECK rww_status (*forecast)(const rww_run *run, rww_forecast *forecast);
  rww_cost (*estimate)(const rww_run *run, const rww_forecast *forecast, const rww_speed *speed, size_t n_ranks);
} rww_stage;

extern const rww_stage rww_stage_simulate, rww_stage_explore;

/** All of them, in the order in which they run. */
#define RWW_N_STAGES 2
extern const rww_stage *const rww_stages[RWW_N_STAGES];

/** What the files of all stages have in common. */
rww_file_spec rww_stage_describe_file(const rww_run *run, const char *stage, rww_stage_meaning meaning);

/** What is done with a file that a stage has described: opened into a rww_store * (collective), or foreseen in a
 *  rww_forecast (rank 0 alone). */
typedef rww_status (*rww_file_use)(const rww_run *run, const rww_file_spec *spec, void *result);
RWW_MUST_CHECK rww_status rww_file_use_open(const rww_run *run, const rww_file_spec *spec, void *store);
RWW_MUST_CHECK rww_status rww_file_use_forecast(const rww_run *run, const rww_file_spec *spec, void *forecast);

/** Dimensions that files share: regions twice (a dataset has a dimension only once), and the times of BOLD samples,
 *  whose coordinates are borrowed. */
rww_dimension rww_stage_describe_nodes(const rww_experiment *experiment, const char *name);
rww_dimension rww_stage_describe_times(const char *name, size_t n, const double *times_s);

/** Coordinates (first + 1) * step, (first + 2) * step, ..., owned by the caller. */
RWW_MUST_CHECK rww_status rww_stage_count_times(size_t n, size_t first, double step_s, double **times_s);

/** Opens the finished file of a stage for what a summary tells. Rank 0 alone. */
RWW_MUST_CHECK rww_status rww_stage_open_result(const rww_run *run, const char *stage, rww_stage_meaning meaning,
                                                rww_reader **reader);

/** The line that names the file and its link. */
RWW_MUST_CHECK rww_status rww_stage_print_file(const rww_run *run, const char *stage, rww_stage_meaning meaning);

#endif
