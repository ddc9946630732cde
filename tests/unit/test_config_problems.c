/* What is refused: each row is a configuration, and where and what its message says. */
#include "config_text.h"

#define F CONNECTIVITY /* line 1 */
#define AXIS(text) F "explore: {keep: [fc], axes: [" text "]}"

static const struct {
  const char *text, *message;
} refused[] = {
    /* unknown keys */
    {F "nam: x", "sweep.yaml:2:1: unknown key 'nam'; expected name, semantics"},
    {F "nam: x", "(did you mean name?)"},
    {F "integration: {stepsize: 4}", "sweep.yaml:2:15: unknown key 'stepsize' in integration; expected noise, method"},
    {F "integration: {stepsize: 4}", "(did you mean step_size?)"},
    {F "sigma: 0.01", "sweep.yaml:2:1: unknown key 'sigma'; expected integration.noise.sigma"},
    {F "model: {w: 0.5}", "sweep.yaml:2:9: unknown key 'w' in model; expected model.parameters.w"},
    {F "integration.step_size: 2", "with a level of its own for each name"},
    {AXIS("{parameter: model.w, low: 0, high: 1, n: 2, step: 1}"), "2:74: unknown key 'step' in explore.axes[]"},
    {F "evaluate: {}", ":2:1: evaluate: found no observation.target"},
    {F "'': 1", "2:1: unknown key ''; expected name"},
    /* wrong types */
    {F "integration: {step_size: fast}", "2:26: integration.step_size: found the text 'fast'; expected a number"},
    {F "integration: {step_size: \"4\"}", "found the quoted text '4'; expected a number"},
    {F "integration: {step_size: [4]}", "found a list of 1; expected a number"},
    {F "integration: {step_size: }", "found nothing; expected a number"},
    {F "integration: 4", "sweep.yaml:2:14: integration: found 4; expected a mapping with noise"},
    {F "integration:", "integration: found nothing; expected a mapping"},
    {F "integration: {clip: 1}", "integration.clip: found 1; expected true or false"},
    {F "name: [a]", "name: found a list of 1; expected a text"},
    {F "name: ''", "name: found the quoted text ''; expected a text"},
    {F "output: {directory: }", "output.directory: found nothing; expected a text"},
    {F "observation: {fc: {skip: 1.5}}", "observation.fc.skip: found 1.5; expected a whole number"},
    {F "explore: {axes: 3}", "explore.axes: found 3; expected a list of mappings"},
    {F "explore: {keep: [fc], axes: [3]}", "2:30: explore.axes: found 3; expected a mapping"},
    {F "explore: {axes: [], keep: fc}", "explore.keep: found the text 'fc'; expected one of fc, bold"},
    {F "model: {parameters: {w: {fil: x}}}", "model.parameters.w: found a mapping; expected a number, a list"},
    {F "model: {parameters: {w: [0.5]}}", "found a list of 1; expected a value for each node, or one number"},
    {F "model: {parameters: {w: [0.5, x]}}", "2:31: model.parameters.w: found the text 'x'; expected a number"},
    {F "coupling: {parameters: {a: [1, 2]}}", "coupling.parameters.a: found a list of 2; expected one number"},
    {F "integration: {noise: {sigma: {file: x}}}", "integration.noise.sigma: found a mapping; expected one number"},
    /* names */
    {F "semantics: tvbo", "2:12: semantics: found the text 'tvbo'; expected one of tvbo-2025.06, tvboptim-0.2.0"},
    {F "model: {name: Wong}", "model.name: found the text 'Wong'; expected ReducedWongWang"},
    {F "coupling: {name: Sigmoid}", "coupling.name: found the text 'Sigmoid'; expected Linear"},
    {F "integration: {method: Euler}", "integration.method: found the text 'Euler'; expected Heun"},
    {F "precision: double", "precision: found the text 'double'; expected one of float64, float32"},
    {"connectivity: {file: a, normalize: maximum}",
     "found the text 'maximum'; expected one of none, max, sum, row-sum"},
    {F "explore: {axes: [], keep: [fcc]}", "explore.keep: found the text 'fcc'; expected one of fc, bold (did you"},
    {F "observation: {loss: rms}",
     "observation.loss: found the text 'rms'; expected a mapping, or one name, with rmse, "
     "fc_corr (did you mean rmse?)"},
    /* impossible values */
    {F "integration: {step_size: 3}", "2:26: integration.step_size: found 3; expected 4/k with a whole number k"},
    {F "integration: {step_size: 0}", "found 0; expected 4/k"},
    {F "integration: {step_size: 8}", "found 8; expected 4/k"},
    {F "integration: {step_size: .nan}", "found .nan; expected a number"},
    {F "integration: {step_size: .inf}", "found .inf; expected a finite number"},
    {F "integration: {step_size: 1e999}", "found 1e999; expected a number within the range of float64"},
    {F "monitors: {Bold: {period: 1001}}", "monitors.Bold.period: found 1001; expected a multiple of 4"},
    {F "monitors: {Bold: {period: 0}}", "monitors.Bold.period: found 0; expected a multiple of 4"},
    {F "integration: {duration: 19996}", "2:25: integration.duration: found 19996; expected at least 20000"},
    {F "integration: {duration: 20001}", "2:15: integration.duration: found 20001; expected a multiple of step_size"},
    {F "integration: {duration: 1e300}", "expected at most 1e12"},
    {F "monitors: {Raw: {last: 3}}", "monitors.Raw.last: found 3; expected a multiple of step_size, 4 ms"},
    {F "integration: {noise: {sigma: -1}}",
     "integration.noise.sigma: found -1; expected a number that is not negative"},
    {F "integration: {noise: {seed: -1}}", "2:29: integration.noise.seed: found -1; expected a whole number"},
    {F "integration: {noise: {seed: 18446744073709551616}}", "expected at most 18446744073709551615 (64 bits)"},
    {F "model: {parameters: {tau_s: 0}}", "model.parameters.tau_s: found 0; expected a number above 0 [ms]"},
    {F "model: {parameters: {w: .nan}}", "model.parameters.w: found .nan; expected a number"},
    {F "model: {initial: {S: 2}}", "model.initial.S: found 2; expected a fraction from 0 to 1"},
    {"connectivity: {file: a, conduction_speed: 3.0}", "1:43: connectivity.conduction_speed: found 3.0; expected .inf"},
    {"connectivity: {generator: {name: two-hemispheres, nodes: 1}}", "nodes: found 1; expected a whole number from 2"},
    {F "observation: {loss: {rmse: -1}}", "observation.loss.rmse: found -1; expected a number that is not negative"},
    /* settings together */
    {"name: x", "sweep.yaml:1:1: connectivity: found neither a file nor a generator"},
    {"connectivity: {file: a, generator: {name: two-hemispheres}}", "1:25: connectivity.generator: found beside"},
    {"connectivity: {generator: {nodes: 84}}", "1:16: connectivity.generator.name: is missing"},
    {"connectivity: {tract_lengths: a, generator: {name: two-hemispheres}}", "found without connectivity.file"},
    {F "observation: {fc: {skip: 118}}", "2:20: observation.fc.skip: found 118, which leaves 2 of 120 BOLD samples"},
    {F "monitors: {Bold: {period: 6000}}", "observation.fc.skip: found 20, which leaves 0 of 20 BOLD samples"},
    {F "observation: {loss: {rmse: 0}}", "2:15: observation.loss: all weights are 0; expected one above 0"},
    {F "observation: {target: {file: a, simulate: {model.w: 1}}}", "2:33: observation.target.simulate: found beside"},
    {F "observation: {target: {dataset: fc}}", "observation.target.dataset: found without observation.target.file"},
    {F "observation: {target: {simulate: {w: 1}}}", "2:35: observation.target.simulate: no parameter is named 'w'; "
                                                    "expected model.w (a parameter is named with its section)"},
    {F "observation: {target: {simulate: {coupling.a: [1, 2]}}}", "expected one number for all nodes"},
    {F "explore: {keep: [fc]}", "explore.axes: is missing"},
    {F "explore: {axes: [{parameter: model.w, values: [1]}]}", "2:11: explore.axes: found no observation.target"},
    /* axes */
    {AXIS("{parameter: a, low: 0, high: 1, n: 2}"), "2:42: explore.axes[0].parameter: no parameter is named 'a'; "
                                                    "expected model.a or coupling.a (a parameter is named with"},
    {AXIS("{parameter: model.I_0, values: [1]}"), "no parameter is named 'model.I_0' (did you mean model.I_o?)"},
    {AXIS("{low: 0, high: 1, n: 2}"), "2:30: explore.axes[0].parameter: is missing; expected a parameter's name"},
    {AXIS("{parameter: model.w, low: 0, high: 1, n: 0}"), "2:71: explore.axes[0].n: found 0; expected a whole number"},
    {AXIS("{parameter: model.w, low: 0, high: 1, n: 1}"), "1 value cannot be both low and high"},
    {AXIS("{parameter: model.w, low: 1, high: 0, n: 3}"), "2:56: explore.axes[0].low: low is above high"},
    {AXIS("{parameter: model.w, low: 1, high: 1, n: 3}"), "low = high is one value"},
    {AXIS("{parameter: model.w, low: .nan, high: 1, n: 3}"), "explore.axes[0].low: found .nan; expected a number"},
    {AXIS("{parameter: model.w, low: 0, high: .inf, n: 3}"), "explore.axes[0].high: found .inf; expected a finite"},
    {AXIS("{parameter: model.w, low: 0, high: 1}"),
     "explore.axes[0].n: is missing; expected low, high and n, or values"},
    {AXIS("{parameter: model.w}"), "explore.axes[0].low: is missing"},
    {AXIS("{parameter: model.w, low: 0, high: 1, n: 3, scale: log}"), "a log scale begins above 0; expected low > 0"},
    {AXIS("{parameter: model.w, low: 0, high: 1, n: 3, values: [1]}"), "stands beside low, high, n or scale"},
    {AXIS("{parameter: model.w, values: []}"), "found a list of 0; expected a list with at least one value"},
    {AXIS("{parameter: model.w, values: [1, x]}"), "explore.axes[0].values: found the text 'x'; expected a number"},
    {AXIS("{parameter: model.w, values: [0, 1, -0.0]}"), "the same value twice"},
    {AXIS("{parameter: noise.sigma, low: -1, high: 1, n: 3}"), "noise.sigma would be -1; expected a value that is not"},
    {AXIS("{parameter: model.tau_s, values: [5, 0]}"), "model.tau_s would be 0; expected a value above 0"},
    {AXIS("{parameter: noise.seed, low: 0, high: 1, n: 3}"), "does not give whole seeds"},
    {AXIS("{parameter: noise.seed, values: [0.5]}"), "found 0.5; expected a whole number, not negative"},
    {AXIS("{parameter: noise.seed, values: [18446744073709551616]}"), "expected at most 18446744073709551615"},
    {AXIS("{parameter: noise.seed, low: 1, high: 8, n: 2, scale: log}"), "seeds have no log scale"},
    {AXIS("{parameter: model.w, values: [1]}, {parameter: model.w, values: [2]}"),
     "2:77: explore.axes[1].parameter: model.w is an axis already"},
    /* the text as a whole */
    {"", "sweep.yaml:1:1: found no settings"},
    {"# nothing\n---\n", "found no settings"},
    {"- a", "sweep.yaml:1:1: found no settings; expected a mapping"},
    {F "name: a\nname: b", "sweep.yaml:3:1: the key 'name' a second time; the first is in line 2"},
};

static void check_each_is_refused_with_its_place(void) {
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    rww_config *config = read_config(refused[i].text, NULL, NULL);
    if (config || !strstr(rww_status_message(RWW_ERR_CONFIG), refused[i].message)) {
      fprintf(stderr, "%s\n  expected: %s\n  found: %s\n", refused[i].text, refused[i].message,
              config ? "it was accepted" : rww_status_message(RWW_ERR_CONFIG));
      check_failures++;
    }
    rww_config_free(config);
  }
}

static void check_all_problems_are_told_at_once(void) {
  CHECK(!read_config("nam: x\nprecision: double\nintegration: {step_size: 3, duration: 5}\n", NULL, NULL));
  CHECK_MESSAGE(RWW_ERR_CONFIG, ":1:1: unknown key 'nam'");
  CHECK_MESSAGE(RWW_ERR_CONFIG, ":2:12: precision");
  CHECK_MESSAGE(RWW_ERR_CONFIG, ":3:26: integration.step_size");
  CHECK_MESSAGE(RWW_ERR_CONFIG, ":3:39: integration.duration");
  CHECK_MESSAGE(RWW_ERR_CONFIG, "connectivity: found neither");
}

static void check_a_problem_is_one_line(void) {
  CHECK(!read_config(CONNECTIVITY "precision: \"a\\nb\\e[1m\"", NULL, NULL));
  CHECK(strpbrk(rww_status_message(RWW_ERR_CONFIG), "\n\033") == NULL);
}

static void check_a_target_with_the_noise_of_the_run_is_warned_of(void) {
  rww_problems problems = {0};
  rww_config *config;
  CHECK_OK(rww_config_parse("a.yaml", CONNECTIVITY "observation: {target: {simulate: {model.w: 1}}}", NULL, 0,
                            &problems, &config));
  CHECK(problems.n == 1 && problems.list[0].severity == RWW_WARNING && strstr(problems.list[0].text, "a.yaml:2:24"));
  rww_problems_free(&problems);
  rww_config_free(config);
}

int main(void) {
  check_each_is_refused_with_its_place();
  check_all_problems_are_told_at_once();
  check_a_problem_is_one_line();
  check_a_target_with_the_noise_of_the_run_is_warned_of();
  return check_report();
}
