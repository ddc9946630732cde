"""The published experiment on the DK84 connectome, through the installed program, against values computed with JAX in
float64. The connectome is not ours to ship: without dk84.h5 (scripts fetch it) these tests are skipped."""

import os
import pathlib
import subprocess

import h5py
import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep")
DK84 = pathlib.Path(os.environ.get("RWWSWEEP_DK84", ROOT / "configs/dk84.h5"))
VALUES = numpy.load(ROOT / "tests/data/dk84_values.npz")

pytestmark = pytest.mark.skipif(not DK84.exists(), reason=f"{DK84} is not there")

CONFIG = """
name: dk84
semantics: {semantics}
model: {{parameters: {{w: {w}, I_o: 0.32}}, initial: {{S: {S}}}}}
connectivity: {{file: {dk84}, normalize: max}}
coupling: {{parameters: {{a: {a}, b: 0.0}}}}
integration: {{step_size: 4.0, duration: {duration}, noise: {{sigma: 0.00283}}}}
monitors: {{Raw: {{last: {duration}}}, Bold: {{period: 1000.0}}}}
observation: {{fc: {{skip: 20}}, target: {{file: {dk84}, dataset: fc}}, loss: rmse}}
output: {{directory: {output}}}
"""
PUBLISHED = dict(semantics="tvbo-2025.06", w=0.5, a=0.5, S=0.1, duration=120000.0)


def run(directory, axes="", backend="auto", stage=None, **settings):
    """The file of the last stage, after a run of the program in `directory`."""
    config = directory / "dk84.yaml"
    config.write_text(CONFIG.format(dk84=DK84, output=directory, **settings) + axes)
    stage = stage or ("explore" if axes else "simulate")
    command = [PROGRAM, config, "--backend", backend, "--progress", "none", "--stage", stage]
    subprocess.run(command, check=True)
    return h5py.File(directory / f"{stage}.h5")[stage]


@pytest.fixture(scope="module", params=["reference", "auto"])
def backend(request):
    """The plain integrator, and the fast one of this processor."""
    return request.param


@pytest.fixture(scope="module")
def base_run(tmp_path_factory, backend):
    return run(tmp_path_factory.mktemp("base"), backend=backend, **PUBLISHED)


def largest_difference(found, expected):
    return numpy.abs(numpy.asarray(found) - expected).max()


def test_base_loss(base_run):
    assert abs(base_run["loss"][()] - 0.29454093606279974) < 1e-10  # as NUMERICS asks
    assert abs(base_run["fc_corr"][()] - VALUES["base_fc_corr"]) < 1e-10


def test_base_bold_and_fc(base_run):
    assert largest_difference(base_run["bold"], VALUES["base_bold"]) < 1e-11  # rounding: of BOLD some 1e-13
    assert largest_difference(base_run["fc"], VALUES["base_fc"]) < 1e-10


def test_warmup_states(base_run):
    # States below 1 with a rounding error that this dynamics does not amplify.
    assert largest_difference(base_run["raw_warmup"][:3], VALUES["warmup_first_3_states"]) < 1e-15
    assert largest_difference(base_run["warmup_last_state"], VALUES["warmup_last_state"]) < 1e-13


def test_last_state(base_run):
    assert largest_difference(base_run["last_state"], VALUES["base_last_state"]) < 1e-13


def test_full_bold_holds_the_samples(base_run):
    # Sample m ends at the interim sample m * 250 - 2; 1e-12: a Fourier transform of 36 000 numbers.
    assert largest_difference(base_run["bold_full"][248::250], base_run["bold"][()]) < 1e-12


def test_eight_points_of_the_grid(tmp_path, backend):
    a, w = (numpy.sort(numpy.unique(VALUES[key])).tolist() for key in ("grid_coupling_a", "grid_model_w"))
    axes = f"explore: {{axes: [{{parameter: coupling.a, values: {a}}}, {{parameter: model.w, values: {w}}}]}}\n"
    explore = run(tmp_path, axes=axes, backend=backend, **PUBLISHED)
    for k in range(8):
        point = a.index(VALUES["grid_coupling_a"][k]), w.index(VALUES["grid_model_w"][k])
        assert abs(explore["loss"][point] - VALUES["grid_loss"][k]) < 1e-10
        assert abs(explore["fc_corr"][point] - VALUES["grid_fc_corr"][k]) < 5.1e-7  # given with six digits


VARIANTS = [  # semantics, base, points of the grid's axis, and row-major index and loss of three of its points
    ("tvboptim-0.2.0", dict(w=0.5, a=0.5, S=0.3, duration=120000.0), 32,
     {0: 0.300531974314606, 393: 0.278172943467426, 917: 0.293848861827265}),
    ("tvboptim-0.4.0", dict(w=0.3, a=0.15, S=0.3, duration=90000.0), 16,
     {0: 0.307202029938434, 105: 0.270368733761341, 245: 0.297120739704085}),
]  # fmt: skip


@pytest.mark.parametrize("semantics, base, n, losses", VARIANTS)
def test_later_variants(tmp_path, semantics, base, n, losses):
    axis = numpy.linspace(0.001, 0.7, n)
    for index, loss in losses.items():
        directory = tmp_path / str(index)
        directory.mkdir()
        axes = (
            f"explore: {{axes: [{{parameter: coupling.a, values: [{axis[index // n]}]}}, "
            f"{{parameter: model.w, values: [{axis[index % n]}]}}]}}\n"
        )
        explore = run(directory, axes=axes, semantics=semantics, **base)
        assert abs(explore["loss"][0, 0] - loss) < 1e-10
