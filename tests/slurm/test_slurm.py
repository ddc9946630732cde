"""The template under a real Slurm of one node: shards that are killed and queued again, fits, subjects, launchers."""

import csv
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/crash")]
from conftest import ENVIRONMENT, PROGRAM, Program
from test_shards import read

HERE = ROOT / "tests/slurm"
PATIENCE_S = 300  # far more than any step takes; a step that takes so long has failed

CONFIG = """\
name: slurm
connectivity: {generator: {name: two-hemispheres, nodes: 24, seed: 1}, normalize: max}
integration: {step_size: 4.0, duration: 60000.0, noise: {sigma: 0.00283, seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}}
explore:
  axes:
    - {parameter: coupling.a, low: 0.3, high: 2.4, n: 48}
    - {parameter: model.w, low: 0.1, high: 0.8, n: 48}
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 3, restarts: 16}
  - {name: regional, start: explore, free: {model.w: regional}, steps: 2, restarts: 2}
output: {directory: results}
"""


class Slurm:
    """Jobs of the template, found in PATH and submitted from a directory that is not the repository."""

    def __init__(self, directory):
        self.directory = directory
        self.environment = dict(ENVIRONMENT, SLURM_CONF=str(directory / "slurm/slurm.conf"),
                                PATH=f"{ROOT}/slurm:{PROGRAM.parent}:{os.environ['PATH']}")  # as if installed

    def call(self, *command, check=True):
        done = subprocess.run([*map(str, command)], cwd=self.directory, env=self.environment, capture_output=True,
                              text=True, timeout=60)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def submit(self, *arguments, options=()):
        return self.call("sbatch", "--parsable", "--output=%x-%A-%a.log", *options, "rwwsweep.sbatch", *arguments)

    def describe(self, job):
        """Fields of a job, or of every element of an array that has been split off."""
        lines = self.call("scontrol", "show", "job", "-o", job).splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]

    def wait(self, job):
        """Until it has ended; what was queued again does not wait its two minutes. Returns its states."""
        def ended():
            jobs = self.describe(job)
            for one in jobs:
                if one["JobState"] == "PENDING" and one.get("Reason") == "BeginTime":
                    self.call("scontrol", "update", f"JobId={one['JobId']}", "StartTime=now", check=False)
            return all(one["JobState"] not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED")
                       for one in jobs)
        def ended_for_good():  # a job that is being queued again shows as failed for a moment
            if not ended():
                return False
            time.sleep(3)
            return ended()
        wait_until(ended_for_good, self.logs)
        return {one["JobState"] for one in self.describe(job)}

    def logs(self):
        return "\n".join(f"{path.name}:\n{path.read_text()}" for path in sorted(self.directory.glob("*.log")))

    def log(self, job, element):
        path = self.directory / f"rwwsweep-{job}-{element}.log"
        return path.read_text() if path.exists() else ""


def wait_until(is_so, explain):
    begin = time.monotonic()
    while not is_so():
        assert time.monotonic() - begin < PATIENCE_S, explain()
        time.sleep(0.1)


def why_not():
    if os.geteuid() != 0:
        return "needs root for a Slurm of its own"
    missing = [name for name in ("slurmctld", "slurmd", "munged", "sbatch") if not shutil.which(name)]
    return f"not installed: {' '.join(missing)}" if missing else None


@pytest.fixture(scope="module")
def slurm_directory(tmp_path_factory):
    if why_not() and not os.environ.get("CI"):
        pytest.skip(why_not())
    directory = tmp_path_factory.mktemp("slurm") / "slurm"
    port = random.randrange(20000, 30000, 2)
    try:
        up = subprocess.run([HERE / "slurm-up", directory, str(port)], capture_output=True, text=True, timeout=60)
        if up.returncode != 0 and not os.environ.get("CI"):
            pytest.skip(f"Slurm cannot be started here: {up.stderr}")
        assert up.returncode == 0, up.stderr
        yield directory
    finally:
        subprocess.run([HERE / "slurm-down", directory], capture_output=True, timeout=60)


@pytest.fixture
def slurm(slurm_directory, tmp_path):
    (tmp_path / "slurm").symlink_to(slurm_directory)
    return Slurm(tmp_path)


def find_rank(slurm, shard):
    """Process id of the rank that computes a shard here; None where there is none now."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words, directory = (entry / "cmdline").read_bytes().split(b"\0"), (entry / "cwd").resolve()
        except OSError:
            continue
        if directory == slurm.directory.resolve() and words[0] == str(PROGRAM).encode() and shard.encode() in words:
            return int(entry.name)
    return None


def has_begun(slurm, shard):
    index, n = shard.split("/")
    for path in (slurm.directory / "results").glob(f"explore-*.shard-{index}-of-{n}.h5"):
        try:
            with h5py.File(path) as file:
                outcomes = file["slots/rows"]["outcome"]
                return (outcomes == 2).any() and (outcomes == 0).any()
        except OSError:
            return False
    return False


def catch(slurm, shard, name):
    """Sends a signal to the rank of a shard that has some points and not all."""
    wait_until(lambda: has_begun(slurm, shard) and find_rank(slurm, shard), slurm.logs)
    pid = find_rank(slurm, shard)
    os.kill(pid, name)
    return pid


def test_an_array_whose_elements_are_killed_and_requeued_ends_with_its_merge_job_in_the_bits_of_one_job(slurm):
    (slurm.directory / "whole").mkdir()
    undisturbed = Program(slurm.directory / "whole").configure(CONFIG)
    undisturbed.run("sweep.yaml", ranks=2)
    sharded = Program(slurm.directory).configure(CONFIG)
    array = slurm.submit("sweep.yaml", "--shard", "%a/4", "--progress", "none", options=["--array=1-4", "--ntasks=1"])
    merge = slurm.submit("merge", "sweep.yaml", "--progress", "none",
                         options=[f"--dependency=afterok:{array}", "--ntasks=2"])
    # held until its limit is near, which is told to the template by a signal
    stopped = catch(slurm, "1/4", signal.SIGSTOP)
    slurm.call("scontrol", "update", f"JobId={array}_1", "TimeLimit=1")
    catch(slurm, "2/4", signal.SIGKILL)
    wait_until(lambda: "asked to stop" in slurm.log(array, 1), slurm.logs)
    os.kill(stopped, signal.SIGCONT)
    assert slurm.wait(array) == {"COMPLETED"}, slurm.logs()
    assert slurm.wait(merge) == {"COMPLETED"}, slurm.logs()
    assert "ended with status 75; queued again" in slurm.log(array, 1)
    assert "ended with status 137; queued again" in slurm.log(array, 2)
    assert read(sharded) == read(undisturbed)


@pytest.mark.parametrize("launch", ["srun --mpi=pmix --cpu-bind=cores", "mpirun --map-by core --bind-to core"])
def test_a_job_of_several_tasks(slurm, launch):
    Program(slurm.directory).configure(CONFIG.replace("n: 48", "n: 4"))
    slurm.environment["LAUNCH"] = launch
    job = slurm.submit("sweep.yaml", "--stage", "explore", "--progress", "none", options=["--ntasks=2"])
    assert slurm.wait(job) == {"COMPLETED"}, slurm.logs()
    assert "16 points in" in slurm.logs() and "on 2 ranks" in slurm.logs()


def test_tasks_that_do_not_find_each_other_are_told_which_option_is_missing(slurm):
    Program(slurm.directory).configure(CONFIG)
    slurm.environment["LAUNCH"] = "srun --mpi=none"
    job = slurm.submit("sweep.yaml", options=["--ntasks=2"])
    assert slurm.wait(job) == {"FAILED"}
    assert "srun --mpi=pmix" in slurm.logs() and "queued again" not in slurm.logs()


def test_subjects_each_in_a_job_and_one_table_of_all(slurm):
    subjects = ["a", "b"]
    for seed, name in enumerate(subjects):
        weights = numpy.random.default_rng(seed).uniform(0.1, 1, (8, 8))
        numpy.fill_diagonal(weights, 0)
        numpy.savetxt(slurm.directory / f"{name}.csv", weights, delimiter=",")
    (slurm.directory / "subjects.txt").write_text("\n".join(subjects) + "\n")
    text = CONFIG.replace("generator: {name: two-hemispheres, nodes: 24, seed: 1}", "file: a.csv").replace("n: 48", "n: 3")
    Program(slurm.directory).configure(text)
    array = slurm.submit("sweep.yaml", "--set", "connectivity.file=%s.csv", "--output", "results/%s", "--progress", "none",
                         options=["--array=1-2", "--export=ALL,SUBJECTS=subjects.txt"])
    table = slurm.call("sbatch", "--parsable", "--output=table-%j.log", f"--dependency=afterok:{array}",
                       f"--wrap={ROOT}/scripts/collect results/* -o all.csv")
    assert slurm.wait(array) == {"COMPLETED"}, slurm.logs()
    assert slurm.wait(table) == {"COMPLETED"}, slurm.logs()
    with (slurm.directory / "all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["results"], row["stage"]) for row in rows] == [
        (name, stage) for name in subjects for stage in ("simulate", "explore", "global", "regional")]
    for row in rows:
        if row["stage"] == "explore":
            with h5py.File(slurm.directory / "results" / row["results"] / "explore.h5") as file:
                assert float(row["loss"]) == file["explore/loss"][...].min()
