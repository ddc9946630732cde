/* LD_PRELOAD shim for mpirun of Open MPI 4: it takes 3 s to answer the first rank that says it has ended, and answers
 * the others after that. cc -shared -fPIC -o slow_answer.so slow_answer.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

typedef int answer(void *process, void *object, void *call, void *context);
answer pmix_server_client_finalized_fn;

int pmix_server_client_finalized_fn(void *process, void *object, void *call, void *context) {
  static bool answers;
  answer *mpirun_s_own;
  *(void **)&mpirun_s_own = dlsym(RTLD_NEXT, "pmix_server_client_finalized_fn");
  unsigned left_s = answers ? 0 : 3;
  if (!answers) fputs("mpirun: slow to answer\n", stderr);
  answers = true;
  while (left_s > 0) left_s = sleep(left_s); /* signals only wake it */
  return mpirun_s_own(process, object, call, context);
}
