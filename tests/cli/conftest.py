"""What the tests through the program share: the program itself, mpirun, and a configuration of seconds."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep"))
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "pml", "ob1", "--mca", "btl", "self,vader",
          "--mca", "mpi_yield_when_idle", "1"]
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")

SMALL = """\
name: small
connectivity: {generator: {name: two-hemispheres, nodes: 8, seed: 1}, normalize: max}
model: {parameters: {w: 0.5, I_o: 0.32}}
coupling: {parameters: {a: 0.5}}
integration: {step_size: 4.0, duration: 24000.0, noise: {sigma: 0.00283, seed: 42}}
monitors: {Bold: {period: 1000.0}}
observation: {fc: {skip: 4}, target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}}
explore:
  axes:
    - {parameter: coupling.a, low: 0.3, high: 2.4, n: 5}
    - {parameter: model.w, low: 0.1, high: 0.8, n: 7}
output: {directory: results}
"""


class Program:
    """Runs the program in a directory of its own, alone or under mpirun."""

    def __init__(self, directory):
        self.directory = directory

    def configure(self, text=SMALL, name="sweep.yaml"):
        (self.directory / name).write_text(text)
        return self

    def run(self, *arguments, ranks=None, check=True, environment=None, timeout=300, wrapper=(),
            stdin=None):
        launcher = [] if ranks is None else [*MPIRUN, "-n", str(ranks)]
        done = subprocess.run([*launcher, *wrapper, str(PROGRAM), *map(str, arguments)], cwd=self.directory, capture_output=True,
                              text=True, timeout=timeout, input=stdin, env=dict(ENVIRONMENT, **(environment or {})))
        if check and done.returncode != 0:
            pytest.fail(f"status {done.returncode}: {done.stderr}")
        return done

    def start(self, *arguments, ranks=None):
        """The same without waiting for its end."""
        launcher = [] if ranks is None else [*MPIRUN, "-n", str(ranks)]
        return subprocess.Popen([*launcher, str(PROGRAM), *map(str, arguments)], cwd=self.directory, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)

    def fingerprint(self):
        """Content hash of every file below the directory."""
        return {str(path.relative_to(self.directory)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.directory.rglob("*")) if path.is_file()}


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path).configure()


@pytest.fixture(scope="session")
def mpirun():
    if not shutil.which("mpirun"):
        pytest.fail("mpirun is not there; the tests need Open MPI")
    return MPIRUN
