/** @file
 *  Bounds of a parameter, kept by a smooth map from the whole line: p = low + (high - low) s, s = 1/(1 + exp(-4 x /
 *  (high - low))). In the middle dp/dx = 1, so that a learning rate means the same as without bounds. Without bounds
 *  the map is the identity. */
#ifndef RWW_OPTIMISE_BOUNDS_H
#define RWW_OPTIMISE_BOUNDS_H

#include "config/config.h"

/** Whether a fit can begin there: inside, and strictly so for the map. */
bool rww_bounds_hold(rww_bounds bounds, rww_bounding bounding, double parameter);

/** x of a parameter inside the bounds, and back. */
double rww_bounds_open(rww_bounds bounds, double parameter);
double rww_bounds_close(rww_bounds bounds, double x);

/** dp/dx. */
double rww_bounds_slope(rww_bounds bounds, double x);

#endif
