/** @file
 *  What one instruction set has to offer in one precision: the same text (kernels.c) compiled for each, so that the
 *  bits are the same for all. Arrays of "numbers" are in the kernels' precision; alignment is not needed. */
#ifndef RWW_SIMULATE_KERNELS_H
#define RWW_SIMULATE_KERNELS_H

#include "base/range.h"
#include "config/config.h"

/** Targets whose coupling is summed up at once. */
#define RWW_PANEL_TARGETS 6

/** Folded parameters of a node and lane. With y = local S + gain (W S) + offset = -log2(e) d u and B the Bernoulli
 *  function of y, k1 dt = drive (B - S (B + decay)); noise is sqrt(dt) sigma. */
typedef enum rww_constant {
  RWW_LOCAL,
  RWW_GAIN,
  RWW_OFFSET,
  RWW_DRIVE,
  RWW_HALF_DRIVE,
  RWW_DECAY,
  RWW_NOISE,
  RWW_N_CONSTANTS
} rww_constant;

/** Weights of RWW_PANEL_TARGETS targets: of the sources that any of them has, in ascending order. */
typedef struct rww_panel {
  size_t n_sources;
  const uint32_t *sources; /* [n_sources] */
  const void *weights;     /* [n_sources][RWW_PANEL_TARGETS]; 0 for targets beyond the last node */
} rww_panel;

/** Weights as a block couples by them: in panels, or for one simulation alone [n_rows * n_lanes / lone_step][source]
 *  [lone_step]. */
typedef struct rww_coupling_weights {
  const rww_panel *panels; /* [n_rows / RWW_PANEL_TARGETS, rounded up], or NULL */
  const void *lone;
  size_t n_sources; /* of the lone ones */
} rww_coupling_weights;

/** Simulations that advance together, a vector's elements being lanes: a row of lanes is a node. Or one simulation
 *  alone, whose rows are n_lanes nodes each; then [node][lane] stands for [row][node in its row], and the last of them
 *  for nothing. */
typedef struct rww_lane_block {
  size_t n_nodes; /* rows */
  rww_coupling_weights weights;
  const void *constants; /* [node][constant][lane] */
  size_t input_stride;   /* numbers from node to node, of RWW_LOCAL and RWW_OFFSET; 0: one for all */
  size_t other_stride;   /* of the others, which regional fits rarely change */
  bool noise_per_lane;   /* z [step][node][lane]; else z [step][node] */
  size_t noise_stride;   /* numbers of z from step to step */
  rww_range range;       /* of y, for S from 0 to 1 */
} rww_lane_block;

/** Constants whose derivatives are wanted, those of the others being left as they are: RWW_LOCAL and RWW_OFFSET; the
 * gain as well; all. What else is wanted changes no bit. */
typedef enum rww_wanted { RWW_WANTS_INPUT, RWW_WANTS_GAIN, RWW_WANTS_ALL, RWW_N_WANTED } rww_wanted;

/** A block on its way back through a recorded run. What it carries from step to step: arrays [node][lane], zero at the
 *  end of the run. */
typedef struct rww_reverse_block {
  const rww_lane_block *forward;
  rww_coupling_weights transposed; /* of the transposed weights */
  double damping;                  /* of what a step hands to the one before it */
  rww_wanted wanted;
  void *by_state;                     /* derivatives by the state, as far as they do not pass through the coupling */
  void *by_inputs, *by_inputs_before; /* derivatives by W S; the other one is room for the next */
  void *gradient;                     /* [node][constant][lane], added to; that of half the drive is in the drive's */
} rww_reverse_block;

typedef struct rww_kernels {
  rww_precision precision;
  size_t n_lanes;   /* of a block */
  size_t lone_step; /* targets whose coupling is summed up at once in a lone simulation */
  /** z [n], elements `first` ... of the noise of `seed`, in the precision's own stream. */
  void (*fill_noise)(uint64_t seed, uint64_t first, size_t n, void *z);
  /** From the state `before` [node][lane] to those after each step, states [n_steps][node][lane]. inputs
   * [n_steps][node][lane], out, W S before each step, or NULL where not wanted; it is written to for
   * RWW_PANEL_TARGETS nodes more. */
  void (*advance)(const rww_lane_block *block, size_t n_steps, const void *z, const void *before, void *states,
                  void *inputs);
  /** Back through these steps, with `adjoint` [n_steps][node][lane], the derivative of the loss by the states after
   *  them as far as it sees them directly. */
  void (*reverse)(rww_reverse_block *block, size_t n_steps, const void *z, const void *before, const void *states,
                  const void *inputs, const void *adjoint);
} rww_kernels;

typedef struct rww_instruction_set {
  const char *name;
  bool (*is_supported)(void);    /* by this processor */
  const rww_kernels *kernels[2]; /* by rww_precision */
  const rww_kernels
      *narrow[2]; /* the same with blocks of half as many lanes, which take little more than half as long */
} rww_instruction_set;

extern const rww_instruction_set rww_instruction_set_generic;
#ifdef __x86_64__
extern const rww_instruction_set rww_instruction_set_avx2, rww_instruction_set_avx512;
#endif
#ifdef __aarch64__
extern const rww_instruction_set rww_instruction_set_neon;
#endif

/** The best that this processor supports. */
const rww_instruction_set *rww_instruction_set_best(void);

#endif
