#include "store/lock.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* An owner may be just about to end: so long is waited for one that lives. */
#define GRACE_S 0.5
#define LOOK_S 0.05
#define LOOK_FOR_BEAT_S 2.5

struct rww_lock {
  const char *file; /* that is locked; borrowed */
  char *path;
  rww_owner self;
  int descriptor; /* of the lock file as this process made it; -1 where it has joined */
};

static rww_status create(const char *file, rww_lock **lock) {
  size_t size = strlen(file) + sizeof ".lock";
  RWW_TRY(RWW_NEW(lock, 1));
  (*lock)->file = file;
  (*lock)->descriptor = -1;
  RWW_TRY(RWW_NEW(&(*lock)->path, size));
  snprintf((*lock)->path, size, "%s.lock", file);
  return RWW_OK;
}

static void destroy(rww_lock *lock) {
  if (lock->descriptor >= 0) close(lock->descriptor);
  free(lock->path);
  free(lock);
}

/* What the lock file says now. *exists is false where there is none; a record that is no record (its owner is writing
 * it, or died over it) has an empty token. */
static rww_status read_owner(const char *path, rww_owner *owner, bool *exists) {
  char text[RWW_OWNER_TEXT_SIZE] = "";
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  *owner = (rww_owner){0};
  *exists = descriptor >= 0;
  if (descriptor < 0)
    return errno == ENOENT ? RWW_OK : rww_raise(RWW_ERR_OUTPUT, "%s: cannot be read: %s", path, strerror(errno));
  ssize_t n = pread(descriptor, text, sizeof text - 1, 0);
  close(descriptor);
  if (n < 0 || !rww_owner_parse(text, owner)) *owner = (rww_owner){0};
  return RWW_OK;
}

static rww_status write_record(const rww_lock *lock) {
  char text[RWW_OWNER_TEXT_SIZE];
  rww_owner_format(&lock->self, text);
  ssize_t n = (ssize_t)strlen(text);
  if (pwrite(lock->descriptor, text, (size_t)n, 0) == n) return RWW_OK;
  return rww_raise(RWW_ERR_OUTPUT, "%s: could not be written: %s", lock->path, strerror(errno));
}

/* The record in a file of this process alone, from where it gets the lock's name complete. */
static rww_status write_draft(rww_lock *lock, const char *draft) {
  lock->descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (lock->descriptor < 0)
    return rww_raise(RWW_ERR_OUTPUT, "%s: could not be created: %s", lock->path, strerror(errno));
  return write_record(lock);
}

static bool is_linked_twice(int descriptor) {
  struct stat info;
  return fstat(descriptor, &info) == 0 && info.st_nlink == 2; /* NFS may report a failure of a link that it made */
}

/* Exclusive creation: only one of those who try at the same time gets it. */
static rww_status try_create(rww_lock *lock, const char *draft, bool *got) {
  *got = link(draft, lock->path) == 0 || is_linked_twice(lock->descriptor);
  if (*got || errno == EEXIST) return RWW_OK;
  int descriptor = open(lock->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666); /* a file system without hard links */
  if (descriptor < 0 && errno == EEXIST) return RWW_OK;
  if (descriptor < 0) return rww_raise(RWW_ERR_OUTPUT, "%s: could not be created: %s", lock->path, strerror(errno));
  close(lock->descriptor);
  lock->descriptor = descriptor;
  *got = true;
  return write_record(lock);
}

/* Puts this process in a dead owner's place. Of several who found it dead, flock lets one at a time look again; where
 * it is not supported, the last one wins and the others see it in their next check, before they have written. */
static rww_status try_take_over(rww_lock *lock, const char *draft, const rww_owner *dead, bool *got) {
  rww_owner now;
  bool exists;
  int guard = open(lock->path, O_RDONLY | O_CLOEXEC);
  *got = false;
  if (guard < 0) return RWW_OK;
  rww_status status = RWW_OK;
  if (flock(guard, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    status = read_owner(lock->path, &now, &exists);
    if (status == RWW_OK && exists && strcmp(now.token, dead->token) == 0) {
      *got = rename(draft, lock->path) == 0;
      if (!*got) status = rww_raise(RWW_ERR_OUTPUT, "%s: could not be replaced: %s", lock->path, strerror(errno));
    }
  }
  close(guard);
  return *got ? rww_lock_check(lock) : status;
}

static rww_status raise_locked(const rww_lock *lock, const rww_owner *owner) {
  rww_text name = {0};
  rww_owner_name(owner, &name);
  rww_status status = rww_raise(RWW_ERR_LOCKED, "%s: is being written by %s; wait for it, or end it, and run again",
                                lock->file, name.chars);
  rww_text_free(&name);
  return status;
}

/* What a waiter knows of the owner that it watches. */
typedef struct rww_watch {
  rww_owner owner;
  double since_s;   /* when this owner was first seen */
  double resting_s; /* when its heartbeat was last seen to change */
  bool has_moved;
} rww_watch;

static void watch(rww_watch *watched, const rww_owner *owner) {
  double now_s = rww_clock_s();
  if (strcmp(watched->owner.token, owner->token) != 0 || watched->since_s == 0)
    *watched = (rww_watch){*owner, now_s, now_s, false};
  else if (watched->owner.beat != owner->beat) {
    watched->owner = *owner;
    watched->resting_s = now_s;
    watched->has_moved = true;
  }
}

static rww_life judge(const rww_lock *lock, const rww_watch *watched, double patience_s) {
  rww_life life = watched->owner.token[0] ? rww_owner_judge(&watched->owner, &lock->self) : RWW_UNKNOWN;
  if (life != RWW_UNKNOWN) return life;
  if (watched->has_moved) return RWW_ALIVE;
  return rww_clock_s() - watched->resting_s > patience_s ? RWW_DEAD : RWW_UNKNOWN;
}

static void nap(double s) {
  struct timespec time = {.tv_sec = (time_t)s, .tv_nsec = (long)(fmod(s, 1.0) * 1e9)};
  nanosleep(&time, NULL);
}

/* One look at the lock file: *got it, or wait and look again, or RWW_ERR_LOCKED. */
static rww_status look(rww_lock *lock, const char *draft, double patience_s, rww_watch *watched, bool *got) {
  rww_owner owner;
  bool exists;
  RWW_TRY(try_create(lock, draft, got));
  if (*got) return RWW_OK;
  RWW_TRY(read_owner(lock->path, &owner, &exists));
  if (!exists) return RWW_OK;
  watch(watched, &owner);
  rww_life life = judge(lock, watched, patience_s);
  if (life == RWW_DEAD) return try_take_over(lock, draft, &watched->owner, got);
  if (life == RWW_ALIVE && rww_clock_s() - watched->since_s > GRACE_S) return raise_locked(lock, &owner);
  nap(LOOK_S);
  return RWW_OK;
}

static void tell(const rww_lock *lock, const rww_watch *watched, double patience_s) {
  rww_text name = {0};
  rww_owner_name(&watched->owner, &name);
  if (judge(lock, watched, patience_s) == RWW_UNKNOWN)
    rww_log(RWW_LOG_INFO, "%s: is locked by %s; if its heartbeat rests for %g s, this job takes its place", lock->file,
            name.chars, patience_s);
  rww_text_free(&name);
}

static rww_status get(rww_lock *lock, const char *draft, double patience_s) {
  rww_watch watched = {0};
  bool got = false, told = false;
  while (!got) {
    RWW_TRY(look(lock, draft, patience_s, &watched, &got));
    if (!got && !told && watched.since_s > 0) tell(lock, &watched, patience_s);
    told = told || watched.since_s > 0;
  }
  return RWW_OK;
}

rww_status rww_lock_acquire(const char *file, double patience_s, rww_lock **lock) {
  rww_lock *made;
  rww_text draft = {0};
  RWW_TRY(create(file, &made));
  rww_owner_describe_self(&made->self);
  rww_text_add(&draft, "%s.%s", made->path, made->self.token);
  rww_status status = write_draft(made, draft.chars);
  if (status == RWW_OK) status = get(made, draft.chars, patience_s);
  unlink(draft.chars);
  rww_text_free(&draft);
  if (status == RWW_OK)
    *lock = made;
  else
    destroy(made);
  return status;
}

rww_status rww_lock_join(const char *file, const char token[RWW_TOKEN_SIZE], rww_lock **lock) {
  RWW_TRY(create(file, lock));
  memcpy((*lock)->self.token, token, RWW_TOKEN_SIZE);
  return RWW_OK;
}

const char *rww_lock_token(const rww_lock *lock) {
  return lock->self.token;
}

static bool is_own(const rww_lock *lock, const rww_owner *owner) {
  return strcmp(owner->token, lock->self.token) == 0;
}

rww_status rww_lock_check(const rww_lock *lock) {
  rww_owner owner;
  bool exists;
  RWW_TRY(read_owner(lock->path, &owner, &exists));
  if (exists && is_own(lock, &owner)) return RWW_OK;
  if (exists) return rww_raise_context(raise_locked(lock, &owner), "this job has lost its lock: ");
  return rww_raise(RWW_ERR_LOCKED, "%s: was removed while this job ran, so that it may not write any more; run again",
                   lock->path);
}

/* An owner elsewhere lives if its heartbeat goes on, which is one a second. */
static rww_status look_for_beat(const rww_lock *lock, const rww_owner *owner, rww_life *life) {
  double begin_s = rww_clock_s();
  rww_owner now = *owner;
  bool exists = true;
  while (exists && now.beat == owner->beat && rww_clock_s() - begin_s < LOOK_FOR_BEAT_S) {
    nap(LOOK_S);
    RWW_TRY(read_owner(lock->path, &now, &exists));
  }
  if (now.beat != owner->beat) *life = RWW_ALIVE;
  return RWW_OK;
}

rww_status rww_lock_look(const char *file, bool *held, rww_owner *owner, rww_life *life) {
  rww_lock *lock;
  RWW_TRY(create(file, &lock));
  rww_owner_describe_self(&lock->self);
  rww_status status = read_owner(lock->path, owner, held);
  *life = *held ? rww_owner_judge(owner, &lock->self) : RWW_DEAD;
  if (status == RWW_OK && *life == RWW_UNKNOWN) status = look_for_beat(lock, owner, life);
  destroy(lock);
  return status;
}

void rww_lock_beat(rww_lock *lock) {
  char text[RWW_OWNER_TEXT_SIZE];
  lock->self.beat++;
  rww_owner_format(&lock->self, text);
  size_t at = rww_owner_beat_offset(text), n = strlen(text) - at;
  if (pwrite(lock->descriptor, text + at, n, (off_t)at) != (ssize_t)n || fdatasync(lock->descriptor) != 0)
    rww_log(RWW_LOG_DEBUG, "%s: no heartbeat: %s", lock->path, strerror(errno));
}

/* A lock that is lost is no error here: its message would take the place of that which ended the job. */
void rww_lock_release(rww_lock *lock) {
  rww_owner owner;
  bool exists;
  if (!lock) return;
  if (lock->descriptor >= 0 && read_owner(lock->path, &owner, &exists) == RWW_OK && is_own(lock, &owner))
    unlink(lock->path);
  destroy(lock);
}
