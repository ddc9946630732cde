#ifndef RWW_APP_VERSION_H
#define RWW_APP_VERSION_H

#include "base/status.h"

/** Versions of the program and its libraries, and the instruction set that `backend` chooses, on stdout. */
RWW_MUST_CHECK rww_status rww_version_print(const char *backend);

#endif
