/* Compiled once for each instruction set, precision and width: RWW_SIMD_... and RWW_REAL_IS_FLOAT choose (base/simd.h),
 * RWW_N_VECTORS are the vectors of lanes of a block, RWW_KERNELS names the result. */
#include "simulate/kernels.h"

#include "base/elementary.h"
#include "base/threefry.h"

#define W RWW_SIMD_WIDTH
#define N_VECTORS RWW_N_VECTORS /* at most 2: 6 x 2 sums, 2 states and a weight fit into 16 registers */
#define N_LANES (N_VECTORS * W)
#define N_TARGETS RWW_PANEL_TARGETS
#define N_STRIPE (3 * N_TARGETS) /* most targets that go through the phases of a step together */
#define N_LONE_VECTORS 6
#define N_LONE_ROWS (N_LONE_VECTORS / N_VECTORS)

/* One tile of targets and lanes at work; a function of its own for each half, so that compilers keep sums in registers
 * instead of spilling one half's for the other's. */
#define TILE_FUNCTION static __attribute__((noinline)) void

typedef rww_real tile_row[N_LANES];

static inline vec clip(vec x) {
  return rww_bound(0, x, 1);
}

/* k1 dt / drive */
static inline vec slope(vec S, vec local, vec external, vec decay, rww_range range) {
  vec B = rww_bernoulli2(v_fma(local, S, external), range);
  return v_fnma(S, v_add(B, decay), B);
}

/* coupling [target][lane] = W S, sources ascending, one sum for each target and lane. */
TILE_FUNCTION couple(const rww_panel *panel, const rww_real *restrict S, tile_row *restrict coupling) {
  const rww_real *restrict weights = panel->weights;
  vec sum[N_TARGETS][N_VECTORS];
#pragma GCC unroll 8
  for (size_t i = 0; i < N_TARGETS; i++)
#pragma GCC unroll 8
    for (size_t v = 0; v < N_VECTORS; v++) sum[i][v] = v_set(0);
#pragma GCC unroll 4
  for (size_t j = 0; j < panel->n_sources; j++) {
    const rww_real *source = S + panel->sources[j] * N_LANES;
    vec s[N_VECTORS];
#pragma GCC unroll 8
    for (size_t v = 0; v < N_VECTORS; v++) s[v] = v_load(source + v * W);
#pragma GCC unroll 8
    for (size_t i = 0; i < N_TARGETS; i++) {
      vec weight = v_set(weights[j * N_TARGETS + i]);
#pragma GCC unroll 8
      for (size_t v = 0; v < N_VECTORS; v++) sum[i][v] = v_fma(weight, s[v], sum[i][v]);
    }
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < N_TARGETS; i++)
#pragma GCC unroll 8
    for (size_t v = 0; v < N_VECTORS; v++) v_store(coupling[i] + v * W, sum[i][v]);
}

/* A node's constants: those of its input current, and the others. */
typedef struct node_constants {
  const rww_real *input, *other;
} node_constants;

static inline node_constants constants_of(const rww_lane_block *block, size_t node) {
  const rww_real *constants = block->constants;
  return (node_constants){constants + node * block->input_stride, constants + node * block->other_stride};
}

/* What the predictor leaves for the corrector, [target][lane]. */
typedef struct prediction {
  tile_row external, disturbed, slope; /* gain (W S) + offset; S + n; k1 dt / drive */
} prediction;

/* Of a node, in the vector of lanes at `at`. */
#define CONSTANT(k, part, which, at) v_load((k).part + (which)*N_LANES + (at))

static inline vec noise_of(const rww_lane_block *block, const rww_real *z, size_t node, size_t at) {
  return block->noise_per_lane ? v_load(z + node * N_LANES + at) : v_set(z[node]);
}

static inline void predict(node_constants k, vec S, vec z, vec coupling, size_t at, rww_range range, prediction *to) {
  vec external = v_fma(CONSTANT(k, other, RWW_GAIN, at), coupling, CONSTANT(k, input, RWW_OFFSET, at));
  v_store(to->external + at, external);
  v_store(to->disturbed + at, v_fma(CONSTANT(k, other, RWW_NOISE, at), z, S));
  v_store(to->slope + at,
          slope(S, CONSTANT(k, input, RWW_LOCAL, at), external, CONSTANT(k, other, RWW_DECAY, at), range));
}

static inline void predict_targets(const rww_lane_block *block, size_t first, size_t n_targets,
                                   const rww_real *restrict S, const rww_real *restrict z,
                                   const tile_row *restrict coupling, rww_range range, prediction *restrict to) {
  for (size_t i = 0; i < n_targets; i++)
    for (size_t at = 0; at < N_LANES; at += W) {
      vec noise = noise_of(block, z, i, at);
      predict(constants_of(block, first + i), v_load(S + i * N_LANES + at), noise, v_load(coupling[i] + at), at, range,
              &to[i]);
    }
}

/* S = clip(disturbed + drive/2 (slope of S + slope of P)), P = clip(disturbed + drive slope). */
static inline void correct_targets(const rww_lane_block *block, size_t first, size_t n_targets,
                                   const prediction *restrict predicted, rww_range range, rww_real *restrict S) {
  for (size_t i = 0; i < n_targets; i++)
    for (size_t at = 0; at < N_LANES; at += W) {
      node_constants k = constants_of(block, first + i);
      vec disturbed = v_load(predicted[i].disturbed + at), slope_S = v_load(predicted[i].slope + at);
      vec P = clip(v_fma(CONSTANT(k, other, RWW_DRIVE, at), slope_S, disturbed));
      vec slope_P = slope(P, CONSTANT(k, input, RWW_LOCAL, at), v_load(predicted[i].external + at),
                          CONSTANT(k, other, RWW_DECAY, at), range);
      v_store(S + i * N_LANES + at,
              clip(v_fma(CONSTANT(k, other, RWW_HALF_DRIVE, at), v_add(slope_S, slope_P), disturbed)));
    }
}

/* Range known or not, a function each. */
typedef struct tile_functions {
  void (*predict)(const rww_lane_block *block, size_t first, size_t n_targets, const rww_real *restrict S,
                  const rww_real *restrict z, const tile_row *restrict coupling, prediction *restrict to);
  void (*correct)(const rww_lane_block *block, size_t first, size_t n_targets, const prediction *restrict predicted,
                  rww_real *restrict S);
} tile_functions;

#define DEFINE_TILE_FUNCTIONS(range)                                                                                   \
  TILE_FUNCTION predict_##range(const rww_lane_block *block, size_t first, size_t n_targets,                           \
                                const rww_real *restrict S, const rww_real *restrict z,                                \
                                const tile_row *restrict coupling, prediction *restrict to) {                          \
    predict_targets(block, first, n_targets, S, z, coupling, range, to);                                               \
  }                                                                                                                    \
  TILE_FUNCTION correct_##range(const rww_lane_block *block, size_t first, size_t n_targets,                           \
                                const prediction *restrict predicted, rww_real *restrict S) {                          \
    correct_targets(block, first, n_targets, predicted, range, S);                                                     \
  }
DEFINE_TILE_FUNCTIONS(RWW_RANGE_ANY)
DEFINE_TILE_FUNCTIONS(RWW_RANGE_BELOW)
DEFINE_TILE_FUNCTIONS(RWW_RANGE_INSIDE)

static const tile_functions tiles[RWW_N_RANGES] = {
    [RWW_RANGE_ANY] = {predict_RWW_RANGE_ANY, correct_RWW_RANGE_ANY},
    [RWW_RANGE_BELOW] = {predict_RWW_RANGE_BELOW, correct_RWW_RANGE_BELOW},
    [RWW_RANGE_INSIDE] = {predict_RWW_RANGE_INSIDE, correct_RWW_RANGE_INSIDE},
};

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* A panel goes through all phases while it is in the first-level cache; of a lone simulation the weights are what
 * counts (couple_stripe). */
static size_t choose_stripe(const rww_coupling_weights *weights) {
  return weights->panels ? N_TARGETS : N_STRIPE;
}

/* The same for one simulation alone: vectors of nodes, with the same operations in the same order. */
TILE_FUNCTION couple_lone(const rww_real *restrict weights, size_t n_sources, const rww_real *restrict S,
                          rww_real *restrict coupling) {
  vec sum[N_LONE_VECTORS];
#pragma GCC unroll 8
  for (size_t v = 0; v < N_LONE_VECTORS; v++) sum[v] = v_set(0);
  for (size_t j = 0; j < n_sources; j++) {
    vec s = v_set(S[j]);
#pragma GCC unroll 8
    for (size_t v = 0; v < N_LONE_VECTORS; v++)
      sum[v] = v_fma(v_load(weights + (j * N_LONE_VECTORS + v) * W), s, sum[v]);
  }
#pragma GCC unroll 8
  for (size_t v = 0; v < N_LONE_VECTORS; v++) v_store(coupling + v * W, sum[v]);
}

/* coupling [target][lane] of a stripe of n_targets from `first` on, and room for that of a whole panel. A lone
 * simulation's weights do not all stay in the first-level cache, but the last ones of a stripe do: every other step
 * begins with these. */
static void couple_stripe(const rww_coupling_weights *weights, size_t first, size_t n_targets, bool backwards,
                          const rww_real *S, tile_row *coupling) {
  if (weights->panels) {
    couple(weights->panels + first / N_TARGETS, S, coupling);
    return;
  }
  const rww_real *lone = weights->lone;
  for (size_t n_done = 0; n_done < n_targets; n_done += N_LONE_ROWS) {
    size_t i = backwards ? n_targets - N_LONE_ROWS - n_done : n_done;
    couple_lone(lone + (first + i) * N_LANES * weights->n_sources, weights->n_sources, S, coupling[i]);
  }
}

/* `inputs` [node][lane], W S, where the step is recorded; of a last panel that is not full the rest ends up behind it.
 */
static void step(const rww_lane_block *block, bool backwards, const rww_real *restrict z, const rww_real *restrict S,
                 rww_real *restrict next, rww_real *restrict inputs) {
  _Alignas(64) tile_row unrecorded[N_STRIPE];
  _Alignas(64) prediction predicted[N_STRIPE];
  size_t stripe = choose_stripe(&block->weights);
  for (size_t first = 0; first < block->n_nodes; first += stripe) {
    size_t n_targets = least(block->n_nodes - first, stripe);
    tile_row *coupling = inputs ? (tile_row *)(inputs + first * N_LANES) : unrecorded;
    couple_stripe(&block->weights, first, n_targets, backwards, S, coupling);
    const rww_real *z_here = z + first * (block->noise_per_lane ? N_LANES : 1);
    tiles[block->range].predict(block, first, n_targets, S + first * N_LANES, z_here, coupling, predicted);
    tiles[block->range].correct(block, first, n_targets, predicted, next + first * N_LANES);
  }
}

static void advance(const rww_lane_block *block, size_t n_steps, const void *noise, const void *before, void *states,
                    void *inputs) {
  const rww_real *z = noise, *S = before;
  rww_real *next = states, *u = inputs;
  size_t n_values = block->n_nodes * N_LANES, n_noise = block->noise_stride;
  for (size_t t = 0; t < n_steps; t++, S = next, next += n_values, z += n_noise)
    step(block, t % 2, z, S, next, u ? u + t * n_values : NULL);
}

/* ---- in reverse ---- */

/* What a step of the recorded run looked like: before, after, W S, noise; and what the loss sees of the state after.
 * And where the step before it lies, which is fetched meanwhile: processors foresee the way forward alone. */
typedef struct reverse_place {
  const rww_real *S, *next, *inputs, *z, *adjoint, *coming_S, *coming_inputs;
} reverse_place;

/* m = B(y) - S (B(y) + decay), y = local S + external; its derivative by external, and how it falls with S. */
typedef struct slope_derivative {
  vec slope, by_external, fall;
} slope_derivative;

static inline slope_derivative differentiate_slope(vec S, vec local, vec external, vec decay, rww_range range) {
  rww_value_and_derivative B = rww_bernoulli2_differentiate(v_fma(local, S, external), range);
  vec loss = v_add(B.value, decay), by_external = v_fnma(S, B.derivative, B.derivative);
  return (slope_derivative){v_fnma(S, loss, B.value), by_external, v_fnma(local, by_external, loss)};
}

/* What the step computed on its way, [target][lane], and derivatives of the slopes at S and at P. */
typedef struct retraced {
  tile_row external, P, by_external_S, fall_S, by_external_P, fall_P;
} retraced;

static inline void retrace_predictor(const rww_lane_block *block, size_t first, size_t n_targets,
                                     const reverse_place *at, rww_range range, retraced *restrict to) {
  for (size_t i = 0; i < n_targets; i++)
    for (size_t l = 0; l < N_LANES; l += W) {
      node_constants k = constants_of(block, first + i);
      size_t here = (first + i) * N_LANES + l;
      v_fetch(at->coming_S + here);
      v_fetch(at->coming_inputs + here);
      vec S = v_load(at->S + here), z = noise_of(block, at->z, first + i, l);
      vec external =
          v_fma(CONSTANT(k, other, RWW_GAIN, l), v_load(at->inputs + here), CONSTANT(k, input, RWW_OFFSET, l));
      slope_derivative m =
          differentiate_slope(S, CONSTANT(k, input, RWW_LOCAL, l), external, CONSTANT(k, other, RWW_DECAY, l), range);
      vec disturbed = v_fma(CONSTANT(k, other, RWW_NOISE, l), z, S);
      v_store(to[i].external + l, external);
      v_store(to[i].P + l, clip(v_fma(CONSTANT(k, other, RWW_DRIVE, l), m.slope, disturbed)));
      v_store(to[i].by_external_S + l, m.by_external);
      v_store(to[i].fall_S + l, m.fall);
    }
}

static inline void retrace_corrector(const rww_lane_block *block, size_t first, size_t n_targets, rww_range range,
                                     retraced *restrict to) {
  for (size_t i = 0; i < n_targets; i++)
    for (size_t l = 0; l < N_LANES; l += W) {
      node_constants k = constants_of(block, first + i);
      slope_derivative m = differentiate_slope(v_load(to[i].P + l), CONSTANT(k, input, RWW_LOCAL, l),
                                               v_load(to[i].external + l), CONSTANT(k, other, RWW_DECAY, l), range);
      v_store(to[i].by_external_P + l, m.by_external);
      v_store(to[i].fall_P + l, m.fall);
    }
}

/* Range known or not, a function each. */
typedef struct retrace_functions {
  void (*predictor)(const rww_lane_block *block, size_t first, size_t n_targets, const reverse_place *at,
                    retraced *restrict to);
  void (*corrector)(const rww_lane_block *block, size_t first, size_t n_targets, retraced *restrict to);
} retrace_functions;

#define DEFINE_RETRACE_FUNCTIONS(range)                                                                                \
  TILE_FUNCTION retrace_predictor_##range(const rww_lane_block *block, size_t first, size_t n_targets,                 \
                                          const reverse_place *at, retraced *restrict to) {                            \
    retrace_predictor(block, first, n_targets, at, range, to);                                                         \
  }                                                                                                                    \
  TILE_FUNCTION retrace_corrector_##range(const rww_lane_block *block, size_t first, size_t n_targets,                 \
                                          retraced *restrict to) {                                                     \
    retrace_corrector(block, first, n_targets, range, to);                                                             \
  }
DEFINE_RETRACE_FUNCTIONS(RWW_RANGE_ANY)
DEFINE_RETRACE_FUNCTIONS(RWW_RANGE_BELOW)
DEFINE_RETRACE_FUNCTIONS(RWW_RANGE_INSIDE)

static const retrace_functions retrace[RWW_N_RANGES] = {
    [RWW_RANGE_ANY] = {retrace_predictor_RWW_RANGE_ANY, retrace_corrector_RWW_RANGE_ANY},
    [RWW_RANGE_BELOW] = {retrace_predictor_RWW_RANGE_BELOW, retrace_corrector_RWW_RANGE_BELOW},
    [RWW_RANGE_INSIDE] = {retrace_predictor_RWW_RANGE_INSIDE, retrace_corrector_RWW_RANGE_INSIDE},
};

/* `x` where `of`, from 0 to 1, is neither, so that the clip has changed nothing; else 0. */
static inline vec pass(vec of, vec x) {
  vec zero = v_set(0);
  return v_select(v_less(zero, v_fnma(of, of, of)), x, zero);
}

static inline void add_product(rww_real *sum, vec x, vec y) {
  v_store(sum, v_fma(x, y, v_load(sum)));
}

static inline void subtract_product(rww_real *sum, vec x, vec y) {
  v_store(sum, v_fnma(x, y, v_load(sum)));
}

/* A node of the vector of lanes at `at`: constants, states, W S and noise (0 where they are not wanted), and what was
 * retraced. */
typedef struct reverse_node {
  node_constants k;
  size_t at;
  vec S, next, input, z, P, by_external_S, fall_S, by_external_P, fall_P;
} reverse_node;

/* m again, to the rounding of decay: B + decay = fall + local by_external. */
static inline vec restore_slope(vec S, vec by_external, vec fall, vec local, vec decay) {
  vec loss = v_fma(local, by_external, fall);
  return v_fnma(S, loss, v_sub(loss, decay));
}

/* `by_next` is the derivative by the state after the step. Leaves that by the state before it, as far as it does not
 * pass through the coupling, in *by_S, and that by W S in *by_input; adds to the gradient. */
static inline void reverse_step_of_node(const reverse_node *n, rww_wanted wanted, vec by_next, rww_real *gradient,
                                        rww_real *by_S, rww_real *by_input) {
  vec drive = CONSTANT(n->k, other, RWW_DRIVE, n->at);
  vec by_corrected = pass(n->next, by_next);
  vec by_slope_P = v_mul(CONSTANT(n->k, other, RWW_HALF_DRIVE, n->at), by_corrected);
  vec by_y_P = v_mul(by_slope_P, n->by_external_P);
  vec minus_by_predicted = pass(n->P, v_mul(by_slope_P, n->fall_P));
  vec by_slope_S = v_fnma(drive, minus_by_predicted, by_slope_P);
  vec by_disturbed = v_sub(by_corrected, minus_by_predicted);
  vec by_y_S = v_mul(by_slope_S, n->by_external_S), by_external = v_add(by_y_S, by_y_P);
  v_store(by_S, v_fnma(by_slope_S, n->fall_S, by_disturbed));
  v_store(by_input, v_mul(CONSTANT(n->k, other, RWW_GAIN, n->at), by_external));

  add_product(gradient + RWW_LOCAL * N_LANES, by_y_P, n->P);
  add_product(gradient + RWW_LOCAL * N_LANES, by_y_S, n->S);
  v_store(gradient + RWW_OFFSET * N_LANES, v_add(v_load(gradient + RWW_OFFSET * N_LANES), by_external));
  if (wanted >= RWW_WANTS_GAIN) add_product(gradient + RWW_GAIN * N_LANES, by_external, n->input);
  if (wanted < RWW_WANTS_ALL) return;
  vec local = CONSTANT(n->k, input, RWW_LOCAL, n->at), decay = CONSTANT(n->k, other, RWW_DECAY, n->at);
  vec slope_S = restore_slope(n->S, n->by_external_S, n->fall_S, local, decay);
  vec slope_P = restore_slope(n->P, n->by_external_P, n->fall_P, local, decay);
  vec both = v_mul(v_set((rww_real)0.5), v_add(slope_S, slope_P));
  add_product(gradient + RWW_DRIVE * N_LANES, by_corrected, both);
  subtract_product(gradient + RWW_DRIVE * N_LANES, minus_by_predicted, slope_S);
  subtract_product(gradient + RWW_DECAY * N_LANES, by_slope_P, n->P);
  subtract_product(gradient + RWW_DECAY * N_LANES, by_slope_S, n->S);
  add_product(gradient + RWW_NOISE * N_LANES, by_disturbed, n->z);
}

RWW_INLINE void reverse_targets(const rww_reverse_block *reverse, size_t first, size_t n_targets,
                                const reverse_place *at, const retraced *restrict step, const tile_row *restrict handed,
                                rww_wanted wanted, rww_real *restrict by_input) {
  const rww_lane_block *block = reverse->forward;
  rww_real *gradient = (rww_real *)reverse->gradient + first * RWW_N_CONSTANTS * N_LANES, *by_S = reverse->by_state;
  for (size_t i = 0; i < n_targets; i++, gradient += RWW_N_CONSTANTS * N_LANES)
    for (size_t l = 0; l < N_LANES; l += W) {
      size_t here = (first + i) * N_LANES + l;
      reverse_node node = {.k = constants_of(block, first + i),
                           .at = l,
                           .S = v_load(at->S + here),
                           .next = v_load(at->next + here),
                           .P = v_load(step[i].P + l),
                           .by_external_S = v_load(step[i].by_external_S + l),
                           .fall_S = v_load(step[i].fall_S + l),
                           .by_external_P = v_load(step[i].by_external_P + l),
                           .fall_P = v_load(step[i].fall_P + l)};
      if (wanted >= RWW_WANTS_GAIN) node.input = v_load(at->inputs + here);
      if (wanted >= RWW_WANTS_ALL) node.z = noise_of(block, at->z, first + i, l);
      vec by_before = v_add(v_load(by_S + here), v_load(handed[i] + l));
      vec by_next = v_fma(v_set((rww_real)reverse->damping), by_before, v_load(at->adjoint + here));
      reverse_step_of_node(&node, wanted, by_next, gradient + l, by_S + here, by_input + here);
    }
}

/* A function each for what is wanted. */
typedef void reverse_function(const rww_reverse_block *reverse, size_t first, size_t n_targets, const reverse_place *at,
                              const retraced *restrict step, const tile_row *restrict handed,
                              rww_real *restrict by_input);

#define DEFINE_REVERSE_FUNCTION(wanted)                                                                                \
  TILE_FUNCTION reverse_##wanted(const rww_reverse_block *reverse, size_t first, size_t n_targets,                     \
                                 const reverse_place *at, const retraced *restrict step,                               \
                                 const tile_row *restrict handed, rww_real *restrict by_input) {                       \
    reverse_targets(reverse, first, n_targets, at, step, handed, wanted, by_input);                                    \
  }
DEFINE_REVERSE_FUNCTION(RWW_WANTS_INPUT)
DEFINE_REVERSE_FUNCTION(RWW_WANTS_GAIN)
DEFINE_REVERSE_FUNCTION(RWW_WANTS_ALL)

static reverse_function *const reverse_functions[RWW_N_WANTED] = {
    [RWW_WANTS_INPUT] = reverse_RWW_WANTS_INPUT,
    [RWW_WANTS_GAIN] = reverse_RWW_WANTS_GAIN,
    [RWW_WANTS_ALL] = reverse_RWW_WANTS_ALL,
};

/* One step: the coupling's transpose brings what the step after this one has left. */
static void reverse_step(rww_reverse_block *reverse, bool backwards, reverse_place at) {
  _Alignas(64) tile_row handed[N_STRIPE];
  _Alignas(64) retraced retraced_here[N_STRIPE];
  const rww_lane_block *block = reverse->forward;
  size_t n_nodes = block->n_nodes, stripe = choose_stripe(&reverse->transposed);
  for (size_t first = 0; first < n_nodes; first += stripe) {
    size_t n_targets = least(n_nodes - first, stripe);
    couple_stripe(&reverse->transposed, first, n_targets, backwards, reverse->by_inputs, handed);
    retrace[block->range].predictor(block, first, n_targets, &at, retraced_here);
    retrace[block->range].corrector(block, first, n_targets, retraced_here);
    reverse_functions[reverse->wanted](reverse, first, n_targets, &at, retraced_here, handed,
                                       reverse->by_inputs_before);
  }
  void *done = reverse->by_inputs;
  reverse->by_inputs = reverse->by_inputs_before;
  reverse->by_inputs_before = done;
}

static void reverse(rww_reverse_block *reverse, size_t n_steps, const void *noise, const void *before,
                    const void *states, const void *inputs, const void *adjoint) {
  const rww_real *z = noise, *next = states, *u = inputs, *source = adjoint;
  size_t n_values = reverse->forward->n_nodes * N_LANES, n_noise = reverse->forward->noise_stride;
  for (size_t t = n_steps; t-- > 0;) {
    const rww_real *S = t > 0 ? next + (t - 1) * n_values : before, *coming_S = t > 1 ? S - n_values : before;
    reverse_step(reverse, t % 2,
                 (reverse_place){S, next + t * n_values, u + t * n_values, z + t * n_noise, source + t * n_values,
                                 coming_S, u + (t > 0 ? t - 1 : 0) * n_values});
  }
}

/* ---- noise ---- */

/* Uniform on (-1, 1) from the upper bits, as jax.random.uniform with minval nextafter(-1, 0), and its normal quantile.
 * Source: NUMERICS, "Noise". */
static inline vec to_normal(vec_bits bits) {
#ifdef RWW_REAL_IS_FLOAT
  const rww_real low = -0x1.fffffep-1f, sqrt_2 = 0x1.6a09e6p+0f;
#else
  const rww_real low = -0x1.fffffffffffffp-1, sqrt_2 = 0x1.6a09e667f3bcdp+0;
#endif
  const rww_real_bits one = (rww_real_bits)RWW_REAL_BIAS << RWW_REAL_MANTISSA;
  vec_bits mantissa = v_bits_shift_right(bits, 8 * sizeof(rww_real) - RWW_REAL_MANTISSA);
  vec f = v_sub(v_from_bits(v_bits_or(mantissa, v_bits_set(one))), v_set(1));
  vec u = v_max(v_set(low), v_add(v_mul(f, v_set(1 - low)), v_set(low)));
  return v_mul(v_set(sqrt_2), rww_erfinv(u));
}

static inline rww_real_bits draw(uint64_t seed, uint64_t index) {
  uint64_t bits = rww_threefry(seed, index);
#ifdef RWW_REAL_IS_FLOAT
  return (uint32_t)(bits >> 32) ^ (uint32_t)bits;
#else
  return bits;
#endif
}

#define N_DRAWN 64 /* at a time: compilers vectorise the generator over them */

static void fill_noise(uint64_t seed, uint64_t first, size_t n, void *noise) {
  rww_real *z = noise, normals[N_DRAWN];
  rww_real_bits drawn[N_DRAWN];
  for (size_t done = 0; done < n; done += N_DRAWN) {
    size_t n_wanted = n - done < N_DRAWN ? n - done : N_DRAWN;
    for (size_t i = 0; i < N_DRAWN; i++) drawn[i] = draw(seed, first + done + i);
    for (size_t i = 0; i < N_DRAWN; i += W) v_store(normals + i, to_normal(v_bits_load(drawn + i)));
    memcpy(z + done, normals, n_wanted * sizeof *z);
  }
}

const rww_kernels RWW_KERNELS = {
#ifdef RWW_REAL_IS_FLOAT
    .precision = RWW_FLOAT32,
#else
    .precision = RWW_FLOAT64,
#endif
    .n_lanes = N_LANES,
    .lone_step = N_LONE_VECTORS * W,
    .fill_noise = fill_noise,
    .advance = advance,
    .reverse = reverse,
};
