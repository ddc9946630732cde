#include "app/awaiting.h"

#include "app/stopping.h"
#include "base/files.h"
#include "base/log.h"
#include "store/lock.h"
#include "store/shards.h"
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_S 1

/* What is known of the file that a stage builds on. */
typedef struct awaited {
  const rww_run *run;
  const rww_stage *stage; /* that it is of */
  char *path;
  bool exists;
  uint64_t n_left, n_rows;
} awaited;

static rww_status count_left(awaited *file) {
  rww_reader *reader;
  rww_verification found;
  file->exists = rww_file_exists(file->path);
  if (!file->exists) return RWW_OK;
  RWW_TRY(rww_reader_open(file->path, &reader));
  file->n_rows = rww_reader_n_rows(reader);
  rww_status status = rww_reader_verify(reader, &found);
  rww_reader_close(reader);
  if (status != RWW_OK) return status;
  file->n_left = found.n_outcomes[RWW_PENDING] + found.n_outcomes[RWW_STARTED] + found.n_damaged;
  rww_verification_free(&found);
  return RWW_OK;
}

static bool is_finished(const awaited *file) {
  return file->exists && file->n_left == 0;
}

static bool add_writer(const char *path, rww_text *text) {
  rww_owner owner;
  rww_life life;
  bool held;
  if (rww_lock_look(path, &held, &owner, &life) != RWW_OK || !held || life == RWW_DEAD) return false;
  rww_text_add(text, " %s is being written by ", path);
  rww_owner_name(&owner, text);
  rww_text_add(text, ".");
  return true;
}

/* What can be waited for: a job that writes the whole, or jobs that write shards and their merge; or what to run. */
static rww_status advise(const awaited *file, rww_text *text) {
  const char *config = file->run->options->paths[0];
  rww_shard_files shards;
  bool is_written = add_writer(file->path, text);
  RWW_TRY(
      rww_shards_find(file->run->experiment->output_directory, file->stage->name, file->stage->meaning.key, &shards));
  for (size_t i = 0; i < shards.n && !is_written; i++) is_written = add_writer(shards.paths[i], text);
  if (shards.n > 0)
    rww_text_add(text, " Its shards are merged by `rwwsweep merge %s`, when they are finished", config);
  else if (!is_written)
    rww_text_add(text, " Run the same with --stage %s first, or all stages: rwwsweep %s", file->stage->name, config);
  rww_shards_free(&shards);
  return RWW_OK;
}

static rww_status describe(const awaited *file, const rww_stage *built_on_it, rww_text *text) {
  rww_text_add(text, "%s: ", file->path);
  if (file->exists)
    rww_text_add(text, "%" PRIu64 " of %" PRIu64 " rows are not finished", file->n_left, file->n_rows);
  else
    rww_text_add(text, "there is no such file");
  rww_text_add(text, ", and %s builds on the stage %s; expected it finished.", built_on_it->name, file->stage->name);
  return advise(file, text);
}

static rww_status wait_for(awaited *file) {
  static const struct timespec pause = {.tv_sec = LOOK_S};
  while (!is_finished(file)) {
    if (rww_stopping_asked() != RWW_STOP_NO) return RWW_STOPPED;
    nanosleep(&pause, NULL);
    RWW_TRY(count_left(file));
  }
  return RWW_OK;
}

/* Waits, leaves the stage to a later job, or refuses. */
static rww_status answer(awaited *file, const char *why, bool *ready) {
  const rww_options *options = file->run->options;
  bool may_be_left = options->shard.n > 0 && !options->stage;
  *ready = options->wait;
  if (!options->wait && !may_be_left) return rww_raise(RWW_ERR_USAGE, "%s; --wait waits for it", why);
  rww_log(RWW_LOG_INFO, "%s: this job %s", why,
          options->wait ? "waits for it" : "leaves it to the one after the merge");
  return options->wait ? wait_for(file) : RWW_OK;
}

static rww_status await(awaited *file, const rww_stage *built_on_it, bool *ready) {
  rww_text why = {0};
  RWW_TRY(count_left(file));
  *ready = is_finished(file);
  if (*ready) return RWW_OK;
  rww_status status = describe(file, built_on_it, &why);
  if (status == RWW_OK) status = answer(file, why.chars, ready);
  rww_text_free(&why);
  return status;
}

rww_status rww_await_finished(const rww_run *run, const rww_stage *stage, const rww_stage *built_on_it, bool *ready) {
  awaited file = {.run = run, .stage = stage};
  RWW_TRY(rww_store_path(run->experiment->output_directory, file.stage->name, file.stage->meaning.key, (rww_shard){0},
                         &file.path));
  rww_status status = await(&file, built_on_it, ready);
  free(file.path);
  return status;
}
