"""Jobs on two hosts at one output directory. A host here is a set of namespaces: its own name and process numbers."""

import os
import signal
import subprocess
import time

import h5py
import pytest
from conftest import ENVIRONMENT, PROGRAM, SMALL

CONFIG = SMALL.replace("n: 5", "n: 50").replace("n: 7", "n: 50")  # long enough to be looked at
ELSEWHERE = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"]

pytestmark = pytest.mark.skipif(
    subprocess.run([*ELSEWHERE, "true"], capture_output=True).returncode != 0 and not os.environ.get("CI"),
    reason="needs root for a host of its own")


@pytest.fixture
def job(program):
    """An exploration that has begun on the other host."""
    program.configure(CONFIG)
    command = [*ELSEWHERE, str(PROGRAM), "sweep.yaml", "--stage", "explore", "--progress", "none"]
    started = subprocess.Popen(command, cwd=program.directory, stderr=subprocess.PIPE, text=True, start_new_session=True,
                               env=dict(ENVIRONMENT, RWWSWEEP_BACKEND="reference", SLURM_JOB_ID="4711"))
    while count_finished(program) == 0:
        assert started.poll() is None, started.stderr.read()
        time.sleep(0.02)
    yield started
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def count_finished(program):
    try:
        path, = (program.directory / "results").glob("explore-*.h5")
        with h5py.File(path) as file:
            return int((file["slots/rows"]["outcome"] > 1).sum())
    except (ValueError, OSError, KeyError):
        return 0


def test_a_living_owner_on_another_host_is_named(program, job):
    done = program.run("sweep.yaml", "--stage", "explore", check=False, environment={"RWWSWEEP_BACKEND": "reference"})
    assert done.returncode == 2
    assert "is being written by process 1 on elsewhere" in done.stderr
    assert "state    running (process 1 on elsewhere" in program.run("status", "results").stdout
    assert job.poll() is None


def test_an_earlier_start_of_the_same_slurm_job_is_replaced_at_once(program, job):
    """A requeued job, on this host, finds what its first start on the other host has left."""
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    assert "state    without a heartbeat for some seconds" in program.run("status", "results").stdout
    again = {"RWWSWEEP_BACKEND": "reference", "SLURM_JOB_ID": "4711", "SLURM_RESTART_COUNT": "1"}
    done = program.run("sweep.yaml", "--stage", "explore", environment=again)
    assert "heartbeat" not in done.stderr and "were in flight" in done.stderr


def test_a_dead_owner_on_another_host_is_replaced_once_its_heartbeat_rests(program, job):
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    n = count_finished(program)
    done = program.run("sweep.yaml", "--stage", "explore", environment={"RWWSWEEP_BACKEND": "reference"})
    assert "if its heartbeat rests for 30 s, this job takes its place" in done.stderr
    assert f"cache   {n} points were there already" in done.stdout
