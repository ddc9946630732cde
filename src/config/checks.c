#include "config/evaluate.h"
#include "config/fit.h"
#include "config/reader.h"

#include <math.h>

bool rww_reader_is_good(const rww_reader *reader, const char *path) {
  return !reader->failed[rww_setting_find(path) - rww_settings];
}

static bool is_given(const rww_reader *reader, const char *path) {
  return rww_reader_find(&reader->root, path) != NULL;
}

#define REFUSE(reader, path, ...)                                                                                      \
  do {                                                                                                                 \
    rww_place refuse_place_ = rww_reader_place((reader), (path));                                                      \
    rww_reader_refuse((reader), rww_setting_find(path), &refuse_place_, __VA_ARGS__);                                  \
  } while (0)

static void check_connectivity(rww_reader *reader) {
  const rww_connectivity_config *connectivity = &reader->config->connectivity;
  bool has_file = is_given(reader, "connectivity.file"), has_generator = is_given(reader, "connectivity.generator");
  const rww_node *section = rww_node_child(&reader->root, "connectivity");
  if (section && section->kind != RWW_NODE_MAPPING) return;
  if (has_file && has_generator)
    REFUSE(reader, "connectivity.generator", "found beside connectivity.file; expected one of them");
  else if (!has_file && !has_generator)
    REFUSE(reader, "connectivity",
           "found neither a file nor a generator; expected one of them, such as "
           "file: connectome.h5");
  else if (has_generator && !connectivity->generator.name && rww_reader_is_good(reader, "connectivity.generator.name"))
    REFUSE(reader, "connectivity.generator.name", "is missing; expected two-hemispheres");
  if (connectivity->tract_lengths.name && !has_file)
    REFUSE(reader, "connectivity.tract_lengths", "found without connectivity.file; expected it beside a text file");
}

/* Whole within the rounding of a decimal step such as 4/3 ms. */
static bool is_multiple(double length, double step) {
  double n = length / step;
  return fabs(n - round(n)) <= 1e-9 * n;
}

static void check_duration(rww_reader *reader, const char *path, double duration_ms) {
  double step_ms = reader->config->integration.step_size_ms;
  if (!rww_reader_is_good(reader, path)) return;
  if (!is_multiple(duration_ms, step_ms))
    REFUSE(reader, path, "found %g; expected a multiple of step_size, %g ms", duration_ms, step_ms);
  if (duration_ms / step_ms > 1e12)
    REFUSE(reader, path, "found %g steps; expected at most 1e12", duration_ms / step_ms);
}

static void check_steps(rww_reader *reader) {
  const rww_config *config = reader->config;
  double step_ms = config->integration.step_size_ms, last_ms = config->monitors.raw_last_ms;
  if (!rww_reader_is_good(reader, "integration.step_size")) return;
  check_duration(reader, "integration.duration", config->integration.duration_ms);
  if (config->evaluate.given) check_duration(reader, "evaluate.duration", config->evaluate.duration_ms);
  if (rww_reader_is_good(reader, "monitors.Raw.last") && isfinite(last_ms) && !is_multiple(last_ms, step_ms))
    REFUSE(reader, "monitors.Raw.last", "found %g; expected a multiple of step_size, %g ms", last_ms, step_ms);
}

#define LEAST_SAMPLES 3 /* two always correlate perfectly */

static void check_samples(rww_reader *reader, const char *path, double duration_ms) {
  const rww_config *config = reader->config;
  if (!rww_reader_is_good(reader, path) || !rww_reader_is_good(reader, "monitors.Bold.period") ||
      !rww_reader_is_good(reader, "observation.fc.skip"))
    return;
  double n_samples = floor(duration_ms / config->monitors.bold_period_ms);
  double n_skipped = (double)config->observation.fc_skip;
  if (n_samples - n_skipped < LEAST_SAMPLES)
    REFUSE(reader, "observation.fc.skip",
           "found %g, which leaves %g of %g BOLD samples (duration %g ms, period %g ms); "
           "expected at least 3",
           n_skipped, fmax(n_samples - n_skipped, 0), n_samples, duration_ms, config->monitors.bold_period_ms);
}

static void check_loss(rww_reader *reader) {
  if (!rww_reader_is_good(reader, "observation.loss.rmse") || !rww_reader_is_good(reader, "observation.loss.fc_corr"))
    return;
  if (reader->config->observation.loss.rmse == 0 && reader->config->observation.loss.fc_corr == 0)
    REFUSE(reader, "observation.loss", "all weights are 0; expected one above 0");
}

static void check_target(rww_reader *reader) {
  bool has_file = is_given(reader, "observation.target.file");
  bool has_simulation = is_given(reader, "observation.target.simulate");
  if (has_file && has_simulation)
    REFUSE(reader, "observation.target.simulate", "found beside observation.target.file; expected one of them");
  if (!has_file && is_given(reader, "observation.target.dataset"))
    REFUSE(reader, "observation.target.dataset", "found without observation.target.file");
  if (!has_file && !has_simulation && is_given(reader, "observation.target"))
    REFUSE(reader, "observation.target", "found neither a file nor a simulation; expected one of them");
}

/* The noise of the run in the target as well would make a fit look better than any data allow. */
static void warn_of_common_seed(rww_reader *reader) {
  char where[RWW_PLACE_TEXT_SIZE];
  const rww_target_config *target = &reader->config->observation.target;
  rww_place place = rww_reader_place(reader, "observation.target.simulate");
  if (!target->simulate.given || target->simulate.set.seed != reader->config->base.seed) return;
  rww_place_format(&place, where);
  rww_problems_add(reader->problems, RWW_WARNING,
                   "%s: observation.target.simulate: the target has the noise of the run itself; expected another "
                   "noise.seed",
                   where);
}

/* Parameter that an item of explore.axes names; NULL where it names none. */
static const rww_node *find_axis_parameter(const rww_node *item, rww_parameter *parameter) {
  const char *nearest;
  const rww_node *name = rww_node_child(item, "parameter");
  return name && name->text && rww_parameter_find(name->text, parameter, &nearest) ? name : NULL;
}

static void check_axes(rww_reader *reader) {
  bool seen[RWW_NOISE_SEED + 1] = {false};
  const rww_node *sequence = rww_reader_find(&reader->root, "explore.axes");
  if (!sequence && is_given(reader, "explore")) REFUSE(reader, "explore.axes", "is missing; expected a list of axes");
  for (size_t i = 0; sequence && i < sequence->n; i++) {
    rww_parameter parameter;
    const rww_node *name = find_axis_parameter(&sequence->children[i], &parameter);
    if (!name) continue;
    reader->item = i;
    if (seen[parameter])
      rww_reader_refuse(reader, rww_setting_find("explore.axes[].parameter"), &name->place,
                        "%s is an axis already; expected each parameter once", rww_parameter_get(parameter)->name);
    seen[parameter] = true;
  }
}

static void check_purpose(rww_reader *reader) {
  const rww_config *config = reader->config;
  bool keeps = config->explore.keep_fc || config->explore.keep_bold;
  if (config->explore.n_axes > 0 && !keeps && !is_given(reader, "observation.target"))
    REFUSE(reader, "explore.axes",
           "found no observation.target, so that no point has a loss; expected one, or keep: "
           "[fc]");
  if (config->optimize.n_fits > 0 && !is_given(reader, "observation.target"))
    REFUSE(reader, "optimize", "found no observation.target, so that no fit has a loss; expected one");
  if (config->evaluate.given && !is_given(reader, "observation.target"))
    REFUSE(reader, "evaluate", "found no observation.target, so that there is nothing to compare with; expected one");
}

void rww_reader_check_together(rww_reader *reader) {
  rww_config *config = reader->config;
  config->evaluate.given = is_given(reader, "evaluate");
  check_connectivity(reader);
  check_steps(reader);
  check_samples(reader, "integration.duration", config->integration.duration_ms);
  if (config->evaluate.given) check_samples(reader, "evaluate.duration", config->evaluate.duration_ms);
  check_loss(reader);
  check_target(reader);
  warn_of_common_seed(reader);
  check_axes(reader);
  check_purpose(reader);
  rww_fit_check_starts(reader);
  if (config->evaluate.given) rww_evaluate_check_seeds(reader);
}
