#include "store/keeper.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 250000000 /* mpirun leaves a rank that is to end one second */
#define LOOKS_A_BEAT 4
#define SYNC_S 5

static atomic_bool is_ending;

struct rww_keeper {
  rww_lock *lock;
  pthread_t thread;
  pthread_mutex_t mutex; /* of all below */
  pthread_cond_t wake;
  int descriptor; /* -1: none yet */
  bool stopping, dirty;
  double synced_s; /* when */
  int sync_error;  /* errno of a sync that failed */
  void (*let_go)(void *self);
  void *self;
};

/* The mutex is not held meanwhile, so that nobody waits for the disk. */
static void sync_rows(rww_keeper *keeper) {
  keeper->dirty = false;
  keeper->synced_s = rww_clock_s();
  pthread_mutex_unlock(&keeper->mutex);
  int error = fdatasync(keeper->descriptor) == 0 ? 0 : errno;
  pthread_mutex_lock(&keeper->mutex);
  if (error) keeper->sync_error = error;
}

static void beat(rww_keeper *keeper) {
  pthread_mutex_unlock(&keeper->mutex);
  rww_lock_beat(keeper->lock);
  pthread_mutex_lock(&keeper->mutex);
}

static void wait_for_look(rww_keeper *keeper) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += LOOK_NS;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  while (!keeper->stopping && pthread_cond_timedwait(&keeper->wake, &keeper->mutex, &until) == 0) continue;
}

static void *keep(void *self) {
  rww_keeper *keeper = self;
  pthread_mutex_lock(&keeper->mutex);
  for (unsigned look = 1;; look++) {
    wait_for_look(keeper);
    if (keeper->stopping) break;
    if (is_ending && keeper->let_go) keeper->let_go(keeper->self);
    if (look % LOOKS_A_BEAT != 0) continue;
    if (keeper->lock) beat(keeper);
    if (keeper->dirty && rww_clock_s() - keeper->synced_s >= SYNC_S) sync_rows(keeper);
  }
  pthread_mutex_unlock(&keeper->mutex);
  return NULL;
}

/* Signals are for the main thread. */
static int start_thread(rww_keeper *keeper) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&keeper->thread, NULL, keep, keeper);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

rww_status rww_keeper_start(rww_lock *lock, rww_keeper **keeper) {
  rww_keeper *made;
  pthread_condattr_t clock;
  RWW_TRY(RWW_NEW(&made, 1));
  made->descriptor = -1;
  made->lock = lock;
  made->synced_s = rww_clock_s();
  pthread_mutex_init(&made->mutex, NULL);
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_cond_init(&made->wake, &clock);
  pthread_condattr_destroy(&clock);
  int error = start_thread(made);
  if (error == 0) {
    *keeper = made;
    return RWW_OK;
  }
  free(made);
  return rww_raise(RWW_ERR_SYSTEM, "no thread for the heartbeat: %s", strerror(error));
}

void rww_keeper_attach(rww_keeper *keeper, int descriptor, void (*let_go)(void *self), void *self) {
  rww_keeper_hold(keeper);
  keeper->descriptor = descriptor;
  keeper->let_go = let_go;
  keeper->self = self;
  rww_keeper_resume(keeper);
}

void rww_keeper_note_end(void) {
  is_ending = true;
}

void rww_keeper_hold(rww_keeper *keeper) {
  pthread_mutex_lock(&keeper->mutex);
}

void rww_keeper_resume(rww_keeper *keeper) {
  pthread_mutex_unlock(&keeper->mutex);
}

rww_status rww_keeper_note_write(rww_keeper *keeper, const char *path) {
  pthread_mutex_lock(&keeper->mutex);
  keeper->dirty = true;
  int error = keeper->sync_error;
  pthread_mutex_unlock(&keeper->mutex);
  if (error == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: could not be brought to the disk: %s", path, strerror(error));
}

void rww_keeper_stop(rww_keeper *keeper) {
  if (!keeper) return;
  pthread_mutex_lock(&keeper->mutex);
  keeper->stopping = true;
  pthread_cond_signal(&keeper->wake);
  pthread_mutex_unlock(&keeper->mutex);
  pthread_join(keeper->thread, NULL);
  pthread_cond_destroy(&keeper->wake);
  pthread_mutex_destroy(&keeper->mutex);
  free(keeper);
}
