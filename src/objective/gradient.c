#include "objective/internal.h"
#include "observe/fc.h"
#include "observe/loss.h"
#include <math.h>
#include <string.h>

/* Derivative of one lane's loss by its samples, right after rww_objective_observe; those skipped have 0. */
static void reverse_observe(rww_objective *objective, size_t lane, const rww_evaluation *evaluation) {
  const rww_loss_weights *weights = rww_objective_weights(objective, evaluation);
  const double *fc = rww_objective_fc_of_lane(objective, lane, evaluation), *target = objective->spec.target->fc;
  size_t n = objective->simulation.n_nodes, n_samples = objective->bold_plan.n_samples;
  size_t skip = objective->spec.observation->fc_skip;
  memset(objective->by_fc, 0, n * n * sizeof(double));
  if (weights->rmse != 0) rww_loss_reverse_rmse(n, fc, target, weights->rmse, objective->by_fc);
  if (weights->fc_corr != 0) rww_loss_reverse_fc_corr(n, fc, target, -weights->fc_corr, objective->by_fc);
  memset(objective->by_samples, 0, skip * n * sizeof(double));
  rww_fc_reverse(n_samples - skip, n, objective->scores, objective->norm, objective->by_fc,
                 objective->by_samples + skip * n);
}

/* The gradient's rows as a backend fills them. */
static rww_lanes_gradient place_gradient(const rww_batch *batch, size_t n_nodes, double *gradient) {
  rww_lanes_gradient placed = {{NULL}};
  for (size_t k = 0; k < batch->n_free; k++) {
    placed.value[batch->free[k].parameter] = gradient;
    gradient += rww_free_count_rows(&batch->free[k], 1, n_nodes) * batch->n_lanes;
  }
  return placed;
}

/* The run and its reverse. A lane without a loss has an adjoint of 0. */
static rww_status run_and_reverse(rww_objective *objective, const rww_batch *batch, const rww_lanes *lanes,
                                  double *state, rww_bold *bold, rww_bold_adjoint *adjoint,
                                  const rww_evaluation *evaluation) {
  const rww_backend *backend = objective->spec.backend;
  rww_lanes_gradient gradient = place_gradient(batch, objective->simulation.n_nodes, evaluation->gradient);
  RWW_TRY(backend->record(objective->integrator, lanes, state, (rww_sink){rww_bold_take, bold}));
  for (size_t lane = 0; lane < batch->n_lanes; lane++) {
    rww_objective_observe(objective, bold, state, batch->n_lanes, lane, evaluation);
    if (evaluation->outcome[lane] != RWW_DONE || !objective->spec.target->fc) continue;
    reverse_observe(objective, lane, evaluation);
    rww_bold_adjoint_set(adjoint, lane, objective->by_samples);
  }
  return backend->reverse(objective->integrator, lanes, evaluation->adjoint_damping,
                          (rww_adjoint_source){rww_bold_adjoint_give, adjoint}, &gradient);
}

static void judge_gradient(const rww_objective *objective, const rww_batch *batch, size_t lane,
                           const rww_evaluation *evaluation) {
  size_t n_rows = rww_free_count_rows(batch->free, batch->n_free, objective->simulation.n_nodes);
  bool has_loss = evaluation->outcome[lane] == RWW_DONE && objective->spec.target->fc, is_finite = true;
  for (size_t row = 0; row < n_rows; row++) {
    double *entry = &evaluation->gradient[row * batch->n_lanes + lane];
    if (!has_loss) *entry = NAN;
    is_finite = is_finite && isfinite(*entry);
  }
  if (has_loss && !is_finite) evaluation->outcome[lane] = RWW_DIVERGED;
}

rww_status rww_objective_differentiate(rww_objective *objective, const rww_batch *batch, double *state, rww_bold *bold,
                                       const rww_evaluation *evaluation) {
  rww_lane_values values;
  rww_bold_adjoint *adjoint;
  if (objective->spec.backend->n_recorded == 0)
    return rww_raise(RWW_ERR_CONFIG, "backend %s has no gradients; choose another one, such as reference",
                     objective->spec.backend->name);
  RWW_TRY(rww_bold_adjoint_create(&objective->bold_plan, batch->n_lanes, objective->spec.precision, &adjoint));
  rww_status status = rww_lane_values_create(objective, batch, &values);
  if (status == RWW_OK) {
    status = run_and_reverse(objective, batch, &values.lanes, state, bold, adjoint, evaluation);
    rww_lane_values_free(&values);
  }
  rww_bold_adjoint_destroy(adjoint);
  for (size_t lane = 0; lane < batch->n_lanes && status == RWW_OK; lane++)
    judge_gradient(objective, batch, lane, evaluation);
  return status;
}
