#include "report/progress.h"

#include "base/clock.h"
#include "base/log.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 24
#define LINE_PERIOD_S 5.0

static void format_rate(double rate_per_s, const char *unit, double remaining_s, char *text, size_t size) {
  char left[RWW_DURATION_SIZE];
  text[0] = 0;
  if (!(rate_per_s > 0)) return;
  rww_clock_format_duration(isnan(remaining_s) ? 0.0 : remaining_s, left);
  snprintf(text, size, "  %.3g %s/s%s%s%s", rate_per_s, unit, isnan(remaining_s) ? "" : "  ",
           isnan(remaining_s) ? "" : left, isnan(remaining_s) ? "" : " left");
}

static void show_bar(const rww_progress_display *display, uint64_t n_done, uint64_t n_total, const char *rate) {
  char bar[BAR_WIDTH + 1];
  int filled = n_total ? (int)(BAR_WIDTH * (double)n_done / (double)n_total) : BAR_WIDTH;
  memset(bar, ' ', BAR_WIDTH);
  memset(bar, '#', (size_t)filled);
  bar[BAR_WIDTH] = 0;
  fprintf(stderr, "\r%s [%s] %" PRIu64 "/%" PRIu64 "%s\033[K", display->stage, bar, n_done, n_total, rate);
  fflush(stderr);
  rww_log_note_open_line(true);
}

static void show_line(rww_progress_display *display, uint64_t n_done, uint64_t n_total, double elapsed_s,
                      const char *rate) {
  if (n_done < n_total && elapsed_s - display->last_line_s < LINE_PERIOD_S) return;
  display->last_line_s = elapsed_s;
  fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 " %s%s\n", display->stage, n_done, n_total, display->unit, rate);
}

void rww_progress_show(rww_progress_display *display, uint64_t n_done, uint64_t n_total, double elapsed_s,
                       double rate_per_s, double remaining_s) {
  char rate[96];
  format_rate(rate_per_s, display->unit, remaining_s, rate, sizeof rate);
  n_done += display->n_stored;
  n_total += display->n_stored;
  if (display->form == RWW_FORM_BAR) show_bar(display, n_done, n_total, rate);
  if (display->form == RWW_FORM_LINE) show_line(display, n_done, n_total, elapsed_s, rate);
}

void rww_progress_end(void) {
  if (rww_log_has_open_line()) fputc('\n', stderr);
  rww_log_note_open_line(false);
}
