"""A job on several hosts of which one crashes, is cut off, or is very slow: the job ends or goes on, to the same bits."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import h5py
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/crash")]
import harness
from conftest import ENVIRONMENT, PROGRAM, SMALL, Program

HERE = ROOT / "tests/hosts"
CONFIG = SMALL.replace("n: 5", "n: 50").replace("n: 7", "n: 80").replace("24000.0", "60000.0")
SLOWLY = ["--backend", "generic"]  # to the same bits, so that there is work for longer than the silences here
# a connection of Open MPI's own that is silent is given up after seconds, as the template for Slurm has it
KEEPALIVE = dict(re.findall(r"(OMPI_MCA_oob_tcp_keepalive_\w+)=(\d+)", (ROOT / "slurm/rwwsweep.sbatch").read_text()))
assert len(KEEPALIVE) == 3
NO_KEEPALIVE = {"OMPI_MCA_oob_tcp_keepalive_time": "0"}  # or never, where the program's own --silence is looked at
PATIENCE_S = 600  # far more than what is waited for here takes


def why_not():
    if os.geteuid() != 0:
        return "needs root for hosts of its own"
    missing = [name for name in ("ip", "unshare", "nsenter", "mpirun") if not shutil.which(name)]
    return f"not installed: {' '.join(missing)}" if missing else None


class Hosts:
    """A head and two hosts, a program on them, and what can go wrong with the second one."""

    def __init__(self, directory, program):
        self.directory, self.program, self.job = directory, program, None

    def pid(self, host):
        return int((self.directory / f"{host}.pid").read_text())

    def start(self, silence_s=2, environment=None):
        """Two ranks on the first host, of which one leads, and one on the second."""
        network = "10.77.0.0/24"
        launcher = ["nsenter", "-t", str(self.pid("h0")), "-n", "-u", "mpirun", "--bind-to", "none",
                    "--mca", "plm_rsh_agent", str(self.directory / "rsh"), "--mca", "plm_rsh_no_tree_spawn", "1",
                    "--mca", "pml", "ob1", "--mca", "btl", "self,vader,tcp", "--mca", "btl_tcp_if_include", network,
                    "--mca", "oob_tcp_if_include", network, "--mca", "mpi_yield_when_idle", "1",
                    "--host", "h1:2,h2:1", "-n", "3"]
        self.log = self.program.directory / "job.log"
        self.job = subprocess.Popen([*launcher, *self.command(), *SLOWLY, "--silence", str(silence_s)],
                                    cwd=self.program.directory, env=dict(ENVIRONMENT, **(environment or {})),
                                    stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        self.wait_until(lambda: self.count_finished(rank=2) > 0)

    def command(self):
        return [str(PROGRAM), "sweep.yaml", "--stage", "explore", "--progress", "none"]

    def count_finished(self, rank):
        for path in (self.program.directory / "results").glob("explore-*.h5"):
            try:
                with h5py.File(path) as file:
                    slots = file["slots/rows"][...]
                    return ((slots["outcome"] == 2) & (slots["rank"] == rank)).sum()
            except OSError:
                pass
        return 0

    def wait_until(self, is_so):
        begin = time.monotonic()
        while not is_so():
            assert self.job.poll() is None and time.monotonic() - begin < PATIENCE_S, self.log.read_text()
            time.sleep(0.1)

    def hears(self, text):
        return text in self.log.read_text()

    def crash(self):
        os.kill(self.pid("h2"), signal.SIGKILL)

    def set_link(self, state):
        switch = (self.directory / "switch").read_text().strip()
        subprocess.run(["ip", "-n", switch, "link", "set", "v2", state], check=True)

    def find_processes(self, host):
        """Of the program on a host, by the namespace of process numbers that they share with its first one."""
        space = os.readlink(f"/proc/{self.pid(host)}/ns/pid")
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "ns/pid") == space and os.readlink(entry / "exe") == str(PROGRAM):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def end(self):
        return self.job.wait(timeout=PATIENCE_S)

    def run_again(self):
        """On the first host, where it can be seen at once that the owner of the lock is dead."""
        done = subprocess.run([str(self.directory / "rsh"), "h1", " ".join(self.command())],
                              cwd=self.program.directory, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "cache" in done.stdout  # a host that was cut off from the others may have written its last rows

    def read(self):
        path, = (path for path in (self.program.directory / "results").glob("explore-*.h5"))
        return harness.read(path).readable


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("undisturbed")).configure(CONFIG)
    program.run("sweep.yaml", "--stage", "explore", ranks=2)
    return Hosts(None, program).read()


@pytest.fixture
def hosts(tmp_path):
    if why_not() and not os.environ.get("CI"):
        pytest.skip(why_not())
    directory = tmp_path / "hosts"
    up = subprocess.run([HERE / "hosts-up", directory, "2"], capture_output=True, text=True, timeout=60)
    try:
        if up.returncode != 0 and not os.environ.get("CI"):
            pytest.skip(f"hosts cannot be made here: {up.stderr}")
        assert up.returncode == 0, up.stderr
        made = Hosts(directory, Program(tmp_path).configure(CONFIG))
        yield made
        if made.job and made.job.poll() is None:
            made.job.kill()
            made.job.wait()
    finally:
        subprocess.run([HERE / "hosts-down", directory], capture_output=True, timeout=60)


def check_ended_with_one_message(hosts):
    own = [line for line in hosts.log.read_text().splitlines() if line.startswith("rwwsweep: ")]
    assert hosts.log.read_text().count("ORTE has lost communication with a remote daemon") == 1
    assert not [line for line in own if "warning" not in line], own


def test_a_host_that_crashes_ends_the_job_and_the_next_run_goes_on(hosts, undisturbed):
    hosts.start()
    hosts.crash()
    assert hosts.end() == 205  # mpirun's own
    check_ended_with_one_message(hosts)
    hosts.run_again()
    assert hosts.read() == undisturbed


def test_a_host_that_is_cut_off_ends_the_job_and_the_next_run_goes_on(hosts, undisturbed):
    hosts.start(silence_s=1000, environment=KEEPALIVE)
    hosts.set_link("down")
    assert hosts.end() == 205
    check_ended_with_one_message(hosts)
    hosts.run_again()
    assert hosts.read() == undisturbed


def test_a_host_that_is_cut_off_for_good_is_not_waited_for(hosts, undisturbed):
    """Once the others have done what there is besides. mpirun itself waits on, which keeps nobody from going on."""
    hosts.start(environment=NO_KEEPALIVE)
    hosts.set_link("down")
    hosts.wait_until(lambda: hosts.hears("not waiting for 1 rank of which nothing is heard"))
    assert hosts.hears("warning: rank 2 has work and has said nothing for")
    hosts.wait_until(lambda: not hosts.find_processes("h1"))
    hosts.run_again()
    assert hosts.read() == undisturbed


def test_a_host_that_is_cut_off_for_a_while_is_named_and_heard_again(hosts, undisturbed):
    hosts.start(environment=NO_KEEPALIVE)
    hosts.set_link("down")
    hosts.wait_until(lambda: hosts.hears("warning: rank 2 has work and has said nothing for"))
    hosts.set_link("up")
    assert hosts.end() == 0, hosts.log.read_text()
    assert hosts.hears("rank 2 is heard again")
    assert hosts.read() == undisturbed


def test_a_host_that_is_very_slow_is_named_and_the_others_go_on(hosts, undisturbed):
    hosts.start()
    stopped = hosts.find_processes("h2")
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    before = hosts.count_finished(rank=1)
    hosts.wait_until(lambda: hosts.hears("warning: rank 2 has work and has said nothing for"))
    hosts.wait_until(lambda: hosts.count_finished(rank=1) > before)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    assert hosts.end() == 0, hosts.log.read_text()
    assert hosts.hears("rank 2 is heard again")
    assert hosts.read() == undisturbed
