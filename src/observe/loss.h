/** @file
 *  How far a simulated FC is from its target. All matrices are [node][node] with a zero diagonal. */
#ifndef RWW_OBSERVE_LOSS_H
#define RWW_OBSERVE_LOSS_H

#include <stddef.h>

/** Root of the mean squared difference over all n * n entries, the diagonals included. */
double rww_loss_rmse(size_t n_nodes, const double *fc, const double *target);

/** by_fc [node][node] += by_rmse times the derivative of the rmse by each entry; 0 at the minimum, where it has none.
 */
void rww_loss_reverse_rmse(size_t n_nodes, const double *fc, const double *target, double by_rmse, double *by_fc);

/** Pearson correlation over all n * n entries, the zero diagonals included (as published). NaN where either is
 *  constant. */
double rww_loss_fc_corr(size_t n_nodes, const double *fc, const double *target);

/** by_fc [node][node] += by_fc_corr times the derivative of the fc_corr by each entry. */
void rww_loss_reverse_fc_corr(size_t n_nodes, const double *fc, const double *target, double by_fc_corr, double *by_fc);

/** The correlation over the strict upper triangle. */
double rww_loss_fc_corr_triangle(size_t n_nodes, const double *fc, const double *target);

/** rmse_weight * rmse + fc_corr_weight * (1 - fc_corr); what has no weight may be NaN. */
double rww_loss_combine(double rmse_weight, double rmse, double fc_corr_weight, double fc_corr);

#endif
