"""Crashes at chosen writes: what every stage that resumes is held to. The stage's own test says what it runs."""

import collections
import itertools
import os
import pathlib
import shutil
import subprocess

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep")
MPIRUN = "mpirun --oversubscribe --bind-to none --mca pml ob1 --mca btl self,vader --mca mpi_yield_when_idle 1".split()
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
FINAL = (2, 3, 4)  # done, diverged, degenerate
KILLED = (-9, 137)  # by a signal, alone and as mpirun tells it

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def crc32c(data):
    """RFC 3720, B.4, computed apart from the program."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def build_shim(directory):
    shim = directory / "fault.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/shim/fault.c", "-ldl"], check=True)
    return shim


class Case:
    """A stage of a configuration, run again and again in directories of its own."""

    def __init__(self, directory, config, stage, shim):
        self.directory, self.stage, self.shim = directory, stage, shim
        self.config = directory / "case.yaml"
        self.config.write_text(config)
        self.numbers = itertools.count()
        results = self.fresh()
        assert self.run(results).returncode == 0
        self.reference, self.names = read(self.file(results)), list_names(results)

    def fresh(self):
        return self.directory / f"results-{next(self.numbers)}"

    def run(self, results, ranks=0, **fault):
        """The program on these results, on `ranks` ranks (0: without mpirun), with FAULT_... settings of the shim."""
        # the reference takes small units of work, so that every rank gets some of a small case
        environment = dict(os.environ, **AS_ROOT, RWWSWEEP_BACKEND="reference")
        command = [PROGRAM, self.config, "--stage", self.stage, "--output", results, "--progress", "none"]
        settings = {f"FAULT_{name.upper()}": str(value) for name, value in fault.items()}
        if settings:
            settings["LD_PRELOAD"] = str(self.shim)
        if ranks:
            exported = [word for name in settings for word in ("-x", f"{name}={settings[name]}")]
            command = [*MPIRUN, "-n", str(ranks), *exported, *command]
        else:
            environment.update(settings)
        return subprocess.run(
            [str(word) for word in command], env=environment, capture_output=True, text=True, timeout=120
        )

    def count(self, ranks=0, rank=None):
        """Writes and syncs of an undisturbed run, by the rank that makes the most of them."""
        results, counts = self.fresh(), self.directory / f"count-{next(self.numbers)}"
        only = {} if rank is None else {"rank": rank}
        result = self.run(results, ranks, count=counts, **only)
        assert result.returncode == 0, result.stderr
        shutil.rmtree(results)
        return [max(column) for column in zip(*(map(int, line.split()) for line in counts.open()))]

    def file(self, results):
        files = list(results.glob(f"{self.stage}-*.h5"))
        assert len(files) <= 1
        return files[0] if files else None


# Slots, the bytes of the row that each of them is about (the last one's may be the summary of the file), the status that
# users read, and the bytes of all that they can read.
Content = collections.namedtuple("Content", "slots rows status readable")


def read(path):
    with h5py.File(path) as file:
        slots, group = file["slots/rows"], file[file.attrs["group"]]
        summary = slots.attrs.get("summary_datasets", "").split()
        n_rows = len(slots) - bool(summary)
        items = [as_bytes(group[name], n_rows) for name in slots.attrs["row_datasets"].split()]
        rows = [b"".join(item[row].tobytes() for item in items) for row in range(n_rows)]
        if summary:
            rows.append(b"".join(as_bytes(group[name], 1).tobytes() for name in summary))
        readable = {name: group[name][...].tobytes() for name in group if group[name].dtype != object}
        return Content(slots[...], rows, group["status"][...].ravel(), readable)


def as_bytes(dataset, n_rows):
    return numpy.ascontiguousarray(dataset[...]).view(numpy.uint8).reshape(n_rows, -1)


def list_names(results):
    return sorted(path.name for path in results.iterdir())


def check_left_behind(case, results):
    """After a fault: whatever is said to be finished is intact and right. Attempts of the finished rows."""
    path = case.file(results) if results.exists() else None
    if not path:
        return {}
    left, finished = read(path), {}
    for row, slot in enumerate(left.slots):
        if slot["outcome"] in FINAL:
            assert crc32c(left.rows[row]) == slot["row_checksum"], f"row {row} is said to be finished, and is not"
            assert left.rows[row] == case.reference.rows[row]
            finished[row] = slot["attempts"]
    return finished


def check_resumed(case, results, finished, ranks, n_faults=1):
    """After going on: the bits of an undisturbed run, nothing finished computed again, nothing left lying about."""
    result = case.run(results, ranks)
    assert result.returncode == 0, result.stderr
    found = read(case.file(results))
    assert found.readable == case.reference.readable
    assert all(slot["outcome"] in FINAL for slot in found.slots)
    for row, attempts in finished.items():
        assert found.slots[row]["attempts"] == attempts, f"row {row} was finished and computed again"
    assert all(found.slots["attempts"] <= 1 + n_faults)
    assert list_names(results) == case.names


def strike(case, results, mode, at, expected, ranks=0, rank=None):
    """Lets the run's write number `at` go wrong and looks at what is left; whether the run ended of it."""
    only = {} if rank is None else {"rank": rank}
    result = case.run(results, ranks, mode=mode, at=at, **only)
    assert result.returncode in (*expected, 0), f"{mode} at write {at}: {result.returncode}\n{result.stderr}"
    if result.returncode not in (*KILLED, 0):
        assert result.stderr.count("rwwsweep: ") >= 1, f"{mode} at write {at}: no message"
        assert not list(results.glob("*.new")), f"{mode} at write {at}: a draft was left behind"
    return result.returncode != 0, check_left_behind(case, results)


def try_every_write(case, mode, expected, ranks=0, resume_ranks=2, rank=None, every=1):
    """Lets each write (sync in mode fsync), or one of so many, go wrong in turn. How many were tried, and how many of
    them struck."""
    writes, syncs = case.count(ranks, rank)
    tried, n_struck = range(1, (syncs if mode == "fsync" else writes) + 1, every), 0
    for at in tried:
        results = case.fresh()
        struck, finished = strike(case, results, mode, at, expected, ranks, rank)
        check_resumed(case, results, finished, resume_ranks)
        n_struck += struck
        shutil.rmtree(results)
    return len(tried), n_struck


def try_kills_in_a_row(case, n_kills, ranks=0, rank=None):
    """Kills a run at the same write, for each write in turn, and so the runs after it; then lets one finish."""
    tried, _ = case.count(ranks, rank)
    for at in range(1, tried + 1):
        results, finished = case.fresh(), {}
        for _ in range(n_kills):
            _, finished_now = strike(case, results, "kill", at, KILLED, ranks, rank)
            assert finished.items() <= finished_now.items()
            finished = finished_now
        check_resumed(case, results, finished, ranks, n_kills)
        shutil.rmtree(results)
    return tried
