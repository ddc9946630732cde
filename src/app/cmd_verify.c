#include "app/commands.h"

#include "app/results.h"
#include "store/reader.h"
#include <inttypes.h>
#include <stdio.h>

#define MAX_NAMED 20 /* damaged points that are told one by one */

static rww_status print_damaged(const rww_reader *reader, const rww_verification *found) {
  for (size_t i = 0; i < found->n_damaged && i < MAX_NAMED; i++) {
    rww_text where = {0};
    rww_status status = rww_reader_describe_row(reader, found->damaged[i], &where);
    if (status == RWW_OK)
      printf("  damaged  row %" PRIu64 "%s%s\n", found->damaged[i], where.length ? ": " : "",
             where.length ? where.chars : "");
    rww_text_free(&where);
    RWW_TRY(status);
  }
  if (found->n_damaged > MAX_NAMED) printf("  damaged  and %zu more\n", found->n_damaged - MAX_NAMED);
  return RWW_OK;
}

static rww_status judge(const char *path, const rww_verification *found) {
  if (found->n_damaged > 0)
    return rww_raise(RWW_ERR_STORE, "%s: %zu row%s damaged; the next run computes exactly %s again", path,
                     found->n_damaged, found->n_damaged == 1 ? " is" : "s are",
                     found->n_damaged == 1 ? "this one" : "these");
  if (found->n_misread > 0)
    return rww_raise(RWW_ERR_STORE,
                     "%s: status does not say what became of %" PRIu64 " row%s; the next run puts it right", path,
                     found->n_misread, found->n_misread == 1 ? "" : "s");
  return RWW_OK;
}

static rww_status verify(const char *path, const rww_options *options) {
  (void)options;
  rww_reader *reader;
  rww_verification found;
  rww_status status = rww_reader_open(path, &reader);
  if (status != RWW_OK)
    return rww_raise(status, "%s. It is untouched; move it away, or run with --redo=STAGE, to compute it again",
                     rww_status_message(status));
  status = rww_reader_verify(reader, &found);
  if (status == RWW_OK) {
    uint64_t n_finished = 0, n_failed = found.n_outcomes[RWW_FAILED];
    for (rww_outcome k = RWW_DONE; k < RWW_ELSEWHERE; k++) n_finished += k == RWW_FAILED ? 0 : found.n_outcomes[k];
    printf("%s: %" PRIu64 " of %" PRIu64 " rows finished and intact", path, n_finished,
           rww_reader_n_rows(reader) - found.n_outcomes[RWW_ELSEWHERE]);
    if (n_failed > 0) printf(", %" PRIu64 " failed", n_failed);
    putchar('\n');
    status = print_damaged(reader, &found);
    if (status == RWW_OK) status = judge(path, &found);
    rww_verification_free(&found);
  }
  rww_reader_close(reader);
  return status;
}

rww_status rww_command_verify(const rww_options *options) {
  rww_results results;
  RWW_TRY(rww_results_find(options, options->paths[0], RWW_RESULTS_ALL, &results));
  rww_status status = rww_results_look(&results, options, verify);
  rww_results_free(&results);
  return status;
}
