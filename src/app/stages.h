/** @file
 *  The stages of a run. Each takes from its file what is done, computes the rest, and says what became of it. */
#ifndef RWW_APP_STAGES_H
#define RWW_APP_STAGES_H

#include "app/experiment.h"
#include "store/store.h"

/** What every stage works with; the same on all ranks. Borrowed. */
typedef struct rww_run {
  const rww_options *options;
  rww_comm *comm;
  const rww_experiment *experiment;
} rww_run;

typedef struct rww_stage {
  const char *name;
  bool (*is_wanted)(const rww_experiment *experiment);
  /** Collective. Errors and RWW_STOPPED are the same on every rank. */
  RWW_MUST_CHECK rww_status (*run)(const rww_run *run);
} rww_stage;

extern const rww_stage rww_stage_simulate, rww_stage_explore;

/** What the files of all stages have in common. */
rww_file_spec rww_stage_describe_file(const rww_run *run, const char *stage, rww_stage_meaning meaning);

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
