#include "config/config.h"

#include "base/files.h"
#include "base/memory.h"
#include "config/reader.h"
#include "config/types.h"
#include <stdlib.h>
#include <string.h>

#define SOURCE_LIMIT_BYTES ((size_t)4 << 20)

static rww_status apply_overrides(rww_reader *reader, const rww_override *overrides, size_t n_overrides) {
  for (size_t i = 0; i < n_overrides; i++) {
    rww_status status = rww_reader_override(reader, &overrides[i]);
    if (status != RWW_OK && status != RWW_ERR_CONFIG) return status;
  }
  return RWW_OK;
}

/* All problems that can be found are found before the first is raised. */
static rww_status read_tree(rww_reader *reader, const rww_override *overrides, size_t n_overrides) {
  if (reader->root.kind != RWW_NODE_MAPPING)
    return rww_reader_refuse(reader, NULL, &reader->root.place,
                             "found no settings; expected a mapping such as rwwsweep init prints");
  RWW_TRY(rww_reader_expand_short_forms(reader));
  RWW_TRY(apply_overrides(reader, overrides, n_overrides));
  rww_reader_check_keys(reader);
  RWW_TRY(rww_reader_fill(reader));
  rww_reader_check_together(reader);
  return RWW_OK;
}

static rww_status read_source(rww_reader *reader, const char *path, const char *source, const rww_override *overrides,
                              size_t n_overrides) {
  rww_config *config = reader->config;
  RWW_TRY(rww_copy_text(path, &config->path));
  RWW_TRY(rww_path_directory(path, &config->directory));
  RWW_TRY(rww_copy_text(source, &config->source));
  reader->directory = config->directory;
  RWW_TRY(RWW_NEW(&reader->failed, rww_n_settings));
  RWW_TRY(rww_node_parse(path, false, source, reader->problems, &reader->root));
  return read_tree(reader, overrides, n_overrides);
}

rww_status rww_config_parse(const char *path, const char *source, const rww_override *overrides, size_t n_overrides,
                            rww_problems *problems, rww_config **config) {
  RWW_TRY(RWW_NEW(config, 1));
  rww_reader reader = {.problems = problems, .config = *config};
  rww_status status = read_source(&reader, path, source, overrides, n_overrides);
  if (status == RWW_OK || status == RWW_ERR_CONFIG) status = rww_problems_raise(problems, RWW_ERR_CONFIG);
  rww_node_free(&reader.root);
  free(reader.failed);
  if (status == RWW_OK) return RWW_OK;
  rww_config_free(*config);
  *config = NULL;
  return status;
}

static rww_status refuse_file(rww_problems *problems, const char *message) {
  rww_problems_add(problems, RWW_ERROR, "%s", message);
  return rww_problems_raise(problems, RWW_ERR_CONFIG);
}

rww_status rww_config_read(const char *path, const rww_override *overrides, size_t n_overrides, rww_problems *problems,
                           rww_config **config) {
  char *source;
  size_t n_bytes;
  *config = NULL;
  rww_status status = rww_file_read(path, SOURCE_LIMIT_BYTES, &source, &n_bytes);
  if (status == RWW_ERR_INPUT) return refuse_file(problems, rww_status_message(status));
  RWW_TRY(status);
  if (strlen(source) < n_bytes) {
    char message[1024];
    snprintf(message, sizeof message, "%s: byte %zu is zero; expected a YAML text", path, strlen(source) + 1);
    status = refuse_file(problems, message);
  } else {
    status = rww_config_parse(path, source, overrides, n_overrides, problems, config);
  }
  free(source);
  return status;
}

void rww_config_free(rww_config *config) {
  if (!config) return;
  rww_setting_release_rows("", config);
  free(config->path);
  free(config->directory);
  free(config->source);
  free(config);
}
