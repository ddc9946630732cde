"""scripts/report on fits: finished, unfinished, diverged, and of every shape."""

import re

import h5py
import numpy
import pytest
from browser import Browser
from conftest import SMALL, Program
from test_report import needs_chromium, report, words

FITS = """\
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 5, restarts: 3}
  - {name: regional, start: global, entry: final, free: {model.w: regional, model.I_o: regional}, steps: 4, restarts: 2}
"""
ALONE = SMALL[:SMALL.index("explore:")] + "output: {directory: results}\n"  # without an exploration


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("fitted")).configure(SMALL + FITS)
    program.run("sweep.yaml")
    done = report(program.directory, "results", "-o", "page.html", "--figures", "figures")
    assert done.returncode == 0, done.stderr
    return program.directory


def rows_of(page):
    """Cells of every row of every table."""
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", words(page), re.DOTALL)]


def read_reported(path):
    """Restart, step, loss and fc_corr of what a fit reports."""
    with h5py.File(path) as file:
        fit, entry = file["fit"], re.search(r"fit\.entry = (\w+)", file["config/canonical"].asstr()[()])[1]
        restart = int(fit["best_restart"][()])
        step = int(fit[f"{entry}_step"][restart])
        return entry, restart, step, fit["loss"][restart, step], fit["fc_corr"][restart, step]


@pytest.mark.parametrize("name", ["global", "regional"])
def test_the_page_tells_what_each_fit_reports(fitted, name):
    entry, restart, step, loss, fc_corr = read_reported(fitted / f"results/{name}.h5")
    assert [entry, str(restart), str(step), f"{loss:.6f}", f"{fc_corr:.4f}"] in rows_of(fitted / "page.html")


@pytest.mark.parametrize("name", ["global", "regional"])
def test_the_correlation_of_the_fc_shown_is_that_of_the_entry_reported(fitted, name):
    entry, _, _, _, fc_corr = read_reported(fitted / f"results/{name}.h5")
    row, = [row for row in rows_of(fitted / "page.html") if row and row[0] == f"{name}, {entry} entry"]
    assert row[2] == f"{fc_corr:.4f}"


AVERAGED = """\
optimize:
  - {name: averaged, free: {model.w: regional, coupling.a: global}, steps: 4, restarts: 3, spread: 0.4, average: 0.5,
     seeds: {first: 50, per_step: 2, blocks: 2}, validation: {seeds: [21, 22]}}
"""


def test_an_average_and_a_choice_by_validation_are_told_as_they_are(fitted, tmp_path):
    Program(tmp_path).configure(SMALL + AVERAGED).run("sweep.yaml")
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    with h5py.File(tmp_path / "results/averaged.h5") as file:
        fit = {name: file["fit"][name][()] for name in file["fit"]}
    chosen, told, rows = fit["best_restart"], words(tmp_path / "report.html"), rows_of(tmp_path / "report.html")
    w, a = fit["average_model_w"][chosen], fit["average_coupling_a"][chosen]
    assert f"Reported is the average entry: coupling.a {a:.6g}, model.w {w.min():.3g} to {w.max():.3g}." in told
    losses = numpy.sort(fit["validation_loss"])
    assert f"Restart {chosen} was chosen by its loss on the seeds 21, 22, {losses[0]:.6f}; the others have {losses[1]:.6f}" in told
    assert ["average", str(chosen), "", f"{fit['average_loss'][chosen]:.6f}", ""] in rows
    assert not [row for row in rows if row[:1] == ["best"]]  # steps have other seeds, and do not compare
    assert not [row for row in rows_of(fitted / "page.html") if row[:1] == ["average"]]  # there is none


def test_fits_come_after_what_they_start_from(tmp_path):
    second = "  - {name: a, start: b, free: {model.w: global}, steps: 1}\n"
    first = "optimize:\n  - {name: b, free: {coupling.a: global}, steps: 1}\n"
    Program(tmp_path).configure(ALONE + first + second).run("sweep.yaml")
    assert report(tmp_path, "results").returncode == 0
    assert re.findall("<h3>(.*?)</h3>", (tmp_path / "report.html").read_text()) == ["b", "a"]


def test_figures_of_fits_for_a_paper_are_written(fitted):
    names = {path.stem for path in (fitted / "figures").iterdir()}
    assert names >= {"exploration", "fit-global", "fit-regional", "functional-connectivity", "pairs-of-regions",
                     "regions-regional", "strength-regional"}


def copy_results(source, directory):
    """Files that a test may write into."""
    (directory / "results").mkdir()
    for path in (source / "results").glob("*.h5"):
        if path.is_symlink():
            (directory / "results" / path.name).write_bytes(path.read_bytes())
    return directory / "results"


def set_outcomes(path, chosen, outcome):
    """As the file is while it is written: the slots tell what is there."""
    with h5py.File(path, "r+") as file:
        rows = file["slots/rows"][:]
        rows["outcome"][chosen] = outcome
        file["slots/rows"][:] = rows


def test_a_fit_that_is_going_on_says_how_far_it_is(fitted, tmp_path):
    results = copy_results(fitted, tmp_path)
    set_outcomes(results / "global.h5", numpy.r_[4:6, 9:12, 15:19], 0)  # 18 entries, and the summary
    set_outcomes(results / "regional.h5", slice(None), 0)
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0, done.stderr
    told = words(tmp_path / "report.html")
    assert "Not finished when this page was written: global 10 of 18 entries (55 %), regional 0 of 10 entries (0 %)" in told
    assert "not finished, at step 2 to 3" in told and "not begun" in told
    assert "global, best entry" not in told  # its FC is not there yet


def test_entries_that_are_not_finite_are_told_and_do_not_stop_the_page(fitted, tmp_path):
    results = copy_results(fitted, tmp_path)
    set_outcomes(results / "regional.h5", slice(0, 10), 3)
    with h5py.File(results / "regional.h5", "r+") as file:
        for name in ["loss", "fc_corr", "gradient_norm", "model_w", "fc"]:
            file["fit"][name][:] = numpy.nan
        file["fit/end"][:] = 3
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0, done.stderr
    assert "2 diverged" in words(tmp_path / "report.html")
    assert "No restart has a finite loss at its final entry" in words(tmp_path / "report.html")


def test_stages_of_other_settings_are_told(tmp_path):
    program = Program(tmp_path).configure(ALONE + FITS)
    program.run("sweep.yaml")
    program.run("sweep.yaml", "--stage", "global", "--set", "optimize.global.steps=2")
    program.run("sweep.yaml", "--stage", "simulate", "--set", "integration.duration=25000")
    assert report(tmp_path, "results").returncode == 0
    told = words(tmp_path / "report.html")
    assert "do not belong to one configuration" in told
    assert "global has integration.duration = 24000, and simulate 25000" in told
    assert "regional started from the final entry of an earlier fit, which is not the one shown" in told


def test_other_files_among_the_results_are_left_alone(fitted, tmp_path):
    results = copy_results(fitted, tmp_path)
    with h5py.File(results / "mine.h5", "w") as file:
        file["weights"] = [1.0]
    (results / "gone.h5").symlink_to("nowhere.h5")
    assert report(tmp_path, "results").returncode == 0


MATRIX = "\n".join(" ".join(f"{0.1 * abs(i - j):.1f}" for j in range(8)) for i in range(8))
SHAPES = {
    "a-fit_2": "{free: {coupling.a: global}, steps: 0}",
    "all-regional": "{free: {model.w: regional, model.I_o: regional, model.J_N: regional}, steps: 2}",
    "both": "{free: {model.w: regional, coupling.a: global, noise.sigma: global}, steps: 2, restarts: 2, seeds: [1, 2]}",
    "many": "{free: {model.w: global, coupling.a: global}, steps: 2, restarts: 300}",
    "points": "{start: explore, free: {coupling.a: global, model.w: global}, steps: 2, restarts: 4}",
    "wild": "{free: {model.w: regional, coupling.a: global}, steps: 6, restarts: 2, optimizer: {learning_rate: 1e300}}",
}
UNLABELLED = (
    ALONE.replace("generator: {name: two-hemispheres, nodes: 8, seed: 1}", "file: weights.txt")
    .replace("simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}", "file: weights.txt")
    + "optimize:\n  - {name: fit, free: {model.w: regional}, steps: 2}\n")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def assert_is_quiet(browser, page):
    browser.events.clear()
    browser.open(page)
    browser.wait_for("document.querySelectorAll('.js-plotly-plot .main-svg').length > 3")
    assert browser.errors() == [] and browser.requests() == []


@needs_chromium
@pytest.mark.parametrize("text, part", [
    *((SMALL + "optimize:\n  - " + fit.replace("{", f"{{name: {name}, ", 1) + "\n", f"<h3>{name}</h3>")
      for name, fit in SHAPES.items()),
    (ALONE + FITS, "regional: values of restart"),
    (UNLABELLED, "fit, best entry"),
], ids=[*SHAPES, "no exploration", "no labels"])
def test_fits_of_every_shape_are_shown_without_an_error(tmp_path, browser, text, part):
    (tmp_path / "weights.txt").write_text(MATRIX)
    Program(tmp_path).configure(text).run("sweep.yaml")
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert part in (tmp_path / "report.html").read_text()
    assert_is_quiet(browser, tmp_path / "report.html")


@needs_chromium
@pytest.mark.parametrize("figure, trace, parts", [
    ("exploration", "global, restart", ["global: model.w", "coupling.a", "restart", "step 0", "loss", "gradient norm"]),
    ("fit-global", "other restarts", ["restart", "step 0", "loss", "fc_corr"]),
    ("pairs-of-regions", "", ["lh_01 – lh_02", "target", "model"]),
    ("regional-parameters-of-regional", "restart", ["h_0", "model.I_o"]),
    ("strength-and-parameters-of-regional", "", ["lh_01", "strength", "model.I_o"]),
])
def test_the_mouse_finds_what_a_point_is(fitted, browser, figure, trace, parts):
    assert_is_quiet(browser, fitted / "page.html")
    text = browser.read_point(figure, trace)
    for part in parts:
        assert part in text
