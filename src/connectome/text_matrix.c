#include "base/files.h"
#include "base/memory.h"
#include "connectome/matrix.h"
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT_BYTES ((size_t)1 << 28) /* more than 3000 x 3000 numbers; larger matrices belong into HDF5 */

typedef struct cell {
  char *text; /* in the file's own buffer */
  int column; /* from 1 */
  bool quoted;
} cell;

/* One line's cells; kept from line to line. */
typedef struct cell_list {
  size_t n, capacity;
  cell *list;
} cell_list;

typedef struct parser {
  rww_matrix *matrix;
  const char *path;
  char delimiter; /* 0: not known yet; ' ': any blanks */
  int line;
  cell_list cells;
  bool any_line;
  size_t n_label_cells; /* cells before the first number of a line */
  size_t n_values, value_capacity, place_capacity;
  char **row_labels;
  rww_cell_place *row_label_places;
  size_t n_row_labels, label_capacity, label_place_capacity;
} parser;

static rww_status grow(void *array, size_t size, size_t needed, size_t *capacity) {
  void *old, *larger;
  memcpy(&old, array, sizeof old);
  if (needed <= *capacity) return RWW_OK;
  size_t wanted = needed * 2 + 16;
  larger = realloc(old, wanted * size);
  if (!larger) return rww_raise(RWW_ERR_MEMORY, "out of memory: %zu elements were asked for", wanted);
  *capacity = wanted;
  memcpy(array, &larger, sizeof larger);
  return RWW_OK;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* The one of , ; and tab that the line has most of outside of quotes; a blank where it has none of them. */
static char find_delimiter(const char *line) {
  static const char candidates[] = ",;\t";
  size_t counts[3] = {0}, most = 0;
  bool quoted = false;
  for (; *line; line++) {
    const char *found = quoted ? NULL : strchr(candidates, *line);
    if (found) counts[found - candidates]++;
    if (*line == '"') quoted = !quoted;
  }
  for (size_t i = 1; i < 3; i++)
    if (counts[i] > counts[most]) most = i;
  return counts[most] > 0 ? candidates[most] : ' ';
}

/* Cuts the line at a # outside of quotes. */
static void cut_comment(char *line) {
  bool quoted = false;
  for (; *line; line++) {
    if (*line == '"') quoted = !quoted;
    if (*line == '#' && !quoted) *line = 0;
    if (*line == 0) return;
  }
}

/* Takes the quotes off; two of them inside are one. Returns what follows the closing one, NULL where there is none. */
static char *unquote(char *text) {
  char *to = text, *from = text + 1;
  while (*from && !(*from == '"' && from[1] != '"')) {
    from += *from == '"';
    *to++ = *from++;
  }
  char *rest = *from ? from + 1 : NULL;
  *to = 0;
  return rest;
}

/* Ends the cell that begins at `at`, without the blanks behind it, and returns the begin of the next one, or NULL. */
static char *end_cell(char *at, char delimiter) {
  char *end = at;
  while (*end && (delimiter == ' ' ? !is_blank(*end) : *end != delimiter)) end++;
  char *next = *end ? end + 1 : NULL;
  while (end > at && is_blank(end[-1])) end--;
  *end = 0;
  return next;
}

static rww_status take_cell(parser *self, char *line, char **at) {
  cell_list *cells = &self->cells;
  RWW_TRY(grow(&cells->list, sizeof *cells->list, cells->n + 1, &cells->capacity));
  cell *now = &cells->list[cells->n++];
  *now = (cell){*at, (int)(*at - line) + 1, **at == '"'};
  char *rest = now->quoted ? unquote(*at) : *at;
  if (!rest)
    return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: found a quote that is not closed in this line", self->path, self->line,
                     now->column);
  *at = end_cell(rest, self->delimiter);
  if (now->quoted && *rest)
    return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: found '%.40s' behind a closing quote", self->path, self->line,
                     (int)(rest - line) + 1, rest);
  return RWW_OK;
}

static rww_status split(parser *self, char *line) {
  cell_list *cells = &self->cells;
  cells->n = 0;
  for (char *at = line; at;) {
    while (is_blank(*at) && (self->delimiter == ' ' || *at != self->delimiter)) at++;
    if (self->delimiter == ' ' && *at == 0) break;
    RWW_TRY(take_cell(self, line, &at));
  }
  /* a delimiter at the end of a line ends it and does not begin another cell */
  const cell *last = &cells->list[cells->n - 1];
  if (self->delimiter != ' ' && cells->n > 1 && last->text[0] == 0 && !last->quoted) cells->n--;
  return RWW_OK;
}

static bool parse_number(const cell *from, double *value) {
  char *end;
  *value = strtod(from->text, &end);
  return !from->quoted && end != from->text && *end == 0;
}

static bool has_number(const cell_list *cells) {
  double value;
  for (size_t i = 0; i < cells->n; i++)
    if (parse_number(&cells->list[i], &value)) return true;
  return false;
}

/* An empty cell at the beginning stands over a column of labels. */
static rww_status take_column_labels(parser *self) {
  const cell_list *cells = &self->cells;
  size_t first = cells->list[0].text[0] == 0;
  self->n_label_cells = first;
  rww_matrix *matrix = self->matrix;
  RWW_TRY(RWW_NEW(&matrix->labels, cells->n));
  RWW_TRY(RWW_NEW(&matrix->label_places, cells->n));
  for (const cell *now = cells->list + first; now < cells->list + cells->n; now++) {
    matrix->label_places[matrix->n_labels] = (rww_cell_place){self->line, now->column};
    RWW_TRY(rww_copy_text(now->text, &matrix->labels[matrix->n_labels++]));
  }
  return RWW_OK;
}

static rww_status take_row_label(parser *self) {
  size_t n = self->n_row_labels + 1;
  const cell *label = &self->cells.list[0];
  RWW_TRY(grow(&self->row_labels, sizeof *self->row_labels, n, &self->label_capacity));
  RWW_TRY(grow(&self->row_label_places, sizeof *self->row_label_places, n, &self->label_place_capacity));
  RWW_TRY(rww_copy_text(label->text, &self->row_labels[n - 1]));
  self->row_label_places[n - 1] = (rww_cell_place){self->line, label->column};
  self->n_row_labels = n;
  return RWW_OK;
}

/* At the first cell too many, or at the last one where there are too few. */
static rww_status raise_ragged(const parser *self, size_t n) {
  size_t expected = self->matrix->n_columns;
  const cell *at = &self->cells.list[n > expected ? self->n_label_cells + expected : self->cells.n - 1];
  return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: the line has %zu values; expected %zu as in line %d", self->path,
                   self->line, at->column, n, expected, self->matrix->places[0].line);
}

static rww_status raise_word(const parser *self, const cell *at) {
  return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: found '%.40s'%s; expected a number", self->path, self->line, at->column,
                   at->text, at->quoted ? " in quotes" : "");
}

static rww_status take_numbers(parser *self) {
  rww_matrix *matrix = self->matrix;
  size_t first = self->n_label_cells, n = self->cells.n - first;
  if (n == 0) return raise_word(self, &self->cells.list[0]);
  if (matrix->n_rows == 0) matrix->n_columns = n;
  if (n != matrix->n_columns) return raise_ragged(self, n);
  RWW_TRY(grow(&matrix->values, sizeof *matrix->values, self->n_values + n, &self->value_capacity));
  RWW_TRY(grow(&matrix->places, sizeof *matrix->places, self->n_values + n, &self->place_capacity));
  for (const cell *now = self->cells.list + first; now < self->cells.list + self->cells.n; now++) {
    if (!parse_number(now, &matrix->values[self->n_values])) return raise_word(self, now);
    matrix->places[self->n_values++] = (rww_cell_place){self->line, now->column};
  }
  matrix->n_rows++;
  return RWW_OK;
}

static rww_status check_encoding(const parser *self, const char *line) {
  const char *end = rww_text_skip_utf8(line);
  if (*end == 0) return RWW_OK;
  return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: found a byte that is not UTF-8 (%02x); save the file in that encoding",
                   self->path, self->line, (int)(end - line) + 1, (unsigned char)*end);
}

static rww_status take_line(parser *self, char *line) {
  double value;
  cut_comment(line);
  RWW_TRY(check_encoding(self, line));
  if (line[strspn(line, " \t")] == 0) return RWW_OK;
  if (self->delimiter == 0) self->delimiter = find_delimiter(line);
  RWW_TRY(split(self, line));
  const cell *first = &self->cells.list[0];
  bool is_first_line = !self->any_line;
  self->any_line = true;
  if (is_first_line && (first->text[0] == 0 || !has_number(&self->cells))) return take_column_labels(self);
  if (self->matrix->n_rows == 0 && !parse_number(first, &value)) self->n_label_cells = 1;
  RWW_TRY(take_numbers(self));
  return self->n_label_cells ? take_row_label(self) : RWW_OK;
}

static rww_status take_lines(parser *self, char *text) {
  if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3;
  for (char *next; text; text = next) {
    next = strchr(text, '\n');
    if (next) *next++ = 0;
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\r') text[length - 1] = 0;
    self->line++;
    RWW_TRY(take_line(self, text));
  }
  if (self->matrix->n_rows == 0) return rww_raise(RWW_ERR_INPUT, "%s: holds no numbers", self->path);
  return RWW_OK;
}

static void drop_first_label(rww_matrix *matrix) {
  free(matrix->labels[0]);
  matrix->n_labels--;
  memmove(matrix->labels, matrix->labels + 1, matrix->n_labels * sizeof *matrix->labels);
  memmove(matrix->label_places, matrix->label_places + 1, matrix->n_labels * sizeof *matrix->label_places);
}

static rww_status compare_labels(const parser *self) {
  const rww_matrix *matrix = self->matrix;
  for (size_t i = 0; i < matrix->n_rows; i++)
    if (strcmp(matrix->labels[i], self->row_labels[i]) != 0)
      return rww_raise(RWW_ERR_INPUT, "%s:%d:%d: the row is labelled '%s', column %zu '%s'; expected the same order",
                       self->path, self->row_label_places[i].line, self->row_label_places[i].column,
                       self->row_labels[i], i + 1, matrix->labels[i]);
  return RWW_OK;
}

static void take_row_labels(parser *self) {
  rww_matrix *matrix = self->matrix;
  rww_labels_free(matrix->labels, matrix->n_labels);
  free(matrix->label_places);
  matrix->labels = self->row_labels;
  matrix->label_places = self->row_label_places;
  matrix->n_labels = self->n_row_labels;
  self->row_labels = NULL;
  self->row_label_places = NULL;
}

/* A line of labels may have a cell over the column of labels. A square matrix has the same labels on both sides; those
 * of a single column are its rows'. */
static rww_status join_labels(parser *self) {
  rww_matrix *matrix = self->matrix;
  if (matrix->labels && self->row_labels && matrix->n_labels == matrix->n_columns + 1) drop_first_label(matrix);
  if (matrix->labels && matrix->n_labels != matrix->n_columns)
    return rww_raise(RWW_ERR_INPUT, "%s: has %zu labels over %zu columns", self->path, matrix->n_labels,
                     matrix->n_columns);
  if (matrix->labels && self->row_labels && matrix->n_rows == matrix->n_columns) RWW_TRY(compare_labels(self));
  if (self->row_labels && (!matrix->labels || matrix->n_columns == 1)) take_row_labels(self);
  return RWW_OK;
}

static rww_status parse(const char *path, char *text, size_t n_bytes, rww_matrix *matrix) {
  parser self = {.matrix = matrix, .path = path};
  if (strlen(text) != n_bytes)
    return rww_raise(RWW_ERR_INPUT, "%s: holds a zero byte; expected delimited text in UTF-8, or HDF5", path);
  rww_status status = take_lines(&self, text);
  if (status == RWW_OK) status = join_labels(&self);
  rww_labels_free(self.row_labels, self.n_row_labels);
  free(self.row_label_places);
  free(self.cells.list);
  return status;
}

rww_status rww_matrix_read_text(const char *path, rww_matrix *matrix) {
  char *text;
  size_t n_bytes;
  *matrix = (rww_matrix){0};
  RWW_TRY(rww_file_read(path, FILE_LIMIT_BYTES, &text, &n_bytes));
  rww_status status = rww_copy_text(path, &matrix->path);
  if (status == RWW_OK) status = parse(path, text, n_bytes, matrix);
  free(text);
  if (status != RWW_OK) rww_matrix_free(matrix);
  return status;
}
