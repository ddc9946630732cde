#include "app/stopping.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define GRACE_S 3 /* for a batch in the middle, when the run is to end at once */

static volatile sig_atomic_t asked = RWW_STOP_NO;
static double end_s = INFINITY;
static volatile sig_atomic_t has_started; /* every rank knows which one it is */

static void ask(int signal_number) {
  int wanted = signal_number == SIGUSR1 ? RWW_STOP_SOON : RWW_STOP_NOW;
  if (wanted > asked) asked = wanted;
  if (wanted != RWW_STOP_NOW) return;
  rww_store_note_end();
  alarm(GRACE_S);
}

/* To the file this is a kill, which may come at any time; by now it has let go of what was in flight. */
static void leave(int signal_number) {
  static const char message[] = "rwwsweep: not waiting for the batch at hand; run again to go on\n";
  ssize_t n = has_started && rww_log_rank() == 0 ? write(STDERR_FILENO, message, sizeof message - 1) : 0;
  (void)signal_number, (void)n;
  _exit(rww_status_exit(RWW_STOPPED));
}

void rww_stopping_begin(void) {
  struct sigaction action = {.sa_handler = ask, .sa_flags = SA_RESTART}, leaving = {.sa_handler = leave};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGALRM, &leaving, NULL);
}

void rww_stopping_limit(double max_time_s) {
  end_s = rww_clock_s() + max_time_s;
  has_started = true;
}

rww_stop rww_stopping_asked(void) {
  if (asked == RWW_STOP_NO && rww_clock_s() >= end_s) return RWW_STOP_SOON;
  return (rww_stop)asked;
}
