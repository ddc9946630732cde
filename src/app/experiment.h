/** @file
 *  All that a command works on: the configuration, its data and what follows from them, the same on every rank. */
#ifndef RWW_APP_EXPERIMENT_H
#define RWW_APP_EXPERIMENT_H

#include "app/options.h"
#include "comm/comm.h"
#include "connectome/connectome.h"
#include "objective/objective.h"
#include "plan/grid.h"
#include "plan/key.h"
#include "plan/unit.h"

/** A stage's canonical text and its key. */
typedef struct rww_meaning {
  rww_text canonical;
  char key[RWW_HASH_TEXT_SIZE];
} rww_meaning;

typedef enum rww_stage_kind {
  RWW_STAGE_SIMULATE,
  RWW_STAGE_EXPLORE,
  RWW_STAGE_FIT,
  RWW_STAGE_EVALUATE, /* of exploration and fits */
  RWW_N_STAGE_KINDS
} rww_stage_kind;

/** A part of the experiment with a result file of its own. */
typedef struct rww_stage {
  rww_stage_kind kind;
  const char *name;              /* of its files: simulate, explore, evaluate, that of a fit */
  const rww_fit_config *fit;     /* of a fit, else NULL */
  const struct rww_stage *start; /* that a fit starts from; NULL: none */
  rww_meaning meaning;
} rww_stage;

typedef struct rww_experiment {
  rww_config *config;
  rww_connectome connectome;
  rww_target target;
  const rww_backend *backend;
  rww_grid grid;
  size_t n_stages;
  rww_stage *stages;    /* [n_stages], in the order in which they are written */
  rww_meaning of_point; /* an exploration's without its axes */
  const char *output_directory;
} rww_experiment;

/** Whether shards share its rows. What is short, and a fit whose restarts are compared on the way, is left to the run
 *  after their merge. */
bool rww_stage_is_split(const rww_stage *stage);

/** Whether a stage takes results of the other one: a fit those of its start, an evaluation those of exploration and
 *  fits. */
bool rww_stage_builds_on(const rww_stage *stage, const rww_stage *other);

/** Reads configuration and data on rank 0, tells every problem at once, and broadcasts; a target that is simulated is
 *  simulated on rank 0. `comm` may be NULL: this process alone. Warnings go to stderr. Collective.
 *  Errors: RWW_ERR_CONFIG, RWW_ERR_INPUT with all messages, the same status on every rank. */
RWW_MUST_CHECK rww_status rww_experiment_load(const rww_options *options, rww_comm *comm, rww_experiment *experiment);
void rww_experiment_free(rww_experiment *experiment);

/** Lanes of a full unit of work. */
size_t rww_experiment_count_lanes(const rww_experiment *experiment);

/** The stage of that name; NULL where there is none. */
const rww_stage *rww_experiment_find_stage(const rww_experiment *experiment, const char *name);

/** Lengths of units of work of points. */
rww_unit_sizes rww_experiment_unit_sizes(const rww_experiment *experiment);

/** What an objective of this experiment is made of; borrows from it. */
rww_objective_spec rww_experiment_objective(const rww_experiment *experiment);

#endif
