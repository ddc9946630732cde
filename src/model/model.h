/** @file
 *  Reduced Wong-Wang model: one excitatory population a node, one state variable S, the fraction of open NMDA channels.
 *  Source: Deco et al. 2013, J Neurosci 33:11239, eqs. 5-7 (the mean field and its rate function), as tvbo writes them.
 */
#ifndef RWW_MODEL_MODEL_H
#define RWW_MODEL_MODEL_H

#include "base/elementary.h"

/** Parameters of one node; units as in the parameter table. */
typedef struct rww_model {
  double a, b, d, gamma, tau_s, J_N, w, I_o;
} rww_model;

/** Total input current [nA], where `coupling` is what the other nodes send. */
static inline double rww_model_current(const rww_model *node, double S, double coupling) {
  return node->I_o + node->J_N * coupling + node->w * node->J_N * S;
}

/** Population rate H = u / (1 - exp(-d u)) [kHz] at u = a x - b, without cancellation near u = 0. */
static inline double rww_model_rate(const rww_model *node, double current) {
  double u = node->a * current - node->b;
  return rww_phi(node->d * u) / node->d;
}

/** dS/dt [1/ms]. */
static inline double rww_model_slope(const rww_model *node, double S, double coupling) {
  double H = rww_model_rate(node, rww_model_current(node, S, coupling));
  return -S / node->tau_s + (1 - S) * H * node->gamma;
}

#endif
