/** @file
 *  The last words of a command. */
#ifndef RWW_APP_CONCLUDE_H
#define RWW_APP_CONCLUDE_H

#include "base/status.h"

/** Writes out what is left of stdout, and tells the error, if any, on rank 0; a second time only what is new. Under MPI
 *  before its end: once it has ended, the first rank to leave with an error makes mpirun end the others, who may not
 *  have said anything yet. Returns `status`, or that stdout could not be written. */
RWW_MUST_CHECK rww_status rww_conclude(rww_status status);

#endif
