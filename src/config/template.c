#include "config/config.h"

#include "config/settings.h"
#include <string.h>

#define WIDTH 80
#define COMMENT_COLUMN 36

static void add_blanks(rww_text *text, size_t n) {
  rww_text_add(text, "%*s", (int)n, "");
}

/* Characters in the last line so far. */
static size_t count_in_line(const rww_text *text) {
  size_t n = 0;
  while (n < text->length && text->chars[text->length - 1 - n] != '\n') n++;
  return n;
}

/* Begins a comment at the column, in a new line where the present one is too long. */
static void begin_comment(rww_text *text, size_t column) {
  size_t used = count_in_line(text);
  if (used >= column && column > 0) {
    rww_text_add(text, "\n");
    used = 0;
  }
  add_blanks(text, column - used);
  rww_text_add(text, "#");
}

/* Words as a comment from the column on, wrapped. */
static void add_comment(rww_text *text, size_t column, const char *words) {
  begin_comment(text, column);
  while (*words) {
    size_t length = strcspn(words, " ");
    if (count_in_line(text) + 1 + length > WIDTH) {
      rww_text_add(text, "\n");
      begin_comment(text, column);
    }
    rww_text_add(text, " %.*s", (int)length, words);
    words += length + (words[length] == ' ');
  }
  rww_text_add(text, "\n");
}

static void add_help(rww_text *text, size_t column, const rww_setting *row) {
  rww_text words = {0};
  if (row->unit) rww_text_add(&words, "[%s] ", row->unit);
  rww_text_add(&words, "%s", row->help);
  add_comment(text, column, words.chars);
  rww_text_free(&words);
}

static void add_items(rww_text *text, size_t indent, const rww_setting *row) {
  for (const char *item = row->example; *item;) {
    size_t length = strcspn(item, "\n");
    add_blanks(text, indent);
    rww_text_add(text, "- %.*s\n", (int)length, item);
    item += length + 1;
  }
}

/* What an item may have, as comments in front of the items. */
static void add_item_help(rww_text *text, size_t indent, const rww_setting *row) {
  rww_text prefix = {0};
  rww_text_add(&prefix, "%s[].", row->path);
  for (size_t i = 0; i < rww_n_settings; i++) {
    const rww_setting *member = &rww_settings[i];
    if (strncmp(member->path, prefix.chars, prefix.length) != 0) continue;
    rww_text words = {0};
    rww_text_add(&words, "%s: %s%s%s", member->path + prefix.length, member->help, member->def[0] ? "; default " : "",
                 member->def[0] ? member->def[0] : "");
    add_comment(text, indent, words.chars);
    rww_text_free(&words);
  }
  rww_text_free(&prefix);
}

/* What a semantics sets is left to it. */
static bool is_commented(const rww_setting *row) {
  return row->commented || row->def[1];
}

static void add_setting(rww_text *text, size_t indent, const char *name, const rww_setting *row) {
  const char *value = row->type == RWW_SEQUENCE ? NULL : row->def[0] ? row->def[0] : row->example;
  add_blanks(text, indent);
  rww_text_add(text, "%s%s:%s%s", is_commented(row) ? "# " : "", name, value ? " " : "", value ? value : "");
  add_help(text, COMMENT_COLUMN, row);
  if (row->type != RWW_SEQUENCE) return;
  add_item_help(text, indent + 2, row);
  add_items(text, indent + 2, row);
}

static void add_level(rww_text *text, size_t indent, const char *prefix);

static void add_section(rww_text *text, size_t indent, const char *name, const char *path, const rww_setting *row) {
  rww_text prefix = {0};
  add_blanks(text, indent);
  rww_text_add(text, "%s:", name);
  if (row)
    add_help(text, COMMENT_COLUMN, row);
  else
    rww_text_add(text, "\n");
  rww_text_add(&prefix, "%s.", path);
  add_level(text, indent + 2, prefix.chars);
  rww_text_free(&prefix);
}

static void add_level(rww_text *text, size_t indent, const char *prefix) {
  char name[RWW_SETTING_NAME_SIZE];
  for (size_t i = 0; i < rww_n_settings; i++) {
    rww_text path = {0};
    if (!rww_setting_name_below(&rww_settings[i], prefix, name)) continue;
    rww_text_add(&path, "%s%s", prefix, name);
    if (indent == 0) rww_text_add(text, "\n");
    if (rww_setting_is_section(path.chars))
      add_section(text, indent, name, path.chars, rww_setting_find(path.chars));
    else
      add_setting(text, indent, name, &rww_settings[i]);
    rww_text_free(&path);
  }
}

void rww_config_write_template(rww_text *text) {
  add_comment(text, 0,
              "Configuration of rwwsweep with every setting. Those left out have the value shown here, a # in front or "
              "not. On the command line: --set integration.duration=60000, --set model.w=0.4 (short for "
              "model.parameters.w), --set explore.axes.model.w.n=16 (an axis is addressed by its parameter), --set "
              "optimize.global.steps=100 (a fit by its name).");
  add_level(text, 0, "");
}
