"""The published exploration, killed time and again and started on other numbers of ranks; some minutes.
scripts/test -C long -L long runs it, once scripts/fetch-dk84 has fetched the connectome."""

import os
import random
import signal
import subprocess
import time

import pytest
from conftest import ENVIRONMENT, MPIRUN, PROGRAM, ROOT
from test_stopping import Program, find_ranks, is_running, read

KILLS = [(2, None), (3, 0), (2, 1), (3, 0), (5, 4), (1, 0)]  # ranks, and who is killed (None: mpirun)


def start(program, ranks):
    command = [*MPIRUN, "-n", str(ranks), str(PROGRAM), ROOT / "configs/dk84.yaml", "--stage", "explore", "--progress", "none"]
    return subprocess.Popen(command, cwd=program.directory, env=ENVIRONMENT, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(program, ranks):
    _, message = (job := start(program, ranks)).communicate()
    assert job.returncode == 0, message


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("undisturbed"))
    finish(program, 2)
    return read(program)[0]


def kill_at_some_time(program, ranks, victim, times):
    job = start(program, ranks)
    time.sleep(times.uniform(1, 5))
    assert job.poll() is None, job.communicate()[1]
    pids = find_ranks(job)
    os.kill(job.pid if victim is None else pids[victim], signal.SIGKILL)
    job.communicate()
    while any(map(is_running, pids.values())):
        time.sleep(0.05)


@pytest.mark.parametrize("ranks_afterwards", [1, 2, 3, 5])
def test_killed_at_any_time_it_ends_in_the_same_bits(tmp_path, undisturbed, ranks_afterwards):
    program, times = Program(tmp_path), random.Random(ranks_afterwards)
    finished = {}
    for ranks, victim in KILLS:
        kill_at_some_time(program, ranks, victim, times)
        if not list(program.directory.glob("results/explore-*.h5")):
            continue  # it had not yet begun
        slots = read(program)[1]
        assert all(slots[row]["attempts"] == attempts for row, attempts in finished.items())
        finished = {row: slot["attempts"] for row, slot in enumerate(slots) if slot["outcome"] > 1}
    finish(program, ranks_afterwards)
    losses, slots = read(program)
    assert losses == undisturbed and (slots["outcome"] == 2).all()
    assert all(slots[row]["attempts"] == attempts for row, attempts in finished.items())
