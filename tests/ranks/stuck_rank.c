/* For mpirun with 3 ranks: one rank never comes back from its unit while something happens that ends the run.
 *   stuck_rank STUCK FAILING     rank FAILING fails
 *   stuck_rank STUCK now         rank 0 is asked to stop at once
 *   stuck_rank STUCK soon        or when the units in flight are done
 *   stuck_rank STUCK never       or is not; the others do all that is left
 * Once it is stuck, the rank lets mpirun send USR1 to everybody, and only then the other thing happens. */
#include "../unit/fake_source.h"
#include "base/log.h"
#include "schedule/schedule.h"
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static rww_comm *comm;
static int stuck, failing;
static const char *what;
static volatile sig_atomic_t signalled;

static void note(int signal_number) {
  signalled = signal_number;
}

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  (void)context;
  if (rww_comm_rank(comm) == stuck) kill(getppid(), SIGUSR1);
  while (rww_comm_rank(comm) == stuck || (rww_comm_rank(comm) == failing && !signalled)) usleep(1000);
  if (rww_comm_rank(comm) == failing) return rww_raise(RWW_ERR_CONFIG, "no such weather");
  for (size_t lane = 0; lane < unit->n_lanes; lane++) results[lane].row = unit->rows[lane];
  return RWW_OK;
}

static rww_stop stop(void *context) {
  (void)context;
  if (!signalled || rww_comm_rank(comm) != 0) return RWW_STOP_NO;
  return strcmp(what, "now") == 0 ? RWW_STOP_NOW : strcmp(what, "soon") == 0 ? RWW_STOP_SOON : RWW_STOP_NO;
}

static rww_status run(void) {
  fake_source source = {.n_rows = strcmp(what, "never") == 0 ? 100 : UINT64_C(1) << 60};
  rww_work_source work = fake_work(&source);
  rww_schedule_calls calls = {NULL, evaluate, stop, NULL};
  rww_schedule_options options = {.sizes = {1, 1, 0}, .silence_s = 0.1, .slow_rank = -1};
  rww_schedule_summary summary;
  return rww_schedule_run(comm, &work, rww_comm_rank(comm) == 0 ? 1 : 0, &calls, &options, &summary);
}

int main(int argc, char **argv) {
  if (argc != 3) return EXIT_FAILURE;
  stuck = atoi(argv[1]);
  what = argv[2];
  failing = isdigit((unsigned char)*what) ? atoi(what) : -1;
  signal(SIGUSR1, note);
  if (rww_comm_begin(&comm) != RWW_OK) return EXIT_FAILURE;
  rww_log_configure(RWW_LOG_INFO, rww_comm_rank(comm));
  rww_status status = run();
  fprintf(stderr, "the run ended: %s\n", rww_status_message(status));
  rww_comm_end(comm);
  return EXIT_SUCCESS;
}
