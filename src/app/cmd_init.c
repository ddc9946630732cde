#include "app/commands.h"

#include "base/text.h"
#include <stdio.h>

rww_status rww_command_init(const rww_options *options) {
  (void)options;
  rww_text text = {0};
  rww_config_write_template(&text);
  fputs(text.chars, stdout);
  rww_text_free(&text);
  return RWW_OK;
}
