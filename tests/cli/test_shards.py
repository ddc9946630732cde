"""Shards and their merge: the bits of one job, and what is said where something is missing, of another key or in use."""

import os
import re
import signal
import subprocess
import sys
import time

import h5py
import pytest
from conftest import ENVIRONMENT, PROGRAM, ROOT, SMALL, Program

sys.path.insert(0, str(ROOT / "tests/crash"))
import harness

CONFIG = SMALL.replace("output:", """\
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 3, restarts: 5}
  - {name: regional, start: explore, free: {model.w: regional}, steps: 2, restarts: 3}
output:""")
LONG = CONFIG.replace("n: 5", "n: 100").replace("n: 7", "n: 100")
REFERENCE = {"RWWSWEEP_BACKEND": "reference"}  # of small units, so that there is something to interrupt
N_SHARDS = 4


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What one job makes of the configuration, by stage."""
    program = Program(tmp_path_factory.mktemp("undisturbed")).configure(CONFIG)
    program.run("sweep.yaml")
    return read(program)


@pytest.fixture
def sharded(program):
    """The exploration's shards, all of them finished."""
    program.configure(CONFIG)
    for index in range(1, N_SHARDS + 1):
        run_shard(program, index)
    return program


def read(program):
    """Every byte of every scientific dataset, and what became of every row; by stage."""
    return {path.stem: read_file(path) for path in (program.directory / "results").glob("*.h5") if path.is_symlink()}


def read_file(path):
    with h5py.File(path) as file:
        found = harness.read(path)
        group = file[file.attrs["group"]]
        texts = {name: list(group[name].asstr()) for name in group if group[name].dtype == object}
        inputs = {name: file["inputs"][name][...].tobytes() for name in ("weights", "target_fc")}
        config = [file["config"][name].asstr()[()] for name in ("source", "canonical")]
        attributes = sorted(set(file.attrs) - {"created"})
        return found.readable, list(found.slots["outcome"]), texts, inputs, config, attributes


def run_shard(program, index, n=N_SHARDS, stage="explore", **options):
    return program.run("sweep.yaml", "--shard", f"{index}/{n}", "--stage", stage, **options)


def shard_path(program, index, n=N_SHARDS, stage="explore"):
    path, = (program.directory / "results").glob(f"{stage}-*.shard-{index}-of-{n}.h5")
    return path


def check_refused(program, *arguments, message):
    before = program.fingerprint()
    done = program.run(*arguments, check=False)
    assert done.returncode == 2, done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert program.fingerprint() == before


# ---------------------------------------------------------------- the bits of one job


@pytest.mark.parametrize("n, ranks", [(4, None), (3, 2), (8, None)])
def test_shards_and_their_merge_give_the_bits_of_one_job(program, undisturbed, n, ranks):
    program.configure(CONFIG)
    for index in reversed(range(1, n + 1)):
        program.run("sweep.yaml", "--shard", f"{index}/{n}", ranks=ranks)
    program.run("merge", "sweep.yaml")
    before = read(program)
    assert before["explore"] == undisturbed["explore"]
    program.run("sweep.yaml", ranks=ranks)  # the base run, the summary of the fit, and the fit that starts from the merged
    assert read(program) == undisturbed
    with h5py.File(program.directory / "results/explore.h5") as file:
        assert (file["slots/rows"]["attempts"] == 1).all()  # nothing was computed twice


def test_shards_of_a_fit_that_starts_from_a_merged_exploration(sharded, undisturbed):
    sharded.run("merge", "sweep.yaml")
    for index in (2, 3, 1):
        run_shard(sharded, index, 3, "regional")
    sharded.run("merge", "sweep.yaml", "--stage", "regional")
    sharded.run("sweep.yaml")
    assert read(sharded) == undisturbed


def test_merging_again_changes_nothing(sharded):
    sharded.run("merge", "results")
    before = sharded.fingerprint()
    done = sharded.run("merge", "sweep.yaml")
    assert "35 of 35 rows, all of them merged already" in done.stdout
    assert sharded.fingerprint() == before


def test_a_merge_in_parts_takes_what_is_new(program, undisturbed):
    program.configure(CONFIG)
    run_shard(program, 3)
    assert "9 of 35 rows" in program.run("merge", "results", "--partial").stdout
    for index in (1, 2, 4):
        run_shard(program, index)
    assert "35 of 35 rows, 26 of them new" in program.run("merge", "results").stdout
    assert read(program)["explore"] == undisturbed["explore"]


def test_a_run_goes_on_from_a_merge_in_parts(program, undisturbed):
    program.configure(CONFIG)
    run_shard(program, 2)
    program.run("merge", "results", "--partial")
    assert "cache   9 points were there already" in program.run("sweep.yaml", "--stage", "explore").stdout
    assert read(program)["explore"] == undisturbed["explore"]


def test_a_shard_says_whose_it_is_and_what_is_elsewhere(sharded):
    with h5py.File(shard_path(sharded, 2)) as file:
        assert file.attrs["shard"] == "2/4"
        status = file["explore/status"]
        names = status.attrs["flag_meanings"].split()
        assert [names[code] for code in status[...].ravel()] == ["elsewhere"] * 8 + ["done"] * 9 + ["elsewhere"] * 18
    assert sharded.run("status", "results").stdout.count("state    finished") == N_SHARDS
    assert "9 of 9 rows finished and intact" in sharded.run("verify", "sweep.yaml").stdout


def test_a_shard_takes_points_of_an_earlier_grid(program):
    program.configure(CONFIG).run("sweep.yaml", "--stage", "explore")
    program.configure(CONFIG.replace("n: 5", "n: 10"))
    assert "rows are taken from" in run_shard(program, 1).stderr


@pytest.mark.parametrize("mode", ["kill", "enospc", "fsync"])
def test_a_merge_that_is_cut_off_leaves_nothing_half_done(tmp_path, mode):
    program = Program(tmp_path).configure(CONFIG.replace("n: 5", "n: 2").replace("n: 7", "n: 2"))
    for index in (1, 2):
        run_shard(program, index, 2)
    shim, count = harness.build_shim(tmp_path), tmp_path / "count"
    merge = ["merge", "sweep.yaml", "--output", "results"]
    program.run(*merge, environment={"LD_PRELOAD": str(shim), "FAULT_COUNT": str(count)})
    whole, = (path for path in (tmp_path / "results").glob("explore-*.h5") if "shard" not in path.name)
    expected, n_writes = read_file(whole), max(map(int, count.read_text().split()))
    for at in range(1, n_writes + 1):
        whole.unlink()
        done = program.run(*merge, check=False,
                           environment={"LD_PRELOAD": str(shim), "FAULT_MODE": mode, "FAULT_AT": str(at)})
        assert not whole.exists() or read_file(whole) == expected, f"at write {at}: {done.stderr}"
        program.run(*merge)
        assert read_file(whole) == expected
        assert sorted(path.name for path in (tmp_path / "results").iterdir()) == sorted(
            ["explore.h5", whole.name, *(f"{whole.stem}.shard-{i}-of-2.h5" for i in (1, 2))])


# ---------------------------------------------------------------- what is missing


def test_a_merge_names_the_shards_that_are_missing_or_not_finished(program):
    program.configure(CONFIG)
    run_shard(program, 1)
    run_shard(program, 3)
    with h5py.File(shard_path(program, 3)) as file:
        offset = file["explore/loss"].id.get_offset() + 8 * 20
    data = bytearray(shard_path(program, 3).read_bytes())
    data[offset] ^= 1
    shard_path(program, 3).write_bytes(data)
    check_refused(program, "merge", "results", message=r"(?s)explore: 19 of 35 rows are left.*there is no shard 2,4 of 4.*"
                  r"shard-3-of-4.h5: 1 row left, the first at coupling.a 1.35, model.w 0.8; run shard 3/4 again.*--partial")


def test_a_fit_whose_start_is_sharded_says_what_to_wait_for(program):
    program.configure(CONFIG)
    run_shard(program, 1)
    check_refused(program, "sweep.yaml", "--shard", "1/3", "--stage", "regional",
                  message=r"there is no such file, and regional builds on the stage explore.*"
                          r"Its shards are merged by `rwwsweep merge sweep.yaml`")


def test_a_shard_of_all_stages_leaves_out_what_needs_the_merge(program):
    program.configure(CONFIG)
    done = program.run("sweep.yaml", "--shard", "1/2")
    assert "regional builds on the stage explore" in done.stderr
    assert "leaves it to the one after the merge" in done.stderr
    assert [name.split("-")[0] for name in harness.list_names(program.directory / "results")] == ["explore", "global"]


@pytest.fixture
def start():
    """Starts a job; whatever still runs at the end is killed."""
    jobs = []
    yield lambda *arguments, **options: jobs.append(start_job(*arguments, **options)) or jobs[-1]
    for job in jobs:
        job.terminate()
        job.communicate()


def start_job(program, *arguments, ranks=None, environment=ENVIRONMENT):
    launcher = [] if ranks is None else [*harness.MPIRUN, "-n", str(ranks)]
    return subprocess.Popen([*launcher, str(PROGRAM), "sweep.yaml", "--progress", "none", *arguments],
                            cwd=program.directory, env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ranks", [None, 2])
def test_a_fit_waits_for_its_start_where_it_is_told_to(sharded, start, ranks):
    job = start(sharded, "--shard", "2/3", "--stage", "regional", "--wait", ranks=ranks)
    assert "this job waits for it" in job.stderr.readline()
    assert job.poll() is None
    sharded.run("merge", "results")
    _, message = job.communicate(timeout=60)
    assert job.returncode == 0, message


def test_a_fit_that_waits_can_be_asked_to_stop(program, start):
    program.configure(CONFIG)
    job = start(program, "--stage", "regional", "--wait")
    assert "this job waits for it" in job.stderr.readline()
    job.send_signal(signal.SIGUSR1)
    _, message = job.communicate(timeout=60)
    assert job.returncode == 75, message


# ---------------------------------------------------------------- bad use


@pytest.mark.parametrize("shard", ["5/4", "0/4", "x/4", "1/0", "4"])
def test_what_is_no_shard_is_refused(program, shard):
    check_refused(program, "sweep.yaml", "--shard", shard, message=f"--shard {shard}: expected I/N, the I-th of N shards")


def test_the_base_run_is_not_split(program):
    check_refused(program, "sweep.yaml", "--shard", "1/4", "--stage", "simulate", message="--stage simulate is not split")


def test_shards_of_another_number_in_one_directory(sharded):
    check_refused(sharded, "sweep.yaml", "--shard", "1/3", message="shard-1-of-4.h5 is one of 4 shards of the same results")


def test_merging_shards_of_two_numbers(sharded):
    sharded.run("sweep.yaml", "--stage", "explore", "--shard", "1/3", "--output", "other")
    other, = (sharded.directory / "other").iterdir()
    check_refused(sharded, "merge", shard_path(sharded, 1), other, message="is shard 1/3, but .* is one of 4")


def test_merging_files_of_two_keys(sharded):
    sharded.run("sweep.yaml", "--stage", "explore", "--shard", "2/4", "--output", "other", "--set", "noise.seed=1")
    other, = (sharded.directory / "other").iterdir()
    check_refused(sharded, "merge", shard_path(sharded, 1), other,
                  message=r"is of stage explore, key \w+; .* Expected shards of one key")


def test_merging_what_is_no_shard(sharded):
    sharded.run("sweep.yaml", "--stage", "explore", "--output", "whole")
    check_refused(sharded, "merge", shard_path(sharded, 1), "whole/explore.h5", message="is no shard, but whole results")
    check_refused(sharded, "merge", "whole", message="no shards yet")


@pytest.fixture
def running(program, start):
    """The first shard, which is being computed."""
    program.configure(LONG)
    job = start(program, "--shard", "1/2", "--stage", "explore", environment=dict(ENVIRONMENT, **REFERENCE))
    while not (program.directory / "results").exists() or not any(
            (program.directory / "results").glob("explore-*.h5")):
        assert job.poll() is None, job.stderr.read()
        time.sleep(0.02)
    return job


def test_a_merge_while_a_shard_still_runs(program, running):
    done = program.run("merge", "results", "--partial", check=False)
    assert done.returncode == 2
    assert f"is being written by process {running.pid}" in done.stderr
    assert running.poll() is None
    assert not any(path.is_symlink() for path in (program.directory / "results").iterdir())


def test_an_array_element_that_is_started_twice(program, running):
    done = program.run("sweep.yaml", "--shard", "1/2", "--stage", "explore", check=False, environment=REFERENCE)
    assert done.returncode == 2
    assert f"is being written by process {running.pid}" in done.stderr
    assert running.poll() is None


@pytest.mark.skipif(os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0,
                    reason="needs root to mount a directory for reading alone")
@pytest.mark.parametrize("command", ["merge results", "sweep.yaml --shard 1/4 --redo explore --stage explore"])
def test_a_directory_that_can_only_be_read(sharded, command):
    before = sharded.fingerprint()
    done = subprocess.run(["unshare", "-m", "sh", "-c", "mount --bind results results && "
                           f"mount -o remount,ro,bind results && exec {PROGRAM} {command}"],
                          cwd=sharded.directory, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 2, done.stderr
    assert "Read-only file system" in done.stderr
    assert sharded.fingerprint() == before
