#include "observe/bold.h"

#include "base/memory.h"
#include "base/multiversion.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define K_1 5.6
#define V_0 0.02

struct rww_bold {
  const rww_bold_plan *plan;
  size_t n_lanes, n_columns; /* a column is a node of a lane */
  rww_precision precision;
  bool is_warmup;
  void *open;        /* [rank][n_columns] in `precision`: sums of the block that is being taken */
  double *closed;    /* [rank][n_columns]: the same when the block is complete */
  double *responses; /* [n_samples][n_columns] */
};

double rww_bold_scale(double response) {
  return K_1 * V_0 * (response - 1);
}

/* Whole number that a ratio of times is meant to be, or 0. */
static size_t whole_ratio(double ratio) {
  double nearest = nearbyint(ratio);
  return nearest >= 1 && nearest <= 1e9 && fabs(ratio - nearest) <= 1e-9 * nearest ? (size_t)nearest : 0;
}

static uint64_t count_interim(const rww_integration_config *integration) {
  uint64_t n_steps = (uint64_t)llround(integration->duration_ms / integration->step_size_ms);
  return n_steps / (uint64_t)llround(RWW_INTERIM_PERIOD_MS / integration->step_size_ms);
}

size_t rww_bold_count_samples(const rww_integration_config *integration, const rww_monitors_config *monitors) {
  return count_interim(integration) / (size_t)llround(monitors->bold_period_ms / RWW_INTERIM_PERIOD_MS);
}

static rww_status check_times(const rww_integration_config *integration, const rww_monitors_config *monitors) {
  if (!whole_ratio(RWW_INTERIM_PERIOD_MS / integration->step_size_ms))
    return rww_raise(RWW_ERR_CONFIG, "a step of %g ms does not divide the interim period of %g ms",
                     integration->step_size_ms, RWW_INTERIM_PERIOD_MS);
  if (!whole_ratio(monitors->bold_period_ms / RWW_INTERIM_PERIOD_MS))
    return rww_raise(RWW_ERR_CONFIG, "a BOLD period of %g ms is no multiple of the interim period of %g ms",
                     monitors->bold_period_ms, RWW_INTERIM_PERIOD_MS);
  if (!(integration->duration_ms >= RWW_BOLD_HISTORY_MS && integration->duration_ms / integration->step_size_ms < 1e15))
    return rww_raise(RWW_ERR_CONFIG, "a duration of %g ms; at least the BOLD history of %g ms is needed",
                     integration->duration_ms, RWW_BOLD_HISTORY_MS);
  if (monitors->bold_period_ms > integration->duration_ms)
    return rww_raise(RWW_ERR_CONFIG, "a BOLD period of %g ms; it must fit into the duration of %g ms",
                     monitors->bold_period_ms, integration->duration_ms);
  return RWW_OK;
}

static size_t sample_delay(uint64_t sample, size_t period) {
  return sample == RWW_SAMPLE_TVBO ? 1 : sample == RWW_SAMPLE_START ? period : 0;
}

/* The mean over an interim period is folded into the weights. */
rww_status rww_bold_plan_set_kernel(rww_bold_plan *plan, rww_hrf_factors factors) {
  rww_hrf_factors_free(&plan->factors);
  free(plan->weights);
  plan->factors = factors;
  RWW_TRY(RWW_NEW(&plan->weights, plan->block_steps * factors.rank));
  for (size_t step = 0; step < plan->block_steps; step++)
    for (size_t k = 0; k < factors.rank; k++) {
      size_t age = factors.block_length - 1 - step / plan->steps_per_interim;
      plan->weights[step * factors.rank + k] = factors.within[age * factors.rank + k] / (double)plan->steps_per_interim;
    }
  return RWW_OK;
}

rww_status rww_bold_plan_create(size_t n_nodes, const rww_semantics *semantics,
                                const rww_integration_config *integration, const rww_monitors_config *monitors,
                                rww_bold_plan *plan) {
  RWW_TRY(check_times(integration, monitors));
  size_t steps_per_interim = whole_ratio(RWW_INTERIM_PERIOD_MS / integration->step_size_ms);
  size_t period = whole_ratio(monitors->bold_period_ms / RWW_INTERIM_PERIOD_MS); /* in interim samples */
  *plan = (rww_bold_plan){
      .n_nodes = n_nodes,
      .n_samples = rww_bold_count_samples(integration, monitors),
      .n_steps = (uint64_t)llround(integration->duration_ms / integration->step_size_ms),
      .n_interim = count_interim(integration),
      .steps_per_interim = steps_per_interim,
      .block_steps = period * steps_per_interim,
      .delay_steps = sample_delay(semantics->bold_sample, period) * steps_per_interim,
      .n_history_steps = RWW_HRF_N_TAPS * steps_per_interim,
      .input_late = semantics->bold_input_late,
  };
  rww_hrf_factors factors;
  RWW_TRY(rww_hrf_factor(semantics->hrf_spread, period, &factors));
  rww_status status = rww_bold_plan_set_kernel(plan, factors);
  if (status != RWW_OK) rww_bold_plan_free(plan);
  return status;
}

void rww_bold_plan_free(rww_bold_plan *plan) {
  rww_hrf_factors_free(&plan->factors);
  free(plan->weights);
  *plan = (rww_bold_plan){0};
}

static size_t size_of_value(const rww_bold *bold) {
  return bold->precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double);
}

static rww_status allocate(rww_bold *bold) {
  size_t n_sums = bold->plan->factors.rank * bold->n_columns;
  RWW_TRY(rww_allocate(n_sums, size_of_value(bold), &bold->open));
  RWW_TRY(RWW_NEW(&bold->closed, n_sums));
  return RWW_NEW(&bold->responses, bold->plan->n_samples * bold->n_columns);
}

rww_status rww_bold_create(const rww_bold_plan *plan, size_t n_lanes, rww_precision precision, rww_bold **bold) {
  RWW_TRY(RWW_NEW(bold, 1));
  **bold = (rww_bold){.plan = plan, .n_lanes = n_lanes, .n_columns = plan->n_nodes * n_lanes, .precision = precision};
  rww_status status = allocate(*bold);
  if (status != RWW_OK) rww_bold_destroy(*bold);
  return status;
}

void rww_bold_destroy(rww_bold *bold) {
  if (!bold) return;
  free(bold->open);
  free(bold->closed);
  free(bold->responses);
  free(bold);
}

static void clear_open(rww_bold *bold) {
  memset(bold->open, 0, bold->plan->factors.rank * bold->n_columns * size_of_value(bold));
}

void rww_bold_begin_warmup(rww_bold *bold) {
  bold->is_warmup = true;
  clear_open(bold);
  memset(bold->responses, 0, bold->plan->n_samples * bold->n_columns * sizeof *bold->responses);
}

void rww_bold_begin_run(rww_bold *bold) {
  bold->is_warmup = false;
}

/* Two sums at a time over N_ROWS rows at a time, so that a row is loaded once for both and a sum stored once for all;
 * each sum takes its rows in ascending order. rows [n_rows][n_columns], sums [n_sums][n_columns], n_sums even. */
#define DEFINE_ADD_ROWS(add_rows, add_some, real)                                                                      \
  static inline void add_some(size_t n_rows, size_t n_sums, size_t n_columns, const double *restrict weights,          \
                              const real *restrict rows, real *restrict first, real *restrict second) {                \
    for (size_t c = 0; c < n_columns; c++) {                                                                           \
      real one = first[c], two = second[c];                                                                            \
      for (size_t i = 0; i < n_rows; i++) {                                                                            \
        one += (real)weights[i * n_sums] * rows[i * n_columns + c];                                                    \
        two += (real)weights[i * n_sums + 1] * rows[i * n_columns + c];                                                \
      }                                                                                                                \
      first[c] = one;                                                                                                  \
      second[c] = two;                                                                                                 \
    }                                                                                                                  \
  }                                                                                                                    \
  RWW_MULTIVERSION static void add_rows(size_t n_rows, size_t n_sums, size_t n_columns, const double *weights,         \
                                        const real *rows, real *sums) {                                                \
    for (size_t k = 0; k < n_sums; k += 2) {                                                                           \
      real *first = sums + k * n_columns, *second = first + n_columns;                                                 \
      size_t i = 0;                                                                                                    \
      for (; i + N_ROWS <= n_rows; i += N_ROWS)                                                                        \
        add_some(N_ROWS, n_sums, n_columns, &weights[i * n_sums + k], &rows[i * n_columns], first, second);            \
      for (; i < n_rows; i++)                                                                                          \
        add_some(1, n_sums, n_columns, &weights[i * n_sums + k], &rows[i * n_columns], first, second);                 \
    }                                                                                                                  \
  }
#define N_ROWS 6
DEFINE_ADD_ROWS(add_rows, add_some_rows, double)
DEFINE_ADD_ROWS(add_float_rows, add_some_float_rows, float)

/* Steps of one block, from its step `position`. */
static void add_steps(rww_bold *bold, size_t position, size_t n_steps, const void *states) {
  size_t rank = bold->plan->factors.rank;
  const double *weights = &bold->plan->weights[position * rank];
  if (bold->precision == RWW_FLOAT32)
    add_float_rows(n_steps, rank, bold->n_columns, weights, states, bold->open);
  else
    add_rows(n_steps, rank, bold->n_columns, weights, states, bold->open);
}

static double get_open(const rww_bold *bold, size_t i) {
  return bold->precision == RWW_FLOAT32 ? (double)((const float *)bold->open)[i] : ((const double *)bold->open)[i];
}

static void set_open(rww_bold *bold, size_t i, double value) {
  if (bold->precision == RWW_FLOAT32)
    ((float *)bold->open)[i] = (float)value;
  else
    ((double *)bold->open)[i] = value;
}

/* response += sum over k of across[k] * sums[k], k ascending; sums [rank][n_columns], rank even. */
RWW_MULTIVERSION static void add_sums(size_t rank, size_t n_columns, const double *restrict across,
                                      const double *restrict sums, double *restrict response) {
  for (size_t k = 0; k < rank; k += 2) {
    const double *first = sums + k * n_columns, *second = first + n_columns;
    for (size_t c = 0; c < n_columns; c++) response[c] = response[c] + across[k] * first[c] + across[k + 1] * second[c];
  }
}

/* Adds the block's sums to every sample that it reaches, sample `first` (from 1) and later ones. */
static void close_block(rww_bold *bold, int64_t first) {
  const rww_hrf_factors *factors = &bold->plan->factors;
  size_t n_columns = bold->n_columns;
  for (size_t i = 0; i < factors->rank * n_columns; i++) bold->closed[i] = get_open(bold, i);
  for (size_t b = 0; b < factors->n_blocks; b++) {
    int64_t sample = first + (int64_t)b;
    if (sample >= 1 && sample <= (int64_t)bold->plan->n_samples)
      add_sums(factors->rank, n_columns, &factors->across[b * factors->rank], bold->closed,
               &bold->responses[(size_t)(sample - 1) * n_columns]);
  }
  clear_open(bold);
}

static size_t size_of_states(const rww_bold *bold) {
  return bold->n_columns * size_of_value(bold);
}

static void feed(void *self, int64_t time, size_t n_steps, const void *states) {
  rww_bold *bold = self;
  const rww_bold_plan *plan = bold->plan;
  int64_t length = (int64_t)plan->block_steps;
  int64_t n_history_blocks = ((int64_t)plan->n_history_steps + length - 1) / length;
  const char *state = states;
  while (n_steps > 0) {
    int64_t from_first_block = time + (int64_t)plan->delay_steps + n_history_blocks * length;
    size_t position = (size_t)(from_first_block % length), room = plan->block_steps - position;
    size_t n = n_steps < room ? n_steps : room;
    add_steps(bold, position, n, state);
    if (n == room) close_block(bold, from_first_block / length + 1 - n_history_blocks);
    time += (int64_t)n;
    n_steps -= n;
    state += n * size_of_states(bold);
  }
}

/* The part of the block that lies in [begin, end). */
static void feed_within(int64_t begin, int64_t end, int64_t time, size_t n_steps, const char *states, size_t n_bytes,
                        rww_bold_feed take, void *self) {
  int64_t first = time > begin ? time : begin, stop = time + (int64_t)n_steps < end ? time + (int64_t)n_steps : end;
  if (first < stop) take(self, first, (size_t)(stop - first), states + (size_t)(first - time) * n_bytes);
}

void rww_bold_deliver(const rww_bold_plan *plan, bool is_warmup, uint64_t first_step, size_t n_steps,
                      const void *states, size_t n_bytes, rww_bold_feed take, void *self) {
  int64_t n_counted = (int64_t)(plan->n_interim * plan->steps_per_interim);
  int64_t begin = is_warmup ? -(int64_t)plan->n_history_steps : 0, end = is_warmup ? 0 : n_counted;
  int64_t time = (int64_t)first_step + (is_warmup ? -n_counted : 0) - (plan->input_late ? 1 : 0);
  feed_within(begin, end, time, n_steps, states, n_bytes, take, self);
  if (plan->input_late && first_step + n_steps == plan->n_steps)
    feed_within(begin, end, time + (int64_t)n_steps, 1, (const char *)states + (n_steps - 1) * n_bytes, n_bytes, take,
                self);
}

void rww_bold_take(void *self, uint64_t first_step, size_t n_steps, const void *states) {
  rww_bold *bold = self;
  rww_bold_deliver(bold->plan, bold->is_warmup, first_step, n_steps, states, size_of_states(bold), feed, bold);
}

/* Samples that the warm-up reaches. */
static size_t count_history_samples(const rww_bold_plan *plan) {
  return plan->factors.n_blocks < plan->n_samples ? plan->factors.n_blocks : plan->n_samples;
}

size_t rww_bold_count_history_rows(const rww_bold_plan *plan) {
  return plan->factors.rank + count_history_samples(plan);
}

void rww_bold_save(const rww_bold *bold, size_t lane, double *history) {
  size_t n_nodes = bold->plan->n_nodes, n_open = bold->plan->factors.rank * n_nodes;
  for (size_t i = 0; i < n_open; i++) history[i] = get_open(bold, i * bold->n_lanes + lane);
  for (size_t i = 0; i < count_history_samples(bold->plan) * n_nodes; i++)
    history[n_open + i] = bold->responses[i * bold->n_lanes + lane];
}

void rww_bold_load(rww_bold *bold, size_t lane, const double *history) {
  size_t n_nodes = bold->plan->n_nodes, n_open = bold->plan->factors.rank * n_nodes;
  for (size_t i = 0; i < n_open; i++) set_open(bold, i * bold->n_lanes + lane, history[i]);
  for (size_t i = 0; i < count_history_samples(bold->plan) * n_nodes; i++)
    bold->responses[i * bold->n_lanes + lane] = history[n_open + i];
}

void rww_bold_extract(const rww_bold *bold, size_t lane, double *samples) {
  for (size_t i = 0; i < bold->plan->n_samples * bold->plan->n_nodes; i++)
    samples[i] = rww_bold_scale(bold->responses[i * bold->n_lanes + lane]);
}

struct rww_bold_adjoint {
  const rww_bold_plan *plan;
  size_t n_lanes, n_columns;
  rww_precision precision;
  double *by_responses; /* [n_samples][n_columns] */
  double *by_closed;    /* [rank][n_columns]: of the sums of a block */
  uint64_t block;       /* that one, by the sample that it ends at, from 1; 0: none yet */
};

rww_status rww_bold_adjoint_create(const rww_bold_plan *plan, size_t n_lanes, rww_precision precision,
                                   rww_bold_adjoint **adjoint) {
  RWW_TRY(RWW_NEW(adjoint, 1));
  **adjoint = (rww_bold_adjoint){
      .plan = plan, .n_lanes = n_lanes, .n_columns = plan->n_nodes * n_lanes, .precision = precision};
  rww_status status = RWW_NEW(&(*adjoint)->by_responses, plan->n_samples * (*adjoint)->n_columns);
  if (status == RWW_OK) status = RWW_NEW(&(*adjoint)->by_closed, plan->factors.rank * (*adjoint)->n_columns);
  if (status != RWW_OK) rww_bold_adjoint_destroy(*adjoint);
  return status;
}

void rww_bold_adjoint_destroy(rww_bold_adjoint *adjoint) {
  if (!adjoint) return;
  free(adjoint->by_responses);
  free(adjoint->by_closed);
  free(adjoint);
}

void rww_bold_adjoint_set(rww_bold_adjoint *adjoint, size_t lane, const double *by_samples) {
  for (size_t i = 0; i < adjoint->plan->n_samples * adjoint->plan->n_nodes; i++)
    adjoint->by_responses[i * adjoint->n_lanes + lane] = K_1 * V_0 * by_samples[i];
  adjoint->block = 0;
}

/* Transpose of close_block: by_closed[k] = sum over the samples that the block reaches of across[k] * by_response. */
static void reverse_close(rww_bold_adjoint *adjoint, uint64_t block) {
  const rww_hrf_factors *factors = &adjoint->plan->factors;
  size_t n_columns = adjoint->n_columns, n_samples = adjoint->plan->n_samples;
  memset(adjoint->by_closed, 0, factors->rank * n_columns * sizeof(double));
  adjoint->block = block;
  if (block > n_samples) return;
  size_t n_left = n_samples - (size_t)(block - 1);
  add_rows(factors->n_blocks < n_left ? factors->n_blocks : n_left, factors->rank, n_columns, factors->across,
           &adjoint->by_responses[(block - 1) * n_columns], adjoint->by_closed);
}

/* by_state = or += sum over k of weights[k] * by_closed[k], two at a time, k ascending. */
#define DEFINE_REVERSE_ROW(reverse_row, real)                                                                          \
  RWW_MULTIVERSION static void reverse_row(size_t rank, size_t n_columns, const double *restrict weights,              \
                                           const double *restrict by_closed, bool adds, real *restrict by_state) {     \
    for (size_t k = 0; k < rank; k += 2) {                                                                             \
      const double *first = by_closed + k * n_columns, *second = first + n_columns;                                    \
      double one = weights[k], two = weights[k + 1];                                                                   \
      if (adds || k > 0)                                                                                               \
        for (size_t c = 0; c < n_columns; c++) by_state[c] += (real)(one * first[c] + two * second[c]);                \
      else                                                                                                             \
        for (size_t c = 0; c < n_columns; c++) by_state[c] = (real)(one * first[c] + two * second[c]);                 \
    }                                                                                                                  \
  }
DEFINE_REVERSE_ROW(reverse_row, double)
DEFINE_REVERSE_ROW(reverse_float_row, float)

static size_t size_of_adjoint(const rww_bold_adjoint *adjoint) {
  return adjoint->n_columns * (adjoint->precision == RWW_FLOAT32 ? sizeof(float) : sizeof(double));
}

/* Puts into by_state, or adds to it, what counts at a time of the main run. */
static void reverse_time(rww_bold_adjoint *adjoint, int64_t time, bool adds, void *by_state) {
  const rww_bold_plan *plan = adjoint->plan;
  if (time < 0 || time >= (int64_t)(plan->n_interim * plan->steps_per_interim)) {
    if (!adds) memset(by_state, 0, size_of_adjoint(adjoint));
    return;
  }
  uint64_t from_first_block = (uint64_t)time + plan->delay_steps, block = from_first_block / plan->block_steps + 1;
  const double *weights = &plan->weights[from_first_block % plan->block_steps * plan->factors.rank];
  if (adjoint->block != block) reverse_close(adjoint, block);
  if (adjoint->precision == RWW_FLOAT32)
    reverse_float_row(plan->factors.rank, adjoint->n_columns, weights, adjoint->by_closed, adds, by_state);
  else
    reverse_row(plan->factors.rank, adjoint->n_columns, weights, adjoint->by_closed, adds, by_state);
}

void rww_bold_adjoint_give(void *self, uint64_t first_step, size_t n_steps, void *by_states) {
  rww_bold_adjoint *adjoint = self;
  const rww_bold_plan *plan = adjoint->plan;
  for (size_t t = 0; t < n_steps; t++) {
    char *by_state = (char *)by_states + t * size_of_adjoint(adjoint);
    int64_t step = (int64_t)(first_step + t), time = step - (plan->input_late ? 1 : 0);
    reverse_time(adjoint, time, false, by_state);
    if (plan->input_late && step + 1 == (int64_t)plan->n_steps) reverse_time(adjoint, time + 1, true, by_state);
  }
}
