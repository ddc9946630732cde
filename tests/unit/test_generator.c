/* The generated connectome: its density, its fall-off with distance and its homotopic links are those of the sources
 * that its header cites. */
#include "check.h"
#include "connectome/generator.h"
#include <stdlib.h>

static rww_connectome generate(size_t n, uint64_t seed) {
  rww_connectome connectome;
  CHECK_OK(rww_generator_create(n, seed, &connectome));
  return connectome;
}

typedef struct fit {
  double slope_per_mm, homotopic_excess;
} fit;

/* Least squares of log weight against tract length over heterotopic links, and how far homotopic ones lie above. */
static fit fit_logarithms(const rww_connectome *connectome) {
  size_t n = connectome->n_nodes, count = 0, n_homotopic = 0;
  double x = 0, y = 0, xx = 0, xy = 0, above = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++) {
      double weight = connectome->weights[i * n + j], length = connectome->tract_lengths[i * n + j];
      if (weight == 0 || j == i + n / 2) continue;
      count++;
      x += length;
      y += log(weight);
      xx += length * length;
      xy += length * log(weight);
    }
  double slope = ((double)count * xy - x * y) / ((double)count * xx - x * x);
  double intercept = (y - slope * x) / (double)count;
  for (size_t i = 0; i < n / 2; i++) {
    size_t entry = i * n + i + n / 2;
    if (connectome->weights[entry] == 0) continue;
    n_homotopic++;
    above += log(connectome->weights[entry]) - intercept - slope * connectome->tract_lengths[entry];
  }
  return (fit){slope, above / (double)n_homotopic};
}

static void density_is_that_of_the_macaque(void) {
  rww_connectome connectome = generate(84, 1);
  size_t n = 84, n_links = 0;
  for (size_t i = 0; i < n * n; i++) n_links += connectome.weights[i] > 0;
  /* Markov et al. 2014: 66 %; a link more or less by rounding */
  CHECK_NEAR((double)n_links / (double)(n * (n - 1)), 0.66, 0.001);
  rww_connectome_free(&connectome);
}

static void log_weights_fall_off_with_distance_as_in_tractography(uint64_t seed) {
  rww_connectome connectome = generate(84, seed);
  /* Rosen and Halgren 2021: length constant 23.4 mm; keeping the strongest links only flattens what is left by up to a
   * third, so that 23 to 36 mm are in range */
  fit found = fit_logarithms(&connectome);
  CHECK(-1 / found.slope_per_mm > 23 && -1 / found.slope_per_mm < 36);
  rww_connectome_free(&connectome);
}

static void homotopic_links_are_stronger_than_their_length_lets_expect(uint64_t seed) {
  rww_connectome connectome = generate(84, seed);
  /* Rosen and Halgren 2021: contralateral homologues are hyperconnected; by 1.22 in the logarithm in the average
   * Desikan-Killiany connectome, give or take three standard errors of 42 links (1.2 / sqrt(42) each) */
  CHECK_NEAR(fit_logarithms(&connectome).homotopic_excess, 1.22, 0.6);
  rww_connectome_free(&connectome);
}

static void homotopic_share_of_interhemispheric_weight(uint64_t seed) {
  rww_connectome connectome = generate(84, seed);
  size_t n = 84;
  double homotopic = 0, all = 0;
  for (size_t i = 0; i < n / 2; i++)
    for (size_t j = n / 2; j < n; j++) {
      all += connectome.weights[i * n + j];
      if (j == i + n / 2) homotopic += connectome.weights[i * n + j];
    }
  /* 0.32 in the average Desikan-Killiany connectome; a sum over so few heavy-tailed weights differs by half from one
   * draw to the next */
  CHECK(homotopic / all > 0.21 && homotopic / all < 0.48);
  rww_connectome_free(&connectome);
}

static void matrices_are_symmetric_with_an_empty_diagonal(void) {
  rww_connectome connectome = generate(20, 3);
  for (size_t i = 0; i < 20; i++) {
    CHECK(connectome.weights[i * 20 + i] == 0 && connectome.tract_lengths[i * 20 + i] == 0);
    for (size_t j = 0; j < 20; j++) CHECK(connectome.weights[i * 20 + j] == connectome.weights[j * 20 + i]);
  }
  rww_connectome_free(&connectome);
}

static void hemispheres_mirror_each_other(void) {
  rww_connectome connectome = generate(20, 3);
  const double *p = connectome.positions;
  for (size_t i = 0; i < 10; i++)
    CHECK(p[3 * i] == -p[3 * (i + 10)] && p[3 * i + 1] == p[3 * (i + 10) + 1] && p[3 * i] < 0);
  CHECK(strcmp(connectome.labels[0], "lh_01") == 0 && strcmp(connectome.labels[19], "rh_10") == 0);
  rww_connectome_free(&connectome);
}

static void seeds_give_other_connectomes_and_the_same_seed_the_same(void) {
  rww_connectome a = generate(12, 1), b = generate(12, 1), c = generate(12, 2);
  CHECK(memcmp(a.weights, b.weights, 144 * sizeof(double)) == 0);
  CHECK(memcmp(a.weights, c.weights, 144 * sizeof(double)) != 0);
  rww_connectome_free(&a);
  rww_connectome_free(&b);
  rww_connectome_free(&c);
}

static void odd_and_tiny_numbers_of_nodes_are_refused(void) {
  rww_connectome connectome;
  CHECK(rww_generator_create(7, 1, &connectome) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "is 7; expected an even number from 4");
  CHECK(rww_generator_create(2, 1, &connectome) == RWW_ERR_CONFIG);
}

int main(void) {
  density_is_that_of_the_macaque();
  for (uint64_t seed = 1; seed <= 5; seed++) {
    log_weights_fall_off_with_distance_as_in_tractography(seed);
    homotopic_links_are_stronger_than_their_length_lets_expect(seed);
    homotopic_share_of_interhemispheric_weight(seed);
  }
  matrices_are_symmetric_with_an_empty_diagonal();
  hemispheres_mirror_each_other();
  seeds_give_other_connectomes_and_the_same_seed_the_same();
  odd_and_tiny_numbers_of_nodes_are_refused();
  return check_report();
}
