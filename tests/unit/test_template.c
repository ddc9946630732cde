#include "base/text.h"
#include "config/settings.h"
#include "config_text.h"

static rww_text template_text(void) {
  rww_text text = {0};
  rww_config_write_template(&text);
  return text;
}

static void check_it_reads_back_without_a_finding(void) {
  rww_text text = template_text();
  rww_problems problems = {0};
  rww_config *config;
  CHECK_OK(rww_config_parse("init.yaml", text.chars, NULL, 0, &problems, &config));
  CHECK(problems.n == 0 && config && config->explore.n_axes == 2);
  rww_problems_free(&problems);
  rww_config_free(config);
  rww_text_free(&text);
}

/* An edited semantics takes effect: its six settings stand behind a #. */
static void check_it_leaves_to_a_semantics_what_it_sets(void) {
  rww_text text = template_text();
  rww_config *config = read_good_config(text.chars, "semantics", "tvboptim-0.2.0");
  CHECK(config->semantics.corrector_coupling_of_predictor && !config->semantics.clip && config->base.seed == 0);
  CHECK(config->semantics.hrf_spread && config->semantics.bold_sample == RWW_SAMPLE_START);
  rww_config_free(config);
  rww_text_free(&text);
}

static void check_lines_fit_80_columns_and_have_no_trailing_blanks(void) {
  rww_text text = template_text();
  for (char *line = strtok(text.chars, "\n"); line; line = strtok(NULL, "\n")) {
    CHECK(strlen(line) <= 80);
    CHECK(line[strlen(line) - 1] != ' ');
  }
  rww_text_free(&text);
}

static void check_every_setting_is_in_it_with_its_default(void) {
  rww_text text = template_text();
  for (size_t i = 0; i < rww_n_settings; i++) {
    const rww_setting *row = &rww_settings[i];
    const char *brackets = strstr(row->path, "[]."), *dot = strrchr(row->path, '.');
    bool is_plain = !brackets && row->type != RWW_SECTION && row->def[0];
    char line[128];
    snprintf(line, sizeof line, "%s:%s%s",
             brackets ? brackets + 3
             : dot    ? dot + 1
                      : row->path,
             is_plain ? " " : "", is_plain ? row->def[0] : "");
    CHECK(strstr(text.chars, line) != NULL);
  }
  rww_text_free(&text);
}

int main(void) {
  check_it_reads_back_without_a_finding();
  check_it_leaves_to_a_semantics_what_it_sets();
  check_lines_fit_80_columns_and_have_no_trailing_blanks();
  check_every_setting_is_in_it_with_its_default();
  return check_report();
}
