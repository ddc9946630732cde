#include "base/memory.h"
#include "connectome/connectome.h"
#include "connectome/matrix.h"
#include <errno.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABELS "region_labels"
#define LABEL_LIMIT_BYTES 4096

/* Open datasets carry the names that messages need. */
typedef struct source {
  const char *path, *name;
  hid_t id;
} source;

static bool is_regular(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool rww_hdf5_is_meant(const char *path) {
  size_t length = strlen(path);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* our own messages say more */
  if (is_regular(path) && H5Fis_hdf5(path) > 0) return true;
  return (length > 3 && strcmp(path + length - 3, ".h5") == 0) ||
         (length > 5 && strcmp(path + length - 5, ".hdf5") == 0);
}

/* Without HDF5's file lock, which some network file systems refuse and another program may hold. */
static hid_t open_unlocked(const char *path) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_file_locking(access, false, true);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return file;
}

static rww_status check_regular(const char *path) {
  struct stat info;
  if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
    return rww_raise(RWW_ERR_INPUT, "%s: is a directory; expected a file", path);
  if (!is_regular(path)) return rww_raise(RWW_ERR_INPUT, "%s: is no regular file; HDF5 needs one", path);
  return RWW_OK;
}

static rww_status open_file(const char *path, hid_t *file) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (access(path, R_OK) != 0) return rww_raise(RWW_ERR_INPUT, "%s: %s", path, strerror(errno));
  RWW_TRY(check_regular(path));
  if (H5Fis_hdf5(path) <= 0) return rww_raise(RWW_ERR_INPUT, "%s: is no HDF5 file; expected one by its name", path);
  *file = open_unlocked(path);
  if (*file < 0) return rww_raise(RWW_ERR_INPUT, "%s: could not be opened as HDF5: truncated or damaged", path);
  return RWW_OK;
}

static bool has_dataset(hid_t file, const char *name) {
  return H5Lexists(file, name, H5P_DEFAULT) > 0;
}

bool rww_hdf5_has(const char *path, const char *dataset) {
  hid_t file = -1;
  if (open_file(path, &file) != RWW_OK) return false;
  bool has = has_dataset(file, dataset);
  H5Fclose(file);
  return has;
}

static herr_t add_name(hid_t file, const char *name, const H5L_info_t *info, void *names) {
  rww_text *text = names;
  (void)file;
  (void)info;
  rww_text_add(text, "%s%s", text->length ? ", " : "", name);
  return 0;
}

static rww_status raise_absent(hid_t file, const char *path, const char *name) {
  if (has_dataset(file, name))
    return rww_raise(RWW_ERR_INPUT, "%s: %s is no dataset that could be opened; expected one", path, name);
  rww_text names = {0};
  H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &names);
  rww_status status = rww_raise(RWW_ERR_INPUT, "%s: has no dataset %s; found %s", path, name,
                                names.length ? names.chars : "an empty file");
  rww_text_free(&names);
  return status;
}

/* Rank and sizes, before any of them is used. */
static rww_status read_shape(const source *from, int n_dimensions, hsize_t *shape) {
  hsize_t sizes[H5S_MAX_RANK];
  hid_t space = H5Dget_space(from->id);
  int found = H5Sget_simple_extent_dims(space, sizes, NULL);
  H5Sclose(space);
  if (found != n_dimensions)
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s has %d dimension%s; expected %d", from->path, from->name, found,
                     found == 1 ? "" : "s", n_dimensions);
  for (int d = 0; d < n_dimensions; d++) {
    shape[d] = sizes[d];
    if (sizes[d] < 1 || sizes[d] > RWW_MAX_NODES)
      return rww_raise(RWW_ERR_INPUT, "%s: dataset %s has a side of %llu; expected 1 to %d", from->path, from->name,
                       (unsigned long long)sizes[d], RWW_MAX_NODES);
  }
  return RWW_OK;
}

static rww_status check_class(const source *from, bool good, H5T_class_t found, const char *expected) {
  static const char *const names[] = {[H5T_INTEGER] = "integers",
                                      [H5T_FLOAT] = "numbers",
                                      [H5T_TIME] = "times",
                                      [H5T_STRING] = "strings",
                                      [H5T_BITFIELD] = "bit fields",
                                      [H5T_OPAQUE] = "opaque values",
                                      [H5T_COMPOUND] = "compound values",
                                      [H5T_REFERENCE] = "references",
                                      [H5T_ENUM] = "enumerated values",
                                      [H5T_VLEN] = "lists",
                                      [H5T_ARRAY] = "arrays in an array"};
  if (good) return RWW_OK;
  return rww_raise(RWW_ERR_INPUT, "%s: dataset %s holds %s; expected %s", from->path, from->name,
                   found >= 0 && found < H5T_NCLASSES ? names[found] : "values of no known type", expected);
}

static H5T_class_t get_class(const source *from) {
  hid_t type = H5Dget_type(from->id);
  H5T_class_t class = H5Tget_class(type);
  H5Tclose(type);
  return class;
}

static rww_status raise_unreadable(const source *from) {
  return rww_raise(RWW_ERR_INPUT,
                   "%s: dataset %s could not be read: damaged, or compressed in a way that this HDF5 library lacks",
                   from->path, from->name);
}

static rww_status read_numbers(const source *from, rww_matrix *matrix) {
  hsize_t shape[2];
  H5T_class_t class = get_class(from);
  RWW_TRY(check_class(from, class == H5T_FLOAT || class == H5T_INTEGER, class, "numbers"));
  RWW_TRY(read_shape(from, 2, shape));
  if (H5Dget_storage_size(from->id) == 0)
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s was never written", from->path, from->name);
  matrix->n_rows = shape[0];
  matrix->n_columns = shape[1];
  RWW_TRY(RWW_NEW(&matrix->values, matrix->n_rows * matrix->n_columns));
  if (H5Dread(from->id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix->values) < 0)
    return raise_unreadable(from);
  return RWW_OK;
}

static bool read_variable_length(hid_t dataset, hid_t type, size_t n, char **labels) {
  hid_t space = H5Dget_space(dataset);
  char **read = calloc(n, sizeof *read);
  bool done = read && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0;
  for (size_t i = 0; done && i < n; i++) done = rww_copy_text(read[i] ? read[i] : "", &labels[i]) == RWW_OK;
  if (read) H5Dvlen_reclaim(type, space, H5P_DEFAULT, read);
  free(read);
  H5Sclose(space);
  return done;
}

static void cut_padding(char *label) {
  for (size_t length = strlen(label); length > 0 && label[length - 1] == ' ';) label[--length] = 0;
}

static bool read_fixed_length(hid_t dataset, hid_t type, size_t n, char **labels) {
  size_t size = H5Tget_size(type);
  char *read = size <= LABEL_LIMIT_BYTES ? calloc(n, size) : NULL, label[LABEL_LIMIT_BYTES + 1] = {0};
  bool done = read && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0;
  for (size_t i = 0; done && i < n; i++) {
    memcpy(label, read + i * size, size); /* a label may fill its place to the last byte */
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) cut_padding(label);
    done = rww_copy_text(label, &labels[i]) == RWW_OK;
  }
  free(read);
  return done;
}

static rww_status check_encoding(const source *from, const rww_matrix *matrix) {
  for (size_t i = 0; i < matrix->n_labels; i++)
    if (*rww_text_skip_utf8(matrix->labels[i]))
      return rww_raise(RWW_ERR_INPUT, "%s: %s[%zu]: found a label that is not in UTF-8", from->path, from->name, i);
  return RWW_OK;
}

static rww_status read_labels(const source *from, rww_matrix *matrix) {
  hsize_t n = 0;
  H5T_class_t class = get_class(from);
  RWW_TRY(check_class(from, class == H5T_STRING, class, "strings"));
  RWW_TRY(read_shape(from, 1, &n));
  if (n != matrix->n_rows)
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s has %zu entries; expected %zu, one for each row of %s", from->path,
                     from->name, (size_t)n, matrix->n_rows, matrix->dataset);
  RWW_TRY(RWW_NEW(&matrix->labels, n));
  matrix->n_labels = n;
  hid_t type = H5Dget_type(from->id);
  bool done = H5Tis_variable_str(type) > 0 ? read_variable_length(from->id, type, n, matrix->labels)
                                           : read_fixed_length(from->id, type, n, matrix->labels);
  H5Tclose(type);
  return done ? check_encoding(from, matrix) : raise_unreadable(from);
}

typedef rww_status (*read_function)(const source *from, rww_matrix *matrix);

static rww_status read_dataset(hid_t file, const char *name, read_function read, rww_matrix *matrix) {
  source from = {matrix->path, name, H5Dopen2(file, name, H5P_DEFAULT)};
  if (from.id < 0) return raise_absent(file, matrix->path, name);
  rww_status status = read(&from, matrix);
  H5Dclose(from.id);
  return status;
}

static rww_status read_file(hid_t file, const char *path, const char *dataset, rww_matrix *matrix) {
  RWW_TRY(rww_copy_text(path, &matrix->path));
  RWW_TRY(rww_copy_text(dataset, &matrix->dataset));
  RWW_TRY(read_dataset(file, dataset, read_numbers, matrix));
  return has_dataset(file, LABELS) ? read_dataset(file, LABELS, read_labels, matrix) : RWW_OK;
}

rww_status rww_matrix_read_hdf5(const char *path, const char *dataset, rww_matrix *matrix) {
  hid_t file = -1;
  *matrix = (rww_matrix){0};
  RWW_TRY(open_file(path, &file));
  rww_status status = read_file(file, path, dataset, matrix);
  H5Fclose(file);
  if (status != RWW_OK) rww_matrix_free(matrix);
  return status;
}
