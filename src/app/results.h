/** @file
 *  Which result files an argument of a reading command means. */
#ifndef RWW_APP_RESULTS_H
#define RWW_APP_RESULTS_H

#include "app/options.h"

typedef struct rww_results {
  size_t n;
  char **paths; /* [n], in the order of the stages (those of fits found in a directory by their names); owned */
} rww_results;

/** Which of them: whole results alone; also shards whose whole is not there yet; all shards and nothing else. */
typedef enum rww_results_kind { RWW_RESULTS_WHOLE, RWW_RESULTS_ALL, RWW_RESULTS_SHARDS } rww_results_kind;

/** A result file; a directory of results (what <stage>.h5 there leads to); or a configuration (by its keys, in its
 *  output directory). Options --output and --stage narrow it. *results is the caller's, to be released.
 *  Errors: RWW_ERR_USAGE where there is none yet; those of reading the configuration. */
RWW_MUST_CHECK rww_status rww_results_find(const rww_options *options, const char *argument, rww_results_kind kind,
                                           rww_results *results);
void rww_results_free(rww_results *results);

/** Looks at one file after the other. One that fails does not keep the others from being looked at; each says why. */
RWW_MUST_CHECK rww_status rww_results_look(const rww_results *results, const rww_options *options,
                                           rww_status (*look)(const char *path, const rww_options *options));

#endif
