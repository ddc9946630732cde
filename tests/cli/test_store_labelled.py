"""Result files as users open them: xarray with both of its HDF5 engines, h5py, ncdump, also while a run is writing."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import h5py
import numpy
import pytest

xarray = pytest.importorskip("xarray")

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep")
SEEDS = [42, 2**63 + 5]
CONFIG = f"""\
name: labelled
connectivity: {{generator: {{name: two-hemispheres, nodes: 6, seed: 1}}}}
integration: {{duration: 20000.0, noise: {{seed: 42}}}}
observation: {{fc: {{skip: 4}}, target: {{simulate: {{model.w: 0.5, noise.seed: 7}}}}}}
explore:
  keep: [fc, bold]
  axes:
    - {{parameter: coupling.a, low: 0.1, high: 0.7, n: 3}}
    - {{parameter: noise.seed, values: {SEEDS}}}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    directory = tmp_path_factory.mktemp("labelled")
    (directory / "sweep.yaml").write_text(CONFIG)
    command = [PROGRAM, directory / "sweep.yaml", "--output", directory / "results", "--progress", "none"]
    subprocess.run(command, check=True, capture_output=True)
    return directory / "results"


engines = pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])


@engines
def test_the_exploration_is_labelled(results, engine):
    with xarray.open_dataset(results / "explore.h5", group="explore", engine=engine) as data:
        assert data.loss.dims == ("coupling_a", "noise_seed")
        numpy.testing.assert_array_equal(data.coupling_a, [0.1, 0.4, 0.7])
        assert data.fc.dims == ("coupling_a", "noise_seed", "node", "node_source")
        assert data.bold.dims == ("coupling_a", "noise_seed", "time", "node")


@engines
def test_seeds_keep_their_64_bits(results, engine):
    with xarray.open_dataset(results / "explore.h5", group="explore", engine=engine) as data:
        assert [int(seed) for seed in data.noise_seed.values] == SEEDS


@engines
def test_units_and_descriptions_are_there(results, engine):
    with xarray.open_dataset(results / "explore.h5", group="explore", engine=engine) as data:
        for name in ("loss", "rmse", "fc_corr", "coupling_a", "time"):
            assert data[name].attrs["units"] and data[name].attrs["long_name"]


@engines
def test_status_has_cf_flags(results, engine):
    with xarray.open_dataset(results / "explore.h5", group="explore", engine=engine) as data:
        status = data.status
        meaning = dict(zip(status.attrs["flag_values"], status.attrs["flag_meanings"].split()))
        assert status.dtype == numpy.uint8 and "_FillValue" not in status.attrs and "_FillValue" not in status.encoding
        assert {meaning[value] for value in status.values.ravel()} == {"done"}


@engines
def test_regions_are_named_and_found_by_name(results, engine):
    with xarray.open_dataset(results / "simulate.h5", group="simulate", engine=engine) as data:
        names = [str(name) for name in data.node.values]
        assert len(set(names)) == 6 and names == [str(name) for name in data.node_source.values]
        assert data.fc.sel(node=names[0], node_source=names[1]) == data.fc[0, 1]


@engines
def test_inputs_open_as_a_group_too(results, engine):
    with xarray.open_dataset(results / "explore.h5", group="inputs", engine=engine) as data:
        assert data.weights.dims == ("node", "node_source") and data.tract_lengths.attrs["units"] == "mm"


def test_ncdump_shows_the_header(results):
    if not shutil.which("ncdump"):
        pytest.skip("no ncdump")
    text = subprocess.run(["ncdump", "-h", results / "explore.h5"], check=True, capture_output=True, text=True).stdout
    for line in ("double loss(coupling_a, noise_seed)", "ubyte status(coupling_a, noise_seed)", "string node(node)"):
        assert line in text


def test_h5py_sees_plain_datasets_and_where_they_come_from(results):
    with h5py.File(results / "explore.h5") as file:
        assert file["explore/loss"].shape == (3, 2) and file["explore/loss"].compression is None
        assert file["config/source"][()].decode() == CONFIG
        assert set(file["slots/rows"]["attempts"]) == {1}
        wanted = {"format", "format_version", "stage", "key", "created", "host", "program_version", "git_revision"}
        assert wanted | {"compiler", "compiler_flags", "mpi", "hdf5", "fftw"} <= set(file.attrs)


def test_the_key_is_the_hash_of_the_canonical_text(results):
    with h5py.File(results / "explore.h5") as file:
        assert file.attrs["key"] == hashlib.sha256(file["config/canonical"][()]).hexdigest()[:32]


def test_the_link_is_relative(results):
    link = results / "explore.h5"
    assert link.is_symlink() and not os.path.isabs(os.readlink(link))


def test_a_file_can_be_read_while_it_is_written(tmp_path):
    (tmp_path / "sweep.yaml").write_text(CONFIG.replace("n: 3", "n: 100000").replace("  keep: [fc, bold]\n", ""))
    command = [PROGRAM, tmp_path / "sweep.yaml", "--output", tmp_path, "--stage", "explore", "--progress", "none"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as job:
        while not (tmp_path / "explore.h5").exists():
            assert job.poll() is None
        with h5py.File(tmp_path / "explore.h5") as file:
            assert file["explore/loss"].shape == (100000, 2)
        assert job.poll() is None, "the run must go on meanwhile"
        job.kill()
