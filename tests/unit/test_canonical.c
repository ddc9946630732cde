/* Which settings are part of a stage's meaning: the text that its key is the hash of. */
#include "config/settings.h"
#include "config_text.h"

#define START_KEY "0123456789abcdef0123456789abcdef"

static void write_meaning(const rww_config *config, rww_stage_meaning meaning, rww_text *canonical) {
  if (meaning == RWW_MEANING_FIT)
    rww_config_write_canonical_fit(config, config->optimize.fits, START_KEY, canonical);
  else
    rww_config_write_canonical(config, meaning, canonical);
}

/* Of the first fit. */
static char *write_canonical(const char *text, const rww_override *overrides, size_t n, rww_stage_meaning meaning) {
  rww_problems problems = {0};
  rww_config *config;
  rww_text canonical = {0};
  CHECK_OK(rww_config_parse("sweep.yaml", text, overrides, n, &problems, &config));
  if (config) write_meaning(config, meaning, &canonical);
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
                                        "explore: {axes: [{parameter: model.w, low: 0.1, high: 0.7, n: 64}]}\n"
                                        "optimize: [{name: one, free: {model.w: global}, steps: 10}]\n";

#define GENERATED                                                                                                      \
  { "connectivity", "{generator: {name: two-hemispheres}}" }
#define LISTED                                                                                                         \
  { "explore.axes", "[{parameter: model.w, values: [1, 2]}]" }
#define SIMULATED                                                                                                      \
  { "observation.target", "{simulate: {noise.seed: 7}}" }

#define EXPONENTIAL                                                                                                    \
  { "optimize.one.schedule", "exponential" }
/* Another value of every setting, and the meanings that it enters: of simulate (s), point (p), explore (e), fit (f) and
 * evaluate (v).
 * Input files and how they are normalised enter by the content of the arrays, not here. Where a setting needs a
 * companion, `with` is what both texts have. */
static const struct {
  const char *path, *meanings, *value;
  rww_override with;
} others[] = {
    {"name", "", "other", {0}},
    {"semantics", "", "tvboptim-0.2.0", {0}},
    {"model.initial.S", "spefv", "[0.1, 0.2]", {0}},
    {"connectivity.file", "", "other.h5", {0}},
    {"connectivity.tract_lengths", "", "lengths.csv", {0}},
    {"connectivity.generator.nodes", "", "100", GENERATED},
    {"connectivity.generator.seed", "", "2", GENERATED},
    {"connectivity.normalize", "", "sum", {0}},
    {"connectivity.allow_negative", "", "true", {0}},
    {"model.parameters.a", "spefv", "0.3", {0}},
    {"model.parameters.b", "spefv", "0.1", {0}},
    {"model.parameters.d", "spefv", "150", {0}},
    {"model.parameters.gamma", "spefv", "0.6", {0}},
    {"model.parameters.tau_s", "spefv", "99", {0}},
    {"model.parameters.J_N", "spefv", "0.2", {0}},
    {"model.parameters.w", "spefv", "0.6000000000000001", {0}},
    {"model.parameters.I_o", "spefv", "[0.3, 0.4]", {0}},
    {"coupling.parameters.a", "spefv", "0.4", {0}},
    {"coupling.parameters.b", "spefv", "0.1", {0}},
    {"integration.noise.sigma", "spefv", "0.01", {0}},
    {"integration.noise.seed", "sef", "43", {0}},
    {"integration.noise.dtype", "spefv", "float32", {0}},
    {"integration.step_size", "spefv", "2", {0}},
    {"integration.duration", "spef", "60000", {0}},
    {"integration.corrector_coupling", "spefv", "predictor", {0}},
    {"integration.clip", "spefv", "false", {0}},
    {"monitors.Raw.last", "s", "20000", {0}},
    {"monitors.Bold.period", "spefv", "2000", {0}},
    {"monitors.Bold.hrf", "spefv", "spread", {0}},
    {"monitors.Bold.input", "spefv", "next", {0}},
    {"monitors.Bold.sample", "spefv", "end", {0}},
    {"observation.fc.skip", "spefv", "10", {0}},
    {"observation.target.file", "", "other.csv", {0}},
    {"observation.target.dataset", "", "mean", {0}},
    {"observation.target.simulate", "spefv", "{noise.seed: 8}", SIMULATED},
    {"observation.loss.rmse", "spef", "0.5", {0}},
    {"observation.loss.fc_corr", "spef", "0.5", {0}},
    {"explore.axes", "e", "[{parameter: model.w, low: 0.1, high: 0.7, n: 65}]", {0}},
    {"explore.axes[].parameter", "e", "model.I_o", {0}},
    {"explore.axes[].low", "e", "0.2", {0}},
    {"explore.axes[].high", "e", "0.8", {0}},
    {"explore.axes[].n", "e", "32", {0}},
    {"explore.axes[].scale", "e", "log", {0}},
    {"explore.axes[].values", "e", "[1, 3]", LISTED},
    {"explore.keep", "e", "[bold]", {0}},
    {"optimize", "f", "[{name: one, free: {model.w: global}, steps: 11}]", {0}},
    {"optimize[].name", "", "other", {0}},
    {"optimize[].free", "f", "{model.w: regional}", {0}},
    {"optimize[].bounds", "f", "{model.w: [0, 1]}", {0}},
    {"optimize[].bounds_by", "f", "projection", {0}},
    {"optimize[].start", "f", "explore", {0}},
    {"optimize[].seeds", "f", "[42, 43]", {0}},
    {"optimize[].entry", "f", "final", {0}},
    {"optimize[].halve_every", "f", "3", {0}},
    {"optimize[].average", "f", "0.25", {0}},
    {"optimize[].validation.seeds", "f", "[5, 6]", {0}},
    {"optimize[].steps", "f", "11", {0}},
    {"optimize[].restarts", "f", "2", {0}},
    {"optimize[].spread", "f", "0.2", {0}},
    {"optimize[].spread_seed", "f", "1", {0}},
    {"optimize[].loss.rmse", "f", "0.5", {0}},
    {"optimize[].loss.fc_corr", "f", "0.5", {0}},
    {"optimize[].optimizer.learning_rate", "f", "0.02", {0}},
    {"optimize[].optimizer.b1", "f", "0.8", {0}},
    {"optimize[].optimizer.b2", "f", "0.99", {0}},
    {"optimize[].optimizer.eps", "f", "1e-7", {0}},
    {"optimize[].schedule", "f", "cosine", {0}},
    {"optimize[].decay", "f", "0.1", EXPONENTIAL},
    {"optimize[].clip_norm", "f", "0.3", {0}},
    {"optimize[].adjoint_damping", "f", "0.99", {0}},
    {"optimize[].tolerance", "f", "0.001", {0}},
    {"optimize[].patience", "f", "20", {0}},
    {"optimize[].recoveries", "f", "1", {0}},
    {"optimize[].print_every", "", "20", {0}},
    {"evaluate.duration", "v", "200000", {0}},
    {"evaluate.seeds", "v", "[2001, 2002]", {0}},
    {"evaluate.restarts", "v", "all", {0}},
    {"memory.trajectory", "", "3", {0}},
    {"memory.noise", "", "200", {0}},
    {"precision", "spefv", "float32", {0}},
    {"output.directory", "", "elsewhere", {0}},
};

/* An item as --set addresses it. */
static void address(const char *path, char text[128]) {
  const char *brackets = strstr(path, "[]"), *item = strstr(path, "axes") ? ".model.w" : ".one";
  snprintf(text, 128, "%.*s%s%s", (int)strcspn(path, "["), path, brackets ? item : "", brackets ? brackets + 2 : "");
}

static void check_other_value(size_t i, rww_stage_meaning meaning) {
  char path[128];
  bool has_companion = others[i].with.path != NULL;
  address(others[i].path, path);
  rww_override overrides[] = {others[i].with, {path, others[i].value}};
  char *before = write_canonical(base, overrides, has_companion, meaning);
  char *after = write_canonical(base, overrides + !has_companion, 1 + (size_t)has_companion, meaning);
  bool changed = strcmp(before, after) != 0, keyed = strchr(others[i].meanings, "spefv"[meaning]);
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
    for (int meaning = RWW_MEANING_SIMULATE; meaning <= RWW_MEANING_EVALUATE; meaning++)
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

#define FITS CONNECTIVITY "observation: {target: {file: fc.csv}}\n"
#define FIT "name: one, free: {model.w: global, model.I_o: global}, steps: 10"
#define OTHER_FIT "{name: other, free: {model.w: global}, steps: 3}"

static void check_a_fit_with_its_own_seeds_and_loss_does_not_depend_on_the_base_s(void) {
  const char own[] = FITS "optimize: [{" FIT ", seeds: [1, 2], loss: fc_corr}]";
  const rww_override of_the_base[] = {{"noise.seed", "43"}, {"observation.loss", "{rmse: 0.5}"}};
  char *before = write_canonical(own, NULL, 0, RWW_MEANING_FIT);
  char *after = write_canonical(own, of_the_base, 2, RWW_MEANING_FIT);
  CHECK(strcmp(before, after) == 0);
  free(before);
  free(after);
}

static void check_seeds_of_a_fit_are_what_they_stand_for(void) {
  CHECK(mean_the_same(FITS "optimize: [{" FIT "}]", FITS "optimize: [{" FIT ", seeds: [42]}]", RWW_MEANING_FIT));
  CHECK(mean_the_same(FITS "optimize: [{" FIT ", seeds: {first: 5, per_step: 2, blocks: 1}}]",
                      FITS "optimize: [{" FIT ", seeds: [5, 6]}]", RWW_MEANING_FIT));
  CHECK(!mean_the_same(FITS "optimize: [{" FIT ", entry: final, seeds: {first: 5, per_step: 1, blocks: 2}}]",
                       FITS "optimize: [{" FIT ", entry: final, seeds: [5, 6]}]", RWW_MEANING_FIT));
}

static char *write_second_fit(const char *text, const char *start_key) {
  rww_text canonical = {0};
  rww_config *config = read_good_config(text, NULL, NULL);
  rww_config_write_canonical_fit(config, &config->optimize.fits[1], start_key, &canonical);
  rww_config_free(config);
  return canonical.chars;
}

static void check_name_place_and_neighbours_of_a_fit_do_not_matter(void) {
  char *first = write_canonical(FITS "optimize: [{" FIT "}, " OTHER_FIT "]", NULL, 0, RWW_MEANING_FIT);
  char *second = write_second_fit(FITS "optimize: [" OTHER_FIT ", {" FIT "}]", NULL);
  CHECK(strcmp(first, second) == 0);
  CHECK(strstr(first, "fit.steps = 10\n") && !strstr(first, "= one") && !strstr(first, "optimize["));
  free(first);
  free(second);
}

static void check_order_of_free_parameters_does_not_matter(void) {
  CHECK(mean_the_same(FITS "optimize: [{" FIT ", bounds: {model.w: [0, 1], model.I_o: [0, 2]}}]",
                      FITS "optimize: [{name: two, steps: 10, bounds: {model.I_o: [0, 2], model.w: [0, 1]}, "
                           "free: {model.I_o: global, model.parameters.w: global}}]",
                      RWW_MEANING_FIT));
}

static void check_a_fit_means_the_key_and_the_entry_of_what_it_starts_from(void) {
  char *text = write_second_fit(FITS "optimize: [" OTHER_FIT ", {" FIT ", start: other}]", START_KEY);
  CHECK(strstr(text, "fit.start = fit " START_KEY " best\n") != NULL);
  free(text);
  text = write_second_fit(FITS "optimize: [" OTHER_FIT ", {" FIT ", start: other, entry: final}]", START_KEY);
  CHECK(strstr(text, "fit.start = fit " START_KEY " final\n") != NULL);
  free(text);
}

static void check_a_start_at_values_means_what_is_given(void) {
  char *text = write_canonical(FITS "optimize: [{name: one, free: {model.w: regional}, steps: 10, "
                                    "start: {model.w: [1, 2], coupling.a: 3}}]",
                               NULL, 0, RWW_MEANING_FIT);
  CHECK(strstr(text, "fit.start.model.parameters.w = [1, 2]\nfit.start.coupling.parameters.a = 3\n") != NULL);
  CHECK(strstr(text, "model.parameters.w = 0.6\n") && !strstr(text, "fit.start.model.parameters.I_o"));
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
  check_a_fit_with_its_own_seeds_and_loss_does_not_depend_on_the_base_s();
  check_seeds_of_a_fit_are_what_they_stand_for();
  check_name_place_and_neighbours_of_a_fit_do_not_matter();
  check_order_of_free_parameters_does_not_matter();
  check_a_fit_means_the_key_and_the_entry_of_what_it_starts_from();
  check_a_start_at_values_means_what_is_given();
  return check_report();
}
