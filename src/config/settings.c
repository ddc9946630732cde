#include "config/settings.h"

#include "config/axis.h"
#include "config/fit.h"
#include <math.h>
#include <string.h>

const char *const rww_semantics_names[] = {"tvbo-2025.06", "tvboptim-0.2.0", "tvboptim-0.4.0", NULL};
static const char *const model_names[] = {"ReducedWongWang", NULL};
static const char *const generator_names[] = {"two-hemispheres", NULL};
static const char *const normalization_names[] = {"none", "max", "sum", "row-sum", NULL};
static const char *const coupling_names[] = {"Linear", NULL};
static const char *const method_names[] = {"Heun", NULL};
static const char *const corrector_names[] = {"state", "predictor", NULL};
static const char *const precision_names[] = {"float64", "float32", NULL};
static const char *const hrf_names[] = {"interim", "spread", NULL};
static const char *const input_names[] = {"step", "next", NULL};
static const char *const sample_names[] = {"before_end", "start", "end", NULL};
static const char *const scale_names[] = {"linear", "log", NULL};
static const char *const keep_names[] = {"fc", "bold", NULL};
static const char *const entry_names[] = {"best", "final", "average", NULL};
static const char *const restarts_names[] = {"reported", "all", NULL};
static const char *const bounding_names[] = {"transform", "projection", NULL};
static const char *const reach_names[] = {"global", "regional", NULL};
static const char *const optimizer_names[] = {"adam", NULL};
static const char *const schedule_names[] = {"constant", "exponential", "cosine", NULL};

static const char *check_step(double step_ms) {
  double n = round(RWW_INTERIM_PERIOD_MS / step_ms);
  bool divides = n >= 1 && fabs(n * step_ms - RWW_INTERIM_PERIOD_MS) <= 1e-9 * RWW_INTERIM_PERIOD_MS;
  return divides ? NULL : "4/k with a whole number k (4, 2, 1, 0.5)";
}

static const char *check_duration(double duration_ms) {
  return duration_ms >= RWW_BOLD_HISTORY_MS ? NULL : "at least 20000, the history of the BOLD monitor";
}

static const char *check_period(double period_ms) {
  bool whole = period_ms > 0 && fmod(period_ms, RWW_INTERIM_PERIOD_MS) == 0;
  return whole ? NULL : "a multiple of 4";
}

static const char *check_speed(double speed) {
  return isinf(speed) ? NULL : ".inf, since delays are not built";
}

static const char *check_gating(double S) {
  return S <= 1 ? NULL : "a fraction from 0 to 1";
}

static const char *check_length(double n) {
  return n <= 1e8 ? NULL : "at most 100000000";
}

static const char *check_restarts(double n) {
  return n <= 1e6 ? NULL : "at most 1000000";
}

static const char *check_moment(double b) {
  return b < 1 ? NULL : "a number from 0 to below 1";
}

static const char *check_part(double part) {
  return part <= 1 ? NULL : "a number from 0 to 1";
}

static const char *check_fraction(double fraction) {
  return fraction > 0 && fraction <= 1 ? NULL : "a number above 0, at most 1";
}

#define AT(member) .offset = offsetof(rww_config, member), .size = sizeof(((rww_config *)0)->member)
#define AT_FIT(member) .offset = offsetof(rww_fit_config, member), .size = sizeof(((rww_fit_config *)0)->member)
#define AT_AXIS(member) .offset = offsetof(rww_axis_config, member), .size = sizeof(((rww_axis_config *)0)->member)

#define PARAMETER_ROW(id, name_, path_, unit_, value_, minimum_, per_node, help_)                                      \
  {.path = path_,                                                                                                      \
   .type = per_node ? RWW_VALUES : RWW_VALUE,                                                                          \
   .unit = unit_,                                                                                                      \
   .def = {#value_},                                                                                                   \
   .minimum = minimum_,                                                                                                \
   .keyed = RWW_KEYED,                                                                                                 \
   AT(base.value[id]),                                                                                                 \
   .help = help_},

/* clang-format off */
const rww_setting rww_settings[] = {
    {"name", RWW_TEXT, .def = {"sweep"}, AT(name), .help = "Name of the experiment, for people"},
    {"semantics", RWW_NAME, .def = {"tvbo-2025.06"}, .names = rww_semantics_names, AT(semantics.name),
     .help = "Published version to agree with: sets integration.corrector_coupling, clip and noise.seed, "
             "monitors.Bold.hrf, input and sample where they are not given"},

    {"model", RWW_SECTION,
     .help = "Each parameter: a number, a list with a value a node, or {file: values.txt}"},
    {"model.name", RWW_NAME, .def = {"ReducedWongWang"}, .names = model_names, .keyed = RWW_KEYED, AT(model),
     .help = "Deco et al. 2013, J Neurosci 33:11239"},
    {"model.initial.S", RWW_VALUES, .unit = "1", .def = {"0.1"}, .check = check_gating, .keyed = RWW_KEYED,
     AT(base.initial_S), .help = "State at the beginning of the warm-up, from 0 to 1"},

    {"connectivity", RWW_SECTION, .help = "A file or a generator; paths are relative to this file"},
    {"connectivity.file", RWW_PATH, .example = "connectome.h5", .commented = true, AT(connectivity.file),
     .help = "HDF5 (weights, tract_lengths, region_labels), or delimited text (weights); weights[target][source]"},
    {"connectivity.tract_lengths", RWW_PATH, .example = "tract_lengths.csv", .commented = true,
     AT(connectivity.tract_lengths), .help = "Delimited text beside a text file of weights [mm]"},
    {"connectivity.generator", RWW_SECTION, .help = "A built-in connectome instead of a file"},
    {"connectivity.generator.name", RWW_NAME, .example = "two-hemispheres", .names = generator_names,
     AT(connectivity.generator.name), .help = "Recipe of the connectome"},
    {"connectivity.generator.nodes", RWW_COUNT, .def = {"84"}, .minimum = 2, AT(connectivity.generator.n_nodes),
     .help = "Number of regions"},
    {"connectivity.generator.seed", RWW_COUNT, .def = {"1"}, AT(connectivity.generator.seed),
     .help = "Another seed is another connectome"},
    {"connectivity.normalize", RWW_CHOICE, .def = {"max"}, .names = normalization_names, AT(connectivity.normalize),
     .help = "What the weights are divided by: max: their maximum, sum: their sum, row-sum: each row's sum, none"},
    {"connectivity.allow_negative", RWW_BOOL, .def = {"false"}, AT(connectivity.allow_negative),
     .help = "Accept negative weights"},
    {"connectivity.conduction_speed", RWW_REAL, .unit = "mm/ms", .def = {".inf"}, .may_be_infinite = true,
     .check = check_speed, .keyed = RWW_KEYED, AT(connectivity.conduction_speed_mm_per_ms),
     .help = "Infinite: no delays (nothing else is built)"},

    {"coupling.name", RWW_NAME, .def = {"Linear"}, .names = coupling_names, .keyed = RWW_KEYED, AT(coupling),
     .help = "a * (weights S) + b"},

    RWW_PARAMETER_TABLE(PARAMETER_ROW)

    {"integration.noise.seed", RWW_COUNT, .def = {"42", "0", "0"},
     .keyed = RWW_KEYED_SIMULATE | RWW_KEYED_EXPLORE, /* a point's seed is one of its coordinates */
     AT(base.seed),
     .help = "Seed of the noise, an unsigned 64-bit integer"},
    {"integration.noise.dtype", RWW_CHOICE, .def = {"float64"}, .names = precision_names, .keyed = RWW_KEYED,
     AT(integration.noise_dtype), .help = "Stream of random numbers; float64 and float32 are different ones"},
    {"integration.method", RWW_NAME, .def = {"Heun"}, .names = method_names, .keyed = RWW_KEYED, AT(integration.method),
     .help = "Stochastic Heun scheme"},
    {"integration.step_size", RWW_REAL, .unit = "ms", .def = {"4.0"}, .check = check_step, .keyed = RWW_KEYED,
     AT(integration.step_size_ms), .help = "Step of the Heun scheme, 4/k ms with a whole number k"},
    {"integration.duration", RWW_REAL, .unit = "ms", .def = {"120000.0"}, .check = check_duration,
     .keyed = RWW_KEYED_RUNS | RWW_KEYED_FIT, AT(integration.duration_ms), .help = "Of the simulation, and of the warm-up before it; from 20000"},
    {"integration.corrector_coupling", RWW_CHOICE, .def = {"state", "predictor", "state"}, .names = corrector_names,
     .keyed = RWW_KEYED, AT(semantics.corrector_coupling_of_predictor),
     .help = "Coupling in the corrector: of the state or of the predictor"},
    {"integration.clip", RWW_BOOL, .def = {"true", "false", "false"}, .keyed = RWW_KEYED, AT(semantics.clip),
     .help = "Keep S within 0 and 1, in predictor and corrector"},

    {"monitors.Raw.last", RWW_REAL, .unit = "ms", .def = {"0.0"}, .may_be_infinite = true, .keyed = RWW_KEYED_SIMULATE,
     AT(monitors.raw_last_ms), .help = "End of the base run's trace that is kept; 0: none, .inf: all"},
    {"monitors.Bold.period", RWW_REAL, .unit = "ms", .def = {"1000.0"}, .check = check_period, .keyed = RWW_KEYED,
     AT(monitors.bold_period_ms), .help = "Sampling period of BOLD, a multiple of 4"},
    {"monitors.Bold.hrf", RWW_CHOICE, .def = {"interim", "spread", "spread"}, .names = hrf_names, .keyed = RWW_KEYED,
     AT(semantics.hrf_spread), .help = "5000 taps of the HRF: every 4 ms (interim), or spread over 0 to 20 s"},
    {"monitors.Bold.input", RWW_CHOICE, .def = {"step", "step", "next"}, .names = input_names, .keyed = RWW_KEYED,
     AT(semantics.bold_input_late), .help = "State that BOLD sees at a step: after it (step), or after the next one"},
    {"monitors.Bold.sample", RWW_CHOICE, .def = {"before_end", "start", "end"}, .names = sample_names,
     .keyed = RWW_KEYED, AT(semantics.bold_sample),
     .help = "Where in its period a sample ends: one before the end, at the start, or at the end"},

    {"observation.fc.skip", RWW_COUNT, .def = {"20"}, .keyed = RWW_KEYED, AT(observation.fc_skip),
     .help = "First BOLD samples left out of the FC"},
    {"observation.target", RWW_SECTION, .help = "The FC to compare with: a file or a simulation"},
    {"observation.target.file", RWW_PATH, .example = "target.h5", .commented = true, AT(observation.target.file),
     .help = "HDF5 or delimited text"},
    {"observation.target.dataset", RWW_TEXT, .def = {"fc"}, .commented = true, AT(observation.target.dataset),
     .help = "Dataset in an HDF5 file"},
    {"observation.target.simulate", RWW_TARGET_SET, .keyed = RWW_KEYED,
     .example = "{model.w: 0.5, model.I_o: 0.32, noise.seed: 7}", AT(observation.target),
     .help = "Target simulated on this connectome with these in place of the parameters above"},
    {"observation.loss", RWW_SECTION, .short_form = true, .help = "Weights, or only the name of one"},
    {"observation.loss.rmse", RWW_REAL, .unit = "1", .def = {"1.0"}, .keyed = RWW_KEYED_RUNS, AT(observation.loss.rmse),
     .help = "Of the root of the mean squared difference of FC and target"},
    {"observation.loss.fc_corr", RWW_REAL, .unit = "1", .def = {"0.0"}, .keyed = RWW_KEYED_RUNS,
     AT(observation.loss.fc_corr), .help = "Of 1 - correlation of FC and target"},

    {"explore.axes", RWW_SEQUENCE, .keyed = RWW_KEYED_EXPLORE, AT(explore.axes),
     .example = "{parameter: coupling.a, low: 0.001, high: 0.7, n: 64}\n"
                "{parameter: model.w, low: 0.001, high: 0.7, n: 64}\n",
     .item = {sizeof(rww_axis_config), offsetof(rww_config, explore.n_axes), "parameter", rww_axis_finish},
     .help = "Every combination is simulated; the last axis varies fastest"},
    {"explore.axes[].parameter", RWW_PARAMETER_NAME, .required = true, .keyed = RWW_KEYED_EXPLORE, AT_AXIS(parameter),
     .help = "With its section: model.w, coupling.a, noise.sigma, noise.seed"},
    {"explore.axes[].low", RWW_REAL, .minimum = RWW_ANY, .keyed = RWW_KEYED_EXPLORE, AT_AXIS(low),
     .help = "First value, in the parameter's unit"},
    {"explore.axes[].high", RWW_REAL, .minimum = RWW_ANY, .keyed = RWW_KEYED_EXPLORE, AT_AXIS(high),
     .help = "Last value, included"},
    {"explore.axes[].n", RWW_COUNT, .minimum = 1, .check = check_length, .keyed = RWW_KEYED_EXPLORE, AT_AXIS(n),
     .help = "Number of values"},
    {"explore.axes[].scale", RWW_CHOICE, .def = {"linear"}, .names = scale_names, .keyed = RWW_KEYED_EXPLORE,
     AT_AXIS(scale), .help = "linear or log"},
    {"explore.axes[].values", RWW_COORDINATES, .minimum = RWW_ANY, .keyed = RWW_KEYED_EXPLORE,
     .size = sizeof(rww_axis_config), .help = "A list instead of low, high, n and scale"},
    {"explore.keep", RWW_FLAGS, .example = "[]", .names = keep_names, .keyed = RWW_KEYED_EXPLORE, AT(explore.keep_fc),
     .help = "What to store for every point: [fc, bold]"},

    {"optimize", RWW_SEQUENCE, AT(optimize.fits),
     .example = "{name: global, free: {model.w: global, coupling.a: global}, steps: 400}\n"
                "{name: regional, start: global, free: {model.w: regional}, steps: 200}\n",
     .item = {sizeof(rww_fit_config), offsetof(rww_config, optimize.n_fits), "name", rww_fit_finish},
     .help = "Fits by gradient descent"},
    {"optimize[].name", RWW_TEXT, .required = true, AT_FIT(name),
     .help = "Of its result file, and for --set and --stage: letters, digits, - and _"},
    {"optimize[].free", RWW_FREE, .required = true, .keyed = RWW_KEYED_FIT, .names = reach_names,
     .size = sizeof(rww_fit_config),
     .help = "What is fitted, each parameter global (one number) or regional (a number a node)"},
    {"optimize[].bounds", RWW_BOUNDS, .keyed = RWW_KEYED_FIT, .size = sizeof(rww_fit_config),
     .help = "Of free parameters, such as {model.w: [0, 1]}"},
    {"optimize[].bounds_by", RWW_CHOICE, .def = {"transform"}, .names = bounding_names, .keyed = RWW_KEYED_FIT,
     AT_FIT(bounding),
     .help = "How they are kept: transform (a smooth one of the parameter), or projection (what a step carries beyond "
             "them is set back)"},
    {"optimize[].start", RWW_START, .def = {"base"}, AT_FIT(start), /* keyed by what it brings, see canonical.c */
     .help = "base (the parameters above), explore (restart r starts at its r-th best point), the name of an earlier "
             "fit, or values such as {coupling.a: 0.6, model.w: {file: w.txt}}"},
    {"optimize[].seeds", RWW_SEEDS, .def = {"noise.seed"}, .keyed = RWW_KEYED_FIT, AT_FIT(seeds),
     .help = "The loss is the mean over these noise seeds: a list, or {first: 2001, per_step: 2, blocks: 12}, so many "
             "blocks of so many seeds, one block a step, in turn"},
    {"optimize[].entry", RWW_CHOICE, .names = entry_names, .keyed = RWW_KEYED_FIT, AT_FIT(entry),
     .help = "best, final or average: what it reports and hands on, and where it goes on from an earlier fit; default "
             "best, or final where seeds come in turn, or average where there is one (or what the earlier fit hands "
             "on)"},
    {"optimize[].average", RWW_REAL, .unit = "1", .def = {"0.0"}, .check = check_part, .keyed = RWW_KEYED_FIT,
     AT_FIT(average), .help = "Part of the entries, the last ones, whose mean parameters are taken; 0: none"},
    {"optimize[].validation", RWW_SECTION,
     .help = "Choice among restarts by the loss of what each reports on seeds of its own, not by the fit's"},
    {"optimize[].validation.seeds", RWW_SEED_LIST, .keyed = RWW_KEYED_FIT, AT_FIT(validation),
     .help = "Noise seeds that the fit does not use"},
    {"optimize[].steps", RWW_COUNT, .required = true, .check = check_length, .keyed = RWW_KEYED_FIT, AT_FIT(n_steps),
     .help = "Number of steps; 0 evaluates the start"},
    {"optimize[].restarts", RWW_COUNT, .def = {"1"}, .minimum = 1, .check = check_restarts, .keyed = RWW_KEYED_FIT,
     AT_FIT(n_restarts), .help = "Number of runs of the fit, the first from the start itself"},
    {"optimize[].halve_every", RWW_COUNT, .def = {"0"}, .keyed = RWW_KEYED_FIT, AT_FIT(halve_every),
     .help = "Every so many steps the half of the restarts with the larger losses ends, so that the ranks work for the "
             "others; 0: never"},
    {"optimize[].spread", RWW_REAL, .unit = "1", .def = {"0.1"}, .keyed = RWW_KEYED_FIT, AT_FIT(spread),
     .help = "Further restarts begin this far around the start, as a fraction of the bounds' width, or of the start's "
             "magnitude where there are none"},
    {"optimize[].spread_seed", RWW_COUNT, .def = {"0"}, .keyed = RWW_KEYED_FIT, AT_FIT(spread_seed),
     .help = "Of the random numbers that spread the restarts"},
    {"optimize[].loss", RWW_SECTION, .short_form = true,
     .help = "Weights, or only the name of one; those of observation.loss where it is left out"},
    {"optimize[].loss.rmse", RWW_REAL, .unit = "1", .def = {"1.0"}, .keyed = RWW_KEYED_FIT, AT_FIT(loss.rmse),
     .help = "Of the root of the mean squared difference of FC and target"},
    {"optimize[].loss.fc_corr", RWW_REAL, .unit = "1", .def = {"0.0"}, .keyed = RWW_KEYED_FIT, AT_FIT(loss.fc_corr),
     .help = "Of 1 - correlation of FC and target"},
    {"optimize[].optimizer.name", RWW_NAME, .def = {"adam"}, .names = optimizer_names, .keyed = RWW_KEYED_FIT,
     AT_FIT(optimizer.name), .help = "Kingma and Ba 2015, arXiv:1412.6980"},
    {"optimize[].optimizer.learning_rate", RWW_REAL, .unit = "1", .def = {"0.01"}, .minimum = RWW_POSITIVE,
     .keyed = RWW_KEYED_FIT, AT_FIT(optimizer.learning_rate), .help = "Length of a step, in each parameter's unit"},
    {"optimize[].optimizer.b1", RWW_REAL, .unit = "1", .def = {"0.9"}, .check = check_moment, .keyed = RWW_KEYED_FIT,
     AT_FIT(optimizer.b1), .help = "Memory of the mean gradient"},
    {"optimize[].optimizer.b2", RWW_REAL, .unit = "1", .def = {"0.999"}, .check = check_moment, .keyed = RWW_KEYED_FIT,
     AT_FIT(optimizer.b2), .help = "Memory of the mean squared gradient"},
    {"optimize[].optimizer.eps", RWW_REAL, .unit = "1", .def = {"1e-8"}, .minimum = RWW_POSITIVE,
     .keyed = RWW_KEYED_FIT, AT_FIT(optimizer.eps), .help = "Added to the root of the mean squared gradient"},
    {"optimize[].schedule", RWW_CHOICE, .def = {"constant"}, .names = schedule_names, .keyed = RWW_KEYED_FIT,
     AT_FIT(optimizer.schedule), .help = "Learning rate over the steps: constant, exponential, cosine (down to 0)"},
    {"optimize[].decay", RWW_REAL, .unit = "1", .def = {"0.01"}, .check = check_fraction, .keyed = RWW_KEYED_FIT,
     AT_FIT(optimizer.decay), .help = "With schedule: exponential: what is left of the learning rate at the end"},
    {"optimize[].clip_norm", RWW_REAL, .unit = "1", .def = {".inf"}, .minimum = RWW_POSITIVE, .may_be_infinite = true,
     .keyed = RWW_KEYED_FIT, AT_FIT(optimizer.clip_norm), .help = "Greatest Euclidean norm of the gradient"},
    {"optimize[].adjoint_damping", RWW_REAL, .unit = "1", .def = {"1.0"}, .check = check_fraction,
     .keyed = RWW_KEYED_FIT, AT_FIT(adjoint_damping),
     .help = "Factor on the adjoint from step to step back in time; 1: the exact gradient"},
    {"optimize[].tolerance", RWW_REAL, .unit = "1", .def = {"0.0"}, .keyed = RWW_KEYED_FIT, AT_FIT(tolerance),
     .help = "Stop where the best loss has gone down by no more than this in `patience` steps; 0: never"},
    {"optimize[].patience", RWW_COUNT, .def = {"50"}, .minimum = 1, .keyed = RWW_KEYED_FIT, AT_FIT(patience),
     .help = "Steps that tolerance looks back"},
    {"optimize[].recoveries", RWW_COUNT, .def = {"5"}, .keyed = RWW_KEYED_FIT, AT_FIT(max_recoveries),
     .help = "How often a restart may go on from its best entry, at half the learning rate, after a loss or gradient "
             "that is not finite"},
    {"optimize[].print_every", RWW_COUNT, .def = {"10"}, .minimum = 1, AT_FIT(print_every),
     .help = "Steps from one line of progress to the next"},

    {"evaluate", RWW_SECTION,
     .help = "Base, best point of the exploration and result of every fit, on noise that none of them has seen"},
    {"evaluate.duration", RWW_REAL, .unit = "ms", .def = {"300000.0"}, .check = check_duration,
     .keyed = RWW_KEYED_EVALUATE, AT(evaluate.duration_ms),
     .help = "Of each simulation, and of the warm-up before it; from 20000"},
    {"evaluate.seeds", RWW_SEED_LIST, .def = {"[1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008]"},
     .keyed = RWW_KEYED_EVALUATE, AT(evaluate.seeds), .help = "Noise seeds that nothing else here uses"},
    {"evaluate.restarts", RWW_CHOICE, .def = {"reported"}, .names = restarts_names, .keyed = RWW_KEYED_EVALUATE,
     AT(evaluate.all_restarts), .help = "Of each fit: the one that it reports, or beside it all"},

    {"memory.trajectory", RWW_REAL, .unit = "MB", .def = {"1000.0"}, AT(memory.trajectory_MB),
     .help = "What a rank may keep of trajectories for gradients; what does not fit is computed again, with the same "
             "bits"},
    {"memory.noise", RWW_REAL, .unit = "MB", .def = {"50.0"}, AT(memory.noise_MB),
     .help = "What a rank may keep of noise, whole seeds, the last ones used; what is not kept is made again, with the "
             "same bits. The evaluation, which is longer, may keep as much of its own"},
    {"precision", RWW_CHOICE, .def = {"float64"}, .names = precision_names, .keyed = RWW_KEYED, AT(precision),
     .help = "Arithmetic of the simulation: float64 or float32"},
    {"output.directory", RWW_TEXT, .def = {"results"}, AT(output_directory),
     .help = "Of the result files, relative to where the program is started"},
};
/* clang-format on */
const size_t rww_n_settings = sizeof rww_settings / sizeof *rww_settings;

_Static_assert(offsetof(rww_config, explore.keep_bold) == offsetof(rww_config, explore.keep_fc) + sizeof(bool),
               "flags lie one behind the other");
_Static_assert(sizeof(size_t) == sizeof(uint64_t), "counts are stored as uint64_t");

const rww_setting *rww_setting_find(const char *path) {
  for (size_t i = 0; i < rww_n_settings; i++)
    if (strcmp(rww_settings[i].path, path) == 0) return &rww_settings[i];
  return NULL;
}

bool rww_setting_is_section(const char *path) {
  size_t length = strlen(path);
  for (size_t i = 0; i < rww_n_settings; i++)
    if (strncmp(rww_settings[i].path, path, length) == 0 && rww_settings[i].path[length] == '.') return true;
  return false;
}

static bool lies_below(const rww_setting *row, const char *prefix, const char *name, size_t length) {
  size_t n = strlen(prefix);
  const char *rest = row->path + n;
  return strncmp(row->path, prefix, n) == 0 && strncmp(rest, name, length) == 0 &&
         (rest[length] == 0 || rest[length] == '.' || rest[length] == '[');
}

bool rww_setting_name_below(const rww_setting *row, const char *prefix, char name[RWW_SETTING_NAME_SIZE]) {
  size_t n = strlen(prefix);
  if (strncmp(row->path, prefix, n) != 0) return false;
  size_t length = strcspn(row->path + n, ".[");
  for (const rww_setting *earlier = rww_settings; earlier < row; earlier++)
    if (lies_below(earlier, prefix, row->path + n, length)) return false;
  snprintf(name, RWW_SETTING_NAME_SIZE, "%.*s", (int)length, row->path + n);
  return true;
}

bool rww_setting_is_of(const rww_setting *row, const char *prefix) {
  size_t n = strlen(prefix);
  return strncmp(row->path, prefix, n) == 0 && !strchr(row->path + n, '[');
}

void rww_setting_item_prefix(const rww_setting *setting, rww_text *prefix) {
  rww_text_add(prefix, "%s[].", setting->path);
}
