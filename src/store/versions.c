#include "store/versions.h"

#include <hdf5.h>
#include <stdio.h>

const rww_version *rww_versions_get(size_t *n) {
  static char hdf5[64];
  static const rww_version versions[] = {
      {"program_version", RWW_VERSION},
      {"git_revision", RWW_GIT_REVISION},
      {"compiler", RWW_COMPILER},
      {"compiler_flags", RWW_COMPILER_FLAGS},
      {"hdf5", hdf5},
      {"fftw", RWW_FFTW_VERSION},
  };
  unsigned major, minor, release;
  H5get_libversion(&major, &minor, &release);
  snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
  *n = sizeof versions / sizeof *versions;
  return versions;
}
