"""Runs that are killed or asked to stop, and what the next run makes of them."""

import os
import signal
import subprocess
import time

import h5py
import numpy
import pytest
from conftest import ENVIRONMENT, MPIRUN, PROGRAM, ROOT, SMALL, Program

CONFIG = SMALL.replace("n: 5", "n: 40").replace("n: 7", "n: 75")  # some seconds of work, also for a fast processor
MANY = SMALL.replace("n: 5", "n: 400").replace("n: 7", "n: 250")  # more than any processor does in seconds
SMALL_UNITS = dict(ENVIRONMENT, RWWSWEEP_BACKEND="reference")  # so that there is something to interrupt between them


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("undisturbed")).configure(CONFIG)
    program.run("sweep.yaml", "--stage", "explore", environment=SMALL_UNITS)
    return read(program)[0]


def read(program):
    path, = (program.directory / "results").glob("explore-*.h5")
    with h5py.File(path) as file:
        return file["explore/loss"][:].tobytes(), file["slots/rows"][:]


def start(program, ranks, *arguments):
    launcher = [*MPIRUN, "-n", str(ranks)] if ranks else []
    command = [*launcher, str(PROGRAM), "sweep.yaml", "--stage", "explore", "--progress", "none", *arguments]
    job = subprocess.Popen(command, cwd=program.directory, env=SMALL_UNITS, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    return job


def count_finished(program):
    try:
        return int((read(program)[1]["outcome"] > 1).sum())
    except (ValueError, OSError, KeyError):
        return 0


def wait_until_some_are_finished(program, job, n):
    while count_finished(program) < n:
        assert job.poll() is None, job.communicate()[1]
        time.sleep(0.02)


def find_ranks(job):
    """Process ids of the ranks, by rank."""
    children = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True).stdout.split()
    found = {}
    for pid in children:
        for setting in open(f"/proc/{pid}/environ").read().split("\0"):
            if setting.startswith("OMPI_COMM_WORLD_RANK="):
                found[int(setting.split("=")[1])] = int(pid)
    return found


def is_running(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def check_that_the_next_run_finishes(program, undisturbed, ranks):
    before = read(program)[1]
    done = program.run("sweep.yaml", "--stage", "explore", ranks=ranks, environment=SMALL_UNITS)
    losses, slots = read(program)
    assert losses == undisturbed
    finished = before["outcome"] > 1
    assert (slots["attempts"][finished] == before["attempts"][finished]).all()
    assert (slots["attempts"] <= 2).all() and (slots["outcome"] == 2).all()
    if finished.any():
        expected = f"cache   {finished.sum()} points were there already" if not finished.all() else "taken from the cache"
        assert expected in done.stdout


KILLS = [  # ranks, who is killed (None: mpirun or the program itself), points finished before, ranks afterwards
    (None, None, 30, 2),
    (2, None, 10, 1),
    (3, 0, 60, 5),
    (3, 2, 120, None),
    (5, 1, 200, 3),
]


@pytest.mark.parametrize("ranks, victim, n, ranks_afterwards", KILLS)
def test_a_killed_run_goes_on_to_the_same_bits(program, undisturbed, ranks, victim, n, ranks_afterwards):
    program.configure(CONFIG)
    job = start(program, ranks)
    wait_until_some_are_finished(program, job, n)
    pids = find_ranks(job)
    os.kill(job.pid if victim is None else pids[victim], signal.SIGKILL)
    job.wait(timeout=60)
    while any(map(is_running, pids.values())):  # the ranks of a killed mpirun end later, or finish their work
        time.sleep(0.05)
    check_that_the_next_run_finishes(program, undisturbed, ranks_afterwards)


def test_a_point_that_kills_its_job_comes_last_and_is_given_up_at_the_third_time(program, tmp_path):
    shim = tmp_path / "killing_point.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/shim/killing_point.c", "-ldl"], check=True)
    program.run("sweep.yaml", "--stage", "explore", "--output", "undisturbed", environment=SMALL_UNITS)
    with h5py.File(next((tmp_path / "undisturbed").glob("explore-*.h5"))) as file:
        slots, losses = file["slots/rows"], file["explore/loss"][:].ravel()
        at = slots.id.get_offset() + 9 * slots.dtype.itemsize
        name = f"coupling.a {file['explore/coupling_a'][1]:g}, model.w {file['explore/model_w'][2]:g}"

    def run(ranks):
        return program.run("sweep.yaml", "--stage", "explore", ranks=ranks, check=False, environment=SMALL_UNITS,
                           wrapper=["env", f"LD_PRELOAD={shim}", f"KILLING_AT={at}"])

    for ranks in (2, None, 3):
        assert run(ranks).returncode in (-signal.SIGKILL, 137)
    found, slots = read(program)
    others = numpy.arange(len(slots)) != 9
    assert (slots["outcome"][others] == 2).all() and (numpy.frombuffer(found) == losses)[others].all()
    assert "points  34 done, 0 diverged, 0 degenerate, 1 failed" in run(2).stdout
    assert f"failed   {name}" in program.run("status", "results").stdout
    assert "34 of 35 rows finished and intact, 1 failed" in program.run("verify", "results").stdout


@pytest.mark.parametrize("ranks", [None, 3])
@pytest.mark.parametrize("how", ["USR1", "--max-time"])
def test_a_run_that_is_asked_to_stop_says_75_and_goes_on_later(program, undisturbed, ranks, how):
    program.configure(CONFIG)
    job = start(program, ranks, *(["--max-time", "0.3"] if how == "--max-time" else []))
    if how == "USR1":
        wait_until_some_are_finished(program, job, 20)
        job.send_signal(signal.SIGUSR1)
    _, message = job.communicate(timeout=60)
    assert job.returncode == 75, message
    slots = read(program)[1]
    assert set(slots["outcome"]) <= {0, 2}  # what was in flight was finished; nothing is left half done
    assert (slots["outcome"] == 0).any()
    check_that_the_next_run_finishes(program, undisturbed, 2)


def test_a_request_to_stop_that_comes_while_mpi_starts_is_heard(program, tmp_path):
    """Hundreds of ranks on few cores take half a minute to start."""
    shim = tmp_path / "early.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/shim/early.c"], check=True)
    done = program.run("sweep.yaml", ranks=2, check=False, wrapper=["env", f"LD_PRELOAD={shim}"])
    assert done.returncode == 75 and "stopped early" in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_run_alone_that_is_told_to_end_says_75_at_once(program, undisturbed, name):
    program.configure(CONFIG)
    job = start(program, None)
    wait_until_some_are_finished(program, job, 20)
    job.send_signal(getattr(signal, name))
    job.communicate(timeout=60)
    assert job.returncode == 75
    check_that_the_next_run_finishes(program, undisturbed, None)


LONG_UNITS = [f"--set={setting}" for setting in ("connectivity.generator.nodes=400", "integration.duration=4000000")]


def test_a_run_in_the_middle_of_a_long_batch_is_not_waited_for(program):
    """The batch takes many minutes: whoever waits for it runs into the timeout."""
    without_target = SMALL.replace(", target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}", "")
    program.configure(without_target.replace("explore:", "explore:\n  keep: [fc]"))
    command = [str(PROGRAM), "sweep.yaml", "--stage", "explore", "--progress", "none", *LONG_UNITS]
    job = subprocess.Popen(command, cwd=program.directory, stderr=subprocess.PIPE, text=True)
    while not list((program.directory / "results").glob("explore-*.h5")) or not (read(program)[1]["outcome"] == 1).any():
        assert job.poll() is None, job.communicate()[1]
        time.sleep(0.02)
    job.send_signal(signal.SIGINT)
    _, message = job.communicate(timeout=60)
    assert job.returncode == 75 and "not waiting for the batch at hand" in message
    slots = read(program)[1]
    assert (slots["outcome"] == 0).all() and not slots["suspect"].any()  # nothing of it is a point that kills jobs


def test_mpirun_that_is_terminated_leaves_a_file_that_goes_on(program, undisturbed):
    program.configure(CONFIG)
    job = start(program, 2)
    wait_until_some_are_finished(program, job, 20)
    job.terminate()
    job.communicate(timeout=60)
    assert job.returncode == 1  # mpirun's own answer
    check_that_the_next_run_finishes(program, undisturbed, 3)


def test_a_finished_file_is_whole_though_readers_looked_all_the_time(program, undisturbed):
    program.configure(CONFIG)
    job = start(program, 2)
    wait_until_some_are_finished(program, job, 1)
    n_looks, named = 0, False
    while job.poll() is None:
        said = program.run("status", "results", "--silence", "0.0001").stdout
        assert "explore" in said
        named = named or "silent   rank" in said
        assert numpy.isfinite(numpy.frombuffer(read(program)[0])).sum() >= 1
        n_looks += 1
    assert job.returncode == 0 and n_looks > 0 and named
    assert read(program)[0] == undisturbed


def with_squeue(program, answer, job="17"):
    """An environment of a Slurm job whose squeue answers so."""
    tools = program.directory / "tools"
    tools.mkdir(exist_ok=True)
    squeue = tools / "squeue"
    squeue.write_text(f'#!/bin/sh\n[ "$*" = "--noheader --jobs={job} --format=%L" ] && echo "{answer}"\n')
    squeue.chmod(0o755)
    return dict(SMALL_UNITS, SLURM_JOB_ID=job, PATH=f"{tools}:{os.environ['PATH']}")


@pytest.mark.parametrize("ranks", [None, 2])
def test_max_time_auto_stops_before_the_end_of_the_slurm_job(program, ranks):
    program.configure(MANY)
    done = program.run("sweep.yaml", "--max-time", "auto", ranks=ranks, check=False,
                       environment=with_squeue(program, "0:01"))
    assert done.returncode == 75, done.stderr
    assert "stopped early" in done.stderr


def test_the_last_words_of_rank_0_are_heard_though_others_end_before_it(program, tmp_path):
    """mpirun ends all ranks as soon as one has ended with an error."""
    shim = tmp_path / "late.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/shim/late.c"], check=True)
    program.configure(MANY)
    done = program.run("sweep.yaml", "--max-time", "0.3", ranks=2, check=False,
                       wrapper=["env", f"LD_PRELOAD={shim}"])
    assert done.returncode == 75 and done.stderr.count("rwwsweep: stopped early") == 1, done.stderr
    assert "explore:" in done.stdout


def test_a_run_whose_end_mpirun_is_slow_to_notice_has_succeeded(program, tmp_path):
    """As hundreds of ranks on a few cores are. A rank that is gone before mpirun has read that it ended makes it fail."""
    shim = tmp_path / "slow_answer.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/shim/slow_answer.c", "-ldl"], check=True)
    done = program.run("sweep.yaml", ranks=3, environment={"LD_PRELOAD": str(shim)})
    assert "slow to answer" in done.stderr and "exiting improperly" not in done.stderr, done.stderr


def test_max_time_auto_without_a_limit_runs_to_the_end(program):
    assert program.run("sweep.yaml", "--max-time=auto", environment=with_squeue(program, "UNLIMITED")).returncode == 0


@pytest.mark.parametrize("job, answer, message", [
    (None, "1:00", "this is no job of Slurm (SLURM_JOB_ID is not set)"),
    ("17; true", "1:00", "this is no job of Slurm"),
    ("17", "INVALID", "squeue says that INVALID is left"),
    ("17", "", "squeue says that  is left"),
])
def test_max_time_auto_says_what_is_missing(program, job, answer, message):
    environment = with_squeue(program, answer, job or "17")
    if job is None:
        del environment["SLURM_JOB_ID"]
    before = program.fingerprint()
    done = program.run("sweep.yaml", "--max-time", "auto", check=False, environment=environment)
    assert done.returncode == 2 and message in done.stderr, done.stderr
    assert program.fingerprint() == before
