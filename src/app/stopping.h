/** @file
 *  Who may end a run early: signals and the time given. */
#ifndef RWW_APP_STOPPING_H
#define RWW_APP_STOPPING_H

#include "schedule/schedule.h"

/** From now on USR1 asks to stop soon, INT and TERM at once. Comes before MPI starts, which takes long on many ranks.
 */
void rww_stopping_begin(void);

/** The end of max_time_s from now asks to stop soon. */
void rww_stopping_limit(double max_time_s);

/** What has been asked for so far. */
rww_stop rww_stopping_asked(void);

#endif
