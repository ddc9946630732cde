#include "app/evaluate_summary.h"

#include "report/evaluation.h"
#include <inttypes.h>
#include <stdio.h>

static rww_status print_from(const rww_work *work, uint64_t n_stored, const rww_effort *effort,
                             const rww_reader *reader) {
  const rww_evaluate_config *config = &work->run->experiment->config->evaluate;
  uint64_t n_rows = rww_reader_n_rows(reader) - rww_reader_has_summary(reader);
  printf("evaluate: %" PRIu64 " evaluations of %g s", effort->n_computed > 0 ? effort->n_computed : n_rows,
         config->duration_ms / 1000);
  if (effort->n_computed > 0)
    rww_stage_print_rate(work->run, effort, work->calls->unit, config->duration_ms);
  else if (n_stored == n_rows)
    printf(" taken from the cache of %s\n", rww_reader_attribute(reader, "created"));
  else
    puts(n_stored > 0 ? "" : ", not begun");
  if (n_stored > 0 && n_stored < n_rows) printf("  cache   %" PRIu64 " evaluations were there already\n", n_stored);
  if (effort->n_computed + n_stored > 0) RWW_TRY(rww_report_evaluation(reader, 0));
  return rww_stage_print_file(work->run, work->stage);
}

rww_status rww_evaluate_print_summary(const rww_work *work, uint64_t n_stored, const rww_effort *effort) {
  rww_reader *reader;
  RWW_TRY(rww_stage_open_result(work->run, work->stage, (rww_shard){0}, &reader));
  rww_status status = print_from(work, n_stored, effort, reader);
  rww_reader_close(reader);
  return status;
}
