/** @file
 *  Progress on stderr: a bar with rate and time left on a terminal, a line every few seconds otherwise. */
#ifndef RWW_REPORT_PROGRESS_H
#define RWW_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum rww_progress_form { RWW_FORM_NONE, RWW_FORM_LINE, RWW_FORM_BAR } rww_progress_form;

typedef struct rww_progress_display {
  rww_progress_form form;
  const char *stage, *unit; /* "explore", "points" */
  uint64_t n_stored;        /* done before this run */
  double last_line_s;
} rww_progress_display;

/** Shows n_done of n_total (those of this run). rate_per_s 0 or remaining_s NaN where not known yet. */
void rww_progress_show(rww_progress_display *display, uint64_t n_done, uint64_t n_total, double elapsed_s,
                       double rate_per_s, double remaining_s);

/** Ends a bar's line, so that messages begin on a line of their own. */
void rww_progress_end(void);

#endif
