#include "check.h"
#include "objective/warmups.h"

static void add(rww_warmups *warmups, uint64_t seed, double value) {
  double *values;
  CHECK_OK(rww_warmups_add(warmups, seed, &values));
  values[0] = value;
  values[1] = -value;
}

static void a_kept_seed_gives_its_values(void) {
  rww_warmups warmups = {.n_values = 2, .limit = 10};
  add(&warmups, 0, 1);
  add(&warmups, UINT64_MAX, 2);
  CHECK(rww_warmups_find(&warmups, 0)[1] == -1);
  CHECK(rww_warmups_find(&warmups, UINT64_MAX)[0] == 2);
  CHECK(!rww_warmups_find(&warmups, 7));
  rww_warmups_free(&warmups);
}

static void the_seed_used_longest_ago_gives_way(void) {
  rww_warmups warmups = {.n_values = 2, .limit = 3};
  for (uint64_t seed = 1; seed <= 3; seed++) add(&warmups, seed, (double)seed);
  CHECK(rww_warmups_find(&warmups, 1)[0] == 1);
  add(&warmups, 4, 4);
  CHECK(!rww_warmups_find(&warmups, 2));
  CHECK(rww_warmups_find(&warmups, 1)[0] == 1 && rww_warmups_find(&warmups, 3)[0] == 3);
  CHECK(rww_warmups_find(&warmups, 4)[0] == 4);
  CHECK(warmups.n == 3);
  rww_warmups_free(&warmups);
}

int main(void) {
  a_kept_seed_gives_its_values();
  the_seed_used_longest_ago_gives_way();
  return check_report();
}
