/** @file
 *  Keys of results: what a stage means, as text, and its hash. */
#ifndef RWW_PLAN_KEY_H
#define RWW_PLAN_KEY_H

#include "base/hash.h"
#include "config/config.h"
#include "connectome/connectome.h"

/** Raised with every change that alters the bits of a result. */
#define RWW_NUMERICS_VERSION 2

/** The text that is hashed: the settings that change the result, the content hash of every input array as used and of
 *  the labels, the version of the numerics and the backend's family (families do not share bits). */
void rww_key_write_canonical(const rww_config *config, const rww_connectome *connectome, const rww_target *target,
                             const char *backend_family, rww_stage_meaning meaning, rww_text *canonical);

/** The same for one fit of `config`; `start_key` is the key of the exploration or fit that it starts from, else NULL.
 */
void rww_key_write_canonical_fit(const rww_config *config, const rww_connectome *connectome, const rww_target *target,
                                 const char *backend_family, const rww_fit_config *fit, const char *start_key,
                                 rww_text *canonical);

/** Key of a canonical text: 32 hexadecimal digits. */
void rww_key_compute(const char *canonical, char key[RWW_HASH_TEXT_SIZE]);

/** Content hash of an array as it enters a key. */
void rww_key_hash_doubles(const double *values, size_t n, char text[RWW_HASH_TEXT_SIZE]);

#endif
