"""An exploration as a user runs it: the same bits at any number of ranks, nothing computed twice, labelled results."""

import h5py
import numpy
import pytest
import xarray

RANKS = [None, 1, 2, 3, 5]


def read_losses(program, directory="results"):
    with h5py.File(program.directory / directory / "explore.h5") as file:
        return file["explore/loss"][:], file["slots/rows"][:]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    from conftest import Program

    program = Program(tmp_path_factory.mktemp("undisturbed")).configure()
    program.run("sweep.yaml")
    return read_losses(program)[0]


@pytest.mark.parametrize("ranks", RANKS)
def test_losses_have_the_same_bits_at_any_number_of_ranks(program, undisturbed, ranks):
    program.run("sweep.yaml", ranks=ranks)
    assert read_losses(program)[0].tobytes() == undisturbed.tobytes()


def test_a_loss_is_finite_and_differs_from_point_to_point(undisturbed):
    assert numpy.isfinite(undisturbed).all()
    assert len(numpy.unique(undisturbed)) == undisturbed.size


def test_second_run_computes_nothing_and_says_from_when_it_took_what(program):
    program.run("sweep.yaml")
    before = program.fingerprint()
    again = program.run("sweep.yaml", ranks=2)
    with h5py.File(program.directory / "results/explore.h5") as file:
        created = file.attrs["created"]
    assert f"explore: 35 points taken from the cache of {created}" in again.stdout
    assert "simulate: taken from the cache" in again.stdout
    assert program.fingerprint() == before
    assert (read_losses(program)[1]["attempts"] == 1).all()


def test_a_slow_rank_leaves_its_share_to_the_others(program):
    program.run("sweep.yaml", "--set", "integration.duration=240000", ranks=3,
                environment={"RWWSWEEP_SLOW_RANK": "1", "RWWSWEEP_BACKEND": "reference"})
    _, slots = read_losses(program)
    shares = numpy.bincount(slots["rank"], minlength=3)
    # ten times slower; two units are in its hands before anybody can know
    assert 0 < shares[1] < min(shares[0], shares[2])


def test_a_seed_axis_gives_what_single_seeds_give(program):
    axes = "[{parameter: noise.seed, values: [42, 43]}, {parameter: model.w, values: [0.3, 0.5]}]"
    program.run("sweep.yaml", "--set", f"explore.axes={axes}")
    both, _ = read_losses(program)
    # the target's own seed stays, so that a run with another base seed has the same target
    for k, seed in enumerate((42, 43)):
        program.run("sweep.yaml", "--set", "explore.axes=[{parameter: model.w, values: [0.3, 0.5]}]", "--set",
                    f"noise.seed={seed}", "--output", f"seed{seed}")
        assert read_losses(program, f"seed{seed}")[0].tobytes() == both[k].tobytes()


def test_a_point_equals_the_base_run_at_its_parameters(program):
    program.run("sweep.yaml", "--set", "explore.axes=[{parameter: coupling.a, values: [0.5]}]")
    with h5py.File(program.directory / "results/simulate.h5") as file:
        assert file["simulate/loss"][()] == read_losses(program)[0][0]


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_opens_labelled_coordinates_with_units(program, engine):
    program.run("sweep.yaml", "--set", "explore.keep=[fc, bold]")
    path = program.directory / "results/explore.h5"
    with xarray.open_dataset(path, group="explore", engine=engine) as explore:
        assert explore.loss.dims == ("coupling_a", "model_w")
        assert explore.coupling_a.values[0] == 0.3 and explore.coupling_a.values[-1] == 2.4
        assert explore.model_w.attrs["units"] == "1" and explore.time.attrs["units"] == "s"
        assert list(explore.node.values[:2]) == ["lh_01", "lh_02"]
        assert explore.fc.dims == ("coupling_a", "model_w", "node", "node_source")
        assert explore.bold.dims == ("coupling_a", "model_w", "time", "node")
        assert explore.status.attrs["flag_meanings"].split()[2] == "done"


def test_points_may_keep_fc_and_it_is_that_of_the_base_run(program):
    program.run("sweep.yaml", "--set", "explore.keep=[fc]", "--set",
                "explore.axes=[{parameter: coupling.a, values: [0.5]}]")
    with h5py.File(program.directory / "results/explore.h5") as a, \
            h5py.File(program.directory / "results/simulate.h5") as b:
        assert a["explore/fc"][0].tobytes() == b["simulate/fc"][:].tobytes()


def test_a_stop_before_the_end_says_75_and_the_next_run_goes_on(program, undisturbed):
    stopped = program.run("sweep.yaml", "--max-time", "0.001", check=False)
    assert stopped.returncode == 75
    program.run("sweep.yaml", ranks=2)
    losses, slots = read_losses(program)
    assert losses.tobytes() == undisturbed.tobytes()
    assert (slots["attempts"] == 1).all()
