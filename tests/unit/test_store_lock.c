/* One writer a file: who gets the lock, who is named, and whose place is taken. */
#include "store/lock.h"
#include "store_case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define PATIENCE_S 0.3

/* A file name in a directory of its own; the lock does not need the file. */
static const char *fresh_file(void) {
  static char path[128];
  const char *directory = case_directory();
  CHECK(mkdir(directory, 0777) == 0);
  snprintf(path, sizeof path, "%s/explore.h5", directory);
  return path;
}

static rww_status acquire(const char *file, rww_lock **lock) {
  return rww_lock_acquire(file, PATIENCE_S, lock);
}

/* A process that takes the lock, says so, and then waits to be ended. */
static pid_t start_owner(const char *file) {
  int said[2];
  char word = 0;
  CHECK(pipe(said) == 0);
  pid_t child = fork();
  if (child == 0) {
    rww_lock *lock;
    if (acquire(file, &lock) == RWW_OK) CHECK(write(said[1], "g", 1) == 1);
    for (;;) pause();
  }
  CHECK(read(said[0], &word, 1) == 1 && word == 'g');
  close(said[0]);
  close(said[1]);
  return child;
}

static void end_owner(pid_t child) {
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(waitpid(child, NULL, 0) == child);
}

/* A lock file as the process of another machine would leave it. */
static void write_lock_file(const char *file, const rww_owner *owner) {
  char path[256], text[RWW_OWNER_TEXT_SIZE];
  snprintf(path, sizeof path, "%s.lock", file);
  rww_owner_format(owner, text);
  FILE *stream = fopen(path, "w");
  fputs(text, stream);
  fclose(stream);
}

static rww_owner far_owner(void) {
  rww_owner owner;
  rww_owner_describe_self(&owner);
  strcpy(owner.host, "far-away");
  strcpy(owner.machine, "another/machine");
  return owner;
}

static void a_record_reads_back(void) {
  rww_owner owner = far_owner(), read;
  char text[RWW_OWNER_TEXT_SIZE];
  owner.beat = 12;
  rww_owner_format(&owner, text);
  CHECK(rww_owner_parse(text, &read));
  CHECK(strcmp(read.token, owner.token) == 0 && strcmp(read.host, "far-away") == 0 && read.pid == owner.pid);
  CHECK(read.start_ticks == owner.start_ticks && read.beat == 12);
  CHECK(!rww_owner_parse("token 12", &read));
}

static void a_lock_is_given_back(void) {
  const char *file = fresh_file();
  rww_lock *lock;
  for (int i = 0; i < 2; i++) {
    CHECK_OK(acquire(file, &lock));
    CHECK_OK(rww_lock_check(lock));
    rww_lock_release(lock);
  }
}

static void a_living_owner_is_named(void) {
  const char *file = fresh_file();
  pid_t owner = start_owner(file);
  rww_lock *lock;
  char name[64];
  CHECK(acquire(file, &lock) == RWW_ERR_LOCKED);
  snprintf(name, sizeof name, "process %ld on ", (long)owner);
  CHECK_MESSAGE(RWW_ERR_LOCKED, name);
  end_owner(owner);
}

static void a_stopped_owner_is_alive(void) {
  const char *file = fresh_file();
  pid_t owner = start_owner(file);
  rww_lock *lock;
  CHECK(kill(owner, SIGSTOP) == 0);
  CHECK(acquire(file, &lock) == RWW_ERR_LOCKED);
  end_owner(owner);
}

static void a_dead_owner_is_replaced(void) {
  const char *file = fresh_file();
  rww_lock *lock;
  end_owner(start_owner(file));
  CHECK_OK(acquire(file, &lock));
  rww_lock_release(lock);
}

static void an_owner_that_ended_and_was_not_reaped_is_dead(void) {
  const char *file = fresh_file();
  pid_t owner = start_owner(file);
  siginfo_t ended;
  rww_lock *lock;
  CHECK(kill(owner, SIGKILL) == 0);
  CHECK(waitid(P_PID, (id_t)owner, &ended, WEXITED | WNOWAIT) == 0);
  CHECK_OK(acquire(file, &lock));
  rww_lock_release(lock);
  CHECK(waitpid(owner, NULL, 0) == owner);
}

static void a_process_id_used_again_is_another_process(void) {
  const char *file = fresh_file();
  rww_owner owner;
  rww_lock *lock;
  rww_owner_describe_self(&owner);
  owner.start_ticks--;
  write_lock_file(file, &owner);
  CHECK_OK(acquire(file, &lock));
  rww_lock_release(lock);
}

static void a_far_owner_whose_heartbeat_rests_is_replaced(void) {
  const char *file = fresh_file();
  rww_owner owner = far_owner();
  rww_lock *lock;
  write_lock_file(file, &owner);
  CHECK_OK(acquire(file, &lock));
  rww_lock_release(lock);
}

static void a_far_owner_whose_heartbeat_goes_on_is_named(void) {
  const char *file = fresh_file();
  rww_owner owner = far_owner();
  rww_lock *lock;
  write_lock_file(file, &owner);
  pid_t child = fork();
  while (child == 0) {
    usleep(10000);
    owner.beat++;
    char path[256], text[RWW_OWNER_TEXT_SIZE];
    snprintf(path, sizeof path, "%s.lock", file);
    rww_owner_format(&owner, text);
    int descriptor = open(path, O_WRONLY);
    if (pwrite(descriptor, text, strlen(text), 0) < 0) _exit(1);
    close(descriptor);
  }
  CHECK(rww_lock_acquire(file, 1e9, &lock) == RWW_ERR_LOCKED);
  CHECK_MESSAGE(RWW_ERR_LOCKED, "far-away");
  end_owner(child);
}

static void an_earlier_start_of_the_same_slurm_job_is_replaced_at_once(void) {
  const char *file = fresh_file();
  rww_owner owner = far_owner();
  rww_lock *lock;
  strcpy(owner.job, "4711");
  owner.restarts = 0;
  write_lock_file(file, &owner);
  setenv("SLURM_JOB_ID", "4711", 1);
  setenv("SLURM_RESTART_COUNT", "1", 1);
  CHECK_OK(rww_lock_acquire(file, 1e9, &lock));
  rww_lock_release(lock);
  unsetenv("SLURM_JOB_ID");
  unsetenv("SLURM_RESTART_COUNT");
}

static void a_torn_record_is_replaced_when_it_stays_so(void) {
  const char *file = fresh_file();
  char path[256];
  rww_lock *lock;
  snprintf(path, sizeof path, "%s.lock", file);
  fclose(fopen(path, "w"));
  CHECK_OK(acquire(file, &lock));
  rww_lock_release(lock);
}

/* `n` processes that try in the same instant; how many got it. Whoever gets it keeps it until all have tried. */
static int count_winners(const char *file, int n) {
  int begin[2], result[2], winners = 0;
  CHECK(pipe(begin) == 0 && pipe(result) == 0);
  for (int i = 0; i < n; i++)
    if (fork() == 0) {
      rww_lock *lock;
      char word;
      close(begin[1]);
      if (read(begin[0], &word, 1) != 0) _exit(1); /* the end of the pipe is the signal */
      bool got = acquire(file, &lock) == RWW_OK;
      if (write(result[1], got ? "1" : "0", 1) != 1) _exit(1);
      for (;;) pause();
    }
  close(begin[0]);
  close(begin[1]);
  for (int i = 0; i < n; i++) {
    char word = 0;
    CHECK(read(result[0], &word, 1) == 1);
    winners += word == '1';
  }
  close(result[0]);
  close(result[1]);
  return winners;
}

static void end_all_children(void) {
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  signal(SIGTERM, SIG_DFL);
  while (wait(NULL) > 0) continue;
}

static void of_several_in_the_same_instant_one_gets_it(void) {
  for (int i = 0; i < 2; i++) {
    CHECK(count_winners(fresh_file(), 4) == 1);
    end_all_children();
  }
}

static void of_several_who_find_a_dead_owner_one_takes_its_place(void) {
  for (int i = 0; i < 2; i++) {
    const char *file = fresh_file();
    end_owner(start_owner(file));
    CHECK(count_winners(file, 4) == 1);
    end_all_children();
  }
}

static void who_has_lost_its_lock_may_not_write(void) {
  const char *directory = case_directory();
  rww_store *store = case_open(directory);
  CHECK_OK(case_write(store, 0, RWW_DONE));
  rww_owner other = far_owner();
  char file[256];
  snprintf(file, sizeof file, "%s/explore-0123456789abcdef.h5", directory);
  write_lock_file(file, &other);
  CHECK(case_write(store, 1, RWW_DONE) == RWW_ERR_LOCKED);
  CHECK_MESSAGE(RWW_ERR_LOCKED, "far-away");
  CHECK(rww_store_close(store) == RWW_ERR_LOCKED);
  CHECK(isnan(case_value(directory, "loss", 1)));
}

static void no_lock_is_left_behind(void) {
  const char *directory = case_finished();
  char path[256];
  snprintf(path, sizeof path, "%s/explore-0123456789abcdef.h5.lock", directory);
  CHECK(access(path, F_OK) != 0);
}

int main(void) {
  setpgid(0, 0); /* end_all_children ends this group alone */
  CHECK_OK(rww_comm_begin(&case_comm));
  a_record_reads_back();
  a_lock_is_given_back();
  a_living_owner_is_named();
  a_stopped_owner_is_alive();
  a_dead_owner_is_replaced();
  an_owner_that_ended_and_was_not_reaped_is_dead();
  a_process_id_used_again_is_another_process();
  a_far_owner_whose_heartbeat_rests_is_replaced();
  a_far_owner_whose_heartbeat_goes_on_is_named();
  an_earlier_start_of_the_same_slurm_job_is_replaced_at_once();
  a_torn_record_is_replaced_when_it_stays_so();
  of_several_in_the_same_instant_one_gets_it();
  of_several_who_find_a_dead_owner_one_takes_its_place();
  who_has_lost_its_lock_may_not_write();
  no_lock_is_left_behind();
  case_end();
  rww_comm_end(case_comm);
  return check_report();
}
