#include "report/table.h"

#include "base/memory.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rww_table_form {
  const char *name;
  bool header, exact, names_in_cells;
  const char *begin, *end, *row_begin, *row_end, *between_rows, *between_cells, *null, *quote;
  int first_width, width;
};

static const rww_table_form forms[] = {
    {"table", true, false, false, "", "", "", "\n", "", "  ", "-", "", 4, 10},
    {"csv", true, true, false, "", "", "", "\n", "", ",", "", "", 0, 0},
    {"json", false, true, true, "[", "]\n", "{", "}", ",\n ", ", ", "null", "\"", 0, 0},
};

rww_status rww_table_find_form(const char *name, const rww_table_form **form) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].name, name) == 0) {
      *form = &forms[i];
      return RWW_OK;
    }
  return rww_raise(RWW_ERR_USAGE, "--format %s: expected table, csv or json", name);
}

bool rww_table_is_for_people(const rww_table_form *form) {
  return !form->exact;
}

rww_status rww_table_create(const rww_table_form *form, size_t n_columns, size_t n_rows, rww_table *table) {
  *table = (rww_table){.form = form, .n_columns = n_columns, .n_rows = n_rows};
  RWW_TRY(RWW_NEW(&table->names, n_columns));
  RWW_TRY(RWW_NEW(&table->texts, n_columns * n_rows));
  return RWW_NEW(&table->cells, n_columns * n_rows);
}

void rww_table_free(rww_table *table) {
  free(table->names);
  free(table->cells);
  free(table->texts);
  *table = (rww_table){0};
}

void rww_table_add_column(rww_table *table, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(table->names[table->n_named++], RWW_COLUMN_NAME_SIZE, format, arguments);
  va_end(arguments);
}

static char *cell_of(const rww_table *table, size_t row, size_t column) {
  return table->cells[row * table->n_columns + column];
}

void rww_table_set_text(rww_table *table, size_t row, size_t column, const char *text) {
  table->texts[row * table->n_columns + column] = text;
}

void rww_table_set_count(rww_table *table, size_t row, size_t column, uint64_t count) {
  snprintf(cell_of(table, row, column), RWW_REAL_TEXT_SIZE, "%" PRIu64, count);
}

void rww_table_set_real(rww_table *table, size_t row, size_t column, double value) {
  if (isnan(value)) return;
  if (table->form->exact)
    rww_text_format_real(value, cell_of(table, row, column));
  else
    snprintf(cell_of(table, row, column), RWW_REAL_TEXT_SIZE, "%.6g", value);
}

void rww_table_set_loss(rww_table *table, size_t row, size_t column, double value) {
  rww_table_set_real(table, row, column, value);
  if (!table->form->exact && !isnan(value)) snprintf(cell_of(table, row, column), RWW_REAL_TEXT_SIZE, "%.6f", value);
}

static void print_cell(const rww_table *table, size_t column, const char *value, const char *quote) {
  const rww_table_form *as = table->form;
  const char *name = table->names[column];
  int width = column == 0 ? as->first_width : as->width;
  if (width > 0 && width < (int)strlen(name)) width = (int)strlen(name);
  if (column > 0) fputs(as->between_cells, stdout);
  if (as->names_in_cells) printf("\"%s\": ", name);
  printf("%s%*s%s", quote, width, *value ? value : as->null, quote);
}

static void print_header(const rww_table *table) {
  for (size_t k = 0; k < table->n_columns; k++) print_cell(table, k, table->names[k], "");
}

static void print_row(const rww_table *table, size_t row) {
  for (size_t k = 0; k < table->n_columns; k++) {
    const char *text = table->texts[row * table->n_columns + k];
    print_cell(table, k, text ? text : cell_of(table, row, k), text ? table->form->quote : "");
  }
}

void rww_table_print(const rww_table *table) {
  const rww_table_form *as = table->form;
  fputs(as->begin, stdout);
  if (as->header) print_header(table);
  if (as->header) fputs(as->row_end, stdout);
  for (size_t row = 0; row < table->n_rows; row++) {
    if (row > 0) fputs(as->between_rows, stdout);
    fputs(as->row_begin, stdout);
    print_row(table, row);
    fputs(as->row_end, stdout);
  }
  fputs(as->end, stdout);
}
