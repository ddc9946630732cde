#include "config_text.h"

static void check_defaults_are_those_of_the_model(void) {
  rww_config *config = read_good_config(CONNECTIVITY, NULL, NULL);
  CHECK_NEAR(config->base.value[RWW_MODEL_W].values[0], 0.6, 0);
  CHECK_NEAR(config->base.value[RWW_MODEL_I_O].values[0], 0.33, 0);
  CHECK_NEAR(config->base.value[RWW_MODEL_J_N].values[0], 0.2609, 0);
  CHECK_NEAR(config->base.initial_S.values[0], 0.1, 0);
  CHECK_NEAR(config->integration.step_size_ms, 4, 0);
  CHECK_NEAR(config->integration.duration_ms, 120000, 0);
  CHECK_NEAR(config->monitors.bold_period_ms, 1000, 0);
  CHECK_NEAR(config->monitors.raw_last_ms, 0, 0);
  CHECK_NEAR(config->observation.loss.rmse, 1, 0);
  CHECK_NEAR(config->observation.loss.fc_corr, 0, 0);
  CHECK(isinf(config->connectivity.conduction_speed_mm_per_ms));
  CHECK(config->connectivity.normalize == RWW_NORMALIZE_MAX);
  CHECK(config->observation.fc_skip == 20 && config->base.seed == 42);
  CHECK(config->precision == RWW_FLOAT64 && config->integration.noise_dtype == RWW_FLOAT64);
  CHECK(config->explore.n_axes == 0 && !config->explore.keep_fc && !config->explore.keep_bold);
  CHECK(strcmp(config->output_directory, "results") == 0 && strcmp(config->observation.target.dataset, "fc") == 0);
  rww_config_free(config);
}

static const char published[] =
    "name: dk84\n"
    "model: {name: ReducedWongWang, parameters: {w: 0.5, I_o: 0.32}, initial: {S: 0.1}}\n"
    "connectivity: {file: dk84.h5, normalize: none, conduction_speed: .inf}\n"
    "coupling: {name: Linear, parameters: {a: 0.5, b: 0.0}}\n"
    "integration: {method: Heun, step_size: 2.0, duration: 60000.0,\n"
    "              noise: {sigma: 2.83e-3, seed: 18446744073709551615, dtype: float32}}\n"
    "monitors: {Raw: {last: 20000.0}, Bold: {period: 2000.0}}\n"
    "observation: {fc: {skip: 10}, target: {file: /data/dk84.h5, dataset: mean}, loss: fc_corr}\n"
    "explore:\n"
    "  keep: [bold]\n"
    "  axes:\n"
    "    - {parameter: coupling.a, low: 0.001, high: 0.7, n: 64}\n"
    "    - {parameter: model.w, low: 1e-3, high: .7, n: 63, scale: log}\n"
    "    - {parameter: model.I_o, values: [0.32, 0.3]}\n"
    "precision: float32\n"
    "output: {directory: /scratch/out}\n";

static void check_settings_are_read(void) {
  rww_config *config = read_good_config(published, NULL, NULL);
  CHECK(strcmp(config->name, "dk84") == 0 && strcmp(config->source, published) == 0);
  CHECK_NEAR(config->base.value[RWW_MODEL_W].values[0], 0.5, 0);
  CHECK_NEAR(config->base.value[RWW_NOISE_SIGMA].values[0], 0.00283, 0);
  CHECK_NEAR(config->integration.step_size_ms, 2, 0);
  CHECK_NEAR(config->integration.duration_ms, 60000, 0);
  CHECK_NEAR(config->monitors.bold_period_ms, 2000, 0);
  CHECK_NEAR(config->monitors.raw_last_ms, 20000, 0);
  CHECK(config->base.seed == UINT64_MAX && config->integration.noise_dtype == RWW_FLOAT32);
  CHECK(config->connectivity.normalize == RWW_NORMALIZE_NONE && config->precision == RWW_FLOAT32);
  CHECK(config->observation.fc_skip == 10 && strcmp(config->observation.target.dataset, "mean") == 0);
  CHECK(config->observation.loss.rmse == 0 && config->observation.loss.fc_corr == 1);
  CHECK(config->explore.keep_bold && !config->explore.keep_fc);
  CHECK(strcmp(config->output_directory, "/scratch/out") == 0);
  rww_config_free(config);
}

static void check_input_paths_are_relative_to_the_file(void) {
  rww_config *config = read_good_config(published, NULL, NULL);
  CHECK(strcmp(config->connectivity.file.name, "study/dk84.h5") == 0);
  CHECK(strcmp(config->observation.target.file.name, "/data/dk84.h5") == 0);
  rww_config_free(config);
}

static void check_axes_are_read_in_order(void) {
  rww_config *config = read_good_config(published, NULL, NULL);
  const rww_axis_config *axes = config->explore.axes;
  CHECK(config->explore.n_axes == 3);
  CHECK(axes[0].parameter == RWW_COUPLING_A && axes[0].n == 64 && axes[0].scale == RWW_SCALE_LINEAR);
  CHECK(axes[1].parameter == RWW_MODEL_W && axes[1].n == 63 && axes[1].scale == RWW_SCALE_LOG);
  CHECK_NEAR(axes[1].low, 0.001, 0);
  CHECK_NEAR(axes[1].high, 0.7, 0);
  CHECK(axes[2].n == 2 && axes[2].values && axes[2].values[0] == 0.32 && axes[2].values[1] == 0.3);
  CHECK(axes[2].line == 14);
  rww_config_free(config);
}

static void check_seed_axes_are_integers(void) {
  rww_config *config = read_good_config(
      CONNECTIVITY "explore: {keep: [fc], axes: [{parameter: noise.seed, values: [9223372036854775813, 1]}]}", NULL,
      NULL);
  CHECK(config->explore.axes[0].seeds[0] == 9223372036854775813u && config->explore.axes[0].seeds[1] == 1);
  CHECK(config->explore.axes[0].values == NULL);
  rww_config_free(config);
  config =
      read_good_config(CONNECTIVITY "explore: {keep: [fc], axes: [{parameter: noise.seed, low: 18446744073709551611,"
                                    " high: 18446744073709551615, n: 3}]}",
                       NULL, NULL);
  CHECK(config->explore.axes[0].n == 3 && config->explore.axes[0].seeds[1] == 18446744073709551613u);
  rww_config_free(config);
}

static void check_model_parameters_may_differ_from_node_to_node(void) {
  rww_config *config = read_good_config(
      CONNECTIVITY "model:\n  parameters:\n    w: [0.5, 0.25, 1]\n    I_o: {file: io.txt}\n  initial: {S: [0, 1]}",
      NULL, NULL);
  const rww_values *w = &config->base.value[RWW_MODEL_W], *I_o = &config->base.value[RWW_MODEL_I_O];
  CHECK(w->n == 3 && w->values[1] == 0.25 && w->file == NULL && w->line == 4 && w->column == 8);
  CHECK(I_o->n == 0 && strcmp(I_o->file, "study/io.txt") == 0);
  CHECK(config->base.initial_S.n == 2);
  rww_config_free(config);
}

static void check_simulated_target_changes_what_it_names(void) {
  rww_config *config = read_good_config(CONNECTIVITY "model: {parameters: {I_o: 0.3}}\n"
                                                     "observation: {target: {simulate: {model.w: 0.4, noise.seed: 7}}}",
                                        NULL, NULL);
  const rww_target_config *target = &config->observation.target;
  CHECK(target->simulate.given && target->simulate.set.seed == 7 && config->base.seed == 42);
  CHECK_NEAR(target->simulate.set.value[RWW_MODEL_W].values[0], 0.4, 0);
  CHECK_NEAR(target->simulate.set.value[RWW_MODEL_I_O].values[0], 0.3, 0);
  CHECK_NEAR(config->base.value[RWW_MODEL_W].values[0], 0.6, 0);
  rww_config_free(config);
}

/* The table in NUMERICS, "Variants". */
static void check_semantics_are_presets(void) {
  static const struct {
    const char *name;
    bool of_predictor, clip, spread, late;
    rww_bold_sample sample;
    uint64_t seed;
  } presets[] = {{"tvbo-2025.06", false, true, false, false, RWW_SAMPLE_TVBO, 42},
                 {"tvboptim-0.2.0", true, false, true, false, RWW_SAMPLE_START, 0},
                 {"tvboptim-0.4.0", false, false, true, true, RWW_SAMPLE_END, 0}};
  for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
    rww_config *config = read_good_config(CONNECTIVITY, "semantics", presets[i].name);
    const rww_semantics *semantics = &config->semantics;
    CHECK(semantics->corrector_coupling_of_predictor == presets[i].of_predictor);
    CHECK(semantics->clip == presets[i].clip && semantics->hrf_spread == presets[i].spread);
    CHECK(semantics->bold_input_late == presets[i].late && semantics->bold_sample == presets[i].sample);
    CHECK(config->base.seed == presets[i].seed);
    CHECK_NEAR(config->base.initial_S.values[0], 0.1, 0); /* of no preset */
    rww_config_free(config);
  }
}

static void check_an_explicit_setting_wins_over_semantics(void) {
  rww_config *config = read_good_config(
      CONNECTIVITY "semantics: tvboptim-0.4.0\nintegration: {clip: true, noise: {seed: 3}}", NULL, NULL);
  CHECK(config->semantics.clip && config->base.seed == 3 && config->semantics.hrf_spread);
  rww_config_free(config);
}

static void check_weights_of_the_loss_are_read(void) {
  rww_config *config = read_good_config(CONNECTIVITY "observation: {loss: {fc_corr: 0.3}}", NULL, NULL);
  CHECK(config->observation.loss.rmse == 1 && config->observation.loss.fc_corr == 0.3);
  rww_config_free(config);
}

static void check_anchors_are_read(void) {
  rww_config *config =
      read_good_config(CONNECTIVITY "model: {parameters: {w: &x [0.1, 0.2], I_o: *x}}", "model.w", "0.5");
  CHECK(config->base.value[RWW_MODEL_W].n == 1 && config->base.value[RWW_MODEL_I_O].n == 2);
  rww_config_free(config);
}

int main(void) {
  check_defaults_are_those_of_the_model();
  check_settings_are_read();
  check_input_paths_are_relative_to_the_file();
  check_axes_are_read_in_order();
  check_seed_axes_are_integers();
  check_model_parameters_may_differ_from_node_to_node();
  check_simulated_target_changes_what_it_names();
  check_semantics_are_presets();
  check_an_explicit_setting_wins_over_semantics();
  check_weights_of_the_loss_are_read();
  check_anchors_are_read();
  return check_report();
}
