/** @file
 *  What is known of an exponent before it is computed. */
#ifndef RWW_BASE_RANGE_H
#define RWW_BASE_RANGE_H

/** Nothing; that it is below the largest of normal numbers; that it is within those of normal numbers. What is known
 *  need not be bounded: the bits are the same. */
typedef enum rww_range { RWW_RANGE_ANY, RWW_RANGE_BELOW, RWW_RANGE_INSIDE, RWW_N_RANGES } rww_range;

#endif
