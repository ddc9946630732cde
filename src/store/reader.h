/** @file
 *  Looking at a result file, finished or being written: no MPI, no lock, nothing changed. */
#ifndef RWW_STORE_READER_H
#define RWW_STORE_READER_H

#include "base/text.h"
#include "store/slot.h"

#define RWW_MAX_DIMENSIONS 16

typedef struct rww_reader rww_reader;

/** Errors: RWW_ERR_STORE where it is no result file of this program, truncated, or damaged outside of its rows, which
 * is found before HDF5 looks at it. */
RWW_MUST_CHECK rww_status rww_reader_open(const char *path, rww_reader **reader);
void rww_reader_close(rww_reader *reader);

/** Text of an attribute of the file (stage, key, created, ...); NULL where there is none. The reader's. */
const char *rww_reader_attribute(const rww_reader *reader, const char *name);

/** Rows, of which the last one is the file's summary where it has one. */
uint64_t rww_reader_n_rows(const rww_reader *reader);
bool rww_reader_has_summary(const rww_reader *reader);

/** All slots as they are now, [n_rows], owned by the caller. A damaged one reads as pending. */
RWW_MUST_CHECK rww_status rww_reader_slots(const rww_reader *reader, rww_slot **slots);

/** Whether the file has this dataset. Names here and below are relative to the stage's group, or begin with a slash. */
bool rww_reader_has(const rww_reader *reader, const char *name);

/** A whole dataset of numbers as doubles in *values (owned by the caller), and its shape.
 *  Errors: RWW_ERR_STORE naming the dataset. */
RWW_MUST_CHECK rww_status rww_reader_dataset(const rww_reader *reader, const char *name, double **values,
                                             size_t shape[RWW_MAX_DIMENSIONS], size_t *n_dimensions);
RWW_MUST_CHECK rww_status rww_reader_scalar(const rww_reader *reader, const char *name, double *value);
/** The texts of a dimension, in *texts [n], each and the list owned by the caller. */
RWW_MUST_CHECK rww_status rww_reader_texts(const rww_reader *reader, const char *name, char ***texts, size_t *n);
/** Text of an attribute of a dataset, owned by the caller; NULL where there is none. */
char *rww_reader_attribute_of(const rww_reader *reader, const char *name, const char *attribute);
/** A text such as /config/canonical, owned by the caller. */
RWW_MUST_CHECK rww_status rww_reader_text(const rww_reader *reader, const char *name, char **text);

/** Adds "coupling.a 0.344952, model.w 0.0675714": the coordinates of a row; "summary" for that; nothing where the file
 *  has one row. */
RWW_MUST_CHECK rww_status rww_reader_describe_row(const rww_reader *reader, uint64_t row, rww_text *text);

/** What a check of every byte of rows and slots found; opening has checked all others. rww_verification_free releases
 *  it. */
typedef struct rww_verification {
  size_t n_damaged;
  uint64_t *damaged;  /* [n_damaged] rows whose slot or values do not match their checksum */
  uint64_t n_misread; /* rows whose status, as users read it, contradicts their slot */
  uint64_t n_outcomes[RWW_N_OUTCOMES];
} rww_verification;
RWW_MUST_CHECK rww_status rww_reader_verify(const rww_reader *reader, rww_verification *verification);
void rww_verification_free(rww_verification *verification);

#endif
