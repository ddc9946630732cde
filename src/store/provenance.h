/** @file
 *  Where a result comes from: versions, configuration and inputs, as they are written into every file. */
#ifndef RWW_STORE_PROVENANCE_H
#define RWW_STORE_PROVENANCE_H

#include "store/h5.h"
#include "store/store.h"

#define RWW_FORMAT "rwwsweep results"
#define RWW_FORMAT_VERSION 1

/** Attributes of the root: format, stage, keys, time, host, versions. False where HDF5 refuses. */
bool rww_provenance_put_attributes(hid_t file, const rww_comm *comm, const rww_file_spec *spec);

/** Groups /config (source, canonical) and /inputs (arrays as used, with their content hashes). */
bool rww_provenance_put_config(hid_t file, const rww_file_spec *spec);
bool rww_provenance_put_inputs(hid_t file, const rww_file_spec *spec);

#endif
