#include "base/memory.h"
#include "check.h"
#include "observe/bold.h"
#include "observe/bold_full.h"

#include <stdlib.h>

#define N_NODES 3

/* A sum of 5000 products of order 0.1 in another order, in double against long double, is off by some 1e-15. */
#define ROUNDING 1e-13

/* One problem: two runs of the same length, their traces in [0, 1], and where samples lie. */
typedef struct setup {
  rww_semantics semantics;
  rww_integration_config integration;
  rww_monitors_config monitors;
  rww_bold_plan plan;
  double *warmup, *run; /* [step][node] */
} setup;

static double next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
  return (double)(*state >> 11) * 0x1p-53;
}

static void setup_begin(setup *s, rww_semantics semantics, double step_ms, double period_ms, double duration_ms) {
  uint64_t random = 1;
  *s = (setup){.semantics = semantics,
               .integration = {.step_size_ms = step_ms, .duration_ms = duration_ms},
               .monitors = {.bold_period_ms = period_ms}};
  CHECK_OK(rww_bold_plan_create(N_NODES, &s->semantics, &s->integration, &s->monitors, &s->plan));
  size_t n = s->plan.n_steps * N_NODES;
  CHECK_OK(RWW_NEW(&s->warmup, n));
  CHECK_OK(RWW_NEW(&s->run, n));
  for (size_t i = 0; i < n; i++) s->warmup[i] = next_random(&random);
  for (size_t i = 0; i < n; i++) s->run[i] = next_random(&random);
}

static void setup_end(setup *s) {
  rww_bold_plan_free(&s->plan);
  free(s->warmup);
  free(s->run);
}

/* The table of variants, word by word, on interim sample `index` of the main run; below 0 it is the stock. */
static long double interim_sample(const setup *s, int64_t index, size_t node) {
  size_t k = s->plan.steps_per_interim;
  int64_t n_steps = (int64_t)s->plan.n_steps;
  const double *trace = index < 0 ? s->warmup : s->run;
  long double sum = 0;
  for (size_t i = 0; i < k; i++) {
    int64_t step = (index < 0 ? index + (int64_t)s->plan.n_interim : index) * (int64_t)k + (int64_t)i;
    if (s->semantics.bold_input_late && step < n_steps - 1) step++;
    sum += trace[step * N_NODES + (int64_t)node];
  }
  return sum / k;
}

static int64_t last_index(const setup *s, int64_t sample) {
  int64_t q = (int64_t)s->plan.factors.block_length;
  switch (s->semantics.bold_sample) {
  case RWW_SAMPLE_TVBO:
    return sample * q - 2;
  case RWW_SAMPLE_START:
    return (sample - 1) * q - 1;
  default:
    return sample * q - 1;
  }
}

static double direct_response(const setup *s, const double *taps, int64_t last, size_t node) {
  long double sum = 0;
  for (int64_t i = 0; i < RWW_HRF_N_TAPS; i++) sum += taps[i] * interim_sample(s, last - i, node);
  return (double)sum;
}

/* Feeds both runs in blocks of `block` steps. */
static void feed_both(const setup *s, rww_bold *bold, size_t block, size_t n_bytes, const void *warmup,
                      const void *run) {
  rww_bold_begin_warmup(bold);
  for (uint64_t t = 0; t < s->plan.n_steps; t += block)
    rww_bold_take(bold, t, block < s->plan.n_steps - t ? block : s->plan.n_steps - t,
                  (const char *)warmup + t * n_bytes);
  rww_bold_begin_run(bold);
  for (uint64_t t = 0; t < s->plan.n_steps; t += block)
    rww_bold_take(bold, t, block < s->plan.n_steps - t ? block : s->plan.n_steps - t, (const char *)run + t * n_bytes);
}

/* Samples [n_samples][node], owned by the caller. */
static double *stream(const setup *s, size_t block) {
  double *samples;
  rww_bold *bold;
  CHECK_OK(RWW_NEW(&samples, s->plan.n_samples * N_NODES));
  CHECK_OK(rww_bold_create(&s->plan, 1, RWW_FLOAT64, &bold));
  feed_both(s, bold, block, N_NODES * sizeof(double), s->warmup, s->run);
  rww_bold_extract(bold, 0, samples);
  rww_bold_destroy(bold);
  return samples;
}

static const rww_semantics tvbo = {.bold_sample = RWW_SAMPLE_TVBO},
                           tvboptim_020 = {.bold_sample = RWW_SAMPLE_START, .hrf_spread = true},
                           tvboptim_040 = {.bold_sample = RWW_SAMPLE_END, .hrf_spread = true, .bold_input_late = true};

/* Every `stride`-th sample, and the last. */
static void stream_equals_the_direct_sum(rww_semantics semantics, double step_ms, double period_ms, double duration_ms,
                                         size_t stride) {
  setup s;
  double taps[RWW_HRF_N_TAPS];
  rww_hrf_fill_taps(semantics.hrf_spread, taps);
  setup_begin(&s, semantics, step_ms, period_ms, duration_ms);
  double *samples = stream(&s, 37);
  CHECK(s.plan.n_samples == (size_t)(duration_ms / period_ms));
  for (size_t m = 0; m < s.plan.n_samples; m++)
    for (size_t node = 0; node < N_NODES && (m % stride == 0 || m == s.plan.n_samples - 1); node++)
      CHECK_NEAR(samples[m * N_NODES + node],
                 5.6 * 0.02 * (direct_response(&s, taps, last_index(&s, (int64_t)m + 1), node) - 1), ROUNDING);
  free(samples);
  setup_end(&s);
}

static void any_list_of_taps_gives_its_direct_sum(void) {
  setup s;
  double taps[RWW_HRF_N_TAPS] = {0};
  uint64_t random = 7;
  rww_hrf_factors factors;
  setup_begin(&s, tvbo, 4, 720, 30000);
  for (size_t i = 0; i < 3333; i++) taps[i] = 1e-3 * next_random(&random);
  CHECK_OK(rww_hrf_factor_taps(taps, 3333, s.plan.factors.block_length, &factors));
  CHECK_OK(rww_bold_plan_set_kernel(&s.plan, factors));
  double *samples = stream(&s, 64);
  for (size_t m = 0; m < s.plan.n_samples; m++)
    CHECK_NEAR(samples[m * N_NODES], 5.6 * 0.02 * (direct_response(&s, taps, last_index(&s, (int64_t)m + 1), 0) - 1),
               ROUNDING);
  free(samples);
  setup_end(&s);
}

static void bits_do_not_depend_on_block_lengths(void) {
  static const size_t blocks[] = {1, 250, 499, 100000};
  setup s;
  setup_begin(&s, tvboptim_040, 2, 1000, 24000);
  double *expected = stream(&s, 64);
  for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
    double *samples = stream(&s, blocks[k]);
    CHECK(memcmp(samples, expected, s.plan.n_samples * N_NODES * sizeof *samples) == 0);
    free(samples);
  }
  free(expected);
  setup_end(&s);
}

/* Five lanes: lane 3 carries the setup's traces, the others something else. */
static double *spread_over_lanes(const double *trace, size_t n) {
  double *lanes;
  uint64_t random = 99;
  CHECK_OK(RWW_NEW(&lanes, n * 5));
  for (size_t i = 0; i < n * 5; i++) lanes[i] = i % 5 == 3 ? trace[i / 5] : 1e3 * next_random(&random);
  return lanes;
}

static void bits_do_not_depend_on_other_lanes(void) {
  setup s;
  rww_bold *bold;
  setup_begin(&s, tvbo, 4, 1000, 24000);
  double *expected = stream(&s, 64), *samples;
  double *warmup = spread_over_lanes(s.warmup, s.plan.n_steps * N_NODES);
  double *run = spread_over_lanes(s.run, s.plan.n_steps * N_NODES);
  CHECK_OK(RWW_NEW(&samples, s.plan.n_samples * N_NODES));
  CHECK_OK(rww_bold_create(&s.plan, 5, RWW_FLOAT64, &bold));
  feed_both(&s, bold, 50, 5 * N_NODES * sizeof(double), warmup, run);
  rww_bold_extract(bold, 3, samples);
  CHECK(memcmp(samples, expected, s.plan.n_samples * N_NODES * sizeof *samples) == 0);
  rww_bold_destroy(bold);
  free(warmup);
  free(run);
  free(samples);
  free(expected);
  setup_end(&s);
}

/* The history of a warm-up, taken from one set of sums to another. */
static void saved_history_gives_the_same_bits(rww_semantics semantics, double period_ms) {
  setup s;
  rww_bold *first, *second;
  double *history, *samples;
  setup_begin(&s, semantics, 4, period_ms, 24000);
  double *expected = stream(&s, 64);
  CHECK_OK(RWW_NEW(&samples, s.plan.n_samples * N_NODES));
  CHECK_OK(RWW_NEW(&history, rww_bold_count_history_rows(&s.plan) * N_NODES));
  CHECK_OK(rww_bold_create(&s.plan, 1, RWW_FLOAT64, &first));
  CHECK_OK(rww_bold_create(&s.plan, 2, RWW_FLOAT64, &second));
  rww_bold_begin_warmup(first);
  rww_bold_take(first, 0, s.plan.n_steps, s.warmup);
  rww_bold_save(first, 0, history);
  rww_bold_load(second, 1, history);
  rww_bold_save(second, 1, history);
  rww_bold_begin_warmup(first);
  rww_bold_load(first, 0, history);
  rww_bold_begin_run(first);
  rww_bold_take(first, 0, s.plan.n_steps, s.run);
  rww_bold_extract(first, 0, samples);
  CHECK(memcmp(samples, expected, s.plan.n_samples * N_NODES * sizeof *samples) == 0);
  rww_bold_destroy(first);
  rww_bold_destroy(second);
  free(history);
  free(samples);
  free(expected);
  setup_end(&s);
}

/* The sum of 2000 floats of a block is off by some 45 half units in the last place, 3e-6 of a response that is about 17
 * here: 5e-6 in BOLD. */
static void float_states_give_the_same_samples_but_for_rounding(void) {
  setup s;
  rww_bold *bold;
  float *warmup, *run;
  double *samples;
  setup_begin(&s, tvbo, 1, 2000, 20000);
  size_t n = s.plan.n_steps * N_NODES;
  CHECK_OK(RWW_NEW(&warmup, n));
  CHECK_OK(RWW_NEW(&run, n));
  for (size_t i = 0; i < n; i++) {
    s.warmup[i] = warmup[i] = (float)s.warmup[i];
    s.run[i] = run[i] = (float)s.run[i];
  }
  double *expected = stream(&s, 64);
  CHECK_OK(RWW_NEW(&samples, s.plan.n_samples * N_NODES));
  CHECK_OK(rww_bold_create(&s.plan, 1, RWW_FLOAT32, &bold));
  feed_both(&s, bold, 100, N_NODES * sizeof(float), warmup, run);
  rww_bold_extract(bold, 0, samples);
  for (size_t i = 0; i < s.plan.n_samples * N_NODES; i++) CHECK_NEAR(samples[i], expected[i], 2e-5);
  rww_bold_destroy(bold);
  free(warmup);
  free(run);
  free(samples);
  free(expected);
  setup_end(&s);
}

/* 1e-13: a Fourier transform of 11 000 numbers of order 1 is off by some 1e-15 of their norm. */
static void stream_equals_the_fourier_transform(rww_semantics semantics, double step_ms) {
  setup s;
  rww_interim interim;
  double taps[RWW_HRF_N_TAPS], *full;
  rww_hrf_fill_taps(semantics.hrf_spread, taps);
  setup_begin(&s, semantics, step_ms, 500, 24000);
  double *samples = stream(&s, 64);
  CHECK_OK(RWW_NEW(&full, s.plan.n_interim * N_NODES));
  CHECK_OK(rww_interim_create(&s.plan, RWW_FLOAT64, &interim));
  rww_interim_take(&interim, 0, s.plan.n_steps, s.warmup);
  interim.is_warmup = false;
  rww_interim_take(&interim, 0, s.plan.n_steps, s.run);
  CHECK_OK(rww_interim_convolve(&interim, taps, full));
  for (size_t m = 0; m < s.plan.n_samples; m++) {
    int64_t last = last_index(&s, (int64_t)m + 1);
    for (size_t node = 0; node < N_NODES && last >= 0; node++)
      CHECK_NEAR(samples[m * N_NODES + node], full[(size_t)last * N_NODES + node], 1e-13);
  }
  rww_interim_free(&interim);
  free(full);
  free(samples);
  setup_end(&s);
}

/* Sum over time and nodes of the run times the adjoint that by_samples [n_samples][node] gives, in blocks. */
static double product_with_adjoint(const setup *s, const double *by_samples, size_t block) {
  rww_bold_adjoint *adjoint;
  double *by_states, sum = 0;
  uint64_t n_steps = s->plan.n_steps;
  CHECK_OK(RWW_NEW(&by_states, block * N_NODES));
  CHECK_OK(rww_bold_adjoint_create(&s->plan, 1, RWW_FLOAT64, &adjoint));
  rww_bold_adjoint_set(adjoint, 0, by_samples);
  for (uint64_t end = n_steps; end > 0; end -= end < block ? end : block) {
    uint64_t first = end < block ? 0 : end - block;
    rww_bold_adjoint_give(adjoint, first, end - first, by_states);
    for (size_t i = 0; i < (end - first) * N_NODES; i++) sum += s->run[first * N_NODES + i] * by_states[i];
  }
  rww_bold_adjoint_destroy(adjoint);
  free(by_states);
  return sum;
}

/* The samples are a linear map of the run, A x, and what the warm-up gives: <y, A x> = <transpose(A) y, x>. */
static void adjoint_is_the_transpose(rww_semantics semantics, double step_ms, double period_ms, double duration_ms) {
  setup s;
  uint64_t random = 3;
  setup_begin(&s, semantics, step_ms, period_ms, duration_ms);
  double *samples = stream(&s, 37), *without_run, product = 0;
  memset(s.run, 0, s.plan.n_steps * N_NODES * sizeof *s.run);
  without_run = stream(&s, 37);
  setup_end(&s);
  setup_begin(&s, semantics, step_ms, period_ms, duration_ms);
  for (size_t i = 0; i < s.plan.n_samples * N_NODES; i++) {
    double by_sample = next_random(&random) - 0.5;
    product += by_sample * (samples[i] - without_run[i]);
    samples[i] = by_sample;
  }
  CHECK_NEAR(product_with_adjoint(&s, samples, 41), product, ROUNDING * (double)s.plan.n_samples);
  free(without_run);
  free(samples);
  setup_end(&s);
}

/* Two lanes of which one has no loss, in float: rounding of each number of order 1e-4. */
static void adjoint_of_a_lane_is_its_own(void) {
  setup s;
  uint64_t random = 3;
  double by_samples[30 * N_NODES], alone[100 * N_NODES];
  float both[100 * N_NODES * 2];
  rww_bold_adjoint *one, *two;
  setup_begin(&s, tvbo, 4, 1000, 30000);
  for (size_t i = 0; i < 30 * N_NODES; i++) by_samples[i] = next_random(&random) - 0.5;
  CHECK_OK(rww_bold_adjoint_create(&s.plan, 1, RWW_FLOAT64, &one));
  CHECK_OK(rww_bold_adjoint_create(&s.plan, 2, RWW_FLOAT32, &two));
  rww_bold_adjoint_set(one, 0, by_samples);
  rww_bold_adjoint_set(two, 1, by_samples);
  rww_bold_adjoint_give(one, 4000, 100, alone);
  rww_bold_adjoint_give(two, 4000, 100, both);
  for (size_t i = 0; i < 100 * N_NODES; i++) {
    CHECK(both[2 * i] == 0);
    CHECK_NEAR((double)both[2 * i + 1], alone[i], 1e-6 * fabs(alone[i]));
  }
  rww_bold_adjoint_destroy(one);
  rww_bold_adjoint_destroy(two);
  setup_end(&s);
}

static void times_that_do_not_fit_are_refused(void) {
  rww_integration_config integration = {.step_size_ms = 3, .duration_ms = 30000};
  rww_monitors_config monitors = {.bold_period_ms = 1000};
  rww_bold_plan plan;
  CHECK(rww_bold_plan_create(1, &tvbo, &integration, &monitors, &plan) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "step of 3 ms");
  integration.step_size_ms = 4;
  monitors.bold_period_ms = 1001;
  CHECK(rww_bold_plan_create(1, &tvbo, &integration, &monitors, &plan) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "period of 1001 ms");
  monitors.bold_period_ms = 30004;
  CHECK(rww_bold_plan_create(1, &tvbo, &integration, &monitors, &plan) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "period of 30004 ms");
  monitors.bold_period_ms = 1000;
  integration.duration_ms = 19996;
  CHECK(rww_bold_plan_create(1, &tvbo, &integration, &monitors, &plan) == RWW_ERR_CONFIG);
  CHECK_MESSAGE(RWW_ERR_CONFIG, "duration of 19996 ms");
}

int main(void) {
  static const rww_semantics *const all[] = {&tvbo, &tvboptim_020, &tvboptim_040};
  for (size_t k = 0; k < 3; k++) {
    stream_equals_the_direct_sum(*all[k], 4, 1000, 44000, 1);  /* the published period; longer than the kernel */
    stream_equals_the_direct_sum(*all[k], 4, 720, 24000, 1);   /* does not divide the kernel */
    stream_equals_the_direct_sum(*all[k], 1, 2000, 24000, 1);  /* the mean of four states */
    stream_equals_the_direct_sum(*all[k], 4, 4, 20400, 97);    /* a sample every interim period */
    stream_equals_the_direct_sum(*all[k], 2, 24000, 48000, 1); /* a period longer than the kernel */
    stream_equals_the_direct_sum(*all[k], 1, 8, 20003, 101);   /* a last interim period that is cut off */
    stream_equals_the_fourier_transform(*all[k], 4);
    stream_equals_the_fourier_transform(*all[k], 1);
    saved_history_gives_the_same_bits(*all[k], 1000);
    saved_history_gives_the_same_bits(*all[k], 720);
    adjoint_is_the_transpose(*all[k], 4, 1000, 44000);
    adjoint_is_the_transpose(*all[k], 2, 720, 24000);
    adjoint_is_the_transpose(*all[k], 1, 8, 20003);
    adjoint_is_the_transpose(*all[k], 2, 24000, 48000);
  }
  any_list_of_taps_gives_its_direct_sum();
  bits_do_not_depend_on_block_lengths();
  bits_do_not_depend_on_other_lanes();
  float_states_give_the_same_samples_but_for_rounding();
  adjoint_of_a_lane_is_its_own();
  times_that_do_not_fit_are_refused();
  return check_report();
}
