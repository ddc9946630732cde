/** @file
 *  Datasets and dimensions as netCDF-4 lays them out in HDF5: dimension scales of the same name, units, long_name. */
#ifndef RWW_STORE_LABELLED_H
#define RWW_STORE_LABELLED_H

#include "store/h5.h"
#include "store/store.h"

/** A group that lists its members in the order of their creation. */
hid_t rww_labelled_create_group(hid_t file, const char *name);

/** A contiguous dataset, allocated but not filled; a scalar where n_dimensions is 0. For the caller to close. */
hid_t rww_labelled_create_dataset(hid_t group, const char *name, hid_t type, const hsize_t *shape, size_t n_dimensions);

/** Creates and writes the scale. False where HDF5 refuses. */
bool rww_labelled_add_dimension(hid_t group, const rww_dimension *dimension);

/** Says as CF does what the codes 0, 1, 2 ... of an object mean, a word each. */
bool rww_labelled_put_meanings(hid_t object, const char *words);

/** Creates a dataset over dimensions that the group has already, and writes it
 *  where `values` is not NULL. */
bool rww_labelled_add_dataset(hid_t group, const rww_dataset *dataset, const void *values);

#endif
