#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include <stdlib.h>

static void real_text_is_the_shortest_that_reads_back(void) {
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0.1, "0.1"},      {1e-5, "1e-05"}, {30000, "30000"}, {0.1 + 0.2, "0.30000000000000004"},
               {INFINITY, "inf"}, {-2.5, "-2.5"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[RWW_REAL_TEXT_SIZE];
    rww_text_format_real(cases[i].value, text);
    CHECK(strtod(text, NULL) == cases[i].value);
    CHECK(strcmp(text, cases[i].text) == 0);
  }
}

static void nearest_name_is_one_that_could_be_meant(void) {
  static const char *const names[] = {"step_size", "duration", "noise"};
  CHECK(strcmp(rww_text_nearest("stepsize", names, 3), "step_size") == 0);
  CHECK(strcmp(rww_text_nearest("nois", names, 3), "noise") == 0);
  CHECK(rww_text_nearest("xylophone", names, 3) == NULL);
}

static void text_grows_as_needed(void) {
  rww_text text = {0};
  for (int i = 0; i < 1000; i++) rww_text_add(&text, "%03d", i);
  CHECK(text.length == 3000 && strlen(text.chars) == 3000);
  CHECK(strncmp(text.chars + 2997, "999", 3) == 0);
  rww_text_free(&text);
}

static void durations_read_well(void) {
  static const struct {
    double s;
    const char *text;
  } cases[] = {{0.04, "0.0 s"}, {12.34, "12.3 s"}, {245, "4 min 05 s"}, {11520, "3 h 12 min"}, {187200, "2 d 04 h"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[RWW_DURATION_SIZE];
    rww_clock_format_duration(cases[i].s, text);
    CHECK(strcmp(text, cases[i].text) == 0);
  }
}

int main(void) {
  real_text_is_the_shortest_that_reads_back();
  nearest_name_is_one_that_could_be_meant();
  text_grows_as_needed();
  durations_read_well();
  return check_report();
}
