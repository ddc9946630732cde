#include "store/labelled.h"

#include "base/memory.h"
#include <hdf5_hl.h>
#include <stdlib.h>

#define IN_ORDER (H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

hid_t rww_labelled_create_group(hid_t file, const char *name) {
  hid_t how = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_link_creation_order(how, IN_ORDER);
  H5Pset_attr_creation_order(how, IN_ORDER);
  H5Pset_obj_track_times(how, false);
  hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, how, H5P_DEFAULT);
  H5Pclose(how);
  return group;
}

static hid_t create_type(rww_type type) {
  switch (type) {
  case RWW_REAL64:
    return H5Tcopy(H5T_NATIVE_DOUBLE);
  case RWW_REAL32:
    return H5Tcopy(H5T_NATIVE_FLOAT);
  case RWW_UINT64:
    return H5Tcopy(H5T_NATIVE_UINT64);
  case RWW_UINT8:
    return H5Tcopy(H5T_NATIVE_UINT8);
  case RWW_TEXT:
    return rww_h5_text_type();
  }
  return H5I_INVALID_HID;
}

hid_t rww_labelled_create_dataset(hid_t group, const char *name, hid_t type, const hsize_t *shape,
                                  size_t n_dimensions) {
  hid_t how = H5Pcreate(H5P_DATASET_CREATE);
  hid_t space = n_dimensions ? H5Screate_simple((int)n_dimensions, shape, NULL) : H5Screate(H5S_SCALAR);
  H5Pset_layout(how, H5D_CONTIGUOUS);
  H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
  H5Pset_attr_creation_order(how, IN_ORDER);
  H5Pset_obj_track_times(how, false);
  hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
  H5Sclose(space);
  H5Pclose(how);
  return dataset;
}

static bool put_description(hid_t dataset, const char *unit, const char *description) {
  return (!description || rww_h5_put_text(dataset, "long_name", description)) &&
         (!unit || rww_h5_put_text(dataset, "units", unit));
}

static bool write_index(hid_t scale, size_t n) {
  uint64_t *index;
  if (RWW_NEW(&index, n) != RWW_OK) return false;
  for (size_t i = 0; i < n; i++) index[i] = i;
  bool done = H5Dwrite(scale, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, index) >= 0;
  free(index);
  return done;
}

bool rww_labelled_add_dimension(hid_t group, const rww_dimension *dimension) {
  hid_t type = create_type(dimension->coordinates ? dimension->type : RWW_UINT64);
  hid_t scale = rww_labelled_create_dataset(group, dimension->name, type, (hsize_t[]){dimension->n}, 1);
  bool done = dimension->coordinates ? H5Dwrite(scale, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, dimension->coordinates) >= 0
                                     : write_index(scale, dimension->n);
  done = done && H5DSset_scale(scale, dimension->name) >= 0 &&
         put_description(scale, dimension->type == RWW_TEXT ? NULL : dimension->unit, dimension->description);
  H5Dclose(scale);
  H5Tclose(type);
  return done;
}

static bool get_shape(hid_t group, const rww_dataset *dataset, hsize_t shape[RWW_MAX_DIMENSIONS]) {
  bool found = true;
  for (size_t d = 0; d < dataset->n_dimensions; d++) {
    hid_t scale = H5Dopen2(group, dataset->dimensions[d], H5P_DEFAULT), space = H5Dget_space(scale);
    found = found && H5Sget_simple_extent_dims(space, &shape[d], NULL) == 1;
    H5Sclose(space);
    H5Dclose(scale);
  }
  return found;
}

static bool attach_scales(hid_t group, const rww_dataset *dataset, hid_t id) {
  bool done = true;
  for (size_t d = 0; d < dataset->n_dimensions; d++) {
    hid_t scale = H5Dopen2(group, dataset->dimensions[d], H5P_DEFAULT);
    done = done && H5DSattach_scale(id, scale, (unsigned)d) >= 0;
    H5Dclose(scale);
  }
  return done;
}

bool rww_labelled_put_meanings(hid_t object, const char *words) {
  uint8_t codes[UINT8_MAX];
  uint8_t n = 1;
  for (const char *c = words; *c; c++) n += *c == ' ';
  for (uint8_t i = 0; i < n; i++) codes[i] = i;
  return rww_h5_put_numbers(object, "flag_values", H5T_NATIVE_UINT8, codes, n) &&
         rww_h5_put_text(object, "flag_meanings", words);
}

bool rww_labelled_add_dataset(hid_t group, const rww_dataset *dataset, const void *values) {
  hsize_t shape[RWW_MAX_DIMENSIONS];
  if (!get_shape(group, dataset, shape)) return false;
  hid_t type = create_type(dataset->type);
  hid_t id = rww_labelled_create_dataset(group, dataset->name, type, shape, dataset->n_dimensions);
  bool done = id >= 0 && attach_scales(group, dataset, id) &&
              put_description(id, dataset->unit, dataset->description) &&
              (!dataset->meanings || rww_labelled_put_meanings(id, dataset->meanings));
  if (values) done = done && H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  H5Dclose(id);
  H5Tclose(type);
  return done;
}
