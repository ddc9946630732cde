#include "check.h"
#include "config/parameter.h"

static void check_a_parameter_is_found_by_its_name_and_its_path(void) {
  rww_parameter parameter;
  const char *nearest = NULL;
  CHECK(rww_parameter_find("model.w", &parameter, &nearest) && parameter == RWW_MODEL_W);
  CHECK(rww_parameter_find("integration.noise.seed", &parameter, &nearest) && parameter == RWW_NOISE_SEED);
  CHECK(!rww_parameter_find("model.taus", &parameter, &nearest) && strcmp(nearest, "model.tau_s") == 0);
  CHECK(!rww_parameter_find("xyz", &parameter, &nearest) && nearest == NULL);
}

static void check_suggestion(const char *name, const char *expected) {
  rww_text text = {0};
  rww_parameter_suggest(name, &text);
  CHECK(strncmp(text.chars, expected, strlen(expected)) == 0);
  rww_text_free(&text);
}

static void check_a_name_without_its_section_has_both_as_suggestion(void) {
  check_suggestion("a", "; expected model.a or coupling.a (a parameter is named with its section)");
  check_suggestion("sigma", "; expected noise.sigma (");
  check_suggestion("model.Io", " (did you mean model.I_o?); expected one of model.a, model.b");
}

static void check_a_regional_parameter_takes_a_row_a_node(void) {
  rww_free free[] = {{RWW_MODEL_W, true}, {RWW_COUPLING_A, false}, {RWW_MODEL_I_O, true}};
  CHECK(rww_free_count_rows(free, 3, 84) == 169 && rww_free_count_rows(free, 0, 84) == 0);
}

static void check_outcomes_have_names(void) {
  CHECK(strcmp(rww_outcome_name(RWW_PENDING), "pending") == 0);
  CHECK(strcmp(rww_outcome_name(RWW_FAILED), "failed") == 0);
}

int main(void) {
  check_a_parameter_is_found_by_its_name_and_its_path();
  check_a_name_without_its_section_has_both_as_suggestion();
  check_a_regional_parameter_takes_a_row_a_node();
  check_outcomes_have_names();
  return check_report();
}
