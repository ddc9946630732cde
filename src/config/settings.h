/** @file
 *  The settings table: the one place that knows a setting. Reader, checks, template, canonical text and help come from
 *  its rows. */
#ifndef RWW_CONFIG_SETTINGS_H
#define RWW_CONFIG_SETTINGS_H

#include "config/config.h"
#include "config/node.h"

typedef enum rww_setting_type {
  RWW_SECTION,        /* a mapping with settings of its own; has a row only for its help */
  RWW_BOOL,           /* bool */
  RWW_COUNT,          /* uint64_t */
  RWW_REAL,           /* double */
  RWW_TEXT,           /* char * */
  RWW_PATH,           /* rww_path */
  RWW_NAME,           /* char *, one of names */
  RWW_CHOICE,         /* enum or bool: index of one of names */
  RWW_FLAGS,          /* list of names; a bool for each, one behind the other */
  RWW_VALUE,          /* rww_values: one number for all nodes */
  RWW_VALUES,         /* rww_values: a number, a list with a value a node, or {file: ...} */
  RWW_PARAMETER_NAME, /* rww_parameter */
  RWW_COORDINATES,    /* rww_axis_config: the list of an axis' values */
  RWW_TARGET_SET,     /* rww_target_config: mapping of parameters to values, in place of the base's */
  RWW_START,          /* rww_fit_start: a stage's name, or a mapping of parameters to values */
  RWW_FREE,           /* rww_fit_config: mapping of parameters to global or regional */
  RWW_BOUNDS,         /* rww_fit_config: mapping of free parameters to [low, high] */
  RWW_SEEDS,          /* rww_seeds_config: list of seeds, or blocks of them */
  RWW_SEED_LIST,      /* rww_seeds_config: list of seeds */
  RWW_SEQUENCE,       /* list of mappings; rows with [] describe an item */
  RWW_N_SETTING_TYPES
} rww_setting_type;

/* In which stages' meaning a setting enters. */
#define RWW_KEYED_SIMULATE (1u << RWW_MEANING_SIMULATE)
#define RWW_KEYED_EXPLORE (1u << RWW_MEANING_EXPLORE)
#define RWW_KEYED_FIT (1u << RWW_MEANING_FIT)
#define RWW_KEYED_RUNS (RWW_KEYED_SIMULATE | 1u << RWW_MEANING_POINT | RWW_KEYED_EXPLORE)
#define RWW_KEYED_EVALUATE (1u << RWW_MEANING_EVALUATE)
#define RWW_KEYED (RWW_KEYED_RUNS | RWW_KEYED_FIT | RWW_KEYED_EVALUATE)

#define RWW_N_SEMANTICS 3

struct rww_reader;

typedef struct rww_setting {
  const char *path; /* explore.axes[].low: of each item of explore.axes */
  rww_setting_type type;
  const char *unit;                 /* NULL: none */
  const char *def[RWW_N_SEMANTICS]; /* default as YAML; the first, where a semantics has none of its own; NULL: none */
  bool required;
  bool short_form;          /* a section of weights: the name of one of them stands for it alone, with weight 1 */
  const char *const *names; /* ends with NULL */
  double minimum;
  bool may_be_infinite;
  const char *(*check)(double value); /* what is expected instead, or NULL where the value is possible */
  unsigned keyed;
  const char *example; /* in the template where there is no default; items of a sequence end with newlines */
  bool commented;      /* behind a # in the template: goes with settings that it does not use */
  const char *help;
  size_t offset, size; /* of the field in rww_config, or in an item */
  struct {             /* of a sequence; `offset` is that of the pointer to its items */
    size_t size, n_offset;
    const char *key; /* setting by whose value --set addresses an item */
    rww_status (*finish)(struct rww_reader *reader, const rww_node *node, void *item);
  } item;
} rww_setting;

extern const rww_setting rww_settings[];
extern const size_t rww_n_settings;
extern const char *const rww_semantics_names[]; /* in the order of a row's defaults; ends with NULL */

/** The row of `path`, or NULL. */
const rww_setting *rww_setting_find(const char *path);

/** Whether settings lie below `path`. */
bool rww_setting_is_section(const char *path);

#define RWW_SETTING_NAME_SIZE 32
/** The name right below `prefix` ("" or with its last dot) that `row` is the first to bring: "step_size" for
 *  integration.step_size below "integration.". False where there is none or an earlier row brought it. */
bool rww_setting_name_below(const rww_setting *row, const char *prefix, char name[RWW_SETTING_NAME_SIZE]);

/** Whether `row` lies below `prefix` in the same struct (not in an item of a sequence below it). */
bool rww_setting_is_of(const rww_setting *row, const char *prefix);

/** "explore.axes[]." for explore.axes: the prefix of an item's rows. */
void rww_setting_item_prefix(const rww_setting *setting, rww_text *prefix);

#endif
