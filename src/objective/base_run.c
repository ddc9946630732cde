#include "base/memory.h"
#include "objective/internal.h"
#include "observe/bold_full.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that is made of the base run's trace. */
typedef struct base_run {
  rww_objective *objective;
  const rww_base_traces *traces;
  double *state; /* [node] */
  rww_bold *bold;
  rww_interim interim; /* without samples where no full BOLD is wanted */
  double *raw;         /* [n_raw][node] of the run that is going on, or NULL */
} base_run;

static size_t count_raw_steps(const rww_objective *objective) {
  double n = fmax(0, objective->spec.monitors->raw_last_ms / objective->simulation.step_ms);
  return (size_t)llround(fmin(n, (double)objective->simulation.n_steps));
}

static double state_at(rww_precision precision, const void *states, size_t at) {
  return precision == RWW_FLOAT32 ? (double)((const float *)states)[at] : ((const double *)states)[at];
}

/* Those of the steps that are among the last n_raw. */
static void take_raw(const base_run *base, uint64_t first_step, size_t n_steps, const void *states) {
  size_t n_nodes = base->objective->simulation.n_nodes;
  uint64_t first_kept = base->objective->simulation.n_steps - count_raw_steps(base->objective);
  for (size_t t = 0; t < n_steps; t++)
    for (size_t i = 0; i < n_nodes && first_step + t >= first_kept; i++)
      base->raw[(first_step + t - first_kept) * n_nodes + i] =
          state_at(base->objective->spec.precision, states, t * n_nodes + i);
}

static void take(void *self, uint64_t first_step, size_t n_steps, const void *states) {
  base_run *base = self;
  rww_bold_take(base->bold, first_step, n_steps, states);
  if (base->interim.samples) rww_interim_take(&base->interim, first_step, n_steps, states);
  if (base->raw) take_raw(base, first_step, n_steps, states);
}

static rww_status simulate(base_run *base, double *raw, double *last_state) {
  rww_objective *objective = base->objective;
  rww_batch batch = {.n_lanes = 1, .seeds = &objective->spec.base->seed};
  base->raw = raw;
  RWW_TRY(rww_objective_simulate(objective, &batch, base->state, (rww_sink){take, base}));
  if (last_state) memcpy(last_state, base->state, objective->simulation.n_nodes * sizeof *last_state);
  return RWW_OK;
}

static rww_status convolve(const base_run *base) {
  double *taps;
  RWW_TRY(RWW_NEW(&taps, RWW_HRF_N_TAPS));
  rww_hrf_fill_taps(base->objective->spec.semantics->hrf_spread, taps);
  rww_status status = rww_interim_convolve(&base->interim, taps, base->traces->bold_full);
  free(taps);
  return status;
}

static rww_status run(base_run *base, const rww_evaluation *evaluation) {
  rww_objective *objective = base->objective;
  const rww_base_traces *traces = base->traces;
  RWW_TRY(RWW_NEW(&base->state, objective->simulation.n_nodes));
  RWW_TRY(rww_bold_create(&objective->bold_plan, 1, objective->spec.precision, &base->bold));
  if (traces->bold_full) RWW_TRY(rww_interim_create(&objective->bold_plan, objective->spec.precision, &base->interim));
  rww_objective_begin_state(objective, 1, base->state);
  rww_bold_begin_warmup(base->bold);
  RWW_TRY(simulate(base, traces->raw_warmup, traces->last_state_warmup));
  rww_bold_begin_run(base->bold);
  base->interim.is_warmup = false;
  RWW_TRY(simulate(base, traces->raw_main, traces->last_state_main));
  rww_objective_observe(objective, base->bold, base->state, 1, 0, evaluation);
  return traces->bold_full ? convolve(base) : RWW_OK;
}

rww_status rww_objective_run_base(rww_objective *objective, const rww_evaluation *evaluation,
                                  const rww_base_traces *traces) {
  base_run base = {.objective = objective, .traces = traces};
  rww_status status = run(&base, evaluation);
  free(base.state);
  rww_bold_destroy(base.bold);
  rww_interim_free(&base.interim);
  return status;
}
