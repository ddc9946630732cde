"""scripts/report on evaluations: scores, what they say about the fits, finished, unfinished, and of every shape."""

import h5py
import numpy
import pytest
from browser import Browser
from conftest import SMALL, Program
from test_report import needs_chromium, report, words
from test_report_fits import ALONE, assert_is_quiet, copy_results, rows_of, set_outcomes

FITS = """\
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 3, restarts: 2}
  - {name: local, start: global, free: {model.w: regional, model.I_o: regional}, steps: 3, restarts: 3, spread: 0.3}
  - {name: other, free: {model.w: regional}, steps: 3}
"""
EVALUATION = "evaluate: {duration: 40000.0, seeds: [1001, 1002, 1003], restarts: all}\n"
SCORES = ["fc_corr", "fc_corr_triangle", "rmse"]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("evaluated")).configure(SMALL + FITS + EVALUATION)
    program.run("sweep.yaml")
    done = report(program.directory, "results", "-o", "page.html", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return program.directory


def read(directory):
    with h5py.File(directory / "results/evaluate.h5") as file:
        found = {name: file["evaluate"][name][()] for name in file["evaluate"]}
        found["set"] = [name.decode() for name in found["set"]]
        return found, file["inputs/target_fc"][:]


def rows_of_sets(page):
    """Stages have a row elsewhere, too."""
    return {row[0]: row for row in rows_of(page) if len(row) >= 5}


def test_the_page_tells_mean_and_deviation_of_every_set_and_its_loss(evaluated):
    found, _ = read(evaluated)
    rows = rows_of_sets(evaluated / "page.html")
    for k, name in enumerate(found["set"]):
        scores = [f"{found[score][k].mean():.4f} ({found[score][k].std(ddof=1):.4f})" for score in SCORES]
        loss = "" if name == "base" else f"{found['fit_loss'][k]:.6f}"
        assert rows[name] == [name, *scores, loss]
    assert "40 s on 3 noise seeds" in words(evaluated / "page.html")


def test_the_mean_fc_of_the_best_fit_is_compared_with_the_target(evaluated):
    found, target = read(evaluated)
    fits = [found["set"].index(name) for name in ["global", "local", "other"]]
    best = fits[numpy.argmax(found["fc_corr"].mean(axis=1)[fits])]
    r = numpy.corrcoef(found["fc"][best].mean(axis=0).ravel(), target.ravel())[0, 1]
    told = words(evaluated / "page.html")
    assert f"FC of {found['set'][best]}, the mean over seeds, beside the target: r = {r:.3f}" in told
    assert f"own correlation, {found['fc_corr'][best].mean():.3f}" in told


def test_the_page_tells_how_alike_the_fits_are_where_regions_differ(evaluated):
    found, _ = read(evaluated)
    told = words(evaluated / "page.html")
    sets = {"model_w": ["local/0", "local/1", "local/2", "other/0"], "model_I_o": ["local/0", "local/1", "local/2"]}
    for name, those in sets.items():
        values = found[name][[found["set"].index(one) for one in those]]
        r = numpy.corrcoef(values)[numpy.triu_indices(len(those), 1)]
        low, high = (f"{value:.2f}".replace("-", "−") for value in (r.min(), r.max()))
        assert f"{name.replace('_', '.', 1)} {low} to {high}" in told


def test_figures_for_a_paper_are_written(evaluated):
    names = {path.stem for path in (evaluated / "figures").iterdir()}
    assert names >= {"scores", "mean-functional-connectivity", "regions-of-fits"}


def test_an_evaluation_that_is_going_on_says_how_far_it_is(evaluated, tmp_path):
    results = copy_results(evaluated, tmp_path)
    found, _ = read(evaluated)
    local, n = found["set"].index("local"), 3 * len(found["set"])
    set_outcomes(results / "evaluate.h5", slice(3 * local + 2, n), 0)
    with h5py.File(results / "evaluate.h5", "r+") as file:
        for name in [*SCORES, "fc"]:
            file["evaluate"][name][local, 2:] = numpy.nan
            file["evaluate"][name][local + 1:] = numpy.nan
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert f"evaluate {3 * local + 2} of {n} evaluations" in words(tmp_path / "report.html")
    rows = rows_of_sets(tmp_path / "report.html")
    mean = found["fc_corr"][local, :2].mean()
    assert rows["local"][1].startswith(f"{mean:.4f} (") and rows["local"][-1] == "2 of 3 seeds"
    assert rows["other"][-1] == "0 of 3 seeds"


def test_an_evaluation_that_has_not_begun_does_not_stop_the_page(tmp_path):
    program = Program(tmp_path).configure(SMALL + FITS + EVALUATION)
    assert program.run("sweep.yaml", "--max-time", "0.001", check=False).returncode == 75
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr


def test_a_fit_that_is_not_the_one_that_was_evaluated_is_told(evaluated, tmp_path):
    copy = Program(tmp_path).configure(SMALL + FITS + EVALUATION)
    copy.run("sweep.yaml")
    assert report(tmp_path, "results").returncode == 0
    assert "one configuration" not in words(tmp_path / "report.html")
    copy.run("sweep.yaml", "--stage", "other", "--set", "optimize.other.steps=2")
    assert report(tmp_path, "results").returncode == 0
    assert "one configuration: other is not the one that was evaluated" in words(tmp_path / "report.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


SHAPES = {
    "no exploration": ALONE + FITS + EVALUATION,
    "no fit": SMALL + "evaluate: {duration: 40000.0}\n",
    "one seed": SMALL + FITS + "evaluate: {duration: 40000.0, seeds: [5]}\n",
    "many sets": SMALL + "optimize:\n  - {name: many, free: {model.w: regional}, steps: 1, restarts: 20}\n" + EVALUATION,
    "global": SMALL + FITS[:FITS.index("  - {name: local")] + EVALUATION,
}


@needs_chromium
@pytest.mark.parametrize("name", SHAPES)
def test_evaluations_of_every_shape_are_shown_without_an_error(tmp_path, browser, name):
    Program(tmp_path).configure(SHAPES[name]).run("sweep.yaml")
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert "Evaluation: scores on noise" in words(tmp_path / "report.html")
    assert_is_quiet(browser, tmp_path / "report.html")


@needs_chromium
@pytest.mark.parametrize("figure, trace, parts", [
    ("scores-and-losses", "local, restarts", ["local/0", "loss of the fit", "fc_corr", "±"]),
    ("regional-parameters-of-all-fits", "local/1", ["h_0", "model.I_o", "local/1"]),
])
def test_the_mouse_finds_what_a_point_is(evaluated, browser, figure, trace, parts):
    assert_is_quiet(browser, evaluated / "page.html")
    text = browser.read_point(figure, trace)
    for part in parts:
        assert part in text


@needs_chromium
def test_the_page_fits_a_narrow_window(evaluated, browser):
    browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    assert_is_quiet(browser, evaluated / "page.html")
    browser.wait_for("document.documentElement.scrollWidth <= 400")
    browser.call("Emulation.clearDeviceMetricsOverride")
