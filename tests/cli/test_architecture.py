"""Who may include whom, which library is used where, and how long a file may be."""

import json
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.[ch]"))

# base is open to all; a module may include itself; anything not listed is closed
MAY_INCLUDE = {
    "base": "",
    "config": "",
    "connectome": "config",
    "model": "config",
    "observe": "config",
    "plan": "config connectome",
    "simulate": "config model connectome",
    "objective": "simulate observe config model connectome",
    "optimise": "plan config",
    "comm": "",
    "schedule": "plan comm config",
    "store": "config connectome plan comm",
    "report": "store config",
    "app": "config connectome model observe plan simulate objective optimise comm schedule store report",
}

# header: files that may include it
MAY_USE = {
    "mpi.h": ["src/comm/*"],
    "hdf5.h": ["src/store/*", "src/connectome/hdf5_matrix.c"],
    "hdf5_hl.h": ["src/store/*"],
    "fftw3.h": ["src/observe/bold_full.c"],
    "yaml.h": ["src/config/yaml_reader.c"],
    "immintrin.h": ["src/base/simd.h"],
    "arm_neon.h": ["src/base/simd.h"],
}


def find_includes(path, form):
    return re.findall(rf'^\s*#\s*include {form}', path.read_text(), re.MULTILINE)


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_modules_include_only_what_they_may(path):
    module = path.relative_to(ROOT / "src").parts[0]
    allowed = {"base", module, *MAY_INCLUDE[module].split()}
    found = {include.split("/")[0] for include in find_includes(path, '"([^"]+)"') if "/" in include}
    assert found - allowed - {"rwwsweep"} == set()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_libraries_are_used_where_they_may_be(path):
    for header in find_includes(path, "<([^>]+)>"):
        patterns = MAY_USE.get(header, ["src/*/*"])
        assert any(path.relative_to(ROOT).match(pattern) for pattern in patterns), f"{header} is not for this file"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_main_ends_the_process(path):
    # and rww_comm_abort, which ends all ranks where they cannot be told, and the signal that ends a batch in its middle
    if name(path) not in ("src/app/main.c", "src/comm/comm.c", "src/app/stopping.c"):
        assert not re.search(r"\b_?[eE]xit\s*\(", path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_are_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= 600


@pytest.fixture(scope="module")
def compiler():
    """The command that compiles a file that uses every library, without its file names."""
    commands = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    command = next(row["command"] for row in commands if row["file"].endswith("src/store/store.c"))
    words = shlex.split(command)
    return [*words[:words.index("-o")], "-fsyntax-only", "-x", "c", "-"]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".h"], ids=name)
def test_headers_stand_alone_and_may_come_twice(path, compiler):
    line = f'#include "{path.relative_to(ROOT / "src")}"\n'
    subprocess.run(compiler, input=line + line, text=True, check=True)


def test_the_public_header_is_free_of_other_libraries():
    text = (ROOT / "include/rwwsweep/rwwsweep.h").read_text()
    assert not re.search(r"mpi\.h|hdf5\.h|fftw3\.h|yaml\.h", text)
