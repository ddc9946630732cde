"""Several jobs at one output directory: one writes, the others say who has it; whoever dies leaves nothing in the way."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep")
TRIES = int(os.environ.get("RWWSWEEP_LOCK_TRIES", 5))
CONFIG = """\
name: jobs
connectivity: {{generator: {{name: two-hemispheres, nodes: 6, seed: 1}}}}
integration: {{duration: 20000.0, noise: {{seed: 42}}}}
observation: {{fc: {{skip: 4}}, target: {{simulate: {{model.w: 0.5, noise.seed: 7}}}}}}
explore: {{axes: [{{parameter: coupling.a, low: 0.1, high: {high}, n: {n}}}]}}
"""
LONG, SOME, SHORT = 100000, 40000, 40  # points: more than any test waits for, seconds' and a moment's work


@pytest.fixture
def study(tmp_path):
    """Starts a job on n points; whatever still runs at the end is killed."""
    jobs = []

    def start(n, high=0.7, stage="explore"):
        config = tmp_path / f"{n}-{high}.yaml"
        if not config.exists():
            config.write_text(CONFIG.format(n=n, high=high))
        command = [PROGRAM, config, "--output", tmp_path / "results", "--stage", stage, "--progress", "none"]
        jobs.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return jobs[-1]

    start.results = tmp_path / "results"
    yield start
    for job in jobs:
        job.kill()
        job.communicate()


def wait_for_rows(job, results):
    """Until the job has finished a row of its own making."""
    while job.poll() is None:
        for path in results.glob("explore-*.h5"):
            with h5py.File(path) as file:
                if (file["slots/rows"]["outcome"] > 1).any():
                    return
    raise AssertionError(job.stderr.read())


def check_refused(job, owner):
    _, message = job.communicate()
    assert job.returncode == 2, message
    assert re.search(rf"process {owner.pid} on ", message)


def check_finished(job, results):
    _, message = job.communicate()
    assert job.returncode == 0, message
    with h5py.File(next(results.glob("explore-*.h5"))) as file:
        assert (file["explore/status"][...] == 2).all() and numpy.isfinite(file["explore/loss"][...]).all()


def test_of_two_jobs_in_the_same_instant_one_works(study):
    for _ in range(TRIES):
        shutil.rmtree(study.results, ignore_errors=True)
        jobs = [study(LONG), study(LONG)]
        while all(job.poll() is None for job in jobs):
            time.sleep(0.01)
        loser, owner = sorted(jobs, key=lambda job: job.returncode is None)
        check_refused(loser, owner)
        assert owner.poll() is None
        owner.kill()
        owner.wait()


def test_a_killed_job_is_no_obstacle(study):
    job = study(LONG)
    wait_for_rows(job, study.results)
    job.kill()
    job.wait()
    again = study(LONG)
    while (again.poll() is None) and "cut off" not in again.stderr.readline():
        pass
    assert again.poll() is None


def tell_status(study):
    return subprocess.run([PROGRAM, "status", study.results], capture_output=True, text=True, check=True).stdout


def test_status_knows_a_running_and_a_dead_job(study):
    job = study(LONG)
    wait_for_rows(job, study.results)
    assert f"state    running (process {job.pid} on " in tell_status(study)
    job.kill()
    job.wait()
    assert f"state    its job has died (process {job.pid} on " in tell_status(study)


def test_a_stopped_job_keeps_its_files_and_goes_on(study):
    job = study(SOME)
    wait_for_rows(job, study.results)
    job.send_signal(signal.SIGSTOP)
    check_refused(study(SOME), job)
    job.send_signal(signal.SIGCONT)
    check_finished(job, study.results)


def cut(results, path):
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("harm, message", [
    (lambda results, path: path.unlink(), "was removed or replaced while the job ran; run again to compute what is missing"),
    (lambda results, path: shutil.rmtree(results), "was removed"),
    (cut, "was cut short while the job ran; move it away, and run again"),
])
def test_a_file_that_is_taken_from_a_job_is_told(study, harm, message):
    job = study(LONG)
    wait_for_rows(job, study.results)
    harm(study.results, next(study.results.glob("explore-*.h5")))
    _, said = job.communicate()
    assert job.returncode == 2 and message in said, said


def test_jobs_that_share_a_finished_stage_run_side_by_side(study):
    assert study(SHORT, stage="simulate").wait() == 0
    jobs = [study(SHORT, stage="simulate") for _ in range(4)]
    for job in jobs:
        output, message = job.communicate()
        assert job.returncode == 0, message
        assert "cache" in output


def test_jobs_on_other_grids_run_side_by_side(study):
    first, second = study(LONG), study(SHORT, high=0.6)
    _, message = second.communicate()
    assert second.returncode == 0, message
    assert first.poll() is None
