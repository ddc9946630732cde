/** @file
 *  The stages of a run. Each takes from its file what is done, computes the rest, and says what became of it. */
#ifndef RWW_APP_STAGES_H
#define RWW_APP_STAGES_H

#include "app/experiment.h"
#include "plan/cost.h"
#include "plan/row_source.h"
#include "store/store.h"

/** What every stage works with; the same on all ranks. Borrowed. */
typedef struct rww_run {
  const rww_options *options;
  rww_comm *comm;
  const rww_experiment *experiment;
} rww_run;

typedef struct rww_stage_calls rww_stage_calls;

/** One stage's part in a run. Stages that share the ranks (all but the base run) fill in what they need of it. */
typedef struct rww_work {
  const rww_run *run;
  const rww_stage *stage;
  const rww_stage_calls *calls;
  const struct rww_shared_run *sweep; /* all stages that share the ranks with this one */
  uint64_t source;                    /* index of its units */
  struct rww_stage_state *self;       /* the stage's own */
} rww_work;

/** What a run has done of a stage. */
typedef struct rww_effort {
  uint64_t n_computed; /* units of rww_stage_calls.unit */
  double elapsed_s;
} rww_effort;

/** What the kinds of stages that share the ranks do differently. Errors are the same on every rank where a call is
 *  collective. */
struct rww_stage_calls {
  const char *unit; /* what is counted: points, evaluations */
  bool in_steps;    /* as rww_work_source has it */
  /** Opens the file and finds what is left to do. Collective; work->self is to be released by `end`. */
  RWW_MUST_CHECK rww_status (*begin)(rww_work *work);
  /** Rank 0: goes on as far as the stages that this one starts from allow. Called before the first unit, and whenever
   *  results have come back. `objective` is NULL as long as nothing can be evaluated. */
  RWW_MUST_CHECK rww_status (*advance)(rww_work *work, rww_objective *objective);
  /** Rank 0: nothing is left to compute; and what was so when it began, in units. */
  bool (*is_finished)(const rww_work *work);
  uint64_t (*count_stored)(const rww_work *work);
  /** Its units at present, all NULL as long as it waits for what it builds on; and lanes of this run that are none of
   *  these: those that it waits with, or is done with. */
  rww_work_source (*get_source)(const rww_work *work);
  uint64_t (*count_beside)(const rww_work *work);
  /** Any rank: computes a unit. */
  RWW_MUST_CHECK rww_status (*evaluate)(rww_work *work, rww_objective *objective, const rww_unit *unit,
                                        rww_result *results);
  /** Closes the file, also where `begin` failed half-way. Collective. */
  RWW_MUST_CHECK rww_status (*end)(rww_work *work);
  /** Rank 0, after the end: what the stage says of itself on stdout, from its file. */
  RWW_MUST_CHECK rww_status (*print)(const rww_work *work, const rww_effort *effort);
  void (*free)(rww_work *work);
};
extern const rww_stage_calls rww_explore_calls, rww_fit_calls, rww_evaluate_calls;

/** The work of another stage; NULL where it is no part of the run of `work`. */
const rww_work *rww_sweep_find(const rww_work *work, const rww_stage *stage);

/** Rank 0: whether everything that this stage builds on is finished. What is no part of the run was when it began. */
bool rww_sweep_may_begin(const rww_work *work);

/** The base run. Collective. */
RWW_MUST_CHECK rww_status rww_simulate_run(const rww_run *run, const rww_stage *stage);

/** The stages after the base run, all at once, each as soon as it can begin; `stages` [n] by their order in the
 *  experiment. Collective. Errors and RWW_STOPPED are the same on every rank. */
RWW_MUST_CHECK rww_status rww_sweep_run(const rww_run *run, const rww_stage *const *stages, size_t n);

/** What a stage would find in its file, and what the rest would cost. Rank 0 alone. */
typedef struct rww_stage_forecast {
  RWW_MUST_CHECK rww_status (*look)(const rww_run *run, const rww_stage *stage, rww_forecast *forecast);
  RWW_MUST_CHECK rww_status (*estimate)(const rww_run *run, const rww_stage *stage, const rww_forecast *forecast,
                                        const rww_speed *speed, size_t n_ranks, rww_cost *cost);
} rww_stage_forecast;
extern const rww_stage_forecast rww_simulate_forecast, rww_explore_forecast, rww_fit_forecast, rww_evaluate_forecast;

/** What the files of all stages have in common. */
rww_file_spec rww_stage_describe_file(const rww_run *run, const rww_stage *stage);

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

/** Adds the name that a parameter has in files: model_w. */
void rww_stage_name_parameter(rww_parameter parameter, rww_text *name);

/** Opens the file of a stage for reading, of this shard or (all zero) of the whole. Rank 0 alone. */
RWW_MUST_CHECK rww_status rww_stage_open_result(const rww_run *run, const rww_stage *stage, rww_shard shard,
                                                rww_reader **reader);

/** The first n rows whose slots leave them to be computed, in `rows` [n], to which the list points. */
rww_row_list rww_stage_list_left(const rww_slot *slots, uint64_t n, uint64_t *rows);

/** The line that names the file. */
RWW_MUST_CHECK rww_status rww_stage_print_file(const rww_run *run, const rww_stage *stage);

/** " in 30 s on 2 ranks" and the end of the line, then one of the rate: each unit is a simulation of this duration. */
void rww_stage_print_rate(const rww_run *run, const rww_effort *effort, const char *unit, double duration_ms);

#endif
