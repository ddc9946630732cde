/** @file
 *  Rows taken from earlier files. */
#ifndef RWW_STORE_REUSE_H
#define RWW_STORE_REUSE_H

#include "store/rows.h"
#include "store/store.h"

/** Fills pending rows of `to`, the new file, from the other files of the stage in the directory that have the same base
 *  key: rows whose coordinates agree bit for bit and whose checksums hold. The axes may come in another order and have
 *  other lengths; in a file without noise_seed as an axis all rows have the base seed that the file names. Sets
 * `slots`, which the caller writes. Files that cannot be read are passed over. Where `to` has no descriptor (-1), rows
 * are found and counted alone. */
RWW_MUST_CHECK rww_status rww_reuse_rows(const rww_file_spec *spec, const rww_rows *to, rww_slot *slots,
                                         uint64_t *n_reused);

#endif
