#include "store/owner.h"

#include "base/clock.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* First line of a small file, without its newline; false where it cannot be read. */
static bool read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "r");
  if (!file) return false;
  bool done = fgets(line, size, file) != NULL;
  fclose(file);
  if (done) line[strcspn(line, "\n")] = 0;
  return done;
}

static void describe_machine(char machine[128]) {
  char boot[64], space[64];
  ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
  if (n > 0 && read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
    snprintf(machine, 128, "%s/%.*s", boot, (int)n, space);
  else
    strcpy(machine, "-");
}

/* When a living process started: field 22 of /proc/<pid>/stat, counted behind the command's name, which may hold
 * anything. 0 where there is none, or only what an ended one leaves until its parent looks (field 3 is Z or X). */
static uint64_t find_start(long pid) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  if (!read_line(path, line, sizeof line)) return 0;
  char *at = strrchr(line, ')');
  if (!at || strchr("ZX", at[2])) return 0;
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at, NULL, 10) : 0;
}

static void draw_token(char token[RWW_TOKEN_SIZE]) {
  unsigned char bytes[16];
  uint64_t seed[2] = {(uint64_t)getpid(), (uint64_t)(rww_clock_utc_s() * 1e9)};
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) memcpy(bytes, seed, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++) snprintf(token + 2 * i, 3, "%02x", bytes[i]);
}

void rww_owner_describe_self(rww_owner *owner) {
  const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
  *owner = (rww_owner){.pid = (long)getpid()};
  draw_token(owner->token);
  if (gethostname(owner->host, sizeof owner->host - 1) != 0 || !owner->host[0]) strcpy(owner->host, "-");
  describe_machine(owner->machine);
  owner->start_ticks = find_start(owner->pid);
  snprintf(owner->job, sizeof owner->job, "%s", job && job[0] ? job : "-");
  owner->restarts = restarts ? strtol(restarts, NULL, 10) : 0;
  rww_clock_format(rww_clock_utc_s(), owner->since);
}

void rww_owner_format(const rww_owner *owner, char text[RWW_OWNER_TEXT_SIZE]) {
  snprintf(text, RWW_OWNER_TEXT_SIZE,
           "token %s\nhost %s\nmachine %s\nprocess %ld %" PRIu64 "\njob %s %ld\nsince %s\nbeat %020" PRIu64 "\n",
           owner->token, owner->host, owner->machine, owner->pid, owner->start_ticks, owner->job, owner->restarts,
           owner->since, owner->beat);
}

bool rww_owner_parse(const char *text, rww_owner *owner) {
  *owner = (rww_owner){0};
  return sscanf(text,
                "token %32s host %255s machine %127s process %ld %" SCNu64 " job %63s %ld since %31s beat %" SCNu64,
                owner->token, owner->host, owner->machine, &owner->pid, &owner->start_ticks, owner->job,
                &owner->restarts, owner->since, &owner->beat) == 9;
}

void rww_owner_name(const rww_owner *owner, rww_text *text) {
  if (!owner->token[0]) {
    rww_text_add(text, "a job that has not said who it is");
    return;
  }
  rww_text_add(text, "process %ld on %s", owner->pid, owner->host);
  if (strcmp(owner->job, "-") != 0) rww_text_add(text, " of Slurm job %s", owner->job);
  rww_text_add(text, ", since %s", owner->since);
}

size_t rww_owner_beat_offset(const char *text) {
  const char *at = strstr(text, "\nbeat ");
  return at ? (size_t)(at + 1 - text) : strlen(text);
}

rww_life rww_owner_judge(const rww_owner *owner, const rww_owner *self) {
  if (strcmp(owner->job, "-") != 0 && strcmp(owner->job, self->job) == 0 && owner->restarts < self->restarts)
    return RWW_DEAD;
  if (strcmp(owner->machine, "-") == 0 || strcmp(owner->machine, self->machine) != 0) return RWW_UNKNOWN;
  return find_start(owner->pid) == owner->start_ticks ? RWW_ALIVE : RWW_DEAD;
}
