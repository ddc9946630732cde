#include "store/reader.h"

#include "base/memory.h"
#include "store/frozen.h"
#include "store/h5.h"
#include "store/inside.h"
#include "store/provenance.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct rww_attribute {
  char *name, *text;
  struct rww_attribute *next;
} rww_attribute;

struct rww_reader {
  char *path;
  hid_t file, group;
  int descriptor;
  rww_layout layout;
  rww_attribute *attributes;
};

static herr_t keep_attribute(hid_t file, const char *name, const H5A_info_t *info, void *list) {
  (void)info;
  rww_attribute **head = list, *attribute;
  char *text = rww_h5_get_text(file, name);
  if (!text) return 0;
  if (RWW_NEW(&attribute, 1) != RWW_OK || rww_copy_text(name, &attribute->name) != RWW_OK) return -1;
  attribute->text = text;
  attribute->next = *head;
  *head = attribute;
  return 0;
}

const char *rww_reader_attribute(const rww_reader *reader, const char *name) {
  for (const rww_attribute *at = reader->attributes; at; at = at->next)
    if (strcmp(at->name, name) == 0) return at->text;
  return NULL;
}

static rww_status check_format(const rww_reader *reader) {
  const char *format = rww_reader_attribute(reader, "format");
  int version = 0;
  if (!format || strcmp(format, RWW_FORMAT) != 0)
    return rww_raise(RWW_ERR_STORE, "%s: is an HDF5 file, but no result file of rwwsweep", reader->path);
  hid_t attribute = H5Aopen(reader->file, "format_version", H5P_DEFAULT);
  if (H5Aread(attribute, H5T_NATIVE_INT, &version) < 0) version = 0;
  H5Aclose(attribute);
  if (version == RWW_FORMAT_VERSION) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: has format version %d; this program reads and writes version %d", reader->path,
                   version, RWW_FORMAT_VERSION);
}

/* What comes without the record may still tell that it is another format's. */
static rww_status check_frozen(const rww_reader *reader, rww_frozen *found) {
  RWW_TRY(rww_frozen_check(reader->descriptor, reader->path, found));
  if (*found != RWW_FROZEN_DAMAGED) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: was changed or damaged outside of its rows since it was made", reader->path);
}

static rww_status open_parts(rww_reader *reader) {
  rww_frozen frozen;
  reader->descriptor = open(reader->path, O_RDONLY | O_CLOEXEC);
  if (reader->descriptor < 0) return rww_raise(RWW_ERR_STORE, "%s: %s", reader->path, strerror(errno));
  RWW_TRY(check_frozen(reader, &frozen));
  RWW_TRY(rww_h5_open(reader->path, &reader->file));
  if (H5Aiterate2(reader->file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, keep_attribute, &reader->attributes) < 0)
    return rww_h5_raise(RWW_ERR_STORE, "%s: its attributes cannot be read", reader->path);
  RWW_TRY(check_format(reader));
  if (frozen == RWW_FROZEN_UNKNOWN)
    return rww_raise(RWW_ERR_STORE, "%s: was cut short, or changed by another program, since it was made",
                     reader->path);
  const char *group = rww_reader_attribute(reader, RWW_ATTRIBUTE_GROUP);
  if (!group || !rww_reader_attribute(reader, "stage"))
    return rww_raise(RWW_ERR_STORE, "%s: does not say of which stage it is", reader->path);
  RWW_TRY(rww_layout_read(reader->file, reader->path, group, &reader->layout));
  reader->group = H5Gopen2(reader->file, group, H5P_DEFAULT);
  return RWW_OK;
}

rww_status rww_reader_open(const char *path, rww_reader **reader) {
  rww_reader *opened;
  RWW_TRY(RWW_NEW(&opened, 1));
  *opened = (rww_reader){.file = H5I_INVALID_HID, .group = H5I_INVALID_HID, .descriptor = -1};
  rww_status status = rww_copy_text(path, &opened->path);
  if (status == RWW_OK) status = open_parts(opened);
  if (status != RWW_OK) {
    rww_reader_close(opened);
    return status;
  }
  *reader = opened;
  return RWW_OK;
}

void rww_reader_close(rww_reader *reader) {
  if (!reader) return;
  if (reader->group >= 0) H5Gclose(reader->group);
  if (reader->file >= 0) H5Fclose(reader->file);
  if (reader->descriptor >= 0) close(reader->descriptor);
  for (rww_attribute *next, *at = reader->attributes; at; at = next) {
    next = at->next;
    free(at->name);
    free(at->text);
    free(at);
  }
  rww_layout_free(&reader->layout);
  free(reader->path);
  free(reader);
}

rww_rows rww_reader_rows(const rww_reader *reader) {
  return (rww_rows){reader->descriptor, reader->path, &reader->layout};
}

hid_t rww_reader_group(const rww_reader *reader) {
  return reader->group;
}

uint64_t rww_reader_n_rows(const rww_reader *reader) {
  return reader->layout.n_rows;
}

bool rww_reader_has_summary(const rww_reader *reader) {
  return reader->layout.has_summary;
}

rww_status rww_reader_slots(const rww_reader *reader, rww_slot **slots) {
  rww_rows rows = rww_reader_rows(reader);
  uint64_t n = reader->layout.n_rows;
  RWW_TRY(RWW_NEW(slots, n));
  rww_status status = rww_rows_read_slots(&rows, 0, n, *slots);
  for (uint64_t row = 0; status == RWW_OK && row < n; row++)
    if (!rww_slot_is_intact(&(*slots)[row])) (*slots)[row] = (rww_slot){0};
  if (status == RWW_OK) return RWW_OK;
  free(*slots);
  *slots = NULL;
  return status;
}

bool rww_reader_has(const rww_reader *reader, const char *name) {
  return H5Lexists(reader->group, name, H5P_DEFAULT) > 0;
}

char *rww_reader_attribute_of(const rww_reader *reader, const char *name, const char *attribute) {
  if (!rww_reader_has(reader, name)) return NULL;
  hid_t dataset = H5Dopen2(reader->group, name, H5P_DEFAULT);
  char *text = rww_h5_get_text(dataset, attribute);
  H5Dclose(dataset);
  return text;
}

static rww_status open_numbers(const rww_reader *reader, const char *name, hid_t *dataset) {
  *dataset = H5Dopen2(reader->group, name, H5P_DEFAULT);
  if (*dataset < 0) return rww_raise(RWW_ERR_STORE, "%s: has no dataset %s", reader->path, name);
  hid_t type = H5Dget_type(*dataset);
  H5T_class_t class = H5Tget_class(type);
  H5Tclose(type);
  if (class == H5T_FLOAT || class == H5T_INTEGER) return RWW_OK;
  H5Dclose(*dataset);
  return rww_raise(RWW_ERR_STORE, "%s: dataset %s does not hold numbers", reader->path, name);
}

static rww_status get_shape(const rww_reader *reader, const char *name, hid_t dataset, size_t shape[RWW_MAX_DIMENSIONS],
                            size_t *n_dimensions) {
  hsize_t dims[H5S_MAX_RANK];
  hid_t space = H5Dget_space(dataset);
  int n = H5Sget_simple_extent_dims(space, dims, NULL);
  H5Sclose(space);
  if (n < 0 || n > RWW_MAX_DIMENSIONS)
    return rww_raise(RWW_ERR_STORE, "%s: dataset %s has %d dimensions; at most %d are expected", reader->path, name, n,
                     RWW_MAX_DIMENSIONS);
  *n_dimensions = (size_t)n;
  for (int d = 0; d < n; d++) shape[d] = (size_t)dims[d];
  return RWW_OK;
}

static rww_status read_numbers(const rww_reader *reader, const char *name, hid_t dataset, double **values,
                               size_t shape[RWW_MAX_DIMENSIONS], size_t *n_dimensions) {
  size_t n = 1;
  RWW_TRY(get_shape(reader, name, dataset, shape, n_dimensions));
  for (size_t d = 0; d < *n_dimensions; d++)
    if (__builtin_mul_overflow(n, shape[d], &n))
      return rww_raise(RWW_ERR_STORE, "%s: dataset %s is too large", reader->path, name);
  RWW_TRY(RWW_NEW(values, n));
  if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0) return RWW_OK;
  rww_status status = rww_h5_raise(RWW_ERR_STORE, "%s: dataset %s cannot be read", reader->path, name);
  free(*values);
  *values = NULL;
  return status;
}

rww_status rww_reader_dataset(const rww_reader *reader, const char *name, double **values,
                              size_t shape[RWW_MAX_DIMENSIONS], size_t *n_dimensions) {
  hid_t dataset;
  RWW_TRY(open_numbers(reader, name, &dataset));
  rww_status status = read_numbers(reader, name, dataset, values, shape, n_dimensions);
  H5Dclose(dataset);
  return status;
}

rww_status rww_reader_scalar(const rww_reader *reader, const char *name, double *value) {
  double *values;
  size_t shape[RWW_MAX_DIMENSIONS], n_dimensions;
  RWW_TRY(rww_reader_dataset(reader, name, &values, shape, &n_dimensions));
  *value = values[0];
  free(values);
  if (n_dimensions == 0) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: dataset %s has %zu dimensions; a single number is expected", reader->path, name,
                   n_dimensions);
}

static bool is_one_text(hid_t dataset) {
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  bool is = H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1;
  H5Sclose(space);
  H5Tclose(type);
  return is;
}

rww_status rww_reader_text(const rww_reader *reader, const char *name, char **text) {
  char *found = NULL;
  hid_t dataset = H5Dopen2(reader->group, name, H5P_DEFAULT), type = rww_h5_text_type();
  rww_status status =
      is_one_text(dataset) && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &found) >= 0 && found
          ? rww_copy_text(found, text)
          : rww_raise(RWW_ERR_STORE, "%s: has no text %s", reader->path, name);
  H5free_memory(found);
  H5Tclose(type);
  H5Dclose(dataset);
  return status;
}

static rww_status copy_texts(hid_t dataset, char **texts, size_t n) {
  char **found;
  RWW_TRY(RWW_NEW(&found, n));
  hid_t type = rww_h5_text_type();
  rww_status status = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0
                          ? RWW_OK
                          : rww_h5_raise(RWW_ERR_STORE, "a list of texts cannot be read");
  for (size_t i = 0; i < n && status == RWW_OK; i++) status = rww_copy_text(found[i] ? found[i] : "", &texts[i]);
  for (size_t i = 0; i < n; i++) H5free_memory(found[i]);
  H5Tclose(type);
  free(found);
  return status;
}

rww_status rww_reader_texts(const rww_reader *reader, const char *name, char ***texts, size_t *n) {
  hid_t dataset = H5Dopen2(reader->group, name, H5P_DEFAULT), type = H5Dget_type(dataset);
  hid_t space = H5Dget_space(dataset);
  hssize_t n_texts = H5Sget_simple_extent_npoints(space);
  bool holds_texts = dataset >= 0 && n_texts > 0 && H5Tis_variable_str(type) > 0;
  *n = holds_texts ? (size_t)n_texts : 0;
  rww_status status = RWW_NEW(texts, *n);
  if (status == RWW_OK && holds_texts) status = copy_texts(dataset, *texts, *n);
  if (status == RWW_OK && !holds_texts) status = rww_raise(RWW_ERR_STORE, "%s: has no texts %s", reader->path, name);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
  return status;
}
