#include "app/options.h"

#include "base/memory.h"
#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef rww_status (*option_setter)(rww_options *options, char *value);

typedef struct option {
  const char *name, *argument; /* argument NULL: takes none */
  const char *command;         /* that it is for; NULL: for several */
  const char *help;
  option_setter set;
} option;

static rww_status set_set(rww_options *options, char *value) {
  char *equals = strchr(value, '=');
  if (!equals || equals == value)
    return rww_raise(RWW_ERR_USAGE, "--set %s: expected PATH=VALUE, for instance --set coupling.a=0.3", value);
  *equals = 0;
  options->overrides[options->n_overrides++] = (rww_override){value, equals + 1};
  return RWW_OK;
}

#define TEXT_SETTER(field)                                                                                             \
  static rww_status set_##field(rww_options *options, char *value) {                                                   \
    options->field = value;                                                                                            \
    return RWW_OK;                                                                                                     \
  }
TEXT_SETTER(output)
TEXT_SETTER(stage)
TEXT_SETTER(redo)
TEXT_SETTER(backend)
TEXT_SETTER(format)

static rww_status set_log_level(rww_options *options, char *value) {
  return rww_log_level_parse(value, &options->log_level);
}

static rww_status set_progress(rww_options *options, char *value) {
  static const char *const names[] = {"auto", "bar", "line", "none"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(value, names[i]) == 0) {
      options->progress = (rww_progress_style)i;
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_USAGE, "--progress %s: expected auto, bar, line or none", value);
}

/* Seconds, or a number with s, min, h or d behind it. */
static rww_status parse_duration_s(const char *name, const char *value, double *seconds) {
  static const struct {
    const char *name;
    double s;
  } units[] = {{"", 1}, {"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  char *end;
  double number = strtod(value, &end);
  for (size_t i = 0; end != value && i < sizeof units / sizeof *units; i++)
    if (strcmp(end, units[i].name) == 0 && number > 0) {
      *seconds = number * units[i].s;
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_USAGE, "%s %s: expected seconds, or a number with s, min, h or d (1.5h)", name, value);
}

static rww_status set_max_time(rww_options *options, char *value) {
  options->asks_slurm = strcmp(value, "auto") == 0;
  return options->asks_slurm ? RWW_OK : parse_duration_s("--max-time", value, &options->max_time_s);
}

static rww_status set_silence(rww_options *options, char *value) {
  return parse_duration_s("--silence", value, &options->silence_s);
}

static rww_status parse_count(const char *name, const char *value, size_t *count) {
  char *end;
  unsigned long long number = strtoull(value, &end, 10);
  if (end == value || *end != 0 || value[0] == '-' || number == 0 || number > 1000000000ULL)
    return rww_raise(RWW_ERR_USAGE, "%s %s: expected a whole number from 1", name, value);
  *count = number;
  return RWW_OK;
}

static rww_status set_ranks(rww_options *options, char *value) {
  return parse_count("-n", value, &options->n_ranks);
}

static rww_status set_top(rww_options *options, char *value) {
  return parse_count("--top", value, &options->n_best);
}

static rww_status set_shard(rww_options *options, char *value) {
  return rww_shard_parse(value, &options->shard);
}

#define FLAG_SETTER(field)                                                                                             \
  static rww_status set_##field(rww_options *options, char *value) {                                                   \
    (void)value;                                                                                                       \
    options->field = true;                                                                                             \
    return RWW_OK;                                                                                                     \
  }
FLAG_SETTER(explain)
FLAG_SETTER(partial)
FLAG_SETTER(wait)
FLAG_SETTER(help)
FLAG_SETTER(version)

static const option options_table[] = {
    {"--set", "PATH=VALUE", NULL, "change a setting (may be given several times)", set_set},
    {"--output", "DIR", NULL, "directory of the results, instead of output.directory", set_output},
    {"--stage", "NAME", NULL, "run one stage: simulate, explore, a fit or evaluate", set_stage},
    {"--redo", "STAGE", NULL, "compute a stage again, and what builds on it", set_redo},
    {"--shard", "I/N", NULL, "compute the I-th of N parts into files of its own", set_shard},
    {"--wait", NULL, NULL, "wait for what a fit starts from, of another job", set_wait},
    {"--backend", "NAME", NULL, "auto, reference, generic, avx2, avx512 or neon", set_backend},
    {"--max-time", "TIME", NULL, "stop with 75 after TIME (90, 1.5h; auto: Slurm's)", set_max_time},
    {"--silence", "TIME", NULL, "name a rank that says nothing for so long (10min)", set_silence},
    {"--progress", "STYLE", NULL, "auto, bar, line or none", set_progress},
    {"--log-level", "LEVEL", NULL, "error, warning, info or debug", set_log_level},
    {"-n", "RANKS", "plan", "for so many ranks", set_ranks},
    {"--top", "N", "best", "so many points, restarts (10) or sets (all)", set_top},
    {"--format", "FORMAT", "best", "table, csv or json", set_format},
    {"--partial", NULL, "merge", "what there is, though rows are left", set_partial},
    {"--explain", NULL, "hash", "print the text that is hashed", set_explain},
    {"--version", NULL, NULL, "versions of the program and its libraries", set_version},
    {"--help", NULL, NULL, "this text", set_help},
};
#define N_OPTIONS (sizeof options_table / sizeof *options_table)

static rww_status raise_unknown_option(const char *name) {
  const char *names[N_OPTIONS];
  for (size_t i = 0; i < N_OPTIONS; i++) names[i] = options_table[i].name;
  const char *nearest = rww_text_nearest(name, names, N_OPTIONS);
  return rww_raise(RWW_ERR_USAGE, "%s: unknown option%s%s%s; rwwsweep --help lists them", name,
                   nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

/* "--name=value" or "--name value"; *used counts the arguments taken, given[] notes what was there. */
static rww_status parse_option(char **argv, rww_options *options, int *used, bool *given) {
  size_t length = strcspn(argv[0], "=");
  for (size_t i = 0; i < N_OPTIONS; i++) {
    const option *row = &options_table[i];
    if (strlen(row->name) != length || strncmp(row->name, argv[0], length) != 0) continue;
    bool attached = argv[0][length] == '=';
    *used = row->argument && !attached ? 2 : 1;
    given[i] = true;
    if (!row->argument && attached) return rww_raise(RWW_ERR_USAGE, "%s takes no value", row->name);
    if (row->argument && !attached && argv[1] == NULL)
      return rww_raise(RWW_ERR_USAGE, "%s: expected %s behind it", row->name, row->argument);
    return row->set(options, attached ? argv[0] + length + 1 : argv[1]);
  }
  return raise_unknown_option(argv[0]);
}

static const rww_command *find_command(const char *name, const rww_command *commands, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

static rww_status check_options(const rww_options *options, const bool *given) {
  for (size_t i = 0; i < N_OPTIONS; i++) {
    const option *row = &options_table[i];
    if (given[i] && row->command && strcmp(row->command, options->command->name) != 0)
      return rww_raise(RWW_ERR_USAGE, "%s: is an option of `rwwsweep %s`, not of `rwwsweep %s`", row->name,
                       row->command, options->command->name);
  }
  return RWW_OK;
}

static rww_status check_paths(const rww_options *options) {
  const rww_command *command = options->command;
  if (options->n_paths >= command->min_paths && options->n_paths <= command->max_paths) return RWW_OK;
  return rww_raise(RWW_ERR_USAGE, "usage: rwwsweep %s %s", command->name, command->arguments);
}

/* The first word is a command, or else a configuration to run. */
static void take_word(const char *word, const rww_command *commands, size_t n_commands, rww_options *options) {
  if (!options->command) {
    options->command = find_command(word, commands, n_commands);
    if (options->command) return;
    options->command = find_command("run", commands, n_commands);
  }
  options->paths[options->n_paths++] = word;
}

rww_status rww_options_parse(int argc, char **argv, const rww_command *commands, size_t n_commands,
                             rww_options *options) {
  const char *slow_rank = getenv("RWWSWEEP_SLOW_RANK");
  bool given[N_OPTIONS] = {0};
  *options = (rww_options){.backend = "auto", .format = "table", .log_level = RWW_LOG_INFO, .max_time_s = INFINITY};
  options->silence_s = 600;
  options->slow_rank = slow_rank ? atoi(slow_rank) : -1;
  RWW_TRY(RWW_NEW(&options->paths, (size_t)argc + 1));
  RWW_TRY(RWW_NEW(&options->overrides, (size_t)argc + 1));
  for (int i = 1, used = 1; i < argc; i += used, used = 1) {
    if (argv[i][0] == '-' && argv[i][1] != 0)
      RWW_TRY(parse_option(argv + i, options, &used, given));
    else
      take_word(argv[i], commands, n_commands, options);
  }
  if (options->help || options->version) return RWW_OK;
  if (!options->command)
    return rww_raise(RWW_ERR_USAGE, "a command or a configuration is missing; rwwsweep --help lists the commands");
  RWW_TRY(check_options(options, given));
  return check_paths(options);
}

void rww_options_free(rww_options *options) {
  free(options->overrides);
  free(options->paths);
}

void rww_options_print_help(const rww_command *commands, size_t n_commands) {
  puts("rwwsweep: parameter sweeps of whole-brain Reduced Wong-Wang models\n\n"
       "  rwwsweep CONFIG.yaml               in one process\n"
       "  mpirun -n 8 rwwsweep CONFIG.yaml   on eight ranks\n\nCommands:");
  for (size_t i = 0; i < n_commands; i++) {
    char usage[80];
    snprintf(usage, sizeof usage, "%s %s", commands[i].name, commands[i].arguments);
    printf("  %-24s %s\n", usage, commands[i].help);
  }
  puts("\nPATH is a result file, a directory of results, or the configuration.\n\nOptions:");
  for (size_t i = 0; i < N_OPTIONS; i++) {
    char usage[80];
    const option *row = &options_table[i];
    snprintf(usage, sizeof usage, "%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    printf("  %-24s %s%s%s\n", usage, row->command ? row->command : "", row->command ? ": " : "", row->help);
  }
  puts("\nExit status: 0 done; 1 failed; 2 command line, configuration or something that\n"
       "they name is wrong; 75 stopped early, run again to go on.\n"
       "Signals: USR1 lets the points in flight finish, stores them and ends with 75;\n"
       "TERM and INT end as fast as they can.");
}
