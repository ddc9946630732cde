#include "config/evaluate.h"

#include "config/reader.h"
#include "config/seeds.h"
#include <inttypes.h>

/* `user` has these seeds. */
static bool refuse_common(rww_reader *reader, const rww_seeds_config *seeds, const char *user) {
  uint64_t common;
  rww_place place = rww_reader_place(reader, "evaluate.seeds");
  if (!rww_seeds_overlap(&reader->config->evaluate.seeds, seeds, &common)) return false;
  rww_reader_refuse(reader, rww_setting_find("evaluate.seeds"), &place,
                    "found %" PRIu64 ", which %s has too; expected seeds that nothing else uses", common, user);
  return true;
}

static bool refuse_seeds_of_fits(rww_reader *reader) {
  const rww_optimize_config *optimize = &reader->config->optimize;
  bool refused = false;
  for (size_t i = 0; i < optimize->n_fits && !refused; i++) {
    rww_text user = {0};
    rww_text_add(&user, "optimize.%s", optimize->fits[i].name);
    refused = refuse_common(reader, &optimize->fits[i].seeds, user.chars) ||
              refuse_common(reader, &optimize->fits[i].validation, user.chars);
    rww_text_free(&user);
  }
  return refused;
}

static bool refuse_seeds_of_axes(rww_reader *reader) {
  const rww_explore_config *explore = &reader->config->explore;
  for (size_t i = 0; i < explore->n_axes; i++) {
    const rww_seeds_config seeds = {explore->axes[i].n, 1, explore->axes[i].seeds};
    if (explore->axes[i].seeds && refuse_common(reader, &seeds, "explore.axes.noise.seed")) return true;
  }
  return false;
}

static bool refuse_seeds_of_target(rww_reader *reader) {
  rww_target_config *target = &reader->config->observation.target;
  const rww_seeds_config seeds = {1, 1, &target->simulate.set.seed};
  return target->simulate.given && refuse_common(reader, &seeds, "observation.target.simulate");
}

/* One finding is enough: the seed of the base is that of fits, too, where they have no other. */
void rww_evaluate_check_seeds(rww_reader *reader) {
  const rww_seeds_config base = {1, 1, &reader->config->base.seed};
  if (!rww_reader_is_good(reader, "evaluate.seeds")) return;
  if (refuse_common(reader, &base, "noise.seed") || refuse_seeds_of_target(reader)) return;
  if (rww_reader_is_good(reader, "explore.axes") && refuse_seeds_of_axes(reader)) return;
  if (rww_reader_is_good(reader, "optimize")) refuse_seeds_of_fits(reader);
}
