"""The template under a real Slurm, of this machine or of virtual hosts: shards that are killed and queued again, fits,
subjects, launchers. Nobody helps a job: whatever happens to it, the template and Slurm have to see to it."""

import csv
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import h5py
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/crash")]
import harness
from conftest import ENVIRONMENT, PROGRAM, Program
from test_shards import read

VIRTUAL_HOSTS = ["h1", "h2", "h3", "h4"]
PATIENCE_S = 300  # far more than any step takes; a step that takes so long has failed

CONFIG = """\
name: slurm
connectivity: {generator: {name: two-hemispheres, nodes: 24, seed: 1}, normalize: max}
integration: {step_size: 4.0, duration: 24000.0, noise: {sigma: 0.00283, seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}}
explore:
  axes:
    - {parameter: coupling.a, low: 0.3, high: 2.4, n: 24}
    - {parameter: model.w, low: 0.1, high: 0.8, n: 24}
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 10, restarts: 16}
  - {name: regional, start: explore, free: {model.w: regional}, steps: 2, restarts: 2}
output: {directory: results}
"""


class Cluster:
    """A Slurm that runs in a directory, and the hosts that it has where those are not this machine."""

    def __init__(self, directory, hosts=None):
        self.directory, self.hosts = directory, hosts
        self.nodes = VIRTUAL_HOSTS if hosts else ["localhost"]
        self.on_head = ["nsenter", "-t", (hosts / "h0.pid").read_text().strip(), "-n", "-u"] if hosts else []


class Slurm:
    """Jobs of the template, found in PATH and submitted from a directory that is not the repository."""

    def __init__(self, cluster, directory):
        self.cluster, self.directory = cluster, directory
        self.environment = dict(ENVIRONMENT, SLURM_CONF=str(cluster.directory / "slurm.conf"),
                                PATH=f"{ROOT}/slurm:{PROGRAM.parent}:{os.environ['PATH']}")  # as if installed

    def call(self, *command):
        done = subprocess.run([*self.cluster.on_head, *map(str, command)], cwd=self.directory, env=self.environment,
                              capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def submit(self, *arguments, options=()):
        return self.call("sbatch", "--parsable", "--output=%x-%A-%a.log", *options, "rwwsweep.sbatch", *arguments)

    def describe(self, job):
        """Fields of a job, or of every element of an array that has been split off."""
        lines = self.call("scontrol", "show", "job", "-o", job).splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]

    def wait(self, job):
        """Until it has ended, or will never start. Returns its states."""
        def has_ended():
            return all(one["Reason"] == "DependencyNeverSatisfied" or
                       one["JobState"] not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED")
                       for one in self.describe(job))
        wait_until(has_ended, self.logs)
        return {one["JobState"] for one in self.describe(job)}

    def logs(self):
        """What jobs and Slurm itself have said."""
        paths = [*sorted(self.directory.glob("*.log")), *sorted(self.cluster.directory.glob("log/slurm*.log"))]
        return "\n".join(f"{path.name}:\n{path.read_text()}" for path in paths)

    def log(self, job, element):
        path = self.directory / f"rwwsweep-{job}-{element}.log"
        return path.read_text() if path.exists() else ""


def wait_until(is_so, explain):
    begin = time.monotonic()
    while not is_so():
        assert time.monotonic() - begin < PATIENCE_S, explain()
        time.sleep(0.1)


# ---------------------------------------------------------------- a Slurm of our own


def why_not(tools):
    if os.geteuid() != 0:
        return "needs root for a Slurm of its own"
    missing = [name for name in tools if not shutil.which(name)]
    return f"not installed: {' '.join(missing)}" if missing else None


def bring_up(*command):
    """A script that makes something; where this machine cannot have it, the tests are left out, but in CI they fail."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(f"{command[0].name} does not succeed here: {done.stderr}")
    assert done.returncode == 0, done.stderr


def find_ports():
    """Two in a row that nobody uses."""
    while True:
        port = random.randrange(20000, 30000, 2)
        try:
            for one in (port, port + 1):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", one))
            return port
        except OSError:
            continue


@pytest.fixture(scope="module", params=["one_node", "virtual_hosts"])
def cluster(request):
    several = request.param == "virtual_hosts"
    reason = why_not(["slurmctld", "slurmd", "munged", "sbatch", *(["ip", "unshare", "nsenter"] if several else [])])
    if reason and not os.environ.get("CI"):
        pytest.skip(reason)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))  # short, for the sockets in it
    made = [directory, *([directory / "hosts"] if several else [])]
    try:
        if several:
            bring_up(ROOT / "tests/hosts/hosts-up", directory / "hosts", len(VIRTUAL_HOSTS))
        bring_up(ROOT / "tests/slurm/slurm-up", directory, find_ports(), *made[1:])
        yield Cluster(*made)
    finally:
        subprocess.run([ROOT / "tests/slurm/slurm-down", *made], capture_output=True)
        if several:
            subprocess.run([ROOT / "tests/hosts/hosts-down", directory / "hosts"], capture_output=True)
        shutil.rmtree(directory)


@pytest.fixture
def slurm(cluster, tmp_path):
    return Slurm(cluster, tmp_path)


def only_on(kind):
    return pytest.mark.parametrize("cluster", [kind], indirect=True, scope="module")


# ---------------------------------------------------------------- shards that are disturbed


def find_stopped(slurm, argument, is_asked):
    """Process id of the rank with this argument that the shim has stopped; is_asked: and that Slurm has signalled."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words, directory = (entry / "cmdline").read_bytes().split(b"\0"), os.readlink(entry / "cwd")
            status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines())
        except OSError:
            continue
        is_ours = directory == str(slurm.directory) and words[0] == str(PROGRAM).encode() and argument.encode() in words
        pending = int(status.get("ShdPnd", "0"), 16) >> (signal.SIGUSR1 - 1) & 1
        if is_ours and status["State"].startswith("T") and (pending or not is_asked):
            return int(entry.name)
    return None


def await_stopped(slurm, argument, is_asked=False):
    wait_until(lambda: find_stopped(slurm, argument, is_asked), slurm.logs)
    return find_stopped(slurm, argument, is_asked)


def count_writes(program, shim, *options):
    """Of a shard that nobody disturbs, to its results."""
    count = program.directory / "count"
    program.run("sweep.yaml", "--shard", "1/4", *options, ranks=1,
                environment={"LD_PRELOAD": str(shim), "FAULT_COUNT": str(count)})
    n_writes = max(int(line.split()[0]) for line in count.open())
    count.unlink()
    return n_writes


def write_disturbed_program(slurm, faults):
    """A program that is disturbed when it is started for the first time: {(element, rank): (mode, write)}."""
    shim = harness.build_shim(slurm.directory)
    cases = "".join(f"  {element}.{rank}.0) export LD_PRELOAD={shim} FAULT_MODE={mode} FAULT_AT={write} ;;\n"
                    for (element, rank), (mode, write) in faults.items())
    path = slurm.directory / "disturbed"
    path.write_text("#!/bin/bash\ncase ${SLURM_ARRAY_TASK_ID:-}.${SLURM_PROCID:-}.${SLURM_RESTART_COUNT:-0} in\n" +
                    cases + f'esac\nexec {PROGRAM} "$@"\n')
    path.chmod(0o755)
    slurm.environment["RWWSWEEP"] = str(path)


def run_undisturbed(slurm):
    """What one job makes of the configuration; and how many writes are amid a shard's exploration, and amid its fit."""
    shim = harness.build_shim(slurm.directory)
    whole, counted = (Program(slurm.directory / name) for name in ("whole", "counted"))
    for program in (whole, counted):
        program.directory.mkdir()
        program.configure(CONFIG)
    whole.run("sweep.yaml", ranks=2)
    exploration = count_writes(counted, shim, "--stage", "explore")
    fit = count_writes(counted, shim, "--stage", "global")
    return read(whole), exploration // 2, exploration + fit // 2


def set_limit(slurm, one, minutes):
    slurm.call("scontrol", "update", f"JobId={one['ArrayJobId']}_{one['ArrayTaskId']}", f"TimeLimit={minutes}")


def test_an_array_whose_elements_are_killed_and_requeued_ends_with_its_merge_job_in_the_bits_of_one_job(slurm):
    undisturbed, early, late = run_undisturbed(slurm)
    sharded = Program(slurm.directory).configure(CONFIG)
    write_disturbed_program(slurm, {(1, 0): ("stop", early), (2, 0): ("kill", early), (3, 0): ("kill", late),
                                    (4, 0): ("stop", late)})
    array = slurm.submit("sweep.yaml", "--shard", "%a/4", "--progress", "none",
                         options=["--array=1-4", "--ntasks=1"])
    merge = slurm.submit("merge", "sweep.yaml", "--progress", "none",
                         options=[f"--dependency=afterok:{array}", "--ntasks=2"])
    for element in (1, 4):  # stays stopped until Slurm tells the template that its limit is near
        await_stopped(slurm, f"{element}/4")
    stopped = [one for one in slurm.describe(array) if one["ArrayTaskId"] in ("1", "4")]
    assert len({one["BatchHost"] for one in stopped}) == min(2, len(slurm.cluster.nodes))
    for one in stopped:
        hours, minutes, _ = map(int, one["RunTime"].split(":"))
        set_limit(slurm, one, 60 * hours + minutes + 2)
    for one in stopped:
        pid = await_stopped(slurm, f"{one['ArrayTaskId']}/4", is_asked=True)
        set_limit(slurm, one, "UNLIMITED")
        os.kill(pid, signal.SIGCONT)
    assert slurm.wait(merge) == {"COMPLETED"}, slurm.logs()
    assert [one["Restarts"] for one in slurm.describe(array)] == ["1"] * 4, slurm.logs()
    for element, status in {1: 75, 2: 137, 3: 137, 4: 75}.items():
        assert f"ended with status {status}; queued again" in slurm.log(array, element)
    assert read(sharded) == undisturbed


@pytest.mark.parametrize("launch", ["srun --mpi=pmix --cpu-bind=cores", "mpirun --map-by core --bind-to core"])
def test_a_job_of_several_tasks(slurm, launch):
    Program(slurm.directory).configure(CONFIG.replace("n: 24}", "n: 4}"))
    slurm.environment["LAUNCH"] = launch
    n_nodes = min(2, len(slurm.cluster.nodes))
    job = slurm.submit("sweep.yaml", "--stage", "explore", "--progress", "none",
                       options=[f"--nodes={n_nodes}", "--ntasks=2"])
    assert slurm.wait(job) == {"COMPLETED"}, slurm.logs()
    assert "16 points in" in slurm.logs() and "on 2 ranks" in slurm.logs()


@only_on("one_node")
def test_tasks_that_do_not_find_each_other_are_told_which_option_is_missing(slurm):
    Program(slurm.directory).configure(CONFIG)
    slurm.environment["LAUNCH"] = "srun --mpi=none"
    job = slurm.submit("sweep.yaml", options=["--ntasks=2"])
    assert slurm.wait(job) == {"FAILED"}
    assert "srun --mpi=pmix" in slurm.logs() and "queued again" not in slurm.logs()


@only_on("one_node")
def test_subjects_each_in_a_job_and_one_table_of_all(slurm):
    subjects = ["a", "b"]
    for seed, name in enumerate(subjects):
        weights = numpy.random.default_rng(seed).uniform(0.1, 1, (8, 8))
        numpy.fill_diagonal(weights, 0)
        numpy.savetxt(slurm.directory / f"{name}.csv", weights, delimiter=",")
    (slurm.directory / "subjects.txt").write_text("\n".join(subjects) + "\n")
    text = CONFIG.replace("generator: {name: two-hemispheres, nodes: 24, seed: 1}", "file: a.csv").replace("n: 24}", "n: 3}")
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


def crash(slurm, host):
    os.kill(int((slurm.cluster.hosts / f"{host}.pid").read_text()), signal.SIGKILL)


def set_link(slurm, host, state):
    switch = (slurm.cluster.hosts / "switch").read_text().strip()
    subprocess.run(["ip", "-n", switch, "link", "set", f"v{host[1:]}", state], check=True)


def find_host(slurm, pid):
    """By the namespace of process numbers."""
    space = os.readlink(f"/proc/{pid}/ns/pid")
    host, = (host for host in VIRTUAL_HOSTS
             if os.readlink(f"/proc/{(slurm.cluster.hosts / f'{host}.pid').read_text().strip()}/ns/pid") == space)
    return host


@only_on("virtual_hosts")
@pytest.mark.parametrize("how", ["cut off", "crash"])
def test_a_job_that_loses_a_host_goes_on_with_others(slurm, how):
    """Once Slurm no longer hears of the host. What goes on there when it is heard of again harms no value: it was
    stopped at a write, and may have been about to mark rows as begun. These are computed again."""
    undisturbed, early, _ = run_undisturbed(slurm)
    program = Program(slurm.directory).configure(CONFIG)
    write_disturbed_program(slurm, {("", 1): ("stop", early)})
    job = slurm.submit("sweep.yaml", "--progress", "none", options=["--nodes=2", "--ntasks=2"])
    stopped = await_stopped(slurm, "sweep.yaml")
    lost = find_host(slurm, stopped)
    crash(slurm, lost) if how == "crash" else set_link(slurm, lost, "down")
    assert slurm.wait(job) == {"COMPLETED"}, slurm.logs()
    one, = slurm.describe(job)
    assert one["Restarts"] == "1" and lost not in one["NodeList"], slurm.logs()
    if how == "cut off":
        os.kill(stopped, signal.SIGCONT)
        set_link(slurm, lost, "up")
        wait_until(lambda: not os.path.exists(f"/proc/{stopped}"), slurm.logs)
    program.run("sweep.yaml", "--progress", "none")
    assert read(program) == undisturbed
