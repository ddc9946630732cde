#include "store/h5.h"

#include "base/memory.h"
#include <stdio.h>
#include <stdlib.h>

rww_status rww_h5_open(const char *path, hid_t *file) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_file_locking(access, false, true);
  *file = H5Fopen(path, H5F_ACC_RDONLY, access);
  rww_status status = *file < 0 ? rww_h5_raise(RWW_ERR_STORE, "%s: cannot be opened", path) : RWW_OK;
  H5Pclose(access);
  return status;
}

static herr_t keep_innermost(unsigned level, const H5E_error2_t *error, void *reason) {
  if (level == 0) snprintf(reason, 256, "%s", error->desc ? error->desc : "");
  return 0;
}

rww_status rww_h5_raise(rww_status status, const char *format, ...) {
  char message[4096], reason[256] = "";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
  return rww_raise(status, "%s: %s", message, reason[0] ? reason : "HDF5 gives no reason");
}

hid_t rww_h5_text_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

static bool put(hid_t object, const char *name, hid_t type, hid_t space, const void *values) {
  hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  bool done = H5Awrite(attribute, type, values) >= 0;
  H5Aclose(attribute);
  H5Sclose(space);
  return done;
}

bool rww_h5_put_text(hid_t object, const char *name, const char *text) {
  hid_t type = rww_h5_text_type();
  bool done = put(object, name, type, H5Screate(H5S_SCALAR), &text);
  H5Tclose(type);
  return done;
}

bool rww_h5_put_numbers(hid_t object, const char *name, hid_t type, const void *values, size_t n) {
  return put(object, name, type, H5Screate_simple(1, (hsize_t[]){n}, NULL), values);
}

static char *read_text(hid_t attribute) {
  char *found = NULL, *copy = NULL;
  hid_t stored = H5Aget_type(attribute), type = rww_h5_text_type(), space = H5Aget_space(attribute);
  bool is_text = H5Tis_variable_str(stored) > 0 && H5Sget_simple_extent_npoints(space) == 1;
  H5Tset_cset(type, H5Tget_cset(stored));
  if (is_text && H5Aread(attribute, type, &found) >= 0 && found) {
    if (rww_copy_text(found, &copy) != RWW_OK) copy = NULL;
    H5free_memory(found);
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Tclose(stored);
  return copy;
}

char *rww_h5_get_text(hid_t object, const char *name) {
  if (H5Aexists(object, name) <= 0) return NULL;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  char *text = read_text(attribute);
  H5Aclose(attribute);
  return text;
}
