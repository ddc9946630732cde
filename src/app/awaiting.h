/** @file
 *  Stages that others build on and that are no part of the run: they are of another job, and taken from its file. */
#ifndef RWW_APP_AWAITING_H
#define RWW_APP_AWAITING_H

#include "app/stages.h"

/** Whether `stage`, which another one builds on, is there as a whole; with --wait, once it is. Where it is not, that is
 * an error that says what to wait for, unless the run is a shard of all stages, which leaves the other one to a later
 * job and says so. Rank 0. Errors: RWW_ERR_USAGE, RWW_ERR_STORE, RWW_STOPPED. */
RWW_MUST_CHECK rww_status rww_await_finished(const rww_run *run, const rww_stage *stage, const rww_stage *built_on_it,
                                             bool *ready);

#endif
