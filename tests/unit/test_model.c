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

/* mpmath with 50 digits. Relative 4e-15: a few roundings; just outside |v| = 1/2 the error of phi counts four times. */
static void derivative_of_phi_agrees_with_multiprecision(void) {
  static const double expected[][2] = {
      {0, 0.5},
      {1e-300, 0.5},
      {1e-9, 0.50000000016666666667},
      {0.1, 0.51666111309457692921},
      {0.4999, 0.58262878181073942206},
      {0.5001, 0.58266129406830138752},
      {-0.3, 0.45014951929947346148},
      {-0.5001, 0.41733870593169861248},
      {2, 0.79448681226651041861},
      {-5, 0.027364709494656051716},
      {30, 0.99999999999728628934},
      {-30, 2.7137106609641672696e-12},
      {-600, 1.587587535249582179e-258},
      {700, 1},
  };
  for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
    CHECK_NEAR(rww_model_phi_derivative(expected[k][0]), expected[k][1], 4e-15 * expected[k][1]);
  CHECK(isnan(rww_model_phi_derivative(NAN)));
}

/* mpmath with 50 digits, at both sides of the threshold and near it, where H as the textbook writes it cancels.
 * Relative 1e-12, as for the rate. */
static const struct {
  double S, coupling;
  rww_model_partials partials;
} slope_partials[] = {
    {0.0,
     0.0,
     {.S = -0.0082042036389441005571,
      .coupling = 0.0031056388338484599856,
      .parameter = {.a = 0.013667050501725117451,
                    .b = -0.044087259682984250158,
                    .d = -9.4121508632112949209e-6,
                    .gamma = 0.00058993888087054976718,
                    .tau_s = 0.0,
                    .J_N = 0.0,
                    .w = 0.0,
                    .I_o = 0.011903560114405748326}}},
    {0.1,
     0.05,
     {.S = -0.0064264115895110756131,
      .coupling = 0.0064900734868406860798,
      .parameter = {.a = 0.031445480766671217408,
                    .b = -0.092132269875511905168,
                    .d = -0.000015146247187166600028,
                    .gamma = 0.0013611805417622464866,
                    .tau_s = 0.000010000000000000000555,
                    .J_N = 0.0029850855439665859791,
                    .w = 0.000649007348684068644,
                    .I_o = 0.024875712866388216032}}},
    {0.2,
     0.205,
     {.S = -0.0015182967542189918905,
      .coupling = 0.018064213702477466165,
      .parameter = {.a = 0.10257761814850107825,
                    .b = -0.2564373138917630359,
                    .d = -0.000021622532967387587607,
                    .gamma = 0.0051959392773207079614,
                    .tau_s = 0.00002000000000000000111,
                    .J_N = 0.023887135789017727443,
                    .w = 0.0036128427404954934336,
                    .I_o = 0.069238074750776024249}}},
    {0.37,
     0.8,
     {.S = -0.022400943063505737058,
      .coupling = 0.028363932006643826377,
      .parameter = {.a = 0.23607139991715894963,
                    .b = -0.40265082416483997347,
                    .d = -4.4220244875543621816e-7,
                    .gamma = 0.031702165592727832571,
                    .tau_s = 0.000036999999999999999556,
                    .J_N = 0.11512995015345270389,
                    .w = 0.010494654842458215633,
                    .I_o = 0.10871572252450679999}}},
    {0.99,
     2.0,
     {.S = -0.11570724461898541004,
      .coupling = 0.00045153962990428315637,
      .parameter = {.a = 0.0064907897156240892898,
                    .b = -0.0064099999986412147509,
                    .d = -1.5190388682961274634e-15,
                    .gamma = 0.0016540299900143291739,
                    .tau_s = 0.000098999999999999999112,
                    .J_N = 0.0046607750990120138773,
                    .w = 0.0004470242336052403208,
                    .I_o = 0.0017306999996331280966}}},
};

static void partials_of_the_slope_agree_with_multiprecision(void) {
  enum { N_PARTIALS = sizeof(rww_model_partials) / sizeof(double) };
  for (size_t k = 0; k < sizeof slope_partials / sizeof *slope_partials; k++) {
    rww_model_partials partials = rww_model_slope_partials(&published, slope_partials[k].S, slope_partials[k].coupling);
    const double *found = (const double *)&partials, *expected = (const double *)&slope_partials[k].partials;
    for (size_t i = 0; i < N_PARTIALS; i++) CHECK_NEAR(found[i], expected[i], 1e-12 * fabs(expected[i]));
  }
}

int main(void) {
  derivative_of_phi_agrees_with_multiprecision();
  partials_of_the_slope_agree_with_multiprecision();
  rate_agrees_with_multiprecision();
  rate_vanishes_without_nan_far_below_the_threshold();
  rate_at_the_threshold_is_its_limit();
  current_and_slope_agree_with_multiprecision();
  return check_report();
}
