/* Which settings are part of a stage's meaning: the text that its key is the hash of. */
#include "config/settings.h"
#include "config_text.h"

static char *write_canonical(const char *text, const rww_override *overrides, size_t n, rww_stage_meaning meaning) {
  rww_problems problems = {0};
  rww_config *config;
  rww_text canonical = {0};
  CHECK_OK(rww_config_parse("sweep.yaml", text, overrides, n, &problems, &config));
  if (config) rww_config_write_canonical(config, meaning, &canonical);
  rww_problems_free(&problems);
  rww_config_free(config);
  return canonical.chars;
}

static bool mean_the_same(const char *a, const char *b, rww_stage_meaning meaning) {
  char *text_a = write_canonical(a, NULL, 0, meaning), *text_b = write_canonical(b, NULL, 0, meaning);
  bool same = strcmp(text_a, text_b) == 0;
  free(text_a);
  free(text_b);
  return same;
}

/* What a semantics sets is given here, so that its name alone changes nothing. */
static const char base[] = CONNECTIVITY "observation: {target: {file: fc.csv}}\n"
                                        "integration: {corrector_coupling: state, clip: true, noise: {seed: 42}}\n"
                                        "monitors: {Bold: {hrf: interim, input: step, sample: before_end}}\n"
                                        "explore: {axes: [{parameter: model.w, low: 0.1, high: 0.7, n: 64}]}\n";

#define GENERATED                                                                                                      \
  { "connectivity", "{generator: {name: two-hemispheres}}" }
#define LISTED                                                                                                         \
  { "explore.axes", "[{parameter: model.w, values: [1, 2]}]" }
#define SIMULATED                                                                                                      \
  { "observation.target", "{simulate: {noise.seed: 7}}" }

/* Another value of every setting, and the meanings that it enters: of simulate (s), point (p) and explore (e). Input
 * files and how they are normalised enter by the content of the arrays, not here. Where a setting needs a companion,
 * `with` is what both texts have. */
static const struct {
  const char *path, *meanings, *value;
  rww_override with;
} others[] = {
    {"name", "", "other", {0}},
    {"semantics", "", "tvboptim-0.2.0", {0}},
    {"model.initial.S", "spe", "[0.1, 0.2]", {0}},
    {"connectivity.file", "", "other.h5", {0}},
    {"connectivity.tract_lengths", "", "lengths.csv", {0}},
    {"connectivity.generator.nodes", "", "100", GENERATED},
    {"connectivity.generator.seed", "", "2", GENERATED},
    {"connectivity.normalize", "", "sum", {0}},
    {"connectivity.allow_negative", "", "true", {0}},
    {"model.parameters.a", "spe", "0.3", {0}},
    {"model.parameters.b", "spe", "0.1", {0}},
    {"model.parameters.d", "spe", "150", {0}},
    {"model.parameters.gamma", "spe", "0.6", {0}},
    {"model.parameters.tau_s", "spe", "99", {0}},
    {"model.parameters.J_N", "spe", "0.2", {0}},
    {"model.parameters.w", "spe", "0.6000000000000001", {0}},
    {"model.parameters.I_o", "spe", "[0.3, 0.4]", {0}},
    {"coupling.parameters.a", "spe", "0.4", {0}},
    {"coupling.parameters.b", "spe", "0.1", {0}},
    {"integration.noise.sigma", "spe", "0.01", {0}},
    {"integration.noise.seed", "se", "43", {0}},
    {"integration.noise.dtype", "spe", "float32", {0}},
    {"integration.step_size", "spe", "2", {0}},
    {"integration.duration", "spe", "60000", {0}},
    {"integration.corrector_coupling", "spe", "predictor", {0}},
    {"integration.clip", "spe", "false", {0}},
    {"monitors.Raw.last", "s", "20000", {0}},
    {"monitors.Bold.period", "spe", "2000", {0}},
    {"monitors.Bold.hrf", "spe", "spread", {0}},
    {"monitors.Bold.input", "spe", "next", {0}},
    {"monitors.Bold.sample", "spe", "end", {0}},
    {"observation.fc.skip", "spe", "10", {0}},
    {"observation.target.file", "", "other.csv", {0}},
    {"observation.target.dataset", "", "mean", {0}},
    {"observation.target.simulate", "spe", "{noise.seed: 8}", SIMULATED},
    {"observation.loss.rmse", "spe", "0.5", {0}},
    {"observation.loss.fc_corr", "spe", "0.5", {0}},
    {"explore.axes", "e", "[{parameter: model.w, low: 0.1, high: 0.7, n: 65}]", {0}},
    {"explore.axes[].parameter", "e", "model.I_o", {0}},
    {"explore.axes[].low", "e", "0.2", {0}},
    {"explore.axes[].high", "e", "0.8", {0}},
    {"explore.axes[].n", "e", "32", {0}},
    {"explore.axes[].scale", "e", "log", {0}},
    {"explore.axes[].values", "e", "[1, 3]", LISTED},
    {"explore.keep", "e", "[bold]", {0}},
    {"precision", "spe", "float32", {0}},
    {"output.directory", "", "elsewhere", {0}},
};

/* An item of the axes as --set addresses it. */
static void address(const char *path, char text[128]) {
  const char *brackets = strstr(path, "[]");
  snprintf(text, 128, brackets ? "%.*s.model.w%s" : "%.*s%s", (int)strcspn(path, "["), path,
           brackets ? brackets + 2 : "");
}

static void check_other_value(size_t i, rww_stage_meaning meaning) {
  char path[128];
  bool has_companion = others[i].with.path != NULL;
  address(others[i].path, path);
  rww_override overrides[] = {others[i].with, {path, others[i].value}};
  char *before = write_canonical(base, overrides, has_companion, meaning);
  char *after = write_canonical(base, overrides + !has_companion, 1 + (size_t)has_companion, meaning);
  bool changed = strcmp(before, after) != 0, keyed = strchr(others[i].meanings, "spe"[meaning]);
  if (changed != keyed) {
    fprintf(stderr, "%s, meaning %d: %s\n", others[i].path, (int)meaning,
            keyed ? "must change it" : "must not change it");
    check_failures++;
  }
  free(before);
  free(after);
}

static void check_keyed_settings_and_no_others_change_the_text(void) {
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    for (int meaning = RWW_MEANING_SIMULATE; meaning <= RWW_MEANING_EXPLORE; meaning++)
      check_other_value(i, (rww_stage_meaning)meaning);
}

/* Sections have no value, and some settings only one. */
static bool has_other_values(const rww_setting *row) {
  bool has_one_name = row->names && !row->names[1];
  return row->type != RWW_SECTION && !has_one_name && strcmp(row->path, "connectivity.conduction_speed") != 0;
}

static void check_every_setting_was_tried(void) {
  for (size_t i = 0; i < rww_n_settings; i++) {
    size_t k = 0, n = sizeof others / sizeof *others;
    while (k < n && strcmp(others[k].path, rww_settings[i].path) != 0) k++;
    if (k < n || !has_other_values(&rww_settings[i])) continue;
    fprintf(stderr, "%s: no other value in this test\n", rww_settings[i].path);
    check_failures++;
  }
}

static void check_order_of_keys_comments_and_spelling_do_not_matter(void) {
  CHECK(mean_the_same("name: one\nintegration: {step_size: 4, duration: 1.2e5}\n" CONNECTIVITY
                      "model: {parameters: {w: 0.5, I_o: 0.32}}\n",
                      "# a comment\nmodel:\n  parameters:\n    I_o: 3.2e-1 # nA\n    w: 0.50\n  name: ReducedWongWang\n"
                      "output: {directory: /tmp}\nconnectivity: {file: /elsewhere/dk84.h5}\n"
                      "integration:\n  duration: 120000.0\n  step_size: 4.0\n  noise: {seed: 0042}\n",
                      RWW_MEANING_SIMULATE));
  CHECK(mean_the_same(CONNECTIVITY "observation: {loss: rmse}", CONNECTIVITY "coupling: {parameters: {b: -0.0}}",
                      RWW_MEANING_SIMULATE));
}

static void check_a_semantics_means_its_settings(void) {
  CHECK(mean_the_same(CONNECTIVITY "semantics: tvboptim-0.2.0",
                      CONNECTIVITY "integration: {corrector_coupling: predictor, clip: false, noise: {seed: 0}}\n"
                                   "monitors: {Bold: {hrf: spread, sample: start}}",
                      RWW_MEANING_SIMULATE));
}

#define AXES(text) CONNECTIVITY "explore: {keep: [fc], axes: [" text "]}"

static void check_seeds_mean_the_same_as_range_and_as_list(void) {
  CHECK(mean_the_same(AXES("{parameter: noise.seed, low: 1, high: 5, n: 3}"),
                      AXES("{parameter: noise.seed, values: [1, 3, 5]}"), RWW_MEANING_EXPLORE));
}

static void check_sequences_keep_their_order(void) {
  CHECK(!mean_the_same(AXES("{parameter: model.w, values: [1, 2]}"), AXES("{parameter: model.w, values: [2, 1]}"),
                       RWW_MEANING_EXPLORE));
  CHECK(!mean_the_same(AXES("{parameter: model.w, values: [1]}, {parameter: model.b, values: [1]}"),
                       AXES("{parameter: model.b, values: [1]}, {parameter: model.w, values: [1]}"),
                       RWW_MEANING_EXPLORE));
}

static void check_neighbouring_seeds_and_reals_differ(void) {
  CHECK(!mean_the_same(AXES("{parameter: noise.seed, values: [9223372036854775813]}"),
                       AXES("{parameter: noise.seed, values: [9223372036854775814]}"), RWW_MEANING_EXPLORE));
  CHECK(!mean_the_same(AXES("{parameter: model.w, values: [0.1]}"),
                       AXES("{parameter: model.w, values: [0.10000000000000002]}"), RWW_MEANING_EXPLORE));
}

static void check_an_unchanged_parameter_of_a_simulated_target_is_the_base(void) {
  CHECK(mean_the_same(CONNECTIVITY "observation: {target: {simulate: {noise.seed: 7}}}",
                      CONNECTIVITY "observation: {target: {simulate: {model.w: 0.6, noise.seed: 7}}}",
                      RWW_MEANING_SIMULATE));
}

static void check_the_text_of_an_exploration(void) {
  char *text = write_canonical(CONNECTIVITY "model: {parameters: {w: [0.5, 0.25]}}\n"
                                            "explore:\n  keep: [bold, fc]\n  axes:\n"
                                            "  - {parameter: noise.seed, values: [18446744073709551615, 2]}\n"
                                            "  - {parameter: coupling.a, low: 0.001, high: 0.7, n: 64}\n",
                               NULL, 0, RWW_MEANING_EXPLORE);
  CHECK(strcmp(text, "connectivity.conduction_speed = inf\n"
                     "coupling.name = Linear\n"
                     "coupling.parameters.a = 0.5\n"
                     "coupling.parameters.b = 0\n"
                     "explore.axes[0].high = 1.8446744073709552e+19\n"
                     "explore.axes[0].low = 2\n"
                     "explore.axes[0].n = 2\n"
                     "explore.axes[0].parameter = noise.seed\n"
                     "explore.axes[0].scale = linear\n"
                     "explore.axes[0].values = [18446744073709551615, 2]\n"
                     "explore.axes[1].high = 0.7\n"
                     "explore.axes[1].low = 0.001\n"
                     "explore.axes[1].n = 64\n"
                     "explore.axes[1].parameter = coupling.a\n"
                     "explore.axes[1].scale = linear\n"
                     "explore.keep = [fc, bold]\n"
                     "integration.clip = true\n"
                     "integration.corrector_coupling = state\n"
                     "integration.duration = 120000\n"
                     "integration.method = Heun\n"
                     "integration.noise.dtype = float64\n"
                     "integration.noise.seed = 42\n"
                     "integration.noise.sigma = 0.00283\n"
                     "integration.step_size = 4\n"
                     "model.initial.S = 0.1\n"
                     "model.name = ReducedWongWang\n"
                     "model.parameters.I_o = 0.33\n"
                     "model.parameters.J_N = 0.2609\n"
                     "model.parameters.a = 0.27\n"
                     "model.parameters.b = 0.108\n"
                     "model.parameters.d = 154\n"
                     "model.parameters.gamma = 0.641\n"
                     "model.parameters.tau_s = 100\n"
                     "model.parameters.w = [0.5, 0.25]\n"
                     "monitors.Bold.hrf = interim\n"
                     "monitors.Bold.input = step\n"
                     "monitors.Bold.period = 1000\n"
                     "monitors.Bold.sample = before_end\n"
                     "observation.fc.skip = 20\n"
                     "observation.loss.fc_corr = 0\n"
                     "observation.loss.rmse = 1\n"
                     "precision = float64\n") == 0);
  free(text);
}

int main(void) {
  check_keyed_settings_and_no_others_change_the_text();
  check_every_setting_was_tried();
  check_order_of_keys_comments_and_spelling_do_not_matter();
  check_a_semantics_means_its_settings();
  check_seeds_mean_the_same_as_range_and_as_list();
  check_sequences_keep_their_order();
  check_neighbouring_seeds_and_reals_differ();
  check_an_unchanged_parameter_of_a_simulated_target_is_the_base();
  check_the_text_of_an_exploration();
  return check_report();
}
