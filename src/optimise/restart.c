#include "optimise/restart.h"

#include "base/memory.h"
#include "optimise/adam.h"
#include <stdlib.h>
#include <string.h>

/* The state: these numbers, then the arrays. */
enum {
  ENTRY,      /* that it asks for */
  END,        /* rww_restart_end */
  COUNT,      /* Adam's steps since the moments were 0 */
  RATE,       /* factor of the learning rate */
  RECOVERIES, /* so far */
  BEST_ENTRY,
  BEST_LOSS, /* infinite: none yet */
  LAST_LOSS,
  MARK_ENTRY, /* the last one that went down by more than the tolerance */
  MARK_LOSS,
  N_NUMBERS
};
/* [n_rows] each, in the space of the optimiser. */
enum { X, M, V, BEST_X, BEST_GRADIENT, GRADIENT, N_ARRAYS };

static double *array_of(const rww_restart *restart, int which) {
  return restart->state + N_NUMBERS + (size_t)which * restart->rules->n_rows;
}

static void copy_array(rww_restart *restart, int from, int to) {
  memcpy(array_of(restart, to), array_of(restart, from), restart->rules->n_rows * sizeof(double));
}

static void clear_array(rww_restart *restart, int which) {
  memset(array_of(restart, which), 0, restart->rules->n_rows * sizeof(double));
}

/* Bounds that the map from the optimiser's space keeps. */
static rww_bounds map_of(const rww_fit_rules *rules, size_t row) {
  static const rww_bounds none = {-INFINITY, INFINITY};
  return rules->bounding == RWW_BOUND_BY_TRANSFORM ? rules->bounds[row] : none;
}

rww_status rww_restart_create(const rww_fit_rules *rules, const double *start, rww_restart *restart) {
  *restart = (rww_restart){.rules = rules};
  RWW_TRY(RWW_NEW(&restart->state, N_NUMBERS + N_ARRAYS * rules->n_rows));
  restart->state[RATE] = 1;
  restart->state[BEST_LOSS] = restart->state[MARK_LOSS] = INFINITY;
  for (size_t i = 0; i < rules->n_rows; i++) array_of(restart, X)[i] = rww_bounds_open(map_of(rules, i), start[i]);
  return RWW_OK;
}

void rww_restart_free(rww_restart *restart) {
  free(restart->state);
  *restart = (rww_restart){0};
}

rww_restart_end rww_restart_get_end(const rww_restart *restart) {
  return (rww_restart_end)restart->state[END];
}

uint64_t rww_restart_get_entry(const rww_restart *restart) {
  return (uint64_t)restart->state[ENTRY];
}

void rww_restart_get_parameters(const rww_restart *restart, double *parameters) {
  for (size_t i = 0; i < restart->rules->n_rows; i++)
    parameters[i] = rww_bounds_close(map_of(restart->rules, i), array_of(restart, X)[i]);
}

bool rww_restart_wants_gradient(const rww_restart *restart) {
  return rww_restart_get_entry(restart) < restart->rules->n_steps;
}

bool rww_restart_get_best(const rww_restart *restart, uint64_t *entry, double *loss) {
  if (isinf(restart->state[BEST_LOSS])) return false;
  *entry = (uint64_t)restart->state[BEST_ENTRY];
  *loss = restart->state[BEST_LOSS];
  return true;
}

double rww_restart_get_loss(const rww_restart *restart) {
  return restart->state[LAST_LOSS];
}

void rww_restart_leave(rww_restart *restart) {
  restart->state[END] = RWW_RESTART_LEFT;
}

/* The gradient in the space of the optimiser, and its norm. */
static double take_gradient(rww_restart *restart, const double *gradient) {
  if (!gradient) return NAN;
  for (size_t i = 0; i < restart->rules->n_rows; i++)
    array_of(restart, GRADIENT)[i] = gradient[i] * rww_bounds_slope(map_of(restart->rules, i), array_of(restart, X)[i]);
  return rww_adam_norm(restart->rules->n_rows, array_of(restart, GRADIENT));
}

static void remember(rww_restart *restart, double loss) {
  double *state = restart->state;
  if (loss < state[BEST_LOSS]) {
    state[BEST_LOSS] = loss;
    state[BEST_ENTRY] = state[ENTRY];
    copy_array(restart, X, BEST_X);
    copy_array(restart, GRADIENT, BEST_GRADIENT);
  }
  if (loss < state[MARK_LOSS] - restart->rules->tolerance) {
    state[MARK_LOSS] = loss;
    state[MARK_ENTRY] = state[ENTRY];
  }
}

/* Back to the best entry; the step from there is made with its gradient. */
static void recover(rww_restart *restart) {
  copy_array(restart, BEST_X, X);
  copy_array(restart, BEST_GRADIENT, GRADIENT);
  clear_array(restart, M);
  clear_array(restart, V);
  restart->state[COUNT] = 0;
  restart->state[RATE] /= 2;
  restart->state[RECOVERIES]++;
}

static rww_restart_end judge(const rww_restart *restart, bool is_finite) {
  const rww_fit_rules *rules = restart->rules;
  const double *state = restart->state;
  bool may_recover = isfinite(state[BEST_LOSS]) && state[RECOVERIES] < (double)rules->max_recoveries;
  if (!is_finite && !may_recover) return RWW_RESTART_DIVERGED;
  if (!rww_restart_wants_gradient(restart)) return RWW_RESTART_DONE;
  if (is_finite && rules->tolerance > 0 && state[ENTRY] - state[MARK_ENTRY] >= (double)rules->patience)
    return RWW_RESTART_CONVERGED;
  return RWW_RESTART_GOES_ON;
}

/* Where the map keeps the bounds, nothing lies beyond them. */
static void project(rww_restart *restart) {
  const rww_fit_rules *rules = restart->rules;
  double *x = array_of(restart, X);
  for (size_t i = 0; rules->bounding == RWW_BOUND_BY_PROJECTION && i < rules->n_rows; i++)
    x[i] = fmin(fmax(x[i], rules->bounds[i].low), rules->bounds[i].high);
}

static void make_step(rww_restart *restart) {
  const rww_fit_rules *rules = restart->rules;
  double norm = rww_adam_norm(rules->n_rows, array_of(restart, GRADIENT));
  double scale = norm > rules->optimizer.clip_norm ? rules->optimizer.clip_norm / norm : 1;
  double rate = restart->state[RATE] * rww_adam_rate(&rules->optimizer, rww_restart_get_entry(restart), rules->n_steps);
  restart->state[COUNT]++;
  rww_adam_step(&rules->optimizer, rate, scale, (uint64_t)restart->state[COUNT], rules->n_rows,
                array_of(restart, GRADIENT), array_of(restart, M), array_of(restart, V), array_of(restart, X));
  project(restart);
}

void rww_restart_digest(rww_restart *restart, const rww_fit_found *found, double *gradient_norm) {
  *gradient_norm = take_gradient(restart, found->gradient);
  bool is_finite =
      found->outcome == RWW_DONE && isfinite(found->loss) && (!found->gradient || isfinite(*gradient_norm));
  restart->state[LAST_LOSS] = is_finite ? found->loss : NAN;
  if (is_finite) remember(restart, found->loss);
  rww_restart_end end = judge(restart, is_finite);
  if (!is_finite && end == RWW_RESTART_GOES_ON) recover(restart);
  if (end == RWW_RESTART_GOES_ON) make_step(restart);
  restart->state[END] = end;
  restart->state[ENTRY]++;
}
