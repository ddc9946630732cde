/** @file
 *  Who may end a run early: signals and the time given. */
#ifndef RWW_APP_STOPPING_H
#define RWW_APP_STOPPING_H

#include "schedule/schedule.h"

/** From now on USR1 asks to stop soon, INT and TERM at once, and so does the end of max_time_s (soon). */
void rww_stopping_begin(double max_time_s);

/** What has been asked for so far. */
rww_stop rww_stopping_asked(void);

#endif
