#include "config_text.h"

#define AXES                                                                                                           \
  CONNECTIVITY "explore:\n  keep: [fc]\n  axes:\n    - {parameter: coupling.a, low: 0, high: 1, n: 3}\n"               \
               "    - {parameter: model.w, low: 0, high: 1, n: 4}\n"

static double override_w(const char *path) {
  rww_config *config = read_good_config(CONNECTIVITY "model: {parameters: {w: 0.5}}", path, "0.3");
  double w = config->base.value[RWW_MODEL_W].values[0];
  rww_config_free(config);
  return w;
}

static void check_parameters_have_a_short_path(void) {
  CHECK_NEAR(override_w("model.parameters.w"), 0.3, 0);
  CHECK_NEAR(override_w("model.w"), 0.3, 0);
  rww_config *config = read_good_config(CONNECTIVITY, "noise.seed", "7");
  CHECK(config->base.seed == 7);
  rww_config_free(config);
  config = read_good_config(CONNECTIVITY, "coupling.b", "-2");
  CHECK_NEAR(config->base.value[RWW_COUPLING_B].values[0], -2, 0);
  rww_config_free(config);
}

static void check_the_last_override_wins(void) {
  rww_problems problems = {0};
  rww_override overrides[] = {{"noise.seed", "7"}, {"integration.noise.seed", "8"}};
  rww_config *config;
  CHECK_OK(rww_config_parse("sweep.yaml", CONNECTIVITY, overrides, 2, &problems, &config));
  CHECK(config->base.seed == 8);
  rww_config_free(config);
  rww_problems_free(&problems);
}

static void check_values_are_yaml(void) {
  rww_config *config = read_good_config(AXES, "explore.axes", "[{parameter: noise.sigma, values: [0.001, 0.002]}]");
  CHECK(config->explore.n_axes == 1 && config->explore.axes[0].parameter == RWW_NOISE_SIGMA);
  rww_config_free(config);
  config = read_good_config(AXES, "explore.axes", "[]");
  CHECK(config->explore.n_axes == 0);
  rww_config_free(config);
}

static void check_an_axis_is_addressed_by_its_parameter(void) {
  rww_config *config = read_good_config(AXES, "explore.axes.model.w.n", "16");
  CHECK(config->explore.axes[0].n == 3 && config->explore.axes[1].n == 16);
  rww_config_free(config);
}

static void check_a_simulated_parameter_is_addressed_by_its_name(void) {
  rww_config *config = read_good_config(CONNECTIVITY, "observation.target.simulate.model.w", "0.4");
  CHECK_NEAR(config->observation.target.simulate.set.value[RWW_MODEL_W].values[0], 0.4, 0);
  rww_config_free(config);
}

static void check_the_short_form_of_the_loss_can_be_refined(void) {
  rww_config *config = read_good_config(CONNECTIVITY "observation: {loss: fc_corr}", "observation.loss.rmse", "0.5");
  CHECK(config->observation.loss.rmse == 0.5 && config->observation.loss.fc_corr == 1);
  rww_config_free(config);
}

static void check_refused(const char *path, const char *value, const char *message) {
  CHECK(read_config(AXES, path, value) == NULL);
  CHECK_MESSAGE(RWW_ERR_CONFIG, message);
}

static void check_what_is_wrong_names_the_override(void) {
  check_refused("integration.step_size", "3",
                "--set integration.step_size: integration.step_size: found 3; expected 4/k");
  check_refused("explore.axes.model.v.n", "3", "--set explore.axes.model.v.n: explore.axes has no entry");
  check_refused("explore.axes.model.w.m", "3", "--set explore.axes.model.w.m: unknown key 'm'");
  check_refused("integraton.step_size", "2", "unknown key 'integraton'; expected name");
  check_refused("a", "2", "expected model.parameters.a or coupling.parameters.a");
  check_refused("name", "[1", "--set name: not valid YAML");
  check_refused("name", "", "--set name: name: found nothing");
  check_refused("integration.step_size.x", "2", "found a mapping; expected a number");
}

int main(void) {
  check_parameters_have_a_short_path();
  check_the_last_override_wins();
  check_values_are_yaml();
  check_an_axis_is_addressed_by_its_parameter();
  check_a_simulated_parameter_is_addressed_by_its_name();
  check_the_short_form_of_the_loss_can_be_refined();
  check_what_is_wrong_names_the_override();
  return check_report();
}
