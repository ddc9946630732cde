/* The file is built by HDF5 in memory, where it cannot fail half-way, and written out here: HDF5 1.10 lets failed fill
 * writes pass and crashes at exit when a disk is full. Rows take no memory, being holes in the image; they get their
 * fill on the way to the disk. */
#include "store/create.h"

#include "base/files.h"
#include "base/hash.h"
#include "base/memory.h"
#include "store/disk.h"
#include "store/frozen.h"
#include "store/labelled.h"
#include "store/layout.h"
#include "store/provenance.h"
#include "store/shards.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RWW_OUTCOME_WORD(id, code, name) " " name
static const char outcome_words[] = RWW_OUTCOME_TABLE(RWW_OUTCOME_WORD);
static const char *const outcome_meanings = outcome_words + 1;

static bool add_status(hid_t group, const rww_dataset *like) {
  rww_dataset status = {.name = RWW_DATASET_STATUS, .type = RWW_UINT8, .n_dimensions = like->n_row_dimensions};
  memcpy(status.dimensions, like->dimensions, sizeof status.dimensions);
  status.description = "What became of the row";
  status.meanings = outcome_meanings;
  return rww_labelled_add_dataset(group, &status, NULL);
}

static bool is_used(const rww_file_spec *spec, const rww_dimension *dimension) {
  for (size_t i = 0; i < spec->n_datasets; i++)
    for (size_t d = 0; d < spec->datasets[i].n_dimensions; d++)
      if (strcmp(spec->datasets[i].dimensions[d], dimension->name) == 0) return true;
  return false;
}

static bool add_results(hid_t file, const rww_file_spec *spec) {
  hid_t group = rww_labelled_create_group(file, spec->group ? spec->group : spec->stage);
  bool done = group >= 0;
  for (size_t d = 0; d < spec->n_dimensions; d++)
    if (is_used(spec, &spec->dimensions[d])) done = done && rww_labelled_add_dimension(group, &spec->dimensions[d]);
  for (size_t i = 0; i < spec->n_datasets; i++)
    done = done && rww_labelled_add_dataset(group, &spec->datasets[i], NULL);
  done = done && add_status(group, &spec->datasets[0]);
  H5Gclose(group);
  return done;
}

static hid_t create_slot_type(void) {
  hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(rww_slot));
  H5Tinsert(type, "outcome", offsetof(rww_slot, outcome), H5T_NATIVE_UINT8);
  H5Tinsert(type, "suspect", offsetof(rww_slot, suspect), H5T_NATIVE_UINT8);
  H5Tinsert(type, "crashes", offsetof(rww_slot, crashes), H5T_NATIVE_UINT16);
  H5Tinsert(type, "attempts", offsetof(rww_slot, attempts), H5T_NATIVE_UINT32);
  H5Tinsert(type, "rank", offsetof(rww_slot, rank), H5T_NATIVE_UINT32);
  H5Tinsert(type, "error", offsetof(rww_slot, error), H5T_NATIVE_UINT32);
  H5Tinsert(type, "row_checksum", offsetof(rww_slot, row_checksum), H5T_NATIVE_UINT32);
  H5Tinsert(type, "slot_checksum", offsetof(rww_slot, slot_checksum), H5T_NATIVE_UINT32);
  H5Tinsert(type, "started_utc_s", offsetof(rww_slot, started_utc_s), H5T_NATIVE_DOUBLE);
  H5Tinsert(type, "elapsed_s", offsetof(rww_slot, elapsed_s), H5T_NATIVE_DOUBLE);
  return type;
}

static bool list_datasets(hid_t slots, const char *attribute, const rww_dataset *datasets, size_t n) {
  rww_text names = {0};
  for (size_t i = 0; i < n; i++) rww_text_add(&names, "%s%s", i ? " " : "", datasets[i].name);
  bool done = rww_h5_put_text(slots, attribute, names.chars);
  rww_text_free(&names);
  return done;
}

static bool list_row_datasets(hid_t slots, const rww_file_spec *spec) {
  size_t n_summary = spec->n_summary_datasets, n_rows = spec->n_datasets - n_summary;
  return list_datasets(slots, RWW_ATTRIBUTE_ROWS, spec->datasets, n_rows) &&
         (n_summary == 0 || list_datasets(slots, RWW_ATTRIBUTE_SUMMARY, spec->datasets + n_rows, n_summary));
}

static bool add_slots(hid_t file, const rww_file_spec *spec) {
  hid_t group = rww_labelled_create_group(file, RWW_GROUP_SLOTS), type = create_slot_type();
  H5Tcommit2(group, "slot", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); /* netCDF shows named types alone */
  hid_t slots = rww_labelled_create_dataset(group, RWW_DATASET_SLOTS, type, (hsize_t[]){spec->n_rows}, 1);
  bool done = slots >= 0 && rww_labelled_put_meanings(slots, outcome_meanings) && list_row_datasets(slots, spec);
  H5Dclose(slots);
  H5Tclose(type);
  H5Gclose(group);
  return done;
}

/* Access to the image through its descriptor; HDF5's POSIX driver refuses a file that has no path of its own. */
static hid_t access_image(int image, char name[64]) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  snprintf(name, 64, "/proc/self/fd/%d", image);
  H5Pset_fapl_stdio(access);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18); /* its metadata carry HDF5's own checksums */
  return access;
}

static hid_t create_image(int image) {
  char name[64];
  hid_t access = access_image(image, name), how = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_link_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_attr_creation_order(how, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, how, access);
  H5Pclose(how);
  H5Pclose(access);
  return file;
}

static rww_status fill_image(int image, const rww_comm *comm, const rww_file_spec *spec) {
  hid_t file = create_image(image);
  if (file < 0) return rww_h5_raise(RWW_ERR_SYSTEM, "a file in memory cannot be opened through /proc/self/fd");
  bool built = rww_provenance_put_attributes(file, comm, spec) && rww_provenance_put_config(file, spec) &&
               rww_provenance_put_inputs(file, spec) && add_slots(file, spec) && add_results(file, spec);
  rww_status status = built ? RWW_OK : rww_h5_raise(RWW_ERR_SHAPE, "stage %s cannot be laid out", spec->stage);
  if (H5Fclose(file) < 0 && built) status = rww_h5_raise(RWW_ERR_SYSTEM, "a new result file cannot be built");
  return status;
}

static rww_status read_layout(int image, rww_layout *layout) {
  char name[64];
  hid_t access = access_image(image, name), file = H5Fopen(name, H5F_ACC_RDONLY, access);
  char *group = rww_h5_get_text(file, RWW_ATTRIBUTE_GROUP);
  rww_status status = rww_layout_read(file, "new result file", group, layout);
  free(group);
  H5Fclose(file);
  H5Pclose(access);
  if (status == RWW_OK) layout->n_bytes += rww_frozen_record_bytes(layout);
  return status;
}

static rww_status build_image(int image, const rww_comm *comm, const rww_file_spec *spec, rww_layout *layout) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  RWW_TRY(fill_image(image, comm, spec));
  return read_layout(image, layout);
}

/* The new file on its way to the disk: sequential, in large writes. */
typedef struct rww_sink {
  int descriptor;
  const char *path;
  uint64_t written;
  size_t n_held;
  char *held; /* [SINK_BYTES] */
} rww_sink;
#define SINK_BYTES ((size_t)1 << 20)

static rww_status flush(rww_sink *sink) {
  RWW_TRY(rww_disk_write(sink->descriptor, sink->path, sink->held, sink->n_held, sink->written));
  sink->written += sink->n_held;
  sink->n_held = 0;
  return RWW_OK;
}

/* Bytes up to `end` of the file from the image. */
static rww_status copy_frozen(rww_sink *sink, int image, uint64_t end, uint32_t *checksum) {
  for (uint64_t at = sink->written + sink->n_held; at < end; at = sink->written + sink->n_held) {
    if (sink->n_held == SINK_BYTES) RWW_TRY(flush(sink));
    size_t room = SINK_BYTES - sink->n_held, n = end - at < room ? (size_t)(end - at) : room;
    RWW_TRY(rww_disk_read(image, sink->path, sink->held + sink->n_held, n, at));
    *checksum = rww_crc32c(*checksum, sink->held + sink->n_held, n);
    sink->n_held += n;
  }
  return RWW_OK;
}

static rww_status write_fill(rww_sink *sink, const rww_extent *extent) {
  for (uint64_t i = 0; i < extent->n_bytes; i++) {
    if (sink->n_held == SINK_BYTES) RWW_TRY(flush(sink));
    sink->held[sink->n_held++] = (char)extent->fill[i % 8];
  }
  return RWW_OK;
}

static rww_status write_record(const rww_sink *sink, const rww_layout *layout, uint32_t checksum) {
  void *record;
  RWW_TRY(rww_frozen_create_record(layout, checksum, &record));
  rww_status status =
      rww_disk_write(sink->descriptor, sink->path, record, rww_frozen_record_bytes(layout), sink->written);
  free(record);
  return status;
}

static rww_status write_parts(rww_sink *sink, int image, const rww_layout *layout) {
  uint32_t checksum = 0;
  for (size_t i = 0; i < layout->n_changing; i++) {
    RWW_TRY(copy_frozen(sink, image, layout->changing[i].offset, &checksum));
    RWW_TRY(write_fill(sink, &layout->changing[i]));
  }
  RWW_TRY(copy_frozen(sink, image, layout->n_bytes - rww_frozen_record_bytes(layout), &checksum));
  RWW_TRY(flush(sink));
  return write_record(sink, layout, checksum);
}

/* Takes the space first, so that a full disk is told at once. Not every file system can; writing takes it too. */
static rww_status reserve(int descriptor, const char *path, uint64_t n_bytes) {
  int refused = fallocate(descriptor, 0, 0, (off_t)n_bytes) ? errno : 0;
  if (refused == 0 || refused == EOPNOTSUPP || refused == ENOSYS) return RWW_OK;
  return rww_raise(RWW_ERR_STORE, "%s: no room for its %.3g MB: %s", path, (double)n_bytes / 1e6, strerror(refused));
}

static rww_status write_out(int image, const rww_layout *layout, int descriptor, const char *path) {
  rww_sink sink = {.descriptor = descriptor, .path = path};
  RWW_TRY(reserve(descriptor, path, layout->n_bytes));
  RWW_TRY(RWW_NEW(&sink.held, SINK_BYTES));
  rww_status status = write_parts(&sink, image, layout);
  free(sink.held);
  if (status == RWW_OK && fsync(descriptor) != 0)
    status = rww_raise(RWW_ERR_STORE, "%s: could not be written: %s", path, strerror(errno));
  return status;
}

static rww_status publish(int image, const rww_layout *layout, const char *draft, const char *path) {
  int descriptor = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return rww_raise(RWW_ERR_OUTPUT, "%s: could not be created: %s", draft, strerror(errno));
  rww_status status = write_out(image, layout, descriptor, draft);
  if (close(descriptor) != 0 && status == RWW_OK)
    status = rww_raise(RWW_ERR_STORE, "%s: could not be written: %s", draft, strerror(errno));
  if (status == RWW_OK && rename(draft, path) != 0)
    status = rww_raise(RWW_ERR_STORE, "%s: could not be renamed: %s", draft, strerror(errno));
  if (status != RWW_OK) {
    unlink(draft);
    return rww_raise(RWW_ERR_OUTPUT, "%s; nothing was left behind", rww_status_message(status));
  }
  char *directory;
  RWW_TRY(rww_path_directory(path, &directory));
  status = rww_directory_sync(directory);
  free(directory);
  return status;
}

static rww_status publish_image(int image, const rww_layout *layout, const char *path) {
  rww_text draft = {0};
  rww_text_add(&draft, "%s.new", path); /* a fixed name: what a crash leaves is overwritten by the next try */
  rww_status status = publish(image, layout, draft.chars, path);
  rww_text_free(&draft);
  return status;
}

static rww_status open_image(int *image) {
  *image = memfd_create("rwwsweep", MFD_CLOEXEC);
  if (*image >= 0) return RWW_OK;
  return rww_raise(RWW_ERR_SYSTEM, "no memory file for a new result file: %s", strerror(errno));
}

rww_status rww_store_create_file(const rww_comm *comm, const rww_file_spec *spec, const char *path) {
  int image;
  rww_layout layout;
  RWW_TRY(open_image(&image));
  rww_status status = build_image(image, comm, spec, &layout);
  if (status == RWW_OK) {
    status = publish_image(image, &layout, path);
    rww_layout_free(&layout);
  }
  close(image);
  return status;
}

/* The frozen bytes of a file, and holes where its rows are. */
static rww_status copy_into_image(const rww_rows *from, rww_sink *image) {
  const rww_layout *layout = from->layout;
  uint32_t checksum = 0;
  for (size_t i = 0; i < layout->n_changing; i++) {
    RWW_TRY(copy_frozen(image, from->descriptor, layout->changing[i].offset, &checksum));
    RWW_TRY(flush(image));
    image->written += layout->changing[i].n_bytes;
  }
  RWW_TRY(copy_frozen(image, from->descriptor, layout->n_bytes - rww_frozen_record_bytes(layout), &checksum));
  return flush(image);
}

static rww_status remove_shard(int image, const char *path) {
  char name[64];
  hid_t access = access_image(image, name), file = H5Fopen(name, H5F_ACC_RDWR, access);
  bool removed = H5Adelete(file, RWW_ATTRIBUTE_SHARD) >= 0;
  removed = H5Fclose(file) >= 0 && removed;
  H5Pclose(access);
  return removed ? RWW_OK : rww_h5_raise(RWW_ERR_STORE, "%s: cannot be made a whole of", path);
}

static rww_status build_whole(int image, const rww_rows *shard, rww_layout *layout) {
  rww_sink sink = {.descriptor = image, .path = shard->path};
  RWW_TRY(RWW_NEW(&sink.held, SINK_BYTES));
  rww_status status = copy_into_image(shard, &sink);
  free(sink.held);
  RWW_TRY(status);
  RWW_TRY(remove_shard(image, shard->path));
  return read_layout(image, layout);
}

rww_status rww_store_create_whole(const rww_rows *shard, const char *path) {
  int image;
  rww_layout layout;
  RWW_TRY(open_image(&image));
  rww_status status = build_whole(image, shard, &layout);
  if (status == RWW_OK) {
    status = publish_image(image, &layout, path);
    rww_layout_free(&layout);
  }
  close(image);
  return status;
}

rww_status rww_store_lay_out(const rww_comm *comm, const rww_file_spec *spec, rww_layout *layout) {
  int image;
  RWW_TRY(open_image(&image));
  rww_status status = build_image(image, comm, spec, layout);
  close(image);
  return status;
}
