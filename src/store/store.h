/** @file
 *  Result files: frozen metadata, checksummed slots (the storage contract), labelled as netCDF-4 does.
 *
 *  A file is declared by rows of datasets and dimensions, created by rank 0 at its full size, and then written a result
 *  row at a time by any rank. */
#ifndef RWW_STORE_STORE_H
#define RWW_STORE_STORE_H

#include "comm/comm.h"
#include "config/config.h"
#include "connectome/connectome.h"
#include "plan/unit.h"

typedef enum rww_type { RWW_REAL64, RWW_REAL32, RWW_UINT64, RWW_UINT8, RWW_TEXT } rww_type;

/** A dimension with its coordinates, stored as an HDF5 dimension scale of that name. */
typedef struct rww_dimension {
  const char *name;
  size_t n;
  rww_type type;
  const void *coordinates; /* [n] of `type` (char *[] for RWW_TEXT); NULL: 0, 1, 2 ... as uint64 */
  const char *unit, *description;
} rww_dimension;

#define RWW_MAX_DIMENSIONS 16

/** A dataset over some of the dimensions. Where `in_row`, its first n_row_dimensions number the result rows (row-major;
 *  none where the file has one row: the dataset as a whole is row 0), and each row is checksummed in its slot. Else it
 *  is written whole by rww_store_write_dataset. */
typedef struct rww_dataset {
  const char *name;
  rww_type type;
  size_t n_dimensions;
  const char *dimensions[RWW_MAX_DIMENSIONS];
  bool in_row;
  size_t n_row_dimensions;
  const char *unit, *description;
} rww_dataset;

/** All that a file is created from. Borrowed. */
typedef struct rww_file_spec {
  const char *directory;
  const char *stage;              /* explore, simulate: file names and the group that users read */
  const char *key, *base_key;     /* 32 hexadecimal digits; base_key NULL where points are not reusable */
  const char *canonical, *source; /* the text that was hashed, the YAML as given */
  const char *backend;            /* name, for the record */
  const rww_connectome *connectome;
  const rww_target *target;
  const char *name; /* of the experiment */
  size_t n_dimensions;
  const rww_dimension *dimensions;
  size_t n_datasets;
  const rww_dataset *datasets;
  uint64_t n_rows;
} rww_file_spec;

/** A slot: the only truth about what became of its row. */
typedef struct rww_slot {
  uint8_t outcome; /* rww_outcome */
  uint8_t reserved[3];
  uint32_t attempts;
  uint32_t rank;
  uint32_t error;         /* rww_status of a failed point */
  uint32_t checksum;      /* CRC32C of the row's bytes in every row dataset, in the file's order */
  uint32_t slot_checksum; /* CRC32C of the other fields */
  double started_utc_s, elapsed_s;
} rww_slot;

typedef struct rww_store rww_store;

/** Path of a stage's file: directory/stage-<16 digits of key>.h5, owned by the caller. */
RWW_MUST_CHECK rww_status rww_store_path(const char *directory, const char *stage, const char *key, char **path);

/** Opens the stage's file for work, or creates it where there is none; *created tells which. An existing file's whole
 *  key is compared and every slot's checksum is verified: what does not match is pending again. The link <stage>.h5 is
 *  set to it. Collective. `spec` is needed on every rank (the same).
 *  Errors: RWW_ERR_OUTPUT (directory, disk), RWW_ERR_STORE (damaged; says what is safe), RWW_ERR_LOCKED. */
RWW_MUST_CHECK rww_status rww_store_open(rww_comm *comm, const rww_file_spec *spec, bool *created, rww_store **store);

/** The slots as they were when the file was opened, [n_rows]; the store's. On rank 0; NULL elsewhere. */
const rww_slot *rww_store_slots(const rww_store *store);

/** Marks rows as started: attempts + 1. Independent. `outcome` of a row's slot is then `started`. */
RWW_MUST_CHECK rww_status rww_store_start_rows(rww_store *store, const uint64_t *rows, size_t n);

/** Writes a row, then its slot. `values` holds, for each row dataset in the order of the spec, the address of the row's
 *  values. Independent (each rank its own rows). Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_store_write_row(rww_store *store, uint64_t row, const void *const *values,
                                              rww_outcome outcome, double elapsed_s);

/** Writes a dataset that has no rows, whole. Rank 0 alone. */
RWW_MUST_CHECK rww_status rww_store_write_dataset(rww_store *store, const char *name, const void *values);

/** Derives what users read (status) from the slots, syncs and closes. Collective; `finished` says whether the stage is
 *  complete. */
RWW_MUST_CHECK rww_status rww_store_close(rww_store *store, bool finished);

/** A finished or running file, for reading: serial HDF5, no MPI, no lock. */
typedef struct rww_reader rww_reader;
RWW_MUST_CHECK rww_status rww_reader_open(const char *path, rww_reader **reader);
void rww_reader_close(rww_reader *reader);
const char *rww_reader_attribute(const rww_reader *reader, const char *name); /* text; NULL where there is none */
uint64_t rww_reader_n_rows(const rww_reader *reader);
/** All slots, [n_rows], owned by the caller. */
RWW_MUST_CHECK rww_status rww_reader_slots(const rww_reader *reader, rww_slot **slots);
/** A whole dataset of the stage's group as doubles in *values (owned by the caller), and its shape.
 *  Errors: RWW_ERR_STORE naming the dataset. */
RWW_MUST_CHECK rww_status rww_reader_dataset(const rww_reader *reader, const char *name, double **values,
                                             size_t shape[RWW_MAX_DIMENSIONS], size_t *n_dimensions);

#endif
