#include "app/commands.h"
#include "app/conclude.h"
#include "app/version.h"
#include "base/log.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rww_command commands[] = {
    {"run", "CONFIG", "run every stage (what a file name alone means)", 1, 1, rww_command_run},
    {"init", "", "a complete, commented configuration on stdout", 0, 0, rww_command_init},
    {"check", "CONFIG", "configuration and data, with every problem at once", 1, 1, rww_command_check},
    {"plan", "CONFIG", "what a run would take: points, memory, time, disk", 1, 1, rww_command_plan},
    {"status", "PATH", "progress, rate and time left, from another shell", 1, 1, rww_command_status},
    {"best", "PATH", "the points and restarts with the smallest losses", 1, 1, rww_command_best},
    {"diff", "PATH PATH", "what differs between two results", 2, 2, rww_command_diff},
    {"verify", "PATH", "every byte of a result against its checksum", 1, 1, rww_command_verify},
    {"merge", "PATH ...", "one result of the files of its shards", 1, SIZE_MAX, rww_command_merge},
    {"hash", "CONFIG", "the keys of its results; --explain: what they mean", 1, 1, rww_command_hash},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

static rww_status run(int argc, char **argv, rww_options *options) {
  RWW_TRY(rww_options_parse(argc, argv, commands, N_COMMANDS, options));
  rww_log_configure(options->log_level, 0);
  if (options->help)
    rww_options_print_help(commands, N_COMMANDS);
  else if (options->version)
    return rww_version_print(options->backend);
  else
    return options->command->run(options);
  return RWW_OK;
}

/* By itself glibc raises the size from which on a freed block goes back to the system, to that of the largest block
 * that was ever freed: a rank would then hold the noise of stages that are over, more or less of it as the order of
 * small blocks between them has it, and nobody could foretell its memory. Setting the size keeps it. */
static void return_what_is_freed(void) {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

int main(int argc, char **argv) {
  rww_options options;
  return_what_is_freed();
  rww_status status = rww_conclude(run(argc, argv, &options));
  rww_options_free(&options);
  return rww_status_exit(status);
}
