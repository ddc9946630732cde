#include "base/files.h"
#include "base/memory.h"
#include "connectome/matrix.h"
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE 100000 /* of a matrix: 80 GB; a larger one is a damaged file */

bool rww_hdf5_is_meant(const char *path) {
  size_t length = strlen(path);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* our own messages say more */
  if (H5Fis_hdf5(path) > 0) return true;
  return (length > 3 && strcmp(path + length - 3, ".h5") == 0) ||
         (length > 5 && strcmp(path + length - 5, ".hdf5") == 0);
}

static rww_status open_file(const char *path, hid_t *file) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (!rww_file_exists(path)) return rww_raise(RWW_ERR_INPUT, "%s: there is no such file", path);
  if (H5Fis_hdf5(path) <= 0) return rww_raise(RWW_ERR_INPUT, "%s: is no HDF5 file; expected one by its name", path);
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (*file < 0) return rww_raise(RWW_ERR_INPUT, "%s: could not be opened as HDF5: truncated or damaged", path);
  return RWW_OK;
}

bool rww_hdf5_has(const char *path, const char *dataset) {
  hid_t file = -1;
  if (open_file(path, &file) != RWW_OK) return false;
  bool has = H5Lexists(file, dataset, H5P_DEFAULT) > 0;
  H5Fclose(file);
  return has;
}

/* Class, rank and sizes of a dataset, before any of them is used. */
static rww_status open_dataset(hid_t file, const char *path, const char *name, int n_dimensions, hsize_t *shape,
                               hid_t *dataset) {
  hsize_t sizes[H5S_MAX_RANK];
  *dataset = H5Dopen2(file, name, H5P_DEFAULT);
  if (*dataset < 0) return rww_raise(RWW_ERR_INPUT, "%s: has no dataset %s", path, name);
  hid_t space = H5Dget_space(*dataset);
  int found = H5Sget_simple_extent_dims(space, sizes, NULL);
  H5Sclose(space);
  rww_status status = RWW_OK;
  if (found != n_dimensions)
    status = rww_raise(RWW_ERR_INPUT, "%s: dataset %s has %d dimension%s; expected %d", path, name, found,
                       found == 1 ? "" : "s", n_dimensions);
  for (int d = 0; status == RWW_OK && d < n_dimensions; d++) {
    shape[d] = sizes[d];
    if (sizes[d] < 1 || sizes[d] > MAX_SIDE)
      status = rww_raise(RWW_ERR_INPUT, "%s: dataset %s has a side of %llu; expected 1 to %d", path, name,
                         (unsigned long long)sizes[d], MAX_SIDE);
  }
  if (status != RWW_OK) H5Dclose(*dataset);
  return status;
}

static bool has_class(hid_t dataset, H5T_class_t a, H5T_class_t b) {
  hid_t type = H5Dget_type(dataset);
  H5T_class_t found = H5Tget_class(type);
  H5Tclose(type);
  return found == a || found == b;
}

static rww_status read_numbers(hid_t dataset, const char *path, const char *name, rww_matrix *matrix) {
  if (!has_class(dataset, H5T_FLOAT, H5T_INTEGER))
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s does not hold numbers", path, name);
  RWW_TRY(RWW_NEW(&matrix->values, matrix->n_rows * matrix->n_columns));
  if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix->values) < 0)
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s could not be read: truncated or damaged", path, name);
  return RWW_OK;
}

static rww_status read_matrix(hid_t file, const char *path, const char *name, rww_matrix *matrix) {
  hsize_t shape[2];
  hid_t dataset;
  RWW_TRY(rww_copy_text(path, &matrix->path));
  RWW_TRY(rww_copy_text(name, &matrix->dataset));
  RWW_TRY(open_dataset(file, path, name, 2, shape, &dataset));
  matrix->n_rows = shape[0];
  matrix->n_columns = shape[1];
  rww_status status = read_numbers(dataset, path, name, matrix);
  H5Dclose(dataset);
  return status;
}

rww_status rww_matrix_read_hdf5(const char *path, const char *dataset, rww_matrix *matrix) {
  hid_t file = -1;
  *matrix = (rww_matrix){0};
  RWW_TRY(open_file(path, &file));
  rww_status status = read_matrix(file, path, dataset, matrix);
  H5Fclose(file);
  if (status != RWW_OK) rww_matrix_free(matrix);
  return status;
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

static bool read_fixed_length(hid_t dataset, hid_t type, size_t n, char **labels) {
  size_t size = H5Tget_size(type);
  char *read = size < 4096 ? calloc(n, size + 1) : NULL;
  bool done = read && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0;
  for (size_t i = 0; done && i < n; i++) {
    char *end = read + i * size + size, kept = *end;
    *end = 0; /* a label may fill its place to the last byte */
    done = rww_copy_text(read + i * size, &labels[i]) == RWW_OK;
    *end = kept;
    if (done && H5Tget_strpad(type) == H5T_STR_SPACEPAD)
      for (size_t length = strlen(labels[i]); length > 0 && labels[i][length - 1] == ' ';) labels[i][--length] = 0;
  }
  free(read);
  return done;
}

static rww_status read_labels(hid_t dataset, const char *path, const char *name, size_t n, char **labels) {
  if (!has_class(dataset, H5T_STRING, H5T_STRING))
    return rww_raise(RWW_ERR_INPUT, "%s: dataset %s does not hold strings", path, name);
  hid_t type = H5Dget_type(dataset);
  bool done = H5Tis_variable_str(type) > 0 ? read_variable_length(dataset, type, n, labels)
                                           : read_fixed_length(dataset, type, n, labels);
  H5Tclose(type);
  if (done) return RWW_OK;
  return rww_raise(RWW_ERR_INPUT, "%s: dataset %s could not be read: truncated or damaged", path, name);
}

static rww_status read_label_dataset(hid_t file, const char *path, const char *name, char ***labels, size_t *n) {
  hsize_t shape[1];
  hid_t dataset;
  RWW_TRY(open_dataset(file, path, name, 1, shape, &dataset));
  rww_status status = RWW_NEW(labels, shape[0]);
  if (status == RWW_OK) {
    *n = shape[0];
    status = read_labels(dataset, path, name, *n, *labels);
  }
  H5Dclose(dataset);
  return status;
}

rww_status rww_labels_read_hdf5(const char *path, const char *dataset, char ***labels, size_t *n) {
  hid_t file = -1;
  *labels = NULL;
  *n = 0;
  if (!rww_hdf5_has(path, dataset)) return RWW_OK;
  RWW_TRY(open_file(path, &file));
  rww_status status = read_label_dataset(file, path, dataset, labels, n);
  H5Fclose(file);
  if (status == RWW_OK) return RWW_OK;
  rww_labels_free(*labels, *n);
  *labels = NULL;
  *n = 0;
  return status;
}
