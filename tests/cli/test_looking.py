"""status, best, diff and verify: what they say about a run's files, and that damage is found, told and repaired."""

import csv
import io
import json
import re

import h5py
import numpy
import pytest


@pytest.fixture
def finished(program):
    program.run("sweep.yaml")
    return program


def read(program, stage="explore"):
    with h5py.File(program.directory / f"results/{stage}.h5") as file:
        return file[f"{stage}/loss"][()], file["slots/rows"][:]


def place(program, dataset):
    """Where a dataset's bytes lie in the exploration's file."""
    path, = (program.directory / "results").glob("explore-*.h5")
    with h5py.File(path) as file:
        return path, file[dataset].id.get_offset(), file[dataset].id.get_storage_size()


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    path.write_bytes(data)


def test_best_lists_the_smallest_losses_in_three_forms(finished):
    losses = numpy.sort(read(finished)[0].ravel())[:4]
    table = finished.run("best", "results", "--top", "4").stdout.splitlines()
    assert [f"{loss:.6f}" for loss in losses] == [line.split()[3] for line in table[1:]]
    rows = list(csv.DictReader(io.StringIO(finished.run("best", "results", "--top", "4", "--format", "csv").stdout)))
    assert [float(row["loss"]) for row in rows] == list(losses)
    found = json.loads(finished.run("best", "results", "--top", "4", "--format", "json").stdout)
    assert [point["loss"] for point in found] == list(losses) and "coupling.a" in found[0]


def test_status_of_a_finished_and_of_a_stopped_run(program):
    program.run("sweep.yaml", "--stage", "explore", "--max-time", "0.001", check=False)
    assert "stopped; run again to go on" in program.run("status", "results").stdout
    program.run("sweep.yaml")
    said = program.run("status", "sweep.yaml").stdout
    assert "points   35 of 35 (100 %)" in said and said.count("state    finished") == 2


def test_diff_tells_the_configuration_first_and_then_the_values(finished):
    finished.run("sweep.yaml", "--stage", "explore", "--set", "noise.sigma=0.003", "--output", "other")
    said = finished.run("diff", "results/explore.h5", "other/explore.h5").stdout
    assert re.search(r"configuration:\n  - integration.noise.sigma = 0.00283\n  \+ integration.noise.sigma = 0.003\n.*losses:\n"
                     r"  35 points in both, 0 equal", said, re.DOTALL)
    same = finished.run("diff", "results/explore.h5", "results/explore.h5").stdout
    assert "35 points in both, 35 equal bit for bit" in same


def test_a_flipped_byte_of_a_row_is_found_named_and_repaired(finished):
    undisturbed, before = read(finished)
    path, offset, _ = place(finished, "explore/loss")
    flip(path, offset + 8 * 9 + 3)  # row 9: the third value of the second axis, the second of the first
    found = finished.run("verify", "results", check=False)
    assert found.returncode == 1
    with h5py.File(path) as file:
        assert f"coupling.a {file['explore/coupling_a'][1]:g}, model.w {file['explore/model_w'][2]:g}" in found.stdout
    assert "explore: 1 points in" in finished.run("sweep.yaml").stdout
    repaired, after = read(finished)
    assert repaired.tobytes() == undisturbed.tobytes()
    assert list(numpy.flatnonzero(after["attempts"] != before["attempts"])) == [9]
    assert finished.run("verify", "results").returncode == 0


def test_a_flipped_byte_of_a_slot_is_found_and_its_point_alone_computed_again(finished):
    undisturbed, _ = read(finished)
    path, offset, size = place(finished, "slots/rows")
    flip(path, offset + size // 35 * 20 + 5)
    assert finished.run("verify", "results", check=False).returncode == 1
    assert "explore: 1 points in" in finished.run("sweep.yaml").stdout
    assert read(finished)[0].tobytes() == undisturbed.tobytes()


def test_every_byte_is_guarded(finished):
    """A sample of all bytes of the file, whatever they mean; each is put back. test_store_resume tries them all."""
    path, _, _ = place(finished, "explore/loss")
    for at in range(0, path.stat().st_size, 97):
        flip(path, at)
        assert finished.run("verify", path, check=False).returncode == 1, f"byte {at}"
        flip(path, at)
    assert finished.run("verify", path).returncode == 0


def test_a_wrong_status_is_found_and_put_right_without_computing(finished):
    path, offset, _ = place(finished, "explore/status")
    flip(path, offset + 9)
    assert "status does not say what became of 1 row" in finished.run("verify", path, check=False).stderr
    assert "35 points taken from the cache" in finished.run("sweep.yaml").stdout
    assert finished.run("verify", path).returncode == 0


def test_a_file_with_damaged_metadata_is_refused_and_harms_no_other(finished):
    path, _, _ = place(finished, "explore/loss")
    flip(path, path.read_bytes().index(b"two-hemispheres"))
    before = finished.fingerprint()
    done = finished.run("sweep.yaml", check=False)
    assert done.returncode == 1 and "damaged outside of its rows" in done.stderr and "--redo=explore" in done.stderr
    assert finished.fingerprint() == before
    finished.run("sweep.yaml", "--set", "explore.axes.coupling.a.n=9")


def test_a_truncated_file_is_refused_and_left_alone(finished):
    path, _, _ = place(finished, "explore/loss")
    path.write_bytes(path.read_bytes()[:-1000])
    before = finished.fingerprint()
    done = finished.run("sweep.yaml", check=False)
    assert done.returncode in (1, 2)
    assert path.name in done.stderr and "--redo=explore" in done.stderr
    assert finished.fingerprint() == before
    finished.run("sweep.yaml", "--redo=explore")
    assert finished.run("verify", "results").returncode == 0


def test_a_file_of_another_format_version_is_refused_and_left_alone(finished):
    path, _, _ = place(finished, "explore/loss")
    with h5py.File(path, "r+") as file:
        file.attrs.modify("format_version", 7)
    before = finished.fingerprint()
    done = finished.run("sweep.yaml", check=False)
    assert done.returncode in (1, 2) and "has format version 7" in done.stderr
    assert finished.fingerprint() == before


@pytest.mark.parametrize("command", ["status", "verify"])
def test_a_file_that_cannot_be_read_is_no_obstacle_to_looking_at_others(finished, command):
    paths = [next((finished.directory / "results").glob(f"{stage}-*.h5")) for stage in ("simulate", "explore")]
    intact = paths[1].read_bytes()
    for path in paths:
        path.write_bytes(path.read_bytes()[:1000])
    done = finished.run(command, "sweep.yaml", check=False)
    assert done.returncode == 1 and all(f"{path.name}: cannot be opened" in done.stderr for path in paths)
    paths[1].write_bytes(intact)
    done = finished.run(command, "sweep.yaml", check=False)
    assert done.returncode == 1 and paths[0].name in done.stderr and paths[1].name in done.stdout


@pytest.mark.parametrize("command", ["status", "best", "verify"])
def test_looking_at_nothing_is_answered(program, command):
    for name, part in [("nowhere", "there is no such file"), ("sweep.yaml", "no results yet")]:
        done = program.run(command, name, check=False)
        assert done.returncode == 2 and part in done.stderr


def test_looking_changes_nothing(finished):
    before = finished.fingerprint()
    for command in ["status", "best", "verify", "plan"]:
        finished.run(command, "sweep.yaml")
    assert finished.fingerprint() == before
