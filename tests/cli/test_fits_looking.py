"""status, best, diff and verify on the files of fits, running, stopped and finished."""

import csv
import io
import json
import signal

import h5py
import numpy
import pytest
from conftest import Program
from test_fits import (EXPLORE, GLOBAL, LONG, N_LONG, REGIONAL, WITHOUT_HISTORY, fit_file, run_fit, wait_until_finished,
                       with_fits)

FITS = [GLOBAL + ", restarts: 13", REGIONAL + ", start: global, entry: final, restarts: 3"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("finished")).configure(with_fits(*FITS, explore=EXPLORE))
    program.run("sweep.yaml")
    return program


def best(program, stage, form, *arguments):
    said = program.run("best", "results", "--stage", stage, "--format", form, *arguments).stdout
    return json.loads(said) if form == "json" else list(csv.DictReader(io.StringIO(said)))


def test_best_ranks_restarts_by_the_loss_of_the_entry_that_the_fit_reports(finished):
    for stage, entry in [("global", "best"), ("regional", "final")]:
        with fit_file(finished, stage) as file:
            losses, steps = file[f"fit/{entry}_loss"][:], file[f"fit/{entry}_step"][:]
        order = [int(restart) for restart in numpy.argsort(losses, kind="stable")]
        found = best(finished, stage, "json", "--top", "100")
        assert [row["restart"] for row in found] == order
        assert [row["loss"] for row in found] == list(losses[order])
        assert [row["step"] for row in found] == list(steps[order])


def test_best_tells_parameters_of_regional_ones_the_range(finished):
    row = best(finished, "global", "csv")[0]
    restart, step = int(row["restart"]), int(row["step"])
    with fit_file(finished, "global") as file:
        for name in "model.w", "coupling.a":
            assert float(row[name]) == file["fit"][name.replace(".", "_")][restart, step]
        for name in "rmse", "fc_corr", "fc_corr_triangle":
            assert float(row[name]) == file["fit"][name][restart, step]
    row = best(finished, "regional", "csv")[0]
    restart, step = int(row["restart"]), int(row["step"])
    with fit_file(finished, "regional") as file:
        for name in "model.w", "model.I_o":
            values = file["fit"][name.replace(".", "_")][restart, step]
            assert (float(row[name + ".min"]), float(row[name + ".max"])) == (values.min(), values.max())
        assert float(row["coupling.a"]) == file["fit/coupling_a"][restart]  # what it brought along


def test_best_of_a_directory_lists_all_stages_for_people_and_asks_which_one_for_programs(finished):
    said = finished.run("best", "results", "--top", "2").stdout
    titles = [line.split(":")[0] for line in said.splitlines() if line.endswith(".h5")]
    assert titles == ["explore", "global", "regional"] and said.count("rank ") == 3
    done = finished.run("best", "results", "--format", "csv", check=False)
    assert done.returncode == 2 and "3 stages" in done.stderr and "--stage" in done.stderr
    assert len(best(finished, "explore", "csv")) == 10
    done = finished.run("best", "results", "--stage", "simulate", check=False)
    assert done.returncode == 2 and "nothing to choose from" in done.stderr


def rows_of_status(said):
    """Of each restart that is told: step, loss, best loss, at step, state."""
    lines = said[said.index("restart  ") :].splitlines()[1:]
    return {int(line.split()[0]): line.split(None, 5)[1:] for line in lines if line.split()[0].isdigit()}


def test_status_tells_step_loss_and_best_of_the_best_restarts_and_how_many_more(finished):
    said = finished.run("status", "results/global.h5").stdout
    assert "entries  65 of 65 (100 %)" in said and "state    finished" in said and "and 3 more restarts" in said
    rows = rows_of_status(said)
    with fit_file(finished, "global") as file:
        best_ten = numpy.argsort(file["fit/best_loss"][:], kind="stable")[:10]
        assert list(rows) == list(best_ten)
        for restart, (step, loss, best_loss, at, state) in rows.items():
            assert (int(step), int(at)) == (file["fit/final_step"][restart], file["fit/best_step"][restart])
            assert loss == f"{file['fit/final_loss'][restart]:.6f}"
            assert best_loss == f"{file['fit/best_loss'][restart]:.6f}" and state == "done"
    assert finished.run("status", "results").stdout.count("state    finished") == 4


def test_status_of_a_running_and_of_a_stopped_fit(program):
    program.configure(with_fits(*LONG))
    job = program.start("sweep.yaml")
    wait_until_finished(program, job, "global", 10)
    job.send_signal(signal.SIGSTOP)
    said = program.run("status", "results", "--silence", "0.0001").stdout
    job.send_signal(signal.SIGUSR1)
    job.send_signal(signal.SIGCONT)
    job.communicate(timeout=60)
    waiting = said[said.index("regional: ") :]
    assert rows_of_status(waiting) == {0: ["-", "-", "-", "-", "waits"]}
    for told in said[: said.index("regional: ")], program.run("status", "results/global.h5").stdout:
        rows = rows_of_status(told)
        with fit_file(program, "global") as file:
            for restart, (step, loss, best_loss, at, state) in rows.items():
                losses = file["fit/loss"][restart, : int(step) + 1]
                assert loss == f"{losses[-1]:.6f}" and best_loss == f"{losses.min():.6f}" and losses[int(at)] == losses.min()
                assert state == "goes on" and 0 < int(step) < N_LONG
        assert len(rows) == 2
    assert "state    running" in said and "state    stopped" in told
    assert "silent" not in told


def test_status_and_best_of_a_fit_that_diverged(program):
    fit = "{name: f, free: {model.w: global}, steps: 3, restarts: 4, spread: 1000"  # see test_fits
    run_fit(program, fit, arguments=WITHOUT_HISTORY)
    said = program.run("status", "results/f.h5").stdout
    with fit_file(program, "f") as file:
        diverged = numpy.flatnonzero(file["fit/end"][:] == 3)
    for restart in diverged:
        assert rows_of_status(said)[restart] == ["0", "-", "-", "0", "diverged"]
    assert f", {3 * len(diverged)} skipped" in said and f"restart {diverged[0]}, step 0" in said
    assert [row["restart"] for row in best(program, "f", "json")] == [r for r in rows_of_status(said) if r not in diverged]


def test_best_ranks_by_validation_where_there_is_one_and_tells_averages(program):
    run_fit(program, GLOBAL + ", restarts: 4, spread: 0.5, average: 0.6, validation: {seeds: [21, 22]}")
    found = best(program, "global", "json")
    with fit_file(program, "global") as file:
        losses = file["fit/validation_loss"][:]
        assert [row["restart"] for row in found] == list(numpy.argsort(losses, kind="stable"))
        assert found[0]["restart"] == file["fit/best_restart"][()]
        for row in found:
            restart = row["restart"]
            assert row["validation"] == losses[restart] and row["loss"] == file["fit/average_loss"][restart]
            assert row["model.w"] == file["fit/average_model_w"][restart] and row["step"] is None


def test_status_tells_which_restarts_were_left(program):
    run_fit(program, GLOBAL + ", restarts: 4, spread: 0.5, halve_every: 2")
    states = {restart: row[4] for restart, row in rows_of_status(program.run("status", "results/global.h5").stdout).items()}
    with fit_file(program, "global") as file:
        assert states == {r: "left" if end == 4 else "done" for r, end in enumerate(file["fit/end"][:])}
    assert sorted(states.values()).count("left") == 2


def test_diff_of_directories_compares_every_stage_that_both_have(finished):
    longer = ["--set", "optimize.global.steps=6", "--output", "longer"]
    finished.run("sweep.yaml", *longer)
    said = finished.run("diff", "results", "longer").stdout
    assert [line for line in said.splitlines() if line in ("simulate:", "explore:", "global:", "regional:")] == \
        ["simulate:", "explore:", "global:", "regional:"]
    of_global = said[said.index("\nglobal:") : said.index("\nregional:")]
    assert "  - fit.steps = 4\n  + fit.steps = 6" in of_global
    assert "65 entries in both, 65 equal bit for bit" in of_global  # a longer route begins as the shorter one
    assert "12 entries in both" in said[said.index("\nregional:") :]
    same = finished.run("diff", "results/global.h5", "results/global.h5").stdout
    assert "65 entries in both, 65 equal bit for bit" in same
    done = finished.run("diff", "results/global.h5", "results/explore.h5", check=False)
    assert done.returncode == 2 and "no stage in common" in done.stderr


@pytest.mark.parametrize("dataset, row", [("fit/loss", 7), ("fit/gradient_model_w", 12), ("fit/best_model_w", 0)])
def test_a_flipped_byte_is_found_and_repaired(program, dataset, row):
    run_fit(program, GLOBAL + ", restarts: 3")
    path, = (program.directory / "results").glob("global-*.h5")
    intact = path.read_bytes()
    with h5py.File(path) as file:
        at, whole = file[dataset].id.get_offset() + 8 * row + 2, file[dataset][:].tobytes()
    path.write_bytes(intact[:at] + bytes([intact[at] ^ 4]) + intact[at + 1 :])
    found = program.run("verify", "results", check=False)
    named = "the summary" if "best" in dataset else f"restart {row // 5}, step {row % 5}"
    assert found.returncode == 1 and named in found.stdout
    program.run("sweep.yaml")
    assert program.run("verify", "results").returncode == 0
    with h5py.File(path) as file:
        assert file[dataset][:].tobytes() == whole
