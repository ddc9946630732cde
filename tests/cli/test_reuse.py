"""Points that an earlier exploration in the same directory has computed are taken from it, bit for bit."""

import re

import h5py
import numpy
import pytest

AXES = "explore.axes=[{{parameter: coupling.a, low: 0.3, high: 2.4, n: {a}}}, {{parameter: model.w, low: 0.1, high: 0.8, n: {w}}}{more}]"


def explore(program, a, w, more="", *arguments):
    done = program.run("sweep.yaml", "--stage", "explore", "--set", AXES.format(a=a, w=w, more=more), *arguments)
    computed = re.search(r"explore: (\d+) points in", done.stdout)
    with h5py.File(program.directory / "results/explore.h5") as file:
        return int(computed[1]) if computed else 0, file["explore/loss"][:]


def test_a_refined_grid_computes_the_new_points_alone(program):
    assert explore(program, 5, 5)[0] == 25
    n, losses = explore(program, 9, 9)
    assert n == 81 - 25
    assert losses.tobytes() == explore(program, 9, 9, "", "--redo", "explore")[1].tobytes()


def test_one_more_seed_computes_that_seed_alone(program):
    n, one = explore(program, 3, 4)
    n, three = explore(program, 3, 4, ", {parameter: noise.seed, values: [41, 42, 43]}")
    assert n == 24
    assert three[:, :, 1].tobytes() == one.tobytes()
    assert len(numpy.unique(three)) == 36


def test_one_seed_of_several_is_all_there(program):
    three = explore(program, 3, 4, ", {parameter: noise.seed, values: [41, 42, 43]}")[1]
    n, one = explore(program, 3, 4)
    assert n == 0 and one.tobytes() == three[:, :, 1].tobytes()


@pytest.mark.parametrize("setting", ["noise.seed=43", "noise.sigma=0.003", "coupling.a=0.6", "integration.duration=28000"])
def test_another_experiment_takes_nothing(program, setting):
    explore(program, 3, 4)
    assert explore(program, 3, 4, "", "--set", setting)[0] == 12
