/** @file
 *  The connectome and the target FC: read or generated, validated, normalised. */
#ifndef RWW_CONNECTOME_CONNECTOME_H
#define RWW_CONNECTOME_CONNECTOME_H

#include "base/problems.h"
#include "config/config.h"

#define RWW_MAX_NODES 10000 /* a matrix of 800 MB; what claims more is damaged or a slip */

/** Owned arrays; rww_connectome_free releases them. Zero-initialised is empty. */
typedef struct rww_connectome {
  size_t n_nodes;
  double *weights;       /* [target][source], normalised as configured, dimensionless; the diagonal as given */
  double *tract_lengths; /* [target][source], mm; NULL where unknown */
  double *positions;     /* [node][3], mm, generated connectomes only; else NULL */
  char **labels;         /* [node], UTF-8; NULL where unknown */
} rww_connectome;

/** Target functional connectivity. Zero-initialised is "no target". */
typedef struct rww_target {
  size_t n_nodes;
  double *fc;    /* [node][node], zero diagonal; NULL: no target */
  char **labels; /* [node]; NULL where unknown */
} rww_target;

/** Reads or generates, validates and normalises. Every finding is added to `problems`.
 *  Errors: not square, not finite, negative unless allowed, tract lengths of another size or with other labels or
 *  negative. Warnings: weights on the diagonal, which stay as in tvboptim, nodes without any input, a name given twice.
 *  Weights are divided by the largest magnitude (max), by the sum of all magnitudes (sum), each row by its own sum of
 *  magnitudes (row-sum; a row of zeros stays), or by nothing (none): what is not negative is its own magnitude.
 *  *connectome is empty where there were errors. Not collective. Errors: RWW_ERR_INPUT with all messages,
 *  RWW_ERR_CONFIG where nothing can be generated so. */
RWW_MUST_CHECK rww_status rww_connectome_read(const rww_connectivity_config *config, rww_problems *problems,
                                              rww_connectome *connectome);

/** Reads the target from its file and validates it. Errors: size other than the connectome's, not finite, labels other
 *  than the connectome's where both have them (first difference told). Warnings: a diagonal, which is set to 0; not
 *  symmetric; beyond -1 to 1; all 0. An empty connectome (one that could not be read) goes with any size and labels.
 *  *target is empty where there were errors. Errors: RWW_ERR_INPUT with all messages. */
RWW_MUST_CHECK rww_status rww_target_read(const rww_target_config *config, const rww_connectome *connectome,
                                          rww_problems *problems, rww_target *target);

/** Reads the text file that `values` names, if any, and checks that there is one value or one a node, possible ones,
 *  with the connectome's labels where both have labels. `setting` is its path in the configuration; messages begin with
 *  config_path:line:column. An empty connectome goes with any number of values. Errors: RWW_ERR_INPUT. */
RWW_MUST_CHECK rww_status rww_values_resolve(rww_values *values, const char *setting, const char *config_path,
                                             const rww_connectome *connectome, rww_problems *problems);

void rww_connectome_free(rww_connectome *connectome);
void rww_target_free(rww_target *target);

#endif
