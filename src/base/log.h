/** @file
 *  Messages for people, on stderr, a line each; stdout holds only results. */
#ifndef RWW_BASE_LOG_H
#define RWW_BASE_LOG_H

#include "base/status.h"
#include <stdbool.h>

typedef enum rww_log_level { RWW_LOG_ERROR, RWW_LOG_WARNING, RWW_LOG_INFO, RWW_LOG_DEBUG } rww_log_level;

/** Level from its name (error, warning, info, debug). Errors: RWW_ERR_USAGE with the names there are. */
RWW_MUST_CHECK rww_status rww_log_level_parse(const char *name, rww_log_level *level);

/** From now on messages above `level` are dropped, and those of a rank above 0 carry its number. */
void rww_log_configure(rww_log_level level, int rank);

/** The rank told to rww_log_configure; 0 before. */
int rww_log_rank(void);

/** Whether a line without an end stands on stderr, as a progress bar does. A message wipes it away and takes its place.
 */
void rww_log_note_open_line(bool is_open);
bool rww_log_has_open_line(void);

void rww_log(rww_log_level level, const char *format, ...) RWW_PRINTF(2, 3);

#endif
