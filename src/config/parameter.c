#include "config/parameter.h"

#include <string.h>

static const rww_parameter_info parameters[RWW_NOISE_SEED + 1] = {
#define RWW_PARAMETER_ROW(id, name, path, unit, value, minimum, per_node, help)                                        \
  [id] = {name, path, unit, help, value, minimum, per_node},
    RWW_PARAMETER_TABLE(RWW_PARAMETER_ROW)
#undef RWW_PARAMETER_ROW
        [RWW_NOISE_SEED] = {"noise.seed", "integration.noise.seed", "1",
                            "Seed of the noise, an unsigned 64-bit integer", 42, 0, false},
};
#define N_NAMES (sizeof parameters / sizeof *parameters)

static const struct {
  int code;
  const char *name;
} outcomes[] = {
#define RWW_OUTCOME_ROW(id, code, name) [id] = {code, name},
    RWW_OUTCOME_TABLE(RWW_OUTCOME_ROW)
#undef RWW_OUTCOME_ROW
};

const rww_parameter_info *rww_parameter_get(rww_parameter parameter) {
  return &parameters[parameter];
}

bool rww_parameter_find(const char *name, rww_parameter *parameter, const char **nearest) {
  const char *names[N_NAMES];
  for (size_t i = 0; i < N_NAMES; i++) {
    names[i] = parameters[i].name;
    if (strcmp(name, parameters[i].name) != 0 && strcmp(name, parameters[i].path) != 0) continue;
    *parameter = (rww_parameter)i;
    return true;
  }
  *nearest = rww_text_nearest(name, names, N_NAMES);
  return false;
}

static bool has_short_name(const rww_parameter_info *info, const char *name) {
  return strcmp(strchr(info->name, '.') + 1, name) == 0;
}

static size_t list_names(const char *short_name, const char *joint, rww_text *text) {
  size_t n = 0;
  for (size_t i = 0; i < N_NAMES; i++)
    if (!short_name || has_short_name(&parameters[i], short_name))
      rww_text_add(text, "%s%s", n++ ? joint : "", parameters[i].name);
  return n;
}

void rww_parameter_suggest(const char *name, rww_text *text) {
  rww_parameter parameter;
  const char *nearest = NULL;
  rww_text sections = {0};
  if (list_names(name, " or ", &sections) > 0) {
    rww_text_add(text, "; expected %s (a parameter is named with its section)", sections.chars);
  } else {
    if (!rww_parameter_find(name, &parameter, &nearest) && nearest) rww_text_add(text, " (did you mean %s?)", nearest);
    rww_text_add(text, "; expected one of ");
    list_names(NULL, ", ", text);
  }
  rww_text_free(&sections);
}

size_t rww_free_count_rows(const rww_free *free, size_t n_free, size_t n_nodes) {
  size_t n_rows = 0;
  for (size_t i = 0; i < n_free; i++) n_rows += free[i].regional ? n_nodes : 1;
  return n_rows;
}

const char *rww_outcome_name(rww_outcome outcome) {
  return outcomes[outcome].name;
}
