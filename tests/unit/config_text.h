/** @file
 *  Configurations as text, for the tests of the reader. */
#ifndef RWW_TESTS_CONFIG_TEXT_H
#define RWW_TESTS_CONFIG_TEXT_H

#include "check.h"
#include "config/config.h"
#include <stdlib.h>

/* What is needed beside the defaults. */
#define CONNECTIVITY "connectivity: {file: dk84.h5}\n"

/** The configuration in `text` with one override (path NULL: none), or NULL where it has errors: their message is in
 *  rww_status_message. The directory of its file is "study". */
static inline rww_config *read_config(const char *text, const char *path, const char *value) {
  rww_problems problems = {0};
  rww_override override = {path, value};
  rww_config *config;
  rww_status status = rww_config_parse("study/sweep.yaml", text, &override, path != NULL, &problems, &config);
  CHECK((status == RWW_OK) == (config != NULL));
  rww_problems_free(&problems);
  return config;
}

/** The same where it must be good. */
static inline rww_config *read_good_config(const char *text, const char *path, const char *value) {
  rww_config *config = read_config(text, path, value);
  if (config) return config;
  fprintf(stderr, "not read: %s\n%s\n", text, rww_status_message(RWW_ERR_CONFIG));
  exit(1);
}

#endif
