"""What `cmake --install` puts where, and that another program builds against it."""

import os
import subprocess

import pytest
from conftest import PROGRAM, ROOT

BUILD = PROGRAM.parent

PROGRAM_OF_A_USER = r"""
#include <rwwsweep/rwwsweep.h>
#include <stdio.h>
int main(void) {
  const double weights[9] = {0, 1, 0.5, 1, 0, 0.2, 0.5, 0.2, 0}, target[9] = {0, 0.4, 0.2, 0.4, 0, 0.1, 0.2, 0.1, 0};
  const double values[2] = {0.4, 0.6};
  const uint64_t seeds[2] = {42, 43};
  const rww_sweep_parameter free_parameter = {"model.w", 0};
  double loss[2];
  rww_sweep_problem problem;
  rww_sweep *sweep;
  rww_sweep_defaults(&problem);
  problem.n_nodes = 3;
  problem.weights = weights;
  problem.target_fc = target;
  problem.duration_ms = 30000;
  if (rww_sweep_create(&problem, &sweep) || rww_sweep_evaluate(sweep, 2, 1, &free_parameter, values, seeds, loss)) {
    printf("%s\n", rww_sweep_message());
    return 1;
  }
  rww_sweep_destroy(sweep);
  return printf("%s %g %g\n", rww_sweep_version(), loss[0], loss[1]) < 0;
}
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    directory = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", directory], check=True, capture_output=True)
    return directory


def test_program_runs_where_it_was_installed(prefix):
    done = subprocess.run([prefix / "bin/rwwsweep", "--version"], check=True, capture_output=True, text=True)
    assert "rwwsweep" in done.stdout


# as a user of a strict project would have it; C++ sees the same header
@pytest.mark.parametrize("compiler,suffix", [(["cc", "-std=c99"], ".c"), (["c++", "-std=c++11"], ".cc")])
def test_a_program_builds_with_what_pkg_config_tells(prefix, tmp_path, compiler, suffix):
    source, program = (tmp_path / "user").with_suffix(suffix), tmp_path / "user"
    source.write_text(PROGRAM_OF_A_USER)
    where = dict(os.environ, PKG_CONFIG_PATH=str(next(prefix.rglob("rwwsweep.pc")).parent))
    told = subprocess.run(["pkg-config", "--cflags", "--libs", "rwwsweep"], check=True, capture_output=True, text=True,
                          env=where).stdout.split()
    subprocess.run([*compiler, "-Wall", "-Wextra", "-pedantic", "-Werror", source, *told, "-o", program], check=True)
    version, losses = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split(maxsplit=1)
    assert f"VERSION {version} " in (ROOT / "CMakeLists.txt").read_text()
    assert all(0 < float(loss) < 2 for loss in losses.split())  # an RMSE of correlations


def test_nothing_else_is_installed(prefix):
    files = {path.name for path in prefix.rglob("*") if path.is_file()}
    assert files == {"rwwsweep", "rwwsweep.sbatch", "librwwsweep.a", "rwwsweep.h", "rwwsweep.pc"}
