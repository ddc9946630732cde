/** @file
 *  The configuration, checked and with its defaults filled in. Each module takes its own section.
 *  Every field is bound to a row of the settings table (settings.c), the one place that knows a setting. */
#ifndef RWW_CONFIG_CONFIG_H
#define RWW_CONFIG_CONFIG_H

#include "base/problems.h"
#include "base/text.h"
#include "config/parameter.h"

/** Interim period to which the signal is averaged before the HRF, and the history of the BOLD monitor. */
#define RWW_INTERIM_PERIOD_MS 4.0
#define RWW_BOLD_HISTORY_MS 20000.0

typedef enum rww_precision { RWW_FLOAT64, RWW_FLOAT32 } rww_precision;
typedef enum rww_normalization {
  RWW_NORMALIZE_NONE,
  RWW_NORMALIZE_MAX,
  RWW_NORMALIZE_SUM,
  RWW_NORMALIZE_ROW_SUM
} rww_normalization;

/** A file that the configuration names, and where it does. */
typedef struct rww_path {
  char *name; /* joined with the configuration's directory; NULL where not given */
  rww_place place;
} rww_path;

/** Where the weights of this problem came from and how they are used. Strings are NULL where not given.
 *  Exactly one of file and generator.name is given. */
typedef struct rww_connectivity_config {
  rww_path file;          /* HDF5 (weights, tract_lengths, region_labels) or delimited text (weights) */
  rww_path tract_lengths; /* delimited text; only beside a text file of weights */
  struct {
    char *name; /* "two-hemispheres" or NULL */
    uint64_t n_nodes, seed;
  } generator;
  rww_normalization normalize;
  bool allow_negative;
  double conduction_speed_mm_per_ms; /* infinite: no delays */
} rww_connectivity_config;

/** The target FC: a file, or a simulation of the connectome at known parameters, or none (neither given). */
typedef struct rww_target_config {
  rww_path file; /* HDF5 or delimited text */
  char *dataset; /* in an HDF5 file; "fc" by default */
  struct {
    bool given;
    rww_parameter_set set; /* base parameters with those given here put in their place; its own seed */
  } simulate;
} rww_target_config;

/** Which index of x ends the window of sample m = 1, 2, ... (q = period / interim period): m*q - 2, (m-1)*q - 1 or
 *  m*q - 1. */
typedef enum rww_bold_sample { RWW_SAMPLE_TVBO, RWW_SAMPLE_START, RWW_SAMPLE_END } rww_bold_sample;

/** Semantics of the published workflow's versions (NUMERICS, "Variants"): the name is a preset of these five and of
 *  the seed; each is a setting of its own that wins over it. */
typedef struct rww_semantics {
  char *name;
  bool corrector_coupling_of_predictor; /* coupling in the corrector: of P, else of S_t */
  bool clip;                            /* to [0, 1] in predictor and corrector */
  bool hrf_spread;                      /* taps h(20 i/4999 s), else h(0.004 i) */
  bool bold_input_late;                 /* x[t] is the state after step t+2, the last one twice; else after step t+1 */
  rww_bold_sample bold_sample;
} rww_semantics;

typedef struct rww_integration_config {
  char *method; /* "Heun" */
  double step_size_ms, duration_ms;
  rww_precision noise_dtype;
} rww_integration_config;

typedef struct rww_monitors_config {
  double raw_last_ms; /* of the base run's trace that is kept; 0: none */
  double bold_period_ms;
} rww_monitors_config;

/** Weights of rmse and of 1 - fc_corr in the loss. */
typedef struct rww_loss_weights {
  double rmse, fc_corr;
} rww_loss_weights;

typedef struct rww_observation_config {
  uint64_t fc_skip; /* first BOLD samples dropped */
  rww_target_config target;
  rww_loss_weights loss;
} rww_observation_config;

typedef enum rww_scale { RWW_SCALE_LINEAR, RWW_SCALE_LOG } rww_scale;

/** One axis as written: low, high, n and scale, or a list of values (then n is its length, low and high its extremes).
 *  For noise.seed the values are integers: `seeds` [n] holds them and `values` is NULL; low/high/n of seeds are
 * expanded by the reader. */
typedef struct rww_axis_config {
  rww_parameter parameter;
  rww_scale scale;
  double low, high;
  size_t n;
  double *values;  /* [n] or NULL */
  uint64_t *seeds; /* [n] or NULL */
  int line;
} rww_axis_config;

typedef struct rww_explore_config {
  size_t n_axes; /* 0: no exploration */
  rww_axis_config *axes;
  bool keep_fc, keep_bold;
} rww_explore_config;

typedef enum rww_rate_schedule { RWW_RATE_CONSTANT, RWW_RATE_EXPONENTIAL, RWW_RATE_COSINE } rww_rate_schedule;

typedef struct rww_optimizer_config {
  char *name; /* "adam" */
  double learning_rate, b1, b2, eps;
  rww_rate_schedule schedule; /* of the learning rate, over the steps of the fit */
  double decay;               /* exponential: what is left of the learning rate at the end, as a fraction */
  double clip_norm;           /* of the gradient's Euclidean norm; infinite: none */
} rww_optimizer_config;

/** What a fit hands on and reports: an entry of its trace, or the mean of the last ones. */
typedef enum rww_entry { RWW_ENTRY_BEST, RWW_ENTRY_FINAL, RWW_ENTRY_AVERAGE, RWW_N_ENTRIES } rww_entry;

typedef enum rww_start_kind { RWW_START_BASE, RWW_START_EXPLORE, RWW_START_FIT, RWW_START_VALUES } rww_start_kind;

/** Where a fit starts. What its stage leaves as it is has the value that this stage itself started from. */
typedef struct rww_fit_start {
  rww_start_kind kind;
  size_t fit;                   /* FIT: index of an earlier fit, ... */
  rww_entry entry;              /* ... and the entry to go on from */
  rww_parameter_set set;        /* VALUES: base parameters with those given here put in their place */
  bool given[RWW_N_PARAMETERS]; /* VALUES */
} rww_fit_start;

/** Bounds of a parameter: both finite, or both infinite: none. */
typedef struct rww_bounds {
  double low, high;
} rww_bounds;

/** How bounds are kept: by a smooth map, or by setting what a step has carried beyond them back onto them. */
typedef enum rww_bounding { RWW_BOUND_BY_TRANSFORM, RWW_BOUND_BY_PROJECTION } rww_bounding;

/** Seeds that a mean is taken over. Those of a fit's loss: entry k of the trace has block k mod n_blocks. */
typedef struct rww_seeds_config {
  size_t n_per_step, n_blocks;
  uint64_t *seeds; /* [n_blocks][n_per_step] */
} rww_seeds_config;

typedef struct rww_fit_config {
  char *name;
  rww_fit_start start;
  rww_entry entry;
  size_t n_free;
  rww_free *free;     /* [n_free], in the order of the parameter table: the order of keys means nothing */
  rww_bounds *bounds; /* [n_free] */
  rww_bounding bounding;
  rww_optimizer_config optimizer;
  uint64_t n_steps, n_restarts;
  double spread; /* of further restarts around the start: a fraction of the bounds, or of the start's magnitude */
  uint64_t spread_seed;
  rww_loss_weights loss; /* its own or the observation's */
  rww_seeds_config seeds;
  double adjoint_damping; /* 1: the exact gradient */
  double tolerance;       /* stop where the loss goes down by no more than this in `patience` steps; 0: never */
  uint64_t patience, print_every;
  uint64_t max_recoveries;     /* from entries that are not finite */
  uint64_t halve_every;        /* steps after which the worse half of the restarts ends, and so on; 0: never */
  double average;              /* the last part of the entries whose mean is taken; 0: none */
  rww_seeds_config validation; /* by which a restart is chosen, one block; without seeds: by its own loss */
  int line;
} rww_fit_config;

typedef struct rww_optimize_config {
  size_t n_fits;
  rww_fit_config *fits;
} rww_optimize_config;

/** What exploration and fits found, on noise that none of them has seen. */
typedef struct rww_evaluate_config {
  bool given;
  double duration_ms;
  rww_seeds_config seeds; /* one block */
  bool all_restarts;      /* of every fit, beside what it reports */
} rww_evaluate_config;

typedef struct rww_config {
  char *path, *directory; /* of the configuration file, as given, and the directory it lies in */
  char *source;           /* the YAML as given */
  char *name;
  char *model, *coupling; /* "ReducedWongWang", "Linear" */
  rww_semantics semantics;
  rww_parameter_set base;
  rww_connectivity_config connectivity;
  rww_integration_config integration;
  rww_monitors_config monitors;
  rww_observation_config observation;
  rww_explore_config explore;
  rww_optimize_config optimize;
  rww_evaluate_config evaluate;
  rww_precision precision;
  struct {
    double trajectory_MB; /* of trajectories that a rank may keep for gradients */
    double noise_MB;      /* of noise that it may keep */
  } memory;
  char *output_directory; /* relative to where the program was started */
} rww_config;

/** One --set PATH=VALUE: VALUE is YAML. Borrowed. */
typedef struct rww_override {
  const char *path, *value;
} rww_override;

/** Reads the file, applies the overrides, fills in defaults and checks everything that can be checked without data.
 *  Every problem is added to `problems` (file:line:column; for an override "--set path"), never only the first.
 *  *config is owned by the caller (rww_config_free), and NULL where there were errors.
 *  Reads the configuration file alone. Not collective. Errors: RWW_ERR_CONFIG with all the messages. */
RWW_MUST_CHECK rww_status rww_config_read(const char *path, const rww_override *overrides, size_t n_overrides,
                                          rww_problems *problems, rww_config **config);

/** The same from text in memory; `path` is only used in messages and to join input paths. */
RWW_MUST_CHECK rww_status rww_config_parse(const char *path, const char *source, const rww_override *overrides,
                                           size_t n_overrides, rww_problems *problems, rww_config **config);

void rww_config_free(rww_config *config);

/** A complete, commented configuration with every setting, its unit and its default (`rwwsweep init`). It reads back
 *  without a problem. */
void rww_config_write_template(rww_text *text);

/** Where a parameter's value at the start of a fit is written: in the base or in some fit's start. NULL where an
 *  exploration or an earlier fit sets it. *regional: whether it may then differ from node to node. */
const rww_values *rww_config_find_start(const rww_config *config, const rww_fit_config *fit, rww_parameter parameter,
                                        bool *regional);

/** What starts that are read from files can get wrong, once they are resolved (rww_values_resolve): outside of the
 *  bounds, or a list for a global parameter. All is added to `problems`. Errors: RWW_ERR_CONFIG. */
RWW_MUST_CHECK rww_status rww_config_check_starts(const rww_config *config, rww_problems *problems);

/** Which settings change a stage's result. */
typedef enum rww_stage_meaning {
  RWW_MEANING_SIMULATE, /* all that the base run depends on */
  RWW_MEANING_POINT,    /* an exploration without its axes: the base key of its points */
  RWW_MEANING_EXPLORE,  /* the same with its axes */
  RWW_MEANING_FIT,      /* what every fit depends on, see rww_config_write_canonical_fit */
  RWW_MEANING_EVALUATE  /* an evaluation without the stages that it evaluates */
} rww_stage_meaning;

/** Canonical text of the settings that change the result of a stage: a line each, `path = value`, defaults filled in,
 *  numbers normalised, mappings sorted by path, sequences in order. Never paths, names, verbosity, comments or key
 *  order; arrays read from files enter through their content, added by the caller (plan). */
void rww_config_write_canonical(const rww_config *config, rww_stage_meaning meaning, rww_text *text);

/** The same of one fit of `config`: what every fit depends on, then its own settings, named `fit.steps` and the like
 *  whatever its name and its place among the fits. `start_key` is the key of the stage that it starts from, NULL for a
 *  start at the base or at values, which have to be resolved. */
void rww_config_write_canonical_fit(const rww_config *config, const rww_fit_config *fit, const char *start_key,
                                    rww_text *text);

#endif
