/** @file
 *  How far a result file is, from its slots and its lock: of a running, stopped, dead or finished run. */
#ifndef RWW_REPORT_STATUS_H
#define RWW_REPORT_STATUS_H

#include "store/reader.h"

/** Prints on stdout, with the ranks that have been at a row for longer than silence_s. Changes nothing, takes no lock.
 */
RWW_MUST_CHECK rww_status rww_report_status(const char *path, double silence_s);

#endif
