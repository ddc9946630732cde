/** @file
 *  Recorded runs of the lane backends, and the way back through them (rww_backend: record, reverse). */
#ifndef RWW_SIMULATE_LANES_REVERSE_H
#define RWW_SIMULATE_LANES_REVERSE_H

#include "simulate/backend.h"

RWW_MUST_CHECK rww_status rww_lanes_record(rww_integrator *self, const rww_lanes *lanes, double *state, rww_sink sink);
RWW_MUST_CHECK rww_status rww_lanes_reverse(rww_integrator *self, const rww_lanes *lanes, double damping,
                                            rww_adjoint_source source, const rww_lanes_gradient *gradient);

/** Frees what was recorded. */
void rww_lanes_forget(rww_integrator *self);

#endif
