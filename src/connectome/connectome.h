/** @file
 *  The connectome and the target FC: read or generated, validated, normalised. */
#ifndef RWW_CONNECTOME_CONNECTOME_H
#define RWW_CONNECTOME_CONNECTOME_H

#include "base/problems.h"
#include "config/config.h"

/** Owned arrays; rww_connectome_free releases them. Zero-initialised is empty. */
typedef struct rww_connectome {
  size_t n_nodes;
  double *weights;       /* [target][source], normalised as configured, dimensionless */
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

/** Reads or generates, validates and normalises. Every finding is added to `problems`; none of the warnings is an
 *  error. *connectome is empty where there were errors. Not collective. Errors: RWW_ERR_INPUT with all messages. */
RWW_MUST_CHECK rww_status rww_connectome_read(const rww_connectivity_config *config, rww_problems *problems,
                                              rww_connectome *connectome);

/** Reads the target from its file and validates it: size against n_nodes, finite, symmetric up to rounding (a warning
 *  where not), diagonal zeroed, labels against the connectome's where both have them (first difference told). */
RWW_MUST_CHECK rww_status rww_target_read(const rww_target_config *config, const rww_connectome *connectome,
                                          rww_problems *problems, rww_target *target);

/** Reads the file that `values` names, if any, and checks that there is one value or one a node. `name` is the
 *  setting's, for messages that begin with config_path:line:column. */
RWW_MUST_CHECK rww_status rww_values_resolve(rww_values *values, const char *name, const char *config_path,
                                             size_t n_nodes, rww_problems *problems);

void rww_connectome_free(rww_connectome *connectome);
void rww_target_free(rww_target *target);

#endif
