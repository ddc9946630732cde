/** @file
 *  A small table on stdout, for people or for programs. */
#ifndef RWW_REPORT_TABLE_H
#define RWW_REPORT_TABLE_H

#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RWW_COLUMN_NAME_SIZE 64

/** How a table is written. */
typedef struct rww_table_form rww_table_form;

/** Form by its name: table, csv or json. Errors: RWW_ERR_USAGE with the names there are. */
RWW_MUST_CHECK rww_status rww_table_find_form(const char *name, const rww_table_form **form);

/** Whether several tables may stand one behind the other. */
bool rww_table_is_for_people(const rww_table_form *form);

typedef struct rww_table {
  const rww_table_form *form;
  size_t n_columns, n_rows, n_named;
  char (*names)[RWW_COLUMN_NAME_SIZE]; /* [n_columns] */
  char (*cells)[RWW_REAL_TEXT_SIZE];   /* [n_rows][n_columns]; empty: no value */
  const char **texts;                  /* [n_rows][n_columns]; NULL: the cell is a number */
} rww_table;

/** Names come by rww_table_add_column, cells in any order. Errors: RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_table_create(const rww_table_form *form, size_t n_columns, size_t n_rows,
                                           rww_table *table);
void rww_table_free(rww_table *table);

void rww_table_add_column(rww_table *table, const char *format, ...) RWW_PRINTF(2, 3);
/** A name without quotes or commas, borrowed until the table is printed. */
void rww_table_set_text(rww_table *table, size_t row, size_t column, const char *text);
void rww_table_set_count(rww_table *table, size_t row, size_t column, uint64_t count);

/** With all digits for programs, with six for people; NaN is no value. */
void rww_table_set_real(rww_table *table, size_t row, size_t column, double value);
/** The same, for people with six digits behind the point. */
void rww_table_set_loss(rww_table *table, size_t row, size_t column, double value);

void rww_table_print(const rww_table *table);

#endif
