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

/** A stage's canonical text and its key. */
typedef struct rww_meaning {
  rww_text canonical;
  char key[RWW_HASH_TEXT_SIZE];
} rww_meaning;

typedef struct rww_experiment {
  rww_config *config;
  rww_connectome connectome;
  rww_target target;
  const rww_backend *backend;
  rww_grid grid;
  rww_meaning meaning[RWW_MEANING_EXPLORE + 1]; /* by rww_stage_meaning */
  const char *output_directory;
} rww_experiment;

/** Reads configuration and data on rank 0, tells every problem at once, and broadcasts; a target that is simulated is
 *  simulated on rank 0. `comm` may be NULL: this process alone. Warnings go to stderr. Collective.
 *  Errors: RWW_ERR_CONFIG, RWW_ERR_INPUT with all messages, the same status on every rank. */
RWW_MUST_CHECK rww_status rww_experiment_load(const rww_options *options, rww_comm *comm, rww_experiment *experiment);
void rww_experiment_free(rww_experiment *experiment);

/** Lanes of a full unit of work. */
size_t rww_experiment_count_lanes(const rww_experiment *experiment);

/** What an objective of this experiment is made of; borrows from it. */
rww_objective_spec rww_experiment_objective(const rww_experiment *experiment);

#endif
