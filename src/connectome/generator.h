/** @file
 *  A plausible connectome without any data: for examples, tests and machines that are offline.
 *
 *  Recipe. Two hemispheres that mirror each other, regions spread evenly over half an ellipsoid of the size of a human
 *  cortex and moved a little at random; node i + n/2 is the homotope of node i. Tract lengths are Euclidean distances
 *  times 1.3, as tracts bend. Weights are log-normal and fall off exponentially with tract length, with a length
 *  constant of 23.4 mm (Rosen and Halgren 2021, eNeuro 8:ENEURO.0416-20.2020, human diffusion tractography; the
 *  exponential rule is that of Ercsey-Ravasz et al. 2013, Neuron 80:184). Links between homotopic regions, which Rosen
 *  and Halgren find stronger than their length lets expect, are raised by 1 in the logarithm: in the average
 *  Desikan-Killiany connectome of the published experiment (tvboptim 0.4.0) they lie 1.2 above the fall-off of all
 *  links and hold 32 % of the weight between the hemispheres. The strongest 66 % of the links are kept (the density
 *  that Markov et al. 2014, Cereb Cortex 24:17, measured in the macaque). */
#ifndef RWW_CONNECTOME_GENERATOR_H
#define RWW_CONNECTOME_GENERATOR_H

#include "connectome/connectome.h"

#define RWW_GENERATOR_LENGTH_CONSTANT_MM 23.4
#define RWW_GENERATOR_DENSITY 0.66

/** Fills weights (not yet normalised), tract lengths, positions and labels (lh_01 ..., rh_01 ...). n_nodes is even. The
 *  bits depend on n_nodes and seed alone. Errors: RWW_ERR_CONFIG where n_nodes is odd or below 4; RWW_ERR_MEMORY. */
RWW_MUST_CHECK rww_status rww_generator_create(size_t n_nodes, uint64_t seed, rww_connectome *connectome);

#endif
