/* Damaged texts are read or refused, never more: run with sanitizers to see what they would do. */
#include "config_text.h"

#define N_TEXTS 2000
#define N_DAMAGES 3

static uint64_t state = 1;

/* Knuth's linear congruential generator, MMIX. */
static size_t draw(size_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % n;
}

static const char *const pieces[] = {"[",  "]",  "{",  "}",  ": ",   "\n",      "- ",   "&a ", "*a ", "-1", "1e999",
                                     "~",  "''", "\"", "#",  "\t",   ".nan",    "? ",   "| ",  "%",   "0",  "!!x ",
                                     ", ", "64", "a",  "<<", "\xff", "model.w", "axes", ":",   ".",   "[]."};

static const char *const paths[] = {"model.w",
                                    "explore.axes.model.w.n",
                                    "explore.axes",
                                    "observation.loss",
                                    "observation.target.simulate.model.w",
                                    "a.b",
                                    "..",
                                    "noise.seed",
                                    "optimize",
                                    "optimize.one.loss",
                                    "optimize.two.start.model.w",
                                    "optimize.two.bounds.model.w",
                                    "optimize.two.name",
                                    "explore.axes.",
                                    ""};

/* What an item can have, without the comments that the template is full of. */
static const char fits[] =
    "connectivity: {file: a.h5}\nobservation: {target: {file: a.h5}}\n"
    "explore: {axes: [{parameter: noise.seed, values: [1, 2]}]}\noptimize:\n"
    "- {name: one, start: {model.w: 1, coupling.a: 2}, free: {model.w: global, model.d: regional}, steps: 9,\n"
    "   bounds: {model.w: [0, 2]}, seeds: {first: 1, per_step: 2, blocks: 3}, loss: fc_corr}\n"
    "- {name: two, start: one, entry: final, free: {model.w: regional, coupling.a: global}, steps: 0,\n"
    "   optimizer: {name: adam, learning_rate: 0.1}, loss: {rmse: 2}, seeds: [1, noise.seed]}\n"
    "- {name: three, start: explore, restarts: 2, free: {model.tau_s: regional}, steps: 1}\n";

/* Cuts a few characters out or puts a piece in, at a random place. */
static void damage(char *text, size_t size) {
  size_t length = strlen(text), at = draw(length), n_cut = draw(12);
  const char *piece = draw(3) == 0 ? "" : pieces[draw(sizeof pieces / sizeof *pieces)];
  if (piece[0] != 0) n_cut = 0;
  if (at + n_cut > length) n_cut = length - at;
  if (length + strlen(piece) >= size || length - n_cut < 100) return;
  memmove(text + at + strlen(piece), text + at + n_cut, length - at - n_cut + 1);
  memcpy(text + at, piece, strlen(piece));
}

static void read_damaged(const char *text) {
  rww_problems problems = {0};
  rww_override override = {paths[draw(sizeof paths / sizeof *paths)], text + draw(strlen(text))};
  rww_config *config;
  rww_status status = rww_config_parse("a.yaml", text, &override, draw(2), &problems, &config);
  CHECK(status == RWW_OK ? config && problems.n_errors == 0 : !config && problems.n_errors > 0);
  CHECK(status == RWW_OK || status == RWW_ERR_CONFIG);
  rww_config_free(config);
  rww_problems_free(&problems);
}

int main(void) {
  rww_text whole = {0};
  char text[16384];
  rww_config_write_template(&whole);
  for (size_t i = 0; i < N_TEXTS; i++) {
    snprintf(text, sizeof text, "%s", i % 2 ? whole.chars : fits);
    for (size_t k = 0; k < N_DAMAGES; k++) damage(text, sizeof text);
    read_damaged(text);
  }
  rww_text_free(&whole);
  return check_report();
}
