/** @file
 *  Who owns a lock: the record in a lock file, and what can be told of its owner from here. */
#ifndef RWW_STORE_OWNER_H
#define RWW_STORE_OWNER_H

#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RWW_TOKEN_SIZE 33 /* 32 hexadecimal digits and the final zero */

typedef struct rww_owner {
  char token[RWW_TOKEN_SIZE]; /* random: another owner has another */
  char host[256];
  char machine[128];    /* boot and process namespace: the same where process ids mean the same; "-" where unknown */
  long pid;             /* of rank 0 */
  uint64_t start_ticks; /* when the process started, so that a process id used again is another process */
  char job[64];         /* of Slurm; "-" outside */
  long restarts;        /* how often Slurm has started this job again */
  char since[32];
  uint64_t beat; /* goes up while the owner lives */
} rww_owner;

/** This process, with a new token. */
void rww_owner_describe_self(rww_owner *owner);

#define RWW_OWNER_TEXT_SIZE 1024
/** The record as text, the beat in its last, fixed-width line, and back; false where the text is none. */
void rww_owner_format(const rww_owner *owner, char text[RWW_OWNER_TEXT_SIZE]);
bool rww_owner_parse(const char *text, rww_owner *owner);

/** Adds "process 12 on h1 of Slurm job 7, since ...". */
void rww_owner_name(const rww_owner *owner, rww_text *text);

/** Where in the text the beat's line begins. */
size_t rww_owner_beat_offset(const char *text);

typedef enum rww_life { RWW_DEAD, RWW_ALIVE, RWW_UNKNOWN } rww_life;

/** Whether the owner lives, as far as `self` can tell at once: its process where both are on one machine (stopped is
 *  alive), and never an earlier incarnation of the same Slurm job. Unknown: its heartbeat must be watched. */
rww_life rww_owner_judge(const rww_owner *owner, const rww_owner *self);

#endif
