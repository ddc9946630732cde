/** @file
 *  The plain integrator, one simulation at a time, to be held against the equations line by line. float64 only. */
#ifndef RWW_SIMULATE_REFERENCE_H
#define RWW_SIMULATE_REFERENCE_H

#include "simulate/backend.h"

extern const rww_backend rww_backend_reference;

#endif
