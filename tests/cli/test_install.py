"""What `cmake --install` puts where, and that another program builds against it."""

import subprocess

import pytest
from conftest import PROGRAM, ROOT

BUILD = PROGRAM.parent

PROGRAM_OF_A_USER = r"""
#include <rwwsweep/rwwsweep.h>
#include <stdio.h>
int main(void) { return printf("%s\n", rww_sweep_version()) < 0; }
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    directory = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", directory], check=True, capture_output=True)
    return directory


def test_program_runs_where_it_was_installed(prefix):
    done = subprocess.run([prefix / "bin/rwwsweep", "--version"], check=True, capture_output=True, text=True)
    assert "rwwsweep" in done.stdout


def test_a_program_builds_against_header_and_library(prefix, tmp_path):
    (tmp_path / "user.c").write_text(PROGRAM_OF_A_USER)
    library = next(prefix.rglob("librwwsweep.a"))
    subprocess.run(["cc", tmp_path / "user.c", f"-I{prefix}/include", library, "-lfftw3", "-lm", "-o",
                    tmp_path / "user"], check=True)
    found = subprocess.run([tmp_path / "user"], check=True, capture_output=True, text=True).stdout
    assert f"VERSION {found.strip()} " in (ROOT / "CMakeLists.txt").read_text()


def test_nothing_else_is_installed(prefix):
    files = {path.name for path in prefix.rglob("*") if path.is_file()}
    assert files == {"rwwsweep", "librwwsweep.a", "rwwsweep.h", "rwwsweep.pc"}
