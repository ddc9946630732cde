/** @file
 *  Result files: frozen metadata, checksummed slots (the storage contract), labelled as netCDF-4 does.
 *
 *  A file is declared by rows of datasets and dimensions, created by rank 0 at its full size, and then written a result
 *  row at a time by any rank. From its creation on, its HDF5 metadata never change. */
#ifndef RWW_STORE_STORE_H
#define RWW_STORE_STORE_H

#include "comm/comm.h"
#include "connectome/connectome.h"
#include "plan/shard.h"
#include "store/reader.h"
#include "store/slot.h"

typedef enum rww_type { RWW_REAL64, RWW_REAL32, RWW_UINT64, RWW_UINT8, RWW_TEXT } rww_type;

/** A dimension with its coordinates, stored as an HDF5 dimension scale of that name. One that no dataset has is left
 *  out of the file. */
typedef struct rww_dimension {
  const char *name;
  size_t n;
  rww_type type;
  const void *coordinates; /* [n] of `type` (char *[] for RWW_TEXT); NULL: 0, 1, 2 ... as uint64 */
  const char *unit, *description;
} rww_dimension;

/** A dataset over some of the dimensions. Its first n_row_dimensions number the result rows, row-major (none where the
 *  file has one row: the dataset as a whole is row 0); they are the same in every dataset of a file but those of its
 *  summary, which have none. */
typedef struct rww_dataset {
  const char *name;
  rww_type type; /* any but RWW_TEXT */
  size_t n_dimensions;
  const char *dimensions[RWW_MAX_DIMENSIONS];
  size_t n_row_dimensions;
  const char *unit, *description;
  const char *meanings; /* of the codes 0, 1, 2 ..., a word each, where they are codes; else NULL */
} rww_dataset;

/** All that a file is created from. Borrowed. Ranks above 0 need directory, stage, key and shard alone. */
typedef struct rww_file_spec {
  const char *directory;
  const char *stage;              /* explore, simulate, a fit's name: in the names of files */
  const char *group;              /* that users read; NULL: named as the stage */
  const char *key, *base_key;     /* 32 hexadecimal digits; base_key NULL where rows are not reusable by themselves */
  const char *canonical, *source; /* the text that was hashed, the YAML as given */
  const char *backend;            /* name, for the record */
  const rww_connectome *connectome;
  const rww_target *target;
  const char *name; /* of the experiment */
  size_t n_dimensions;
  const rww_dimension *dimensions;
  size_t n_datasets, n_summary_datasets;
  const rww_dataset *datasets; /* the last n_summary_datasets, if any, are the file's last row, its summary */
  uint64_t n_rows;             /* with the summary */
  rww_shard shard;             /* that the file is of; all zero: the whole */
  uint64_t n_unit_rows;        /* rows that are all of one shard: the entries of a restart; 0: each by itself */
  const uint64_t *base_seed;   /* of all rows, where noise_seed is no dimension; else NULL */
  double lock_patience_s;      /* an owner on another host whose heartbeat rests for so long is dead; 0: 30 s */
  bool redo;                   /* replace the file that there is, once the new one is complete on disk */
} rww_file_spec;

typedef struct rww_store rww_store;

/** The job was told to end as fast as it can: what is in flight when it ends has not crashed it. May be called by a
 *  signal handler, with or without a file open. */
void rww_store_note_end(void);

/** Path of a stage's file, owned by the caller: directory/stage-<16 digits of key>.h5, or
 *  stage-<16 digits>.shard-I-of-N.h5. */
RWW_MUST_CHECK rww_status rww_store_path(const char *directory, const char *stage, const char *key, rww_shard shard,
                                         char **path);

/** Opens the stage's file for work, or creates it where there is none; *created tells which. An existing file's whole
 *  key is compared and every checksum is verified: a row that does not match is pending again. The link <stage>.h5 is
 *  set to it, unless it is a shard's. A file with nothing pending is not locked and not written to. Collective; errors
 * are the same on every rank. Errors: RWW_ERR_OUTPUT (directory, disk), RWW_ERR_STORE (damaged; says what is safe),
 * RWW_ERR_LOCKED. */
RWW_MUST_CHECK rww_status rww_store_open(rww_comm *comm, const rww_file_spec *spec, bool *created, rww_store **store);

/** What opening the stage's file for work would find. */
typedef struct rww_forecast {
  bool exists;
  uint64_t n_rows, n_done, n_reused; /* of the shard; n_reused: of n_done, in other files of the directory */
  uint64_t n_bytes;                  /* of the file */
  uint64_t n_resident_bytes;         /* that rank 0 keeps in memory meanwhile, of the file and for its rows */
} rww_forecast;

/** Looks without a lock and changes nothing. Rank 0 alone. Errors: RWW_ERR_STORE where the file is damaged. */
RWW_MUST_CHECK rww_status rww_store_forecast(const rww_comm *comm, const rww_file_spec *spec, rww_forecast *forecast);

/** The slots as they were when the file was opened, [n_rows]; the store's. On rank 0; NULL elsewhere. */
const rww_slot *rww_store_slots(const rww_store *store);

/** Marks rows as started, before the work: attempts + 1. Independent (each rank its own rows). Errors: RWW_ERR_STORE;
 *  RWW_ERR_OUTPUT where the file was taken away, RWW_ERR_LOCKED where the lock was. */
RWW_MUST_CHECK rww_status rww_store_start_rows(rww_store *store, const uint64_t *rows, size_t n);

/** Writes a started row, then its slot. `values` holds, for each dataset in the order of the spec, the address of the
 *  row's values. Independent. Errors: those of rww_store_start_rows. */
RWW_MUST_CHECK rww_status rww_store_write_row(rww_store *store, uint64_t row, const void *const *values,
                                              rww_outcome outcome, double elapsed_s);

/** Reads a row as it is in the file into values, as rww_store_write_row takes them. Errors: RWW_ERR_STORE. */
RWW_MUST_CHECK rww_status rww_store_read_row(const rww_store *store, uint64_t row, void *const *values);

/** Puts rows that were started and not written back to pending, derives what users read (status) from the slots, syncs
 *  and closes. Collective; errors are the same on every rank. */
RWW_MUST_CHECK rww_status rww_store_close(rww_store *store);

#endif
