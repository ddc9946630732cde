#include "check.h"
#include "model/model.h"

#include <float.h>

static const rww_model published = {
    .a = 0.27, .b = 0.108, .d = 154, .gamma = 0.641, .tau_s = 100, .J_N = 0.2609, .w = 0.7, .I_o = 0.31};

/* mpmath with 50 digits. Relative 1e-12: below the threshold, u = a x - b enters as exp(d u), and the rounding of u
 * grows with d |u|, here up to 1300. */
static void rate_agrees_with_multiprecision(void) {
  static const struct {
    double current, rate;
  } expected[] = {
      {0.0, 6.4600809256345471451e-9},       {-5.0, 4.4745453419586916555e-98},   {0.32, 0.0008048306383080923588},
      {0.4, 0.0064935064935065006674}, /* u = 0 but for rounding */
      {0.4000001, 0.0064935199935158565556}, {0.39999, 0.0064921565870614990468}, {0.45, 0.015429544898779988559},
      {1.0, 0.16200000000236995314},         {50.0, 13.392000000000000889},
  };
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
    CHECK_NEAR(rww_model_rate(&published, expected[k].current), expected[k].rate, 1e-12 * expected[k].rate);
}

static void rate_vanishes_without_nan_far_below_the_threshold(void) {
  CHECK(rww_model_rate(&published, -30) < 1e-300); /* the exponential is cut off at exp(709), or this were 9e-549 */
  CHECK(isfinite(rww_model_rate(&published, -1e300)));
}

/* d u = 0 exactly, where the quotient as the textbook writes it is 0/0: H = 1/d. */
static void rate_at_the_threshold_is_its_limit(void) {
  rww_model node = published;
  node.a = 0.5;
  node.b = 0.25;
  CHECK_NEAR(rww_model_rate(&node, 0.5), 1 / node.d, DBL_EPSILON / node.d);
}

/* mpmath with 50 digits; 1e-16: rounding of numbers of order 1 times slopes below 0.1. */
static void current_and_slope_agree_with_multiprecision(void) {
  static const struct {
    double S, coupling, current, slope;
  } expected[] = {
      {0.0, 0.0, 0.30999999999999999778, 0.00037815082263802240915},
      {0.1, 0.05, 0.34130800000000000085, -0.00012748327273040003823},
      {0.37, 0.8, 0.58629310000000002628, 0.016621088144938541173},
      {1.0, 2.0, 1.0144300000000000423, -0.01},
  };
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
    double S = expected[k].S, coupling = expected[k].coupling;
    CHECK_NEAR(rww_model_current(&published, S, coupling), expected[k].current, 4 * DBL_EPSILON);
    CHECK_NEAR(rww_model_slope(&published, S, coupling), expected[k].slope, 1e-16);
  }
}

int main(void) {
  rate_agrees_with_multiprecision();
  rate_vanishes_without_nan_far_below_the_threshold();
  rate_at_the_threshold_is_its_limit();
  current_and_slope_agree_with_multiprecision();
  return check_report();
}
