#include "app/awaiting.h"
#include "app/stages.h"
#include "app/stopping.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "report/progress.h"
#include "schedule/schedule.h"
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static const rww_stage_calls *const calls[RWW_N_STAGE_KINDS] = {[RWW_STAGE_EXPLORE] = &rww_explore_calls,
                                                                [RWW_STAGE_FIT] = &rww_fit_calls,
                                                                [RWW_STAGE_EVALUATE] = &rww_evaluate_calls};

typedef struct rww_shared_run rww_shared_run;

/* One stage of the run, and on rank 0 what it has taken so far. */
typedef struct part {
  rww_shared_run *sweep;
  rww_work work;
  rww_effort effort;
  double begin_s; /* when its first unit was given; 0: not yet */
} part;

struct rww_shared_run {
  const rww_run *run;
  part *parts; /* [n] */
  size_t n;
  rww_objective *objective;
  rww_progress_display display;
};

/* Every stage that waits may have got what it waited for. */
static rww_status advance(const rww_shared_run *self) {
  for (size_t i = 0; i < self->n; i++)
    RWW_TRY(self->parts[i].work.calls->advance(&self->parts[i].work, self->objective));
  return RWW_OK;
}

/* What the scheduler gets looks at what passes to and from the stage's own source, which may come late. */
static rww_work_source source_of(const part *of) {
  return of->work.calls->get_source(&of->work);
}

static rww_status next(void *context, size_t max_lanes, bool *available, rww_unit *unit) {
  part *from = context;
  rww_work_source source = source_of(from);
  *available = false;
  if (source.next) RWW_TRY(source.next(source.self, max_lanes, available, unit));
  if (*available && from->begin_s == 0) from->begin_s = rww_clock_s();
  return RWW_OK;
}

static rww_status digest(void *context, const rww_result *results, size_t n) {
  part *to = context;
  rww_work_source source = source_of(to);
  RWW_TRY(source.digest(source.self, results, n));
  to->effort.n_computed += n;
  to->effort.elapsed_s = rww_clock_s() - to->begin_s;
  return advance(to->sweep);
}

static uint64_t count_available(const void *context) {
  rww_work_source source = source_of(context);
  return source.count_available ? source.count_available(source.self) : 0;
}

static uint64_t count_total(const void *context) {
  const part *of = context;
  rww_work_source source = source_of(of);
  return (source.count_total ? source.count_total(source.self) : 0) + of->work.calls->count_beside(&of->work);
}

static bool wants_alone(const void *context) {
  rww_work_source source = source_of(context);
  return source.wants_alone && source.wants_alone(source.self);
}

static rww_status evaluate(void *context, const rww_unit *unit, rww_result *results) {
  rww_shared_run *self = context;
  part *of = &self->parts[unit->source];
  return of->work.calls->evaluate(&of->work, self->objective, unit, results);
}

static rww_stop stop(void *context) {
  (void)context;
  return rww_stopping_asked();
}

/* The first stage that is not finished gives its name to the progress of all. */
static void progress(void *context, const rww_progress *now) {
  rww_shared_run *self = context;
  size_t i = 0;
  while (i + 1 < self->n && self->parts[i].work.calls->is_finished(&self->parts[i].work)) i++;
  self->display.stage = self->parts[i].work.stage->name;
  rww_progress_show(&self->display, now->n_done, now->n_total, now->elapsed_s, now->rate_per_s, now->remaining_s);
}

static rww_progress_form choose_form(rww_progress_style style) {
  static const rww_progress_form forms[] = {
      [RWW_PROGRESS_BAR] = RWW_FORM_BAR, [RWW_PROGRESS_LINE] = RWW_FORM_LINE, [RWW_PROGRESS_NONE] = RWW_FORM_NONE};
  return style != RWW_PROGRESS_AUTO ? forms[style] : isatty(STDERR_FILENO) ? RWW_FORM_BAR : RWW_FORM_LINE;
}

static void prepare_display(rww_shared_run *self) {
  self->display = (rww_progress_display){.form = choose_form(self->run->options->progress)};
  self->display.unit = self->parts[self->n - 1].work.calls->unit;
  for (size_t i = 0; i < self->n; i++)
    self->display.n_stored += self->parts[i].work.calls->count_stored(&self->parts[i].work);
}

static rww_work_source watch(part *of) {
  return (rww_work_source){of, next, digest, count_available, count_total, of->work.calls->in_steps, wants_alone};
}

/* Fits go first: each is one step after the other, and the exploration fills what they leave. */
static size_t list_sources(rww_shared_run *self, rww_work_source *sources) {
  size_t n = 0;
  for (int last = 0; last <= 1; last++)
    for (size_t i = 0; i < self->n; i++)
      if ((self->parts[i].work.stage->kind == RWW_STAGE_EXPLORE) == last) sources[n++] = watch(&self->parts[i]);
  return n;
}

static rww_status schedule(rww_shared_run *self) {
  const rww_run *run = self->run;
  size_t n_sources = 0;
  rww_schedule_calls of_rank = {self, evaluate, stop, progress};
  rww_schedule_options options = {.sizes = rww_experiment_unit_sizes(run->experiment),
                                  .silence_s = run->options->silence_s,
                                  .slow_rank = run->options->slow_rank};
  rww_schedule_summary summary = {0};
  rww_work_source sources[self->n + 1];
  if (rww_comm_rank(run->comm) == 0) {
    prepare_display(self);
    n_sources = list_sources(self, sources);
  }
  rww_status status = rww_schedule_run(run->comm, sources, n_sources, &of_rank, &options, &summary);
  rww_progress_end();
  if (rww_comm_rank(run->comm) == 0)
    rww_log(RWW_LOG_DEBUG,
            "%" PRIu64 " units in %.3f s; the leader was busy for %.3f s; nobody idled longer than %.3f s",
            summary.n_units, summary.elapsed_s, summary.leader_busy_s, summary.longest_idle_s);
  free(summary.lanes_of_rank);
  return status;
}

static rww_status look_for_work(rww_shared_run *self, bool *left) {
  *left = false;
  RWW_TRY(advance(self));
  for (size_t i = 0; i < self->n; i++) *left = *left || !self->parts[i].work.calls->is_finished(&self->parts[i].work);
  return RWW_OK;
}

static rww_status compute_left(rww_shared_run *self) {
  rww_comm *comm = self->run->comm;
  rww_objective_spec spec = rww_experiment_objective(self->run->experiment);
  bool left = false;
  RWW_TRY(rww_comm_agree(comm, rww_comm_rank(comm) == 0 ? look_for_work(self, &left) : RWW_OK));
  RWW_TRY(rww_comm_share(comm, &left, sizeof left));
  if (!left) return RWW_OK;
  RWW_TRY(rww_comm_agree(comm, rww_objective_create(&spec, &self->objective)));
  RWW_TRY(rww_comm_agree(comm, rww_comm_rank(comm) == 0 ? advance(self) : RWW_OK));
  return schedule(self);
}

/* The file of every stage that has begun is closed, whatever happened before. */
static rww_status end_stages(rww_shared_run *self, size_t n_begun, rww_status status) {
  for (size_t i = 0; i < n_begun; i++) {
    rww_status ended = self->parts[i].work.calls->end(&self->parts[i].work);
    if (status == RWW_OK) status = ended;
  }
  return status;
}

static rww_status print_stages(const rww_shared_run *self) {
  for (size_t i = 0; i < self->n; i++)
    RWW_TRY(self->parts[i].work.calls->print(&self->parts[i].work, &self->parts[i].effort));
  return RWW_OK;
}

/* Stages that are left out of this run, and that others build on, are there. */
static rww_status check_starts(const rww_shared_run *self, bool *ready) {
  const rww_experiment *experiment = self->run->experiment;
  *ready = true;
  for (size_t i = 0; i < self->n; i++) {
    const rww_work *work = &self->parts[i].work;
    for (size_t k = 0; k < experiment->n_stages && *ready; k++) {
      const rww_stage *other = &experiment->stages[k];
      if (rww_stage_builds_on(work->stage, other) && !rww_sweep_find(work, other))
        RWW_TRY(rww_await_finished(self->run, other, work->stage, ready));
    }
  }
  return RWW_OK;
}

static rww_status run_parts(rww_shared_run *self) {
  rww_comm *comm = self->run->comm;
  rww_status status = RWW_OK, printed = RWW_OK;
  size_t n_begun = 0;
  bool ready = false;
  RWW_TRY(rww_comm_agree(comm, rww_comm_rank(comm) == 0 ? check_starts(self, &ready) : RWW_OK));
  RWW_TRY(rww_comm_share(comm, &ready, sizeof ready));
  if (!ready) return RWW_OK;
  for (; status == RWW_OK && n_begun < self->n; n_begun++)
    status = self->parts[n_begun].work.calls->begin(&self->parts[n_begun].work);
  if (status == RWW_OK) status = compute_left(self);
  status = end_stages(self, n_begun, status);
  if (rww_comm_rank(comm) == 0 && (status == RWW_OK || status == RWW_STOPPED)) printed = print_stages(self);
  return rww_comm_agree(comm, status != RWW_OK ? status : printed);
}

const rww_work *rww_sweep_find(const rww_work *work, const rww_stage *stage) {
  for (size_t i = 0; i < work->sweep->n; i++)
    if (work->sweep->parts[i].work.stage == stage) return &work->sweep->parts[i].work;
  return NULL;
}

bool rww_sweep_may_begin(const rww_work *work) {
  for (size_t i = 0; i < work->sweep->n; i++) {
    const rww_work *other = &work->sweep->parts[i].work;
    if (rww_stage_builds_on(work->stage, other->stage) && !other->calls->is_finished(other)) return false;
  }
  return true;
}

rww_status rww_sweep_run(const rww_run *run, const rww_stage *const *stages, size_t n) {
  rww_shared_run self = {.run = run, .n = n};
  if (n == 0) return RWW_OK;
  RWW_TRY(RWW_NEW(&self.parts, n));
  for (size_t i = 0; i < n; i++)
    self.parts[i] =
        (part){.sweep = &self,
               .work = {.run = run, .stage = stages[i], .calls = calls[stages[i]->kind], .sweep = &self, .source = i}};
  rww_status status = run_parts(&self);
  for (size_t i = 0; i < n; i++) self.parts[i].work.calls->free(&self.parts[i].work);
  rww_objective_destroy(self.objective);
  free(self.parts);
  return status;
}
