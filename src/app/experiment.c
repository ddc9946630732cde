#include "app/experiment.h"

#include "app/share.h"
#include "base/memory.h"
#include "base/problems.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than there can be is no limit. */
static size_t count_bytes(double megabytes) {
  return 1e6 * megabytes < (double)(SIZE_MAX / 2) ? (size_t)(1e6 * megabytes) : SIZE_MAX / 2;
}

rww_objective_spec rww_experiment_objective(const rww_experiment *experiment) {
  const rww_config *config = experiment->config;
  return (rww_objective_spec){
      .connectome = &experiment->connectome,
      .target = &experiment->target,
      .base = &config->base,
      .semantics = &config->semantics,
      .integration = &config->integration,
      .monitors = &config->monitors,
      .observation = &config->observation,
      .backend = experiment->backend,
      .precision = config->precision,
      .trajectory_bytes = count_bytes(config->memory.trajectory_MB) / rww_experiment_count_lanes(experiment),
      .noise_bytes = count_bytes(config->memory.noise_MB),
  };
}

size_t rww_experiment_count_lanes(const rww_experiment *experiment) {
  return experiment->backend->count_lanes(experiment->config->precision);
}

rww_unit_sizes rww_experiment_unit_sizes(const rww_experiment *experiment) {
  size_t step = experiment->backend->count_lane_step(experiment->config->precision);
  return (rww_unit_sizes){rww_experiment_count_lanes(experiment), step, step / RWW_LONE_PART};
}

static rww_status evaluate_target(const rww_objective_spec *spec, double *fc) {
  rww_objective *objective;
  rww_outcome outcome = RWW_PENDING;
  rww_evaluation evaluation = {.outcome = &outcome, .fc = fc};
  uint64_t seed = spec->base->seed;
  rww_batch batch = {.n_lanes = 1, .seeds = &seed};
  RWW_TRY(rww_objective_create(spec, &objective));
  rww_status status = rww_objective_evaluate(objective, &batch, &evaluation);
  rww_objective_destroy(objective);
  if (status == RWW_OK && outcome != RWW_DONE)
    status =
        rww_raise(RWW_ERR_CONFIG, "observation.target.simulate: the simulated target is %s; choose other parameters",
                  rww_outcome_name(outcome));
  return status;
}

/* The target that a generated example is fitted to: its own connectome at known parameters and another seed. */
static rww_status simulate_target(rww_experiment *experiment) {
  size_t n = experiment->connectome.n_nodes;
  rww_objective_spec spec = rww_experiment_objective(experiment);
  rww_target none = {0};
  spec.target = &none;
  spec.base = &experiment->config->observation.target.simulate.set;
  RWW_TRY(RWW_NEW(&experiment->target.fc, n * n));
  experiment->target.n_nodes = n;
  return evaluate_target(&spec, experiment->target.fc);
}

static rww_status resolve_set(rww_parameter_set *set, const char *path, const rww_connectome *connectome,
                              rww_problems *problems) {
  rww_status worst = RWW_OK;
  for (int k = 0; k < RWW_N_PARAMETERS; k++) {
    rww_status status =
        rww_values_resolve(&set->value[k], rww_parameter_get((rww_parameter)k)->path, path, connectome, problems);
    if (status != RWW_OK) worst = status;
  }
  rww_status status = rww_values_resolve(&set->initial_S, "model.initial.S", path, connectome, problems);
  return status != RWW_OK ? status : worst;
}

static rww_status resolve_starts(const rww_config *config, const rww_connectome *connectome, rww_problems *problems) {
  rww_status worst = RWW_OK;
  for (size_t i = 0; i < config->optimize.n_fits; i++) {
    rww_fit_start *start = &config->optimize.fits[i].start;
    if (start->kind != RWW_START_VALUES) continue;
    rww_status status = resolve_set(&start->set, config->path, connectome, problems);
    if (status != RWW_OK) worst = status;
  }
  return worst;
}

/* Goes on after an error, so that all problems are told at once; they are in `problems`. */
static rww_status read_data(rww_experiment *experiment, rww_problems *problems) {
  rww_config *config = experiment->config;
  const rww_target_config *target = &config->observation.target;
  rww_connectome *connectome = &experiment->connectome;
  rww_status worst = rww_connectome_read(&config->connectivity, problems, connectome);
  rww_status status = resolve_set(&config->base, config->path, connectome, problems);
  if (status != RWW_OK) worst = status;
  if (target->simulate.given)
    status = resolve_set(&config->observation.target.simulate.set, config->path, connectome, problems);
  else if (target->file.name)
    status = rww_target_read(target, connectome, problems, &experiment->target);
  if (status != RWW_OK) worst = status;
  status = resolve_starts(config, connectome, problems);
  if (status == RWW_OK) status = rww_config_check_starts(config, problems);
  if (status != RWW_OK) worst = status;
  return worst != RWW_OK ? rww_problems_raise(problems, worst) : RWW_OK;
}

static rww_status choose_backend(const rww_options *options, rww_experiment *experiment) {
  return rww_backend_find(options->backend, &experiment->config->semantics, &experiment->backend);
}

static rww_status read_inputs(const rww_options *options, rww_experiment *experiment) {
  rww_problems problems = {0};
  rww_status status =
      rww_config_read(options->paths[0], options->overrides, options->n_overrides, &problems, &experiment->config);
  if (status == RWW_OK) status = read_data(experiment, &problems);
  rww_problems_print_warnings(&problems, stderr);
  rww_problems_free(&problems);
  if (status == RWW_OK) status = choose_backend(options, experiment);
  if (status == RWW_OK && experiment->config->observation.target.simulate.given) status = simulate_target(experiment);
  return status;
}

static const rww_stage *find_start(const rww_experiment *experiment, const rww_fit_config *fit) {
  if (fit->start.kind == RWW_START_EXPLORE) return rww_experiment_find_stage(experiment, "explore");
  if (fit->start.kind == RWW_START_FIT)
    return rww_experiment_find_stage(experiment, experiment->config->optimize.fits[fit->start.fit].name);
  return NULL;
}

static rww_status list_stages(rww_experiment *experiment) {
  const rww_optimize_config *optimize = &experiment->config->optimize;
  bool explores = experiment->config->explore.n_axes > 0;
  RWW_TRY(RWW_NEW(&experiment->stages, 3 + optimize->n_fits));
  experiment->stages[experiment->n_stages++] = (rww_stage){.kind = RWW_STAGE_SIMULATE, .name = "simulate"};
  if (explores) experiment->stages[experiment->n_stages++] = (rww_stage){.kind = RWW_STAGE_EXPLORE, .name = "explore"};
  for (size_t k = 0; k < optimize->n_fits; k++) {
    const rww_fit_config *fit = &optimize->fits[k];
    const rww_stage *start = find_start(experiment, fit);
    experiment->stages[experiment->n_stages++] = (rww_stage){RWW_STAGE_FIT, fit->name, fit, start, {{0}, {0}}};
  }
  if (experiment->config->evaluate.given)
    experiment->stages[experiment->n_stages++] = (rww_stage){.kind = RWW_STAGE_EVALUATE, .name = "evaluate"};
  return RWW_OK;
}

bool rww_stage_is_split(const rww_stage *stage) {
  return stage->kind == RWW_STAGE_EXPLORE || (stage->kind == RWW_STAGE_FIT && stage->fit->halve_every == 0);
}

bool rww_stage_builds_on(const rww_stage *stage, const rww_stage *other) {
  if (stage->kind == RWW_STAGE_EVALUATE) return other->kind == RWW_STAGE_EXPLORE || other->kind == RWW_STAGE_FIT;
  return stage->start == other;
}

const rww_stage *rww_experiment_find_stage(const rww_experiment *experiment, const char *name) {
  for (size_t i = 0; i < experiment->n_stages; i++)
    if (strcmp(experiment->stages[i].name, name) == 0) return &experiment->stages[i];
  return NULL;
}

static void write_meaning(const rww_experiment *experiment, rww_stage_meaning what, rww_meaning *meaning) {
  rww_key_write_canonical(experiment->config, &experiment->connectome, &experiment->target, experiment->backend->family,
                          what, &meaning->canonical);
}

static void derive_key(const rww_experiment *experiment, rww_stage_meaning what, rww_meaning *meaning) {
  write_meaning(experiment, what, meaning);
  rww_key_compute(meaning->canonical.chars, meaning->key);
}

/* The names of the fits are the names of its sets. */
static void derive_evaluation_key(const rww_experiment *experiment, rww_stage *stage) {
  rww_meaning *meaning = &stage->meaning;
  write_meaning(experiment, RWW_MEANING_EVALUATE, meaning);
  for (const rww_stage *earlier = experiment->stages; earlier < stage; earlier++)
    if (rww_stage_builds_on(stage, earlier))
      rww_text_add(&meaning->canonical, "evaluate.of %s = %s\n", earlier->name, earlier->meaning.key);
  rww_key_compute(meaning->canonical.chars, meaning->key);
}

static void derive_fit_key(const rww_experiment *experiment, rww_stage *stage) {
  const char *start_key = stage->start ? stage->start->meaning.key : NULL;
  rww_key_write_canonical_fit(experiment->config, &experiment->connectome, &experiment->target,
                              experiment->backend->family, stage->fit, start_key, &stage->meaning.canonical);
  rww_key_compute(stage->meaning.canonical.chars, stage->meaning.key);
}

/* A stage's key is part of the meaning of what starts from it. */
static void derive_keys(rww_experiment *experiment) {
  derive_key(experiment, RWW_MEANING_POINT, &experiment->of_point);
  for (size_t i = 0; i < experiment->n_stages; i++) {
    rww_stage *stage = &experiment->stages[i];
    if (stage->kind == RWW_STAGE_FIT)
      derive_fit_key(experiment, stage);
    else if (stage->kind == RWW_STAGE_EVALUATE)
      derive_evaluation_key(experiment, stage);
    else
      derive_key(experiment, stage->kind == RWW_STAGE_EXPLORE ? RWW_MEANING_EXPLORE : RWW_MEANING_SIMULATE,
                 &stage->meaning);
  }
}

/* Ranks of other hosts may have other processors, so that each agrees to its backend. */
static rww_status load(const rww_options *options, rww_comm *comm, rww_experiment *experiment) {
  bool leads = !comm || rww_comm_rank(comm) == 0;
  rww_status status = leads ? read_inputs(options, experiment) : RWW_OK;
  if (comm) {
    RWW_TRY(rww_comm_agree(comm, status));
    status = rww_share_inputs(comm, options, experiment);
    if (status == RWW_OK && !leads) status = choose_backend(options, experiment);
    status = rww_comm_agree(comm, status);
  }
  RWW_TRY(status);
  RWW_TRY(list_stages(experiment));
  if (leads) derive_keys(experiment);
  if (comm) RWW_TRY(rww_share_keys(comm, experiment));
  experiment->output_directory = options->output ? options->output : experiment->config->output_directory;
  return rww_grid_create(&experiment->config->explore, &experiment->grid);
}

rww_status rww_experiment_load(const rww_options *options, rww_comm *comm, rww_experiment *experiment) {
  *experiment = (rww_experiment){0};
  rww_status status = load(options, comm, experiment);
  if (status != RWW_OK) rww_experiment_free(experiment);
  return status;
}

void rww_experiment_free(rww_experiment *experiment) {
  rww_grid_free(&experiment->grid);
  rww_text_free(&experiment->of_point.canonical);
  for (size_t i = 0; i < experiment->n_stages; i++) rww_text_free(&experiment->stages[i].meaning.canonical);
  free(experiment->stages);
  rww_target_free(&experiment->target);
  rww_connectome_free(&experiment->connectome);
  rww_config_free(experiment->config);
  *experiment = (rww_experiment){0};
}
