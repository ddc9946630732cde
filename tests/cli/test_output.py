"""Where results and messages go. Output directories that cannot be used are told at the start, with status 2, and
nothing is left behind."""

import os
import pty
import shutil
import subprocess

import pytest
from conftest import ENVIRONMENT, PROGRAM

needs_root = pytest.mark.skipif(os.geteuid() != 0 and not os.environ.get("CI"), reason="needs root")


def shell(command, directory):
    return subprocess.run(["bash", "-c", command], cwd=directory, capture_output=True, text=True, env=ENVIRONMENT)


@needs_root
def test_a_directory_that_an_ordinary_user_may_not_write(program):
    # a copy, as a checkout may lie where others cannot look
    shutil.copy(PROGRAM, program.directory / "rwwsweep")
    for directory in [program.directory, *program.directory.parents]:
        if directory.owner() == "root" and str(directory).startswith("/tmp/"):
            directory.chmod(0o755)
    (program.directory / "results").mkdir()
    done = shell("setpriv --reuid=65534 --regid=65534 --clear-groups ./rwwsweep sweep.yaml", program.directory)
    assert done.returncode == 2, done.stderr
    assert "results" in done.stderr and "Permission denied" in done.stderr
    assert list((program.directory / "results").iterdir()) == []


def can_mount():
    return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@needs_root
@pytest.mark.skipif(not can_mount() and not os.environ.get("CI"), reason="needs to mount a small disk")
@pytest.mark.parametrize("ranks", [None, 2])
def test_a_disk_that_is_too_small(program, ranks):
    (program.directory / "results").mkdir()
    launcher = f"mpirun --oversubscribe -n {ranks}" if ranks else ""
    done = shell("unshare -m bash -c 'mount -t tmpfs -o size=48k tmpfs results && "
                 f"{launcher} {PROGRAM} sweep.yaml --set explore.keep=[fc]; status=$?; ls -A results; exit $status'",
                 program.directory)
    assert done.returncode == 2, done.stderr
    assert "No space left on device" in done.stderr
    assert "explore" not in done.stdout


def test_a_file_in_the_place_of_the_directory(program):
    (program.directory / "results").write_text("mine")
    before = program.fingerprint()
    done = program.run("sweep.yaml", check=False)
    assert done.returncode == 2
    assert "results: exists and is no directory" in done.stderr
    assert program.fingerprint() == before


def test_messages_on_a_terminal_begin_on_a_clean_line_though_a_bar_is_open(program):
    """A bar has no end of line: what comes next is on a line of its own, or has wiped the bar away."""
    fit = "optimize: [{name: f, free: {model.w: global}, steps: 20, print_every: 1}]\n"
    program.configure((program.directory / "sweep.yaml").read_text() + fit)
    terminal, its_other_end = pty.openpty()
    done = subprocess.run([PROGRAM, "sweep.yaml", "--progress", "bar"], cwd=program.directory, stderr=its_other_end,
                          stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    os.close(its_other_end)
    said = b""
    while chunk := read_terminal(terminal):
        said += chunk
    assert done.returncode == 0
    assert said.count(b"rwwsweep: f: step") == 20
    for before in said.split(b"rwwsweep: ")[:-1]:
        assert before == b"" or before.endswith((b"\n", b"\r\033[K"))
    assert said.endswith(b"\n")


def read_terminal(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # its other end is closed, and everything is read
        return b""
