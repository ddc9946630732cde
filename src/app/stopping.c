#include "app/stopping.h"

#include "base/clock.h"
#include <signal.h>

static volatile sig_atomic_t asked = RWW_STOP_NO;
static double end_s;

static void ask(int signal_number) {
  int wanted = signal_number == SIGUSR1 ? RWW_STOP_SOON : RWW_STOP_NOW;
  if (wanted > asked) asked = wanted;
}

void rww_stopping_begin(double max_time_s) {
  struct sigaction action = {.sa_handler = ask};
  end_s = rww_clock_s() + max_time_s;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

rww_stop rww_stopping_asked(void) {
  if (asked == RWW_STOP_NO && rww_clock_s() >= end_s) return RWW_STOP_SOON;
  return (rww_stop)asked;
}
