#include "store/axes.h"

#include "base/memory.h"
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

static herr_t keep_name(hid_t dataset, unsigned dimension, hid_t scale, void *name) {
  (void)dataset, (void)dimension;
  return H5DSget_scale_name(scale, name, 256) > 0 ? 1 : -1;
}

static rww_status read_coordinates(const rww_reader *reader, hid_t scale, rww_row_axis *axis) {
  hid_t type = H5Dget_type(scale), space = H5Dget_space(scale);
  H5T_class_t class = H5Tget_class(type);
  bool is_number = H5Tget_size(type) == 8 && (class == H5T_FLOAT || class == H5T_INTEGER) &&
                   H5Sget_simple_extent_npoints(space) == (hssize_t)axis->n;
  axis->is_integer = class == H5T_INTEGER;
  size_t n_texts;
  rww_status status = is_number ? RWW_NEW(&axis->bits, axis->n) : RWW_OK;
  if (status == RWW_OK && is_number &&
      H5Dread(scale, axis->is_integer ? H5T_NATIVE_UINT64 : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              axis->bits) < 0)
    status = rww_h5_raise(RWW_ERR_STORE, "the coordinates of %s cannot be read", axis->name);
  if (class == H5T_STRING) status = rww_reader_texts(reader, axis->name, &axis->texts, &n_texts);
  H5Sclose(space);
  H5Tclose(type);
  return status;
}

static rww_status read_axis(const rww_reader *reader, hid_t dataset, unsigned dimension, rww_row_axis *axis) {
  char name[256] = "";
  if (H5DSiterate_scales(dataset, dimension, NULL, keep_name, name) <= 0)
    return rww_raise(RWW_ERR_STORE, "%s: dimension %u of its rows has no name", rww_reader_rows(reader).path,
                     dimension);
  RWW_TRY(rww_copy_text(name, &axis->name));
  hid_t scale = H5Dopen2(rww_reader_group(reader), name, H5P_DEFAULT);
  rww_status status = read_coordinates(reader, scale, axis);
  H5Dclose(scale);
  return status;
}

static rww_status read_axes(const rww_reader *reader, hid_t dataset, rww_axes *axes) {
  hsize_t shape[H5S_MAX_RANK];
  hid_t space = H5Dget_space(dataset);
  int n = H5Sget_simple_extent_dims(space, shape, NULL);
  uint64_t n_rows = 1;
  H5Sclose(space);
  for (int d = 0; d < n && d < RWW_MAX_DIMENSIONS; d++) {
    axes->axes[axes->n++].n = (size_t)shape[d];
    n_rows *= shape[d];
    RWW_TRY(read_axis(reader, dataset, (unsigned)d, &axes->axes[d]));
  }
  if (n >= 0 && n <= RWW_MAX_DIMENSIONS && n_rows == rww_reader_n_rows(reader) - rww_reader_has_summary(reader))
    return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: the dimensions of %s do not number its rows", rww_reader_rows(reader).path,
                   RWW_DATASET_STATUS);
}

rww_status rww_axes_read(const rww_reader *reader, rww_axes *axes) {
  *axes = (rww_axes){0};
  hid_t dataset = H5Dopen2(rww_reader_group(reader), RWW_DATASET_STATUS, H5P_DEFAULT);
  rww_status status = read_axes(reader, dataset, axes);
  H5Dclose(dataset);
  if (status != RWW_OK) rww_axes_free(axes);
  return status;
}

static const rww_dimension *find_dimension(const rww_file_spec *spec, const char *name) {
  for (size_t d = 0; d < spec->n_dimensions; d++)
    if (strcmp(spec->dimensions[d].name, name) == 0) return &spec->dimensions[d];
  return NULL;
}

static rww_status describe_axis(const rww_file_spec *spec, const char *name, rww_row_axis *axis) {
  const rww_dimension *dimension = find_dimension(spec, name);
  if (!dimension) return rww_raise(RWW_ERR_SHAPE, "stage %s has no dimension %s", spec->stage, name);
  bool is_number = (dimension->type == RWW_REAL64 || dimension->type == RWW_UINT64) && dimension->coordinates;
  axis->n = dimension->n;
  axis->is_integer = dimension->type == RWW_UINT64;
  RWW_TRY(rww_copy_text(name, &axis->name));
  if (!is_number) return RWW_OK;
  RWW_TRY(RWW_NEW(&axis->bits, axis->n));
  memcpy(axis->bits, dimension->coordinates, axis->n * sizeof *axis->bits);
  return RWW_OK;
}

rww_status rww_axes_describe(const rww_file_spec *spec, rww_axes *axes) {
  const rww_dataset *dataset = &spec->datasets[0];
  rww_status status = RWW_OK;
  *axes = (rww_axes){0};
  for (size_t d = 0; status == RWW_OK && d < dataset->n_row_dimensions; d++)
    status = describe_axis(spec, dataset->dimensions[d], &axes->axes[axes->n++]);
  if (status != RWW_OK) rww_axes_free(axes);
  return status;
}

void rww_axes_free(rww_axes *axes) {
  for (size_t k = 0; k < axes->n; k++) {
    free(axes->axes[k].name);
    free(axes->axes[k].bits);
    for (size_t i = 0; axes->axes[k].texts && i < axes->axes[k].n; i++) free(axes->axes[k].texts[i]);
    free(axes->axes[k].texts);
  }
  *axes = (rww_axes){0};
}

void rww_axes_unravel(const rww_axes *axes, uint64_t row, size_t index[RWW_MAX_DIMENSIONS]) {
  for (size_t k = axes->n; k-- > 0;) {
    index[k] = (size_t)(row % axes->axes[k].n);
    row /= axes->axes[k].n;
  }
}

uint64_t rww_axes_ravel(const rww_axes *axes, const size_t index[RWW_MAX_DIMENSIONS]) {
  uint64_t row = 0;
  for (size_t k = 0; k < axes->n; k++) row = row * axes->axes[k].n + index[k];
  return row;
}
