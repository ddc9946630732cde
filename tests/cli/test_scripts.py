"""The scripts that prepare a machine and its data: what they ask for, and what they make."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import h5py
import numpy
import pytest
from conftest import ROOT

TOOLS = ["cc", "cmake", "ninja", "pkg-config", "mpicc", "mpirun", "python3"]
N = 3
WEIGHTS = numpy.arange(N * N, dtype=float).reshape(N, N)


@pytest.fixture
def machine(tmp_path):
    """Debian as an ordinary user without sudo sees it: no package is installed, no tool is on the PATH."""
    for name, text in {"apt-get": "echo called >&2; exit 9", "dpkg-query": "exit 1", "id": "echo 1000"}.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/bash\n{text}\n")
        script.chmod(0o755)
    for name in ("basename", "dirname", "nproc", "grep", "sort", "wc", "fold", "sed", "cat", "bash", "env"):
        add_tool(tmp_path, name)
    return tmp_path


def add_tool(machine, name):
    # Python itself and not a shim of it
    found = f"{sys.base_prefix}/bin/python3" if name == "python3" else shutil.which(name)
    (machine / name).symlink_to(found)


def install(machine, *packages):
    command = ["bash", "-c", f". {ROOT}/scripts/setup; install_packages {' '.join(packages)}; echo goes on"]
    return subprocess.run(command, env={"PATH": str(machine)}, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_an_ordinary_user_is_told_what_to_install_and_how(machine):
    done = install(machine)
    assert done.returncode == 2 and done.stdout == ""
    assert "called" not in done.stderr
    for line in ("sudo apt-get install", "module load", "spack install", "spack load"):
        assert line in done.stderr
    assert "cmake" in done.stderr.splitlines()[0]  # what was not found comes first
    assert [line for line in done.stderr.splitlines() if len(line) > 80] == []


def test_lines_for_apt_can_be_pasted(machine):
    text = install(machine, "hdf5-tools").stderr
    command = text[text.index("sudo apt-get install"):text.index("Environment modules")]
    said = subprocess.run(["bash", "-c", "sudo() { echo \"$@\"; }\n" + command], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("apt-get install gcc g++ ") and said.stdout.endswith(" hdf5-tools\n")


def test_tools_of_modules_or_spack_do_instead_of_packages(machine):
    for tool in TOOLS:
        add_tool(machine, tool)
    done = install(machine, "chromium")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "goes on\n"
    assert "chromium" in done.stderr  # what is not there is said


def test_a_password_is_not_asked_for_without_a_terminal(machine):
    (machine / "sudo").write_text("#!/bin/bash\n[ \"$1\" = -n ] || echo password >&2\nexit 1\n")
    (machine / "sudo").chmod(0o755)
    done = install(machine)
    assert done.returncode == 2 and "password" not in done.stderr


@pytest.fixture
def clone(tmp_path):
    """The scripts in a clone of their own, on a machine where everything is installed but nothing can be fetched."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    stubs = {"dpkg-query": "echo install ok installed", "cmake": "exit 0", "python3": "exit 1",
             "lscpu": "echo '# Core,Socket'; printf '0,0\\n0,0\\n1,0\\n1,0\\n'", "nproc": "echo 4",
             "mpirun": "echo mpirun \"$@\" allowed=$OMPI_MCA_rmaps_base_oversubscribe"}
    for name, text in stubs.items():
        put_script(tmp_path / "bin" / name, text)
    put_script(tmp_path / "build/release/rwwsweep", "echo rwwsweep \"$@\"")
    return tmp_path


def put_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def quickstart(clone):
    path = f"{clone / 'bin'}:/usr/bin:/bin"
    return subprocess.run([clone / "scripts/quickstart"], env={"PATH": path}, capture_output=True, text=True)


def test_quickstart_without_a_network_runs_the_generated_example(clone):
    done = quickstart(clone)
    assert done.returncode == 0, done.stderr
    assert "rwwsweep configs/generated84.yaml allowed=1\n" in done.stdout
    assert "\nrwwsweep best results --stage evaluate\n" in done.stdout
    assert "results/evaluate.h5" in done.stdout and "report.html" not in done.stdout
    assert "dk84" not in done.stdout.split("known.")[1]  # needs data
    assert "\n  python3 -c 'import xarray" in done.stdout


def test_quickstart_ends_with_the_scores_and_the_commands_that_come_next(clone):
    put_script(clone / "scripts/fetch-dk84", "exit 0")
    done = quickstart(clone)
    assert done.returncode == 0, done.stderr
    run, scores = (done.stdout.index(f"rwwsweep {words}\n") for words in [
        "configs/quickstart.yaml allowed=1", "best results --stage evaluate"])
    said = done.stdout[scores:]
    assert run < scores and max(map(len, said.splitlines())) <= 80
    commands = re.findall(r"  mpirun -n 2 build/release/rwwsweep \\\n    (configs/\S+) --output (\S+)\n", said)
    assert commands == [("configs/dk84-recommended-long.yaml", "results/long"), ("configs/dk84.yaml", "results/published")]
    assert all((ROOT / config).exists() for config, _ in [("configs/quickstart.yaml", ""), *commands])


def test_quickstart_takes_cores_and_not_their_threads(clone):
    assert "\nmpirun -n 2 " in quickstart(clone).stdout


def convert(directory, *arguments):
    # with no Python of ours on the PATH: the script finds it
    environment = dict(os.environ, PATH="/usr/bin:/bin")
    return subprocess.run([ROOT / "scripts/convert", *arguments], cwd=directory, capture_output=True, text=True,
                          env=environment)


def test_npz_files_become_one_hdf5_file(tmp_path):
    numpy.savez(tmp_path / "a.npz", weights=WEIGHTS, lengths=10 * WEIGHTS, labels=["a", "b", "é"])
    numpy.savez(tmp_path / "b.npz", FC=WEIGHTS.T)
    done = convert(tmp_path, "a.npz", "b.npz", "-o", "c.h5")
    assert done.returncode == 0, done.stderr
    with h5py.File(tmp_path / "c.h5") as file:
        assert (file["weights"][:] == WEIGHTS).all() and (file["tract_lengths"][:] == 10 * WEIGHTS).all()
        assert (file["fc"][:] == WEIGHTS.T).all()
        assert list(file["region_labels"].asstr()) == ["a", "b", "é"]
        assert file["tract_lengths"].attrs["units"] == "mm"


@pytest.mark.parametrize("arrays,message", [
    (dict(weights=WEIGHTS, fc=WEIGHTS[:2]), "fc has shape (2, 3); expected (3, 3)"),
    (dict(other=WEIGHTS), "found neither weights nor fc"),
    (dict(weights=5.0), "weights has shape (); expected a square matrix"),
    (dict(weights=WEIGHTS, labels=["a"]), "region_labels has shape (1,); expected (3,)"),
    (dict(weights=numpy.array([["a"] * N] * N)), "weights holds"),
    (dict(weights=numpy.array([[{}] * N] * N, dtype=object)), "a.npz: is no npz file of plain arrays"),
])
def test_npz_files_that_fit_nothing_are_refused(tmp_path, arrays, message):
    numpy.savez(tmp_path / "a.npz", **arrays)
    (tmp_path / "c.h5").write_text("of before")
    done = convert(tmp_path, "a.npz", "-o", "c.h5")
    assert done.returncode == 2
    assert done.stderr.startswith("convert: ") and message in done.stderr
    assert (tmp_path / "c.h5").read_text() == "of before"
    assert {path.name for path in tmp_path.iterdir()} == {"a.npz", "c.h5"}


@pytest.mark.parametrize("name,content", [("a.npz", b"no zip"), ("a.npz", b""), ("absent.npz", None), ("a.npy", None)])
def test_what_is_no_npz_file_is_refused(tmp_path, name, content):
    if name == "a.npy":
        numpy.save(tmp_path / name, WEIGHTS)
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    done = convert(tmp_path, name, "-o", "c.h5")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and name in done.stderr


def test_another_wheel_is_refused(tmp_path):
    (tmp_path / "tvboptim.whl").write_bytes(b"another one")
    done = subprocess.run([ROOT / "scripts/fetch-dk84", "--wheel", "tvboptim.whl", "-o", "dk84.h5"], cwd=tmp_path,
                          capture_output=True, text=True, env=dict(os.environ, PATH="/usr/bin:/bin"))
    assert done.returncode != 0
    assert "SHA-256 is" in done.stderr and "Traceback" not in done.stderr
    assert not pathlib.Path(tmp_path / "dk84.h5").exists()


@pytest.mark.parametrize("name", ["collect", "convert", "fetch-dk84", "report"])
def test_help_fits_a_terminal(name):
    done = subprocess.run([ROOT / "scripts" / name, "--help"], capture_output=True, text=True, check=True,
                          env=dict(os.environ, COLUMNS="80"))
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
