/* What is refused in fits: each row is a configuration, and where and what its message says. */
#include "config_text.h"

/* Lines 1 to 3; line 4 is the rest. */
#define F                                                                                                              \
  CONNECTIVITY "observation: {target: {file: fc.csv}}\n"                                                               \
               "model: {parameters: {tau_s: [99, 101]}}\n"
#define FIT(text) F "optimize: [{name: f, steps: 9, " text "}]"
#define FREE(text) FIT("free: {" text "}")
#define SET(text) FIT("free: {model.w: global}, " text)
#define TWO(text)                                                                                                      \
  F "optimize: [{name: g, steps: 9, free: {model.w: regional}, seeds: [1]}, {name: f, steps: 9, " text "}]"

static const struct {
  const char *text, *message;
} refused[] = {
    /* keys and types */
    {F "optimize: {name: f}", "4:11: optimize: found a mapping; expected a list of mappings"},
    {F "optimize: [f]", "4:12: optimize: found the text 'f'; expected a mapping"},
    {SET("step: 1"), "4:57: unknown key 'step' in optimize[]; expected name"},
    {SET("step: 1"), "(did you mean steps?)"},
    {SET("learning_rate: 1"), "unknown key 'learning_rate' in optimize[]; expected optimize[].optimizer.learning_rate"},
    {SET("optimizer: {clip_norm: 1}"),
     "unknown key 'clip_norm' in optimize[].optimizer; expected optimize[].clip_norm"},
    {SET("optimizer: {b3: 1}"), "4:69: unknown key 'b3' in optimize[].optimizer; expected name, learning_rate, b1"},
    {SET("optimizer: adam"), "4:68: optimize[0].optimizer: found the text 'adam'; expected a mapping"},
    {SET("memory: 3"), "unknown key 'memory' in optimize[]"},
    {F "memory: {trajectory: -1}", "4:22: memory.trajectory: found -1; expected a number that is not negative [MB]"},
    {F "memory: {noise: -1}", "4:17: memory.noise: found -1; expected a number that is not negative [MB]"},
    {F "memory: {trajectories: 1}", "unknown key 'trajectories' in memory; expected trajectory, noise (did you mean"},
    /* names */
    {F "optimize: [{steps: 1, free: {model.w: global}}]", "4:12: optimize[0].name: is missing; expected a text"},
    {F "optimize: [{name: a/b, steps: 1, free: {model.w: global}}]",
     "4:19: optimize[0].name: found 'a/b'; expected letters, digits, - and _"},
    {F "optimize: [{name: explore, steps: 1, free: {model.w: global}}]",
     "optimize[0].name: found explore, which means something else; expected another name"},
    {F "optimize: [{name: base, steps: 1, free: {model.w: global}}]", "found base, which means something else"},
    {F "optimize: [{name: f-0123456789abcdef, steps: 1, free: {model.w: global}}]",
     "found f-0123456789abcdef, which ends as the name of a result file"},
    {TWO("free: {model.w: regional}}, {name: g, steps: 1, free: {model.w: global}"),
     "4:127: optimize[2].name: g is a fit already; expected each name once"},
    /* free parameters */
    {F "optimize: [{name: f, steps: 1}]", "4:12: optimize[0].free: is missing; expected a mapping of parameters"},
    {FREE(""), "optimize[0].free: found a mapping; expected a mapping of parameters to global or regional"},
    {FIT("free: [model.w]"), "4:38: optimize[0].free: found a list of 1; expected a mapping of parameters"},
    {FREE("w: global"), "4:39: optimize[0].free: no parameter is named 'w'; expected model.w (a parameter is named"},
    {FREE("model.ww: global"), "no parameter is named 'model.ww' (did you mean model.w?)"},
    {FREE("noise.seed: global"), "4:39: optimize[0].free: found noise.seed, which has no gradient"},
    {FREE("coupling.a: regional"), "4:51: optimize[0].free: coupling.a is one number for all nodes; expected global"},
    {FREE("noise.sigma: regional"), "noise.sigma is one number for all nodes; expected global"},
    {FREE("model.w: regionl"), "optimize[0].free: found the text 'regionl'; expected one of global, regional (did you"},
    {FREE("model.w: [0, 1]"), "optimize[0].free: found a list of 2; expected one of global, regional"},
    {FREE("model.w: global, model.parameters.w: global"), "4:56: optimize[0].free: model.w a second time"},
    {FREE("model.tau_s: global"), "4:52: optimize[0].free: model.tau_s is global, but starts from a value a node"},
    {TWO("free: {model.w: global}, start: g"), "4:108: optimize[1].free: model.w is global, but starts from a value"},
    {TWO("free: {model.I_o: global}, start: g}, {name: h, steps: 0, free: {model.w: global}, start: f"),
     "optimize[2].free: model.w is global, but starts from a value a node; expected regional"},
    {SET("start: {model.w: [1, 2]}"), "optimize[0].free: model.w is global, but starts from a value a node"},
    /* bounds */
    {SET("bounds: [0, 1]"), "4:65: optimize[0].bounds: found a list of 2; expected a mapping of free parameters"},
    {SET("bounds: {model.w: 1}"), "4:75: optimize[0].bounds: found 1; expected [low, high]"},
    {SET("bounds: {model.w: [0, 1, 2]}"), "optimize[0].bounds: found a list of 3; expected [low, high]"},
    {SET("bounds: {model.w: [1, 0]}"), "4:75: optimize[0].bounds: found [1, 0] for model.w; expected low below high"},
    {SET("bounds: {model.w: [1, 1]}"), "found [1, 1] for model.w; expected low below high"},
    {SET("bounds: {model.w: [0, .inf]}"), "4:79: optimize[0].bounds: found .inf; expected a finite number"},
    {SET("bounds: {model.w: [.nan, 1]}"), "optimize[0].bounds: found .nan; expected a number"},
    {SET("bounds: {w: [0, 1]}"), "optimize[0].bounds: no parameter is named 'w'"},
    {SET("bounds: {model.I_o: [0, 1]}"), "4:66: optimize[0].bounds: model.I_o is not free; expected free parameters"},
    {FIT("free: {noise.sigma: global}, bounds: {noise.sigma: [-1, 1]}"), "found -1; expected a number that is not"},
    {FIT("free: {model.d: global}, bounds: {model.d: [0, 200]}"), "found 0; expected a number above 0"},
    {SET("bounds: {model.w: [0.7, 0.9]}"),
     "4:75: optimize[0].bounds: model.w starts at 0.6; expected bounds around it, not [0.7, 0.9]"},
    {SET("bounds: {model.w: [0.6, 0.9]}"), "model.w starts at 0.6; expected bounds around it"},
    {SET("bounds: {model.w: [0, 1]}, start: {model.w: 2}"), "optimize[0].bounds: model.w starts at 2"},
    {FIT("free: {model.tau_s: regional}, bounds: {model.tau_s: [90, 100]}"), "model.tau_s starts at 101"},
    {TWO("free: {model.I_o: global}, start: g, bounds: {model.I_o: [0, 0.1]}"),
     "optimize[1].bounds: model.I_o starts at 0.33"},
    /* starts */
    {SET("start: []"), "4:64: optimize[0].start: found a list of 0; expected base, explore, an earlier fit, or values"},
    {SET("start: {}"), "optimize[0].start: found a mapping; expected base, explore, an earlier fit, or values"},
    {SET("start: bas"), "4:64: optimize[0].start: no earlier stage is named 'bas' (did you mean base?); expected base"},
    {TWO("free: {model.w: regional}, start: h"), "no earlier stage is named 'h'; expected base, explore, g, or values"},
    {SET("start: explore"), "4:64: optimize[0].start: found explore, but explore.axes has no axes; expected some"},
    {SET("start: f"), "4:64: optimize[0].start: the fit would start from itself, 'f'; expected a fit above it"},
    {SET("start: g}, {name: g, steps: 1, free: {model.w: global}, start: f"),
     "4:64: optimize[0].start: found the later fit 'g'; expected a fit above it"},
    {SET("start: {w: 1}"), "4:65: optimize[0].start: no parameter is named 'w'; expected model.w"},
    {SET("start: {noise.seed: 1}"), "4:65: optimize[0].start: found noise.seed; expected it in the fit's seeds"},
    {SET("start: {coupling.a: [1, 2]}"), "optimize[0].start: found a list of 2; expected one number for all nodes"},
    {SET("start: {model.w: x}"), "4:74: optimize[0].start: found the text 'x'; expected a number"},
    {F "explore: {axes: [{parameter: model.w, values: [1, 2]}]}\n"
       "optimize: [{name: f, steps: 1, free: {model.w: global}, start: explore, restarts: 3}]",
     "5:83: optimize[0].restarts: found more than the 2 points of the exploration"},
    /* numbers */
    {F "optimize: [{name: f, free: {model.w: global}}]",
     "4:12: optimize[0].steps: is missing; expected a whole number"},
    {F "optimize: [{name: f, steps: -1, free: {model.w: global}}]",
     "4:29: optimize[0].steps: found -1; expected a whole number, not negative"},
    {SET("restarts: 0"), "4:67: optimize[0].restarts: found 0; expected a whole number from 1"},
    {SET("restarts: 1e3"), "optimize[0].restarts: found 1e3; expected a whole number"},
    {SET("restarts: 5000000"), "optimize[0].restarts: found 5000000; expected at most 1000000"},
    {SET("optimizer: {learning_rate: 0}"),
     "4:84: optimize[0].optimizer.learning_rate: found 0; expected a number above"},
    {SET("optimizer: {learning_rate: .nan}"), "optimizer.learning_rate: found .nan; expected a number"},
    {SET("optimizer: {learning_rate: .inf}"), "optimizer.learning_rate: found .inf; expected a finite number"},
    {SET("optimizer: {b1: 1}"), "optimize[0].optimizer.b1: found 1; expected a number from 0 to below 1"},
    {SET("optimizer: {b2: -0.1}"), "optimize[0].optimizer.b2: found -0.1; expected a number that is not negative"},
    {SET("optimizer: {eps: 0}"), "optimize[0].optimizer.eps: found 0; expected a number above 0"},
    {SET("optimizer: {name: sgd}"), "optimize[0].optimizer.name: found the text 'sgd'; expected adam"},
    {SET("schedule: linear"), "optimize[0].schedule: found the text 'linear'; expected one of constant, exponential"},
    {SET("decay: 0.1"), "4:64: optimize[0].decay: found without schedule: exponential"},
    {SET("schedule: exponential, decay: 0"), "optimize[0].decay: found 0; expected a number above 0, at most 1"},
    {SET("clip_norm: 0"), "optimize[0].clip_norm: found 0; expected a number above 0"},
    {SET("adjoint_damping: 0"), "optimize[0].adjoint_damping: found 0; expected a number above 0, at most 1"},
    {SET("adjoint_damping: 1.01"), "optimize[0].adjoint_damping: found 1.01; expected a number above 0, at most 1"},
    {SET("spread: -1"), "optimize[0].spread: found -1; expected a number that is not negative"},
    {SET("tolerance: .inf"), "optimize[0].tolerance: found .inf; expected a finite number"},
    {SET("patience: 0"), "optimize[0].patience: found 0; expected a whole number from 1"},
    {SET("print_every: 0"), "optimize[0].print_every: found 0; expected a whole number from 1"},
    /* loss */
    {SET("loss: rms"), "4:63: optimize[0].loss: found the text 'rms'; expected a mapping, or one name, with rmse"},
    {SET("loss: {rmse: -1}"), "optimize[0].loss.rmse: found -1; expected a number that is not negative"},
    {SET("loss: {rmse: 0}"), "4:63: optimize[0].loss: all weights are 0; expected one above 0"},
    {CONNECTIVITY "optimize: [{name: f, steps: 1, free: {model.w: global}}]",
     "2:1: optimize: found no observation.target, so that no fit has a loss; expected one"},
    /* seeds and the entry that they leave */
    {SET("seeds: []"), "4:64: optimize[0].seeds: found a list of 0; expected a list of seeds, or {first"},
    {SET("seeds: [1, -1]"), "4:68: optimize[0].seeds: found -1; expected a whole number, not negative"},
    {SET("seeds: [noise.sed]"), "optimize[0].seeds: found the text 'noise.sed'; expected a whole number"},
    {SET("seeds: [42, 7, noise.seed]"), "4:64: optimize[0].seeds: found the seed 42 twice; expected each once"},
    {SET("seeds: {first: 1, per_step: 2}"), "4:64: optimize[0].seeds: blocks is missing; expected first, per_step and"},
    {SET("seeds: {first: 1, per_step: 0, blocks: 2}"),
     "4:85: optimize[0].seeds.per_step: found 0; expected a whole number from 1"},
    {SET("seeds: {first: 1, per_step: 2, blocks: 0}"),
     "4:96: optimize[0].seeds.blocks: found 0; expected a whole number from 1"},
    {SET("seeds: {first: 1, per_steps: 2, blocks: 2}"),
     "4:75: optimize[0].seeds: unknown key 'per_steps'; expected first"},
    {SET("seeds: {first: 1, per_steps: 2, blocks: 2}"), "(did you mean per_step?)"},
    {SET("validation: 5"), "optimize[0].validation: found 5; expected a mapping with seeds"},
    {SET("seeds: {first: 1, per_step: 2000, blocks: 2000}"), "found 2000 x 2000 seeds; expected at most 1000000"},
    {SET("seeds: {first: 18446744073709551614, per_step: 3, blocks: 1}"), "would not fit into 64 bits"},
    {SET("seeds: {first: 1, per_step: 1, blocks: 11}"), "4:64: optimize[0].seeds: found 11 blocks for 10 entries"},
    {SET("seeds: {first: 1, per_step: 1, blocks: 2}, entry: best"),
     "4:107: optimize[0].entry: found best, but the fit has other seeds at each step, and losses on different seeds "
     "do"},
    {SET("seeds: {first: 1, per_step: 1, blocks: 2}}, {name: g, steps: 1, free: {model.w: global}, start: f, entry: "
         "best"),
     "optimize[1].entry: found best, but the fit that it starts from has other seeds at each step"},
    {SET("entry: last"), "4:64: optimize[0].entry: found the text 'last'; expected one of best, final"},
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

static size_t count_lines(const char *text) {
  size_t n = 1;
  while ((text = strchr(text, '\n'))) {
    n++;
    text++;
  }
  return n;
}

static void check_all_problems_of_all_fits_are_told_once(void) {
  CHECK(!read_config(F
                     "optimize:\n  - {name: f, steps: -1, free: {w: global}, start: g, restarts: 0, loss: {rmse: -1}}\n"
                     "  - {name: f!, steps: 2, free: {model.w: global}, entry: best, decay: 0.5,\n"
                     "     seeds: {first: 1, per_step: 1, blocks: 4}}\n",
                     NULL, NULL));
  const char *message = rww_status_message(RWW_ERR_CONFIG);
  static const char *const told[] = {"[0].steps", "[0].free",  "[0].start", "[0].restarts", "[0].loss.rmse",
                                     "[1].name",  "[1].entry", "[1].decay", "[1].seeds"};
  for (size_t i = 0; i < sizeof told / sizeof *told; i++) CHECK_MESSAGE(RWW_ERR_CONFIG, told[i]);
  CHECK(count_lines(message) == sizeof told / sizeof *told);
}

static void check_an_override_is_named(void) {
  CHECK(!read_config(SET("restarts: 2"), "optimize.f.restarts", "0"));
  CHECK_MESSAGE(RWW_ERR_CONFIG, "--set optimize.f.restarts: optimize[0].restarts: found 0");
  CHECK(!read_config(SET("restarts: 2"), "optimize.g.restarts", "1"));
  CHECK_MESSAGE(RWW_ERR_CONFIG, "--set optimize.g.restarts: optimize has no entry with this name; expected f");
  CHECK(!read_config(SET("bounds: {model.w: [0, 1]}"), "model.w", "3"));
  CHECK_MESSAGE(RWW_ERR_CONFIG, "4:75: optimize[0].bounds: model.w starts at 3");
}

int main(void) {
  check_each_is_refused_with_its_place();
  check_all_problems_of_all_fits_are_told_once();
  check_an_override_is_named();
  return check_report();
}
