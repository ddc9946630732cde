"""Crashes at chosen writes: what every stage that resumes is held to. The stage's own test says what it runs."""

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


def read(path):
    """Slots and the bytes of every row: one item a row dataset."""
    with h5py.File(path) as file:
        slots = file["slots/rows"]
        names = slots.attrs["row_datasets"].split()
        group = file[file.attrs["stage"]]
        rows = [
            numpy.ascontiguousarray(group[name][...]).view(numpy.uint8).reshape(len(slots), -1) for name in names
        ]
        return slots[...], [b"".join(item[row].tobytes() for item in rows) for row in range(len(slots))], group["status"][...].ravel()


def check_left_behind(case, results, reference):
    """After a fault: whatever is said to be finished is intact and right. Attempts of the finished rows, and of all."""
    path = case.file(results) if results.exists() else None
    if not path:
        return {}, 0
    slots, rows, _ = read(path)
    finished = {}
    for row, slot in enumerate(slots):
        if slot["outcome"] in FINAL:
            assert crc32c(rows[row]) == slot["row_checksum"], f"row {row} is said to be finished, and is not"
            assert rows[row] == reference[row]
            finished[row] = slot["attempts"]
    return finished, int(slots["attempts"].sum())


def check_resumed(case, results, reference, finished, ranks):
    """After going on: the bits of an undisturbed run, nothing finished computed again, nothing left lying about."""
    result = case.run(results, ranks)
    assert result.returncode == 0, result.stderr
    path = case.file(results)
    slots, rows, status = read(path)
    assert rows == reference
    assert (slots["outcome"] == status).all() and all(outcome in FINAL for outcome in status)
    for row, attempts in finished.items():
        assert slots[row]["attempts"] == attempts, f"row {row} was finished and computed again"
    assert all(slots["attempts"] <= 2)
    assert sorted(path.name for path in results.iterdir()) == [path.name, f"{case.stage}.h5"]


def try_every_write(case, reference, mode, expected, ranks=0, resume_ranks=2, rank=None):
    """Lets each write (sync in mode fsync) go wrong in turn. How many were tried, and how many of them struck."""
    writes, syncs = case.count(ranks, rank)
    only = {} if rank is None else {"rank": rank}
    tried, struck = syncs if mode == "fsync" else writes, 0
    for at in range(1, tried + 1):
        results = case.fresh()
        result = case.run(results, ranks, mode=mode, at=at, **only)
        assert result.returncode in (*expected, 0), f"{mode} at write {at}: {result.returncode}\n{result.stderr}"
        struck += result.returncode != 0
        if result.returncode not in (*KILLED, 0):
            assert result.stderr.count("rwwsweep: ") >= 1, f"{mode} at write {at}: no message"
            assert not list(results.glob("*.new")), f"{mode} at write {at}: a draft was left behind"
        finished, _ = check_left_behind(case, results, reference)
        check_resumed(case, results, reference, finished, resume_ranks)
        shutil.rmtree(results)
    return tried, struck
