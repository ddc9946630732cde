#include "app/slurm.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_MARGIN 0.1 /* of the time left, ... */
#define MARGIN_S 60.0    /* ... as long as that is less */

/* Slurm writes [days-][[hours:]minutes:]seconds. */
static bool parse_time_left(const char *text, double *left_s) {
  unsigned days = 0, part[3] = {0};
  const char *clock = strchr(text, '-');
  if (clock && sscanf(text, "%u-", &days) != 1) return false;
  int n = sscanf(clock ? clock + 1 : text, "%u:%u:%u", &part[0], &part[1], &part[2]);
  *left_s = 0;
  for (int i = 0; i < n; i++) *left_s = 60 * *left_s + part[i];
  *left_s += 86400.0 * days;
  return n >= 2;
}

/* The job's number alone goes to the shell. */
static const char *find_job(void) {
  const char *job = getenv("SLURM_JOB_ID");
  return job && *job && job[strspn(job, "0123456789")] == 0 ? job : NULL;
}

static rww_status ask_squeue(const char *job, char *answer, int size) {
  char command[128];
  snprintf(command, sizeof command, "squeue --noheader --jobs=%s --format=%%L", job);
  FILE *squeue = popen(command, "r");
  bool told = squeue && fgets(answer, size, squeue);
  if (squeue && pclose(squeue) != 0) told = false;
  if (!told)
    return rww_raise(RWW_ERR_USAGE, "--max-time auto: `%s` does not tell the time left; expected a time such as 1.5h",
                     command);
  answer[strcspn(answer, " \n")] = 0;
  return RWW_OK;
}

rww_status rww_slurm_find_max_time(double *max_time_s) {
  char answer[64] = "";
  const char *job = find_job();
  double left_s = 0;
  if (!job)
    return rww_raise(RWW_ERR_USAGE, "--max-time auto: this is no job of Slurm (SLURM_JOB_ID is not set); expected a "
                                    "time such as 1.5h");
  RWW_TRY(ask_squeue(job, answer, sizeof answer));
  *max_time_s = INFINITY;
  if (strcmp(answer, "UNLIMITED") == 0) return RWW_OK;
  if (!parse_time_left(answer, &left_s))
    return rww_raise(RWW_ERR_USAGE, "--max-time auto: squeue says that %s is left; expected a time", answer);
  *max_time_s = left_s - fmin(MARGIN_S, LEAST_MARGIN * left_s);
  return RWW_OK;
}
