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

/** Derivative of phi(v) = v / (1 - exp(-v)). Nothing cancels: away from 0 it is phi(v) (1 - phi(-v)) / v; near 0, where
 *  that is 0/0, Taylor's series, sum over k of B_k v^(k-1) / (k-1)!, below 2^-55 from there on for |v| <= 1/2. */
static inline double rww_model_phi_derivative(double v) {
  double z = v * v, p = -3617.0 / 666913927680000.0;
  p = p * z + 1.0 / 5337446400.0;
  p = p * z - 691.0 / 108972864000.0;
  p = p * z + 1.0 / 4790016.0;
  p = p * z - 1.0 / 151200.0;
  p = p * z + 1.0 / 5040.0;
  p = p * z - 1.0 / 180.0;
  p = p * z + 1.0 / 6.0;
  double near = 0.5 + v * p, far = rww_phi(v) * (1 - rww_phi(-v)) / v;
  return fabs(v) <= 0.5 ? near : far;
}

/** Derivatives of the slope by all that it depends on. */
typedef struct rww_model_partials {
  double S, coupling;
  rww_model parameter; /* by each of them */
} rww_model_partials;

/** With g = (1 - S) gamma and v = d u, dS/dt = -S / tau_s + g phi(v) / d. By d: v phi'(v) - phi(v) = -phi(v) phi(-v).
 */
static inline rww_model_partials rww_model_slope_partials(const rww_model *node, double S, double coupling) {
  double current = rww_model_current(node, S, coupling);
  double v = node->d * (node->a * current - node->b);
  double H = rww_phi(v) / node->d, g = (1 - S) * node->gamma;
  double by_u = g * rww_model_phi_derivative(v), by_current = by_u * node->a;
  return (rww_model_partials){
      .S = -1 / node->tau_s - H * node->gamma + by_current * node->w * node->J_N,
      .coupling = by_current * node->J_N,
      .parameter = {.a = by_u * current,
                    .b = -by_u,
                    .d = -g * H * rww_phi(-v) / node->d,
                    .gamma = (1 - S) * H,
                    .tau_s = S / (node->tau_s * node->tau_s),
                    .J_N = by_current * (coupling + node->w * S),
                    .w = by_current * node->J_N * S,
                    .I_o = by_current},
  };
}

#endif
