/* Noise against values computed from the definition by other means. */
#include "simulate/noise.h"

#include "../data/noise_values.h"
#include "check.h"

#define N_VALUES (sizeof noise_values / sizeof *noise_values)

static void elements_are_those_of_the_definition(void) {
  for (size_t i = 0; i < N_VALUES; i++) {
    double z;
    rww_noise_fill(noise_values[i].seed, RWW_FLOAT64, 1, noise_values[i].element, 1, &z);
    /* 4 ulp of the inverse error function and half a one of the product with sqrt(2), whose own rounding is a third */
    CHECK_NEAR(z, noise_values[i].float64, 5 * 0x1p-52 * fabs(noise_values[i].float64));
    rww_noise_fill(noise_values[i].seed, RWW_FLOAT32, 1, noise_values[i].element, 1, &z);
    CHECK_NEAR(z, noise_values[i].float32, 5 * 0x1p-23 * fabs(noise_values[i].float32));
  }
}

static void steps_and_nodes_number_the_elements(void) {
  double one[1], row[12];
  rww_noise_fill(7, RWW_FLOAT64, 1, 5 * 6 + 2, 1, one);
  rww_noise_fill(7, RWW_FLOAT64, 6, 4, 2, row);
  CHECK(one[0] == row[6 + 2]);
}

static void instruction_sets_give_the_same_bits(void) {
  const rww_instruction_set *best = rww_instruction_set_best(), *generic = &rww_instruction_set_generic;
  for (rww_precision p = RWW_FLOAT64; p <= RWW_FLOAT32; p++) {
    double a[1000] = {0}, b[1000] = {0};
    best->kernels[p]->fill_noise(noise_values[4].seed, 77, 1000, a);
    generic->kernels[p]->fill_noise(noise_values[4].seed, 77, 1000, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
  }
}

static void noise_that_is_not_kept_has_the_bits_of_noise_that_is(void) {
  const rww_kernels *kernels = rww_instruction_set_best()->kernels[RWW_FLOAT64];
  rww_noise *kept, *remade;
  const void *a, *b;
  CHECK_OK(rww_noise_create(kernels, kernels, 11, 500, 1, &kept));
  CHECK_OK(rww_noise_create(kernels, kernels, 11, 500, 0, &remade));
  rww_noise_begin_run(kept, &(uint64_t){3}, 1);
  CHECK_OK(rww_noise_get(kept, 3, 400, 20, &a));
  CHECK_OK(rww_noise_get(remade, 3, 400, 20, &b));
  CHECK(memcmp(a, b, 20 * 11 * sizeof(double)) == 0);
  rww_noise_destroy(kept);
  rww_noise_destroy(remade);
}

static void seeds_beyond_what_is_kept_give_way_to_each_other(void) {
  const rww_kernels *kernels = rww_instruction_set_best()->kernels[RWW_FLOAT64];
  rww_noise *noise;
  const void *z;
  CHECK_OK(rww_noise_create(kernels, kernels, 100, 1000, 2, &noise));
  for (uint64_t round = 0; round < 2; round++)
    for (uint64_t seed = 1; seed <= 4; seed++) {
      double expected;
      rww_noise_begin_run(noise, &seed, 1);
      rww_noise_fill(seed, RWW_FLOAT64, 1, 900, 1, &expected);
      CHECK_OK(rww_noise_get(noise, seed, 9, 1, &z));
      CHECK(*(const double *)z == expected);
    }
  rww_noise_destroy(noise);
}

static size_t n_drawn;
static void count_drawn(uint64_t seed, uint64_t first, size_t n, void *z) {
  n_drawn += n;
  rww_instruction_set_best()->kernels[RWW_FLOAT64]->fill_noise(seed, first, n, z);
}

/* Numbers drawn while a run of 10 blocks takes the noise of its lanes in turn, in a noise that keeps two seeds. */
static size_t count_drawn_by_a_run(rww_noise *noise, const uint64_t *seeds, size_t n_lanes) {
  const void *z;
  n_drawn = 0;
  rww_noise_begin_run(noise, seeds, n_lanes);
  for (uint64_t block = 0; block < 10; block++)
    for (size_t lane = 0; lane < n_lanes; lane++) {
      double expected;
      CHECK_OK(rww_noise_get(noise, seeds[lane], 20 * block, 20, &z));
      rww_noise_fill(seeds[lane], RWW_FLOAT64, 1, 20 * block * 11, 1, &expected);
      CHECK(*(const double *)z == expected);
    }
  return n_drawn;
}

static void no_number_is_drawn_twice_by_a_run(void) {
  const uint64_t few[] = {1, 2, 2, 1}, many[] = {3, 4, 5, 1};
  const size_t n = 200 * 11; /* numbers of a run and seed */
  rww_kernels counting = *rww_instruction_set_best()->kernels[RWW_FLOAT64];
  rww_noise *noise;
  counting.fill_noise = count_drawn;
  CHECK_OK(rww_noise_create(&counting, &counting, 11, 200, 2, &noise));
  CHECK(count_drawn_by_a_run(noise, few, 4) == 2 * n);
  CHECK(count_drawn_by_a_run(noise, few, 4) == 0);
  CHECK(count_drawn_by_a_run(noise, many, 4) == 3 * n); /* that of seed 1 is kept from before */
  CHECK(count_drawn_by_a_run(noise, many, 2) == 2 * n);
  CHECK(count_drawn_by_a_run(noise, many, 2) == 0);
  rww_noise_destroy(noise);
}

int main(void) {
  elements_are_those_of_the_definition();
  steps_and_nodes_number_the_elements();
  instruction_sets_give_the_same_bits();
  noise_that_is_not_kept_has_the_bits_of_noise_that_is();
  seeds_beyond_what_is_kept_give_way_to_each_other();
  no_number_is_drawn_twice_by_a_run();
  return check_report();
}
