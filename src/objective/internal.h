/** @file
 *  What the files of this module share. */
#ifndef RWW_OBJECTIVE_INTERNAL_H
#define RWW_OBJECTIVE_INTERNAL_H

#include "objective/objective.h"
#include "objective/warmups.h"
#include "observe/bold.h"

struct rww_objective {
  rww_objective_spec spec;
  rww_simulation simulation;
  rww_integrator *integrator;
  rww_bold_plan bold_plan;
  rww_warmups warmups; /* an entry: last state [node], then the BOLD history */
  double *samples;     /* [n_samples][node], scratch */
  double *scores;      /* [n_samples][node], scratch */
  double *norm;        /* [node], scratch */
  double *fc;          /* [node][node], scratch */
  double *by_fc;       /* [node][node], scratch: derivative of the loss */
  double *by_samples;  /* [n_samples][node], scratch: the same */
};

/** Values of every parameter in the shape that a backend takes; those that the batch sets are borrowed from it. */
typedef struct rww_lane_values {
  rww_lanes lanes;
  double *base[RWW_N_PARAMETERS]; /* owned; NULL where the batch sets the parameter */
} rww_lane_values;

RWW_MUST_CHECK rww_status rww_lane_values_create(const rww_objective *objective, const rww_batch *batch,
                                                 rww_lane_values *values);
void rww_lane_values_free(rww_lane_values *values);

/** One run of every lane of the batch, from `state` [node][n_lanes], which becomes the last state. */
RWW_MUST_CHECK rww_status rww_objective_simulate(rww_objective *objective, const rww_batch *batch, double *state,
                                                 rww_sink sink);

/** Fills state [node][n_lanes] with the initial S. */
void rww_objective_begin_state(const rww_objective *objective, size_t n_lanes, double *state);

/** BOLD, FC and losses of one lane into its place in `evaluation`, after a run that ended in `state`. */
void rww_objective_observe(rww_objective *objective, const rww_bold *bold, const double *state, size_t n_lanes,
                           size_t lane, const rww_evaluation *evaluation);

/** Weights of the loss that is asked for. */
const rww_loss_weights *rww_objective_weights(const rww_objective *objective, const rww_evaluation *evaluation);

/** Where the FC of a lane is put. */
double *rww_objective_fc_of_lane(const rww_objective *objective, size_t lane, const rww_evaluation *evaluation);

/** Main run of every lane from `state`, and back: losses and gradients. */
RWW_MUST_CHECK rww_status rww_objective_differentiate(rww_objective *objective, const rww_batch *batch, double *state,
                                                      rww_bold *bold, const rww_evaluation *evaluation);

#endif
