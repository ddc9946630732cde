/** @file
 *  The command line: one table of commands and one of options, from which parsing and help come. */
#ifndef RWW_APP_OPTIONS_H
#define RWW_APP_OPTIONS_H

#include "base/log.h"
#include "config/config.h"
#include "plan/shard.h"
#include <stdbool.h>

typedef enum rww_progress_style {
  RWW_PROGRESS_AUTO, /* a bar on a terminal, lines otherwise */
  RWW_PROGRESS_BAR,
  RWW_PROGRESS_LINE,
  RWW_PROGRESS_NONE
} rww_progress_style;

/** The command line, read. Strings point into argv. */
typedef struct rww_options {
  const struct rww_command *command;
  const char **paths; /* [n_paths], what follows the command */
  size_t n_paths;
  rww_override *overrides; /* [n_overrides], of --set */
  size_t n_overrides;
  const char *output, *stage, *redo, *backend, *format;
  rww_progress_style progress;
  rww_log_level log_level;
  double max_time_s; /* infinite: no limit */
  bool asks_slurm;   /* for max_time_s: --max-time auto */
  double silence_s;  /* after which a rank that holds work and says nothing is named */
  rww_shard shard;   /* to run alone; all zero: everything */
  bool wait;         /* for a start that is not finished */
  bool partial;      /* merge: what there is */
  size_t n_ranks;    /* of plan; 0: not given */
  size_t n_best;     /* rows that best prints; 0: as many as it thinks fit */
  bool explain, help, version;
  int slow_rank; /* RWWSWEEP_SLOW_RANK, for tests; -1: none */
} rww_options;

typedef struct rww_command {
  const char *name, *arguments, *help;
  size_t min_paths, max_paths;
  RWW_MUST_CHECK rww_status (*run)(const rww_options *options);
} rww_command;

/** Reads argv. A first argument that is no command is a configuration to run.
 *  Errors: RWW_ERR_USAGE with the nearest valid name. */
RWW_MUST_CHECK rww_status rww_options_parse(int argc, char **argv, const rww_command *commands, size_t n_commands,
                                            rww_options *options);
void rww_options_free(rww_options *options);

void rww_options_print_help(const rww_command *commands, size_t n_commands);

#endif
