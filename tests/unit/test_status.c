/* What is told of an error. */
#include "check.h"

static void a_message_belongs_to_the_status_it_was_raised_with(void) {
  CHECK(rww_raise(RWW_ERR_STORE, "%s: is truncated", "a.h5") == RWW_ERR_STORE);
  CHECK(strcmp(rww_status_message(RWW_ERR_STORE), "a.h5: is truncated") == 0);
  /* an error that was passed over is not the reason for a stop */
  CHECK(strstr(rww_status_message(RWW_STOPPED), "run again to go on"));
}

static void context_comes_before_the_message(void) {
  CHECK(rww_raise(RWW_ERR_INPUT, "no labels") == RWW_ERR_INPUT);
  CHECK(rww_raise_context(RWW_ERR_INPUT, "%s: ", "b.h5") == RWW_ERR_INPUT);
  CHECK(strcmp(rww_status_message(RWW_ERR_INPUT), "b.h5: no labels") == 0);
}

int main(void) {
  a_message_belongs_to_the_status_it_was_raised_with();
  context_comes_before_the_message();
  return check_report();
}
