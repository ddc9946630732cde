/* LD_PRELOAD shim: while MPI starts, this process is asked to stop.
 * cc -shared -fPIC -o early.so early.c */
#include <signal.h>

int PMPI_Init(int *argc, char ***argv);
int MPI_Init(int *argc, char ***argv);

int MPI_Init(int *argc, char ***argv) {
  raise(SIGUSR1);
  return PMPI_Init(argc, argv);
}
