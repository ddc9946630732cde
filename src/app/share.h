/** @file
 *  Rank 0 reads the inputs; this is how the other ranks come by what they need of them. */
#ifndef RWW_APP_SHARE_H
#define RWW_APP_SHARE_H

#include "app/experiment.h"

/** Broadcasts the configuration's text, weights, target FC and values read from files; on ranks above 0 `experiment` is
 *  filled, without labels and tract lengths, which only rank 0 writes. Collective. */
RWW_MUST_CHECK rww_status rww_share_inputs(rww_comm *comm, const rww_options *options, rww_experiment *experiment);

/** Broadcasts the keys of the stages, which all ranks have listed; canonical texts stay on rank 0. Collective. */
RWW_MUST_CHECK rww_status rww_share_keys(rww_comm *comm, rww_experiment *experiment);

#endif
