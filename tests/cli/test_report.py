"""scripts/report: what the page says and shows, on finished and unfinished runs, and how it answers wrong input."""

import os
import re
import subprocess

import h5py
import pytest
from browser import CHROMIUM, Browser
from conftest import ENVIRONMENT, ROOT, SMALL, Program

needs_chromium = pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="Chromium is not there")
AXES = "explore.axes=[{parameter: coupling.a, low: 0.3, high: 2.4, n: 3}, {parameter: model.w, low: 0.1, high: 0.8, n: 4}, %s]"


def report(directory, *arguments):
    return subprocess.run([ROOT / "scripts/report", *arguments], cwd=directory, capture_output=True, text=True,
                          env=ENVIRONMENT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("report")).configure(SMALL)
    program.run("sweep.yaml", "--set", "monitors.Raw.last=2000")
    return program


@pytest.fixture(scope="module")
def page(finished):
    done = report(finished.directory, "results", "-o", "page.html")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "page.html\n"
    return finished.directory / "page.html"


def words(page):
    return re.sub(r"<script.*?</script>|<style.*?</style>", "", page.read_text(), flags=re.DOTALL)


def test_the_page_names_the_best_point_and_its_loss(finished, page):
    with h5py.File(finished.directory / "results/explore.h5") as file:
        least = file["explore/loss"][:].min()
    assert f"The smallest loss is {least:.6f}" in words(page)


def test_the_page_tells_what_was_run(finished, page):
    with h5py.File(finished.directory / "results/explore.h5") as file:
        key = file.attrs["key"]
    for part in [key, "35 of 35 rows", "name: small", "backend"]:
        assert part in words(page)


def test_an_unfinished_run_says_how_far_it_is(tmp_path):
    program = Program(tmp_path).configure(SMALL)
    program.run("sweep.yaml", "--max-time", "0.001", check=False)
    program.run("sweep.yaml", "--stage", "explore", "--max-time", "0.001", check=False)
    with h5py.File(tmp_path / "results/explore.h5") as file:
        n = int((file["slots/rows"]["outcome"] > 1).sum())
    assert n < 35
    assert report(tmp_path, "results").returncode == 0
    assert f"explore {n} of 35 points ({100 * n // 35} %)" in words(tmp_path / "report.html")


@pytest.mark.parametrize("axes, part", [
    (AXES % "{parameter: noise.seed, values: [1, 2, 3]}", "Losses are means over 3 noise seeds"),
    (AXES % "{parameter: model.I_o, values: [0.3, 0.32]}", "I_o"),
    ("explore.axes=[{parameter: model.w, low: 0.1, high: 0.8, n: 4}]", "model.w"),
    ("explore.axes=[{parameter: noise.seed, values: [1, 2, 3]}]", "noise.seed"),
])
def test_grids_of_other_shapes_are_shown(tmp_path, axes, part):
    program = Program(tmp_path).configure(SMALL)
    program.run("sweep.yaml", "--stage", "explore", "--set", axes)
    done = report(tmp_path, "results", "--figures", "figures")
    assert done.returncode == 0, done.stderr
    assert part in words(tmp_path / "report.html")
    assert (tmp_path / "figures/exploration.svg").stat().st_size > 1000


def test_the_best_points_are_those_of_the_mean_over_seeds(tmp_path):
    program = Program(tmp_path).configure(SMALL)
    program.run("sweep.yaml", "--stage", "explore", "--set", AXES % "{parameter: noise.seed, values: [1, 2, 3]}")
    assert report(tmp_path, "results").returncode == 0
    with h5py.File(tmp_path / "results/explore.h5") as file:
        least = file["explore/loss"][:].mean(axis=2).min()
    assert f"The smallest loss is {least:.6f}" in words(tmp_path / "report.html")


@needs_chromium
def test_each_slice_shows_its_own_best_points_and_the_best_slice_comes_first(tmp_path):
    program = Program(tmp_path).configure(SMALL)
    axes = "explore.axes=[{parameter: model.I_o, values: [0.3, 0.32, 0.34]}, {parameter: coupling.a, low: 0.3, high: 2.4, n: 3}, " \
           "{parameter: model.w, low: 0.1, high: 0.8, n: 4}]"
    program.run("sweep.yaml", "--stage", "explore", "--set", axes)
    assert report(tmp_path, "results").returncode == 0
    with h5py.File(tmp_path / "results/explore.h5") as file:
        slices = file["explore/loss"][:].argsort(axis=None)[:5] // 12
    browser = Browser(tmp_path / "profile")
    browser.open(tmp_path / "report.html")
    browser.wait_for("document.querySelectorAll('#exploration .slider-group').length")
    marks = browser.evaluate("[...document.querySelectorAll('#exploration .textpoint')].map(mark => mark.textContent)")
    browser.close()
    assert marks == [str(rank) for rank, number in enumerate(slices, 1) if number == slices[0]]


def test_figures_for_a_paper_are_written(finished):
    done = report(finished.directory, "results", "--figures", "figures", "--format", "pdf")
    assert done.returncode == 0, done.stderr
    for name in ["exploration", "functional-connectivity", "bold", "activity"]:
        assert (finished.directory / f"figures/{name}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name, part", [
    ("nowhere", "there is no such file"), ("empty", "no results in this directory"),
    ("sweep.yaml", "is no HDF5 file"), ("other.h5", "is no result file of rwwsweep"), ("newer.h5", "has format version 9"),
])
def test_what_is_no_result_is_refused(tmp_path, name, part):
    (tmp_path / "empty").mkdir()
    (tmp_path / "sweep.yaml").write_text(SMALL)
    with h5py.File(tmp_path / "other.h5", "w"):
        pass
    with h5py.File(tmp_path / "newer.h5", "w") as file:
        file.attrs.update(format="rwwsweep results", format_version=9)
    done = report(tmp_path, name)
    assert done.returncode == 2 and part in done.stderr
    assert not (tmp_path / "report.html").exists()


@pytest.fixture(scope="module")
def browser(tmp_path_factory, page):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    browser.open(page)
    browser.wait_for("document.querySelectorAll('.js-plotly-plot .main-svg').length > 3")
    yield browser
    browser.close()


@needs_chromium
def test_the_page_asks_no_network_for_anything_and_makes_no_error(browser):
    assert browser.requests() == []
    assert browser.errors() == []


@needs_chromium
def test_the_mouse_finds_parameters_and_losses_on_the_map(browser):
    browser.hover("#exploration .nsewdrag")
    text = browser.wait_for("document.querySelector('#exploration .hoverlayer').textContent")
    for part in ["coupling.a", "model.w", "loss", "fc_corr"]:
        assert part in text


@needs_chromium
def test_the_page_fits_a_narrow_window(browser):
    browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    browser.wait_for("document.documentElement.scrollWidth <= 400")
