/* Fits as they are read. */
#include "config_text.h"

#define FITS CONNECTIVITY "observation: {target: {file: fc.csv}}\n" /* lines 1 and 2 */
#define GLOBAL "optimize:\n  - {name: global, free: {coupling.a: global, model.w: global}, steps: 400}\n"

static void check_defaults_are_those_of_the_contract(void) {
  rww_config *config = read_good_config(FITS GLOBAL, NULL, NULL);
  const rww_fit_config *fit = &config->optimize.fits[0];
  CHECK(config->optimize.n_fits == 1 && strcmp(fit->name, "global") == 0 && fit->line == 4);
  CHECK(fit->start.kind == RWW_START_BASE && fit->entry == RWW_ENTRY_BEST);
  CHECK(fit->n_steps == 400 && fit->n_restarts == 1 && fit->spread == 0.1 && fit->spread_seed == 0);
  CHECK(strcmp(fit->optimizer.name, "adam") == 0 && fit->optimizer.learning_rate == 0.01);
  CHECK(fit->optimizer.b1 == 0.9 && fit->optimizer.b2 == 0.999 && fit->optimizer.eps == 1e-8);
  CHECK(fit->optimizer.schedule == RWW_RATE_CONSTANT && isinf(fit->optimizer.clip_norm));
  CHECK(fit->loss.rmse == 1 && fit->loss.fc_corr == 0 && fit->adjoint_damping == 1);
  CHECK(fit->seeds.n_per_step == 1 && fit->seeds.n_blocks == 1 && fit->seeds.seeds[0] == 42);
  CHECK(fit->tolerance == 0 && fit->patience == 50 && fit->print_every == 10 && fit->max_recoveries == 5);
  CHECK(isinf(fit->bounds[0].low) && isinf(fit->bounds[1].high));
  CHECK(config->memory.trajectory_MB == 1000 && config->memory.noise_MB == 50);
  rww_config_free(config);
}

static const char recommended[] = FITS
    "integration: {noise: {seed: 9}}\n"
    "optimize:\n"
    "  - name: first\n"
    "    free: {coupling.a: global, model.I_o: regional, model.w: regional}\n"
    "    bounds: {model.I_o: [0, 1], coupling.a: [0.1, 2]}\n"
    "    optimizer: {learning_rate: 0.02, b1: 0.8, b2: 0.99, eps: 1e-6}\n"
    "    schedule: exponential\n"
    "    decay: 0.1\n"
    "    clip_norm: 0.3\n"
    "    seeds: {first: 2001, per_step: 2, blocks: 12}\n"
    "    loss: {fc_corr: 0.3}\n"
    "    adjoint_damping: 0.99\n"
    "    steps: 500\n"
    "    restarts: 3\n"
    "    spread: 0.2\n"
    "    spread_seed: 4\n"
    "    tolerance: 1e-4\n"
    "    patience: 20\n"
    "    print_every: 5\n"
    "    recoveries: 0\n"
    "  - {name: second, start: first, free: {model.w: regional}, loss: fc_corr, seeds: [43, noise.seed], steps: 0}\n"
    "  - {name: third, start: second, entry: final, free: {model.w: regional}, steps: 1}\n"
    "memory: {trajectory: 3, noise: 200}\n";

static void check_settings_are_read(void) {
  rww_config *config = read_good_config(recommended, NULL, NULL);
  const rww_fit_config *fit = &config->optimize.fits[0];
  CHECK(config->optimize.n_fits == 3 && config->memory.trajectory_MB == 3 && config->memory.noise_MB == 200);
  CHECK(fit->optimizer.learning_rate == 0.02 && fit->optimizer.b1 == 0.8 && fit->optimizer.b2 == 0.99);
  CHECK(fit->optimizer.eps == 1e-6 && fit->optimizer.schedule == RWW_RATE_EXPONENTIAL && fit->optimizer.decay == 0.1);
  CHECK(fit->optimizer.clip_norm == 0.3 && fit->adjoint_damping == 0.99 && fit->n_steps == 500);
  CHECK(fit->n_restarts == 3 && fit->spread == 0.2 && fit->spread_seed == 4 && fit->tolerance == 1e-4);
  CHECK(fit->patience == 20 && fit->print_every == 5 && fit->max_recoveries == 0);
  CHECK(fit->loss.rmse == 1 && fit->loss.fc_corr == 0.3);
  rww_config_free(config);
}

static void check_free_parameters_and_their_bounds_are_in_the_order_of_the_table(void) {
  rww_config *config = read_good_config(recommended, NULL, NULL);
  const rww_fit_config *fit = &config->optimize.fits[0];
  CHECK(fit->n_free == 3 && fit->free[0].parameter == RWW_MODEL_W && fit->free[0].regional);
  CHECK(fit->free[1].parameter == RWW_MODEL_I_O && fit->free[1].regional);
  CHECK(fit->free[2].parameter == RWW_COUPLING_A && !fit->free[2].regional);
  CHECK(isinf(fit->bounds[0].low) && isinf(fit->bounds[0].high));
  CHECK(fit->bounds[1].low == 0 && fit->bounds[1].high == 1 && fit->bounds[2].low == 0.1 && fit->bounds[2].high == 2);
  rww_config_free(config);
}

static void check_seeds_are_a_list_or_consecutive_blocks(void) {
  rww_config *config = read_good_config(recommended, NULL, NULL);
  const rww_seeds_config *blocks = &config->optimize.fits[0].seeds, *list = &config->optimize.fits[1].seeds;
  CHECK(blocks->n_per_step == 2 && blocks->n_blocks == 12);
  CHECK(blocks->seeds[0] == 2001 && blocks->seeds[1] == 2002 && blocks->seeds[23] == 2024);
  CHECK(list->n_per_step == 2 && list->n_blocks == 1 && list->seeds[0] == 43 && list->seeds[1] == 9);
  CHECK(config->optimize.fits[2].seeds.seeds[0] == 9);
  rww_config_free(config);
  config =
      read_good_config(FITS GLOBAL, "optimize.global.seeds", "{first: 18446744073709551614, per_step: 2, blocks: 1}");
  CHECK(config->optimize.fits[0].seeds.seeds[1] == UINT64_MAX);
  rww_config_free(config);
}

/* Cycled seeds have no best entry; what a fit hands on is what the next one starts from, unless it says otherwise. */
static void check_entries_follow_from_the_seeds(void) {
  rww_config *config = read_good_config(recommended, NULL, NULL);
  const rww_fit_config *fits = config->optimize.fits;
  CHECK(fits[0].entry == RWW_ENTRY_FINAL && fits[1].entry == RWW_ENTRY_BEST && fits[2].entry == RWW_ENTRY_FINAL);
  CHECK(fits[1].start.kind == RWW_START_FIT && fits[1].start.fit == 0 && fits[1].start.entry == RWW_ENTRY_FINAL);
  CHECK(fits[2].start.fit == 1 && fits[2].start.entry == RWW_ENTRY_FINAL);
  rww_config_free(config);
}

static void check_the_loss_is_the_observation_s_where_it_is_not_given(void) {
  rww_config *config = read_good_config(FITS GLOBAL, "observation.loss", "{rmse: 0.5, fc_corr: 0.25}");
  CHECK(config->optimize.fits[0].loss.rmse == 0.5 && config->optimize.fits[0].loss.fc_corr == 0.25);
  rww_config_free(config);
  config = read_good_config(recommended, "observation.loss", "{rmse: 0.5, fc_corr: 0.25}");
  CHECK(config->optimize.fits[1].loss.rmse == 0 && config->optimize.fits[1].loss.fc_corr == 1);
  rww_config_free(config);
}

static void check_a_start_may_be_values_in_place_of_the_base(void) {
  rww_config *config = read_good_config(FITS GLOBAL "model: {parameters: {I_o: [0.3, 0.4]}}", "optimize.global.start",
                                        "{coupling.a: 0.6, model.w: {file: w.txt}}");
  const rww_fit_start *start = &config->optimize.fits[0].start;
  CHECK(start->kind == RWW_START_VALUES && start->given[RWW_COUPLING_A] && start->given[RWW_MODEL_W]);
  CHECK(!start->given[RWW_MODEL_I_O] && start->set.value[RWW_MODEL_I_O].n == 2);
  CHECK(start->set.value[RWW_COUPLING_A].values[0] == 0.6 && config->base.value[RWW_COUPLING_A].values[0] == 0.5);
  CHECK(strcmp(start->set.value[RWW_MODEL_W].file, "study/w.txt") == 0 && start->set.value[RWW_MODEL_W].n == 0);
  rww_config_free(config);
}

static void check_a_start_may_be_the_exploration(void) {
  rww_config *config = read_good_config(FITS GLOBAL "explore: {axes: [{parameter: model.w, values: [1]}]}",
                                        "optimize.global.start", "explore");
  bool regional;
  CHECK(config->optimize.fits[0].start.kind == RWW_START_EXPLORE);
  CHECK(rww_config_find_start(config, config->optimize.fits, RWW_MODEL_W, &regional) == NULL && !regional);
  CHECK(rww_config_find_start(config, config->optimize.fits, RWW_COUPLING_A, &regional) ==
        &config->base.value[RWW_COUPLING_A]);
  rww_config_free(config);
}

static void check_a_start_is_traced_through_earlier_fits(void) {
  rww_config *config = read_good_config(recommended, "optimize.first.start", "{model.J_N: 0.3}");
  const rww_fit_config *fits = config->optimize.fits;
  bool regional;
  CHECK(rww_config_find_start(config, &fits[2], RWW_MODEL_I_O, &regional) == NULL && regional);
  CHECK(rww_config_find_start(config, &fits[2], RWW_COUPLING_A, &regional) == NULL && !regional);
  CHECK(rww_config_find_start(config, &fits[2], RWW_MODEL_J_N, &regional) == &fits[0].start.set.value[RWW_MODEL_J_N]);
  rww_config_free(config);
}

static const rww_fit_config *override_fit(rww_config **config, const char *path, const char *value) {
  *config = read_good_config(recommended, path, value);
  return (*config)->optimize.fits;
}

static void check_a_fit_is_addressed_by_its_name(void) {
  rww_config *config;
  CHECK(override_fit(&config, "optimize.third.steps", "50")[2].n_steps == 50);
  rww_config_free(config);
  CHECK(override_fit(&config, "optimize.second.optimizer.learning_rate", "0.5")[1].optimizer.learning_rate == 0.5);
  rww_config_free(config);
  CHECK(override_fit(&config, "optimize.third.loss", "fc_corr")[2].loss.rmse == 0);
  rww_config_free(config);
  CHECK(override_fit(&config, "optimize.second.loss.rmse", "0.5")[1].loss.rmse == 0.5);
  CHECK(config->optimize.fits[1].loss.fc_corr == 1);
  rww_config_free(config);
  CHECK(override_fit(&config, "optimize.first.bounds.coupling.a", "[0, 3]")[0].bounds[2].high == 3);
  rww_config_free(config);
  CHECK(override_fit(&config, "optimize.third.free.model.I_o", "regional")[2].n_free == 2);
  rww_config_free(config);
}

int main(void) {
  check_defaults_are_those_of_the_contract();
  check_settings_are_read();
  check_free_parameters_and_their_bounds_are_in_the_order_of_the_table();
  check_seeds_are_a_list_or_consecutive_blocks();
  check_entries_follow_from_the_seeds();
  check_the_loss_is_the_observation_s_where_it_is_not_given();
  check_a_start_may_be_values_in_place_of_the_base();
  check_a_start_may_be_the_exploration();
  check_a_start_is_traced_through_earlier_fits();
  check_a_fit_is_addressed_by_its_name();
  return check_report();
}
