#include "optimise/bounds.h"

#include "base/elementary.h"

static bool are_none(rww_bounds bounds) {
  return isinf(bounds.low);
}

static double logistic(rww_bounds bounds, double x) {
  return 1 / (1 + rww_exp(-4 * x / (bounds.high - bounds.low)));
}

bool rww_bounds_hold(rww_bounds bounds, rww_bounding bounding, double parameter) {
  if (bounding == RWW_BOUND_BY_PROJECTION) return bounds.low <= parameter && parameter <= bounds.high;
  return bounds.low < parameter && parameter < bounds.high;
}

double rww_bounds_open(rww_bounds bounds, double parameter) {
  double above = parameter - bounds.low, below = bounds.high - parameter;
  return are_none(bounds) ? parameter : (bounds.high - bounds.low) / 4 * (rww_ln(above) - rww_ln(below));
}

double rww_bounds_close(rww_bounds bounds, double x) {
  return are_none(bounds) ? x : bounds.low + (bounds.high - bounds.low) * logistic(bounds, x);
}

double rww_bounds_slope(rww_bounds bounds, double x) {
  double s = logistic(bounds, x);
  return are_none(bounds) ? 1 : 4 * s * (1 - s);
}
