"""A larger exploration under mpirun, with every write of every rank going wrong in turn, in several ways; some minutes
each. scripts/test -C long -L long runs it."""

import pytest

import harness
from test_crash_explore import MODES, tell

CONFIG = """\
name: crash
connectivity: {generator: {name: two-hemispheres, nodes: 6, seed: 1}}
integration: {duration: 20000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {model.w: 0.5, noise.seed: 7}}}
explore:
  keep: [fc, bold]
  axes:
    - {parameter: coupling.a, low: 0.1, high: 0.7, n: 3}
    - {parameter: model.w, low: 0.1, high: 0.7, n: 2}
    - {parameter: noise.seed, values: [3, 4]}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    directory = tmp_path_factory.mktemp("crash")
    return harness.Case(directory, CONFIG, "explore", harness.build_shim(directory))


@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize("mode", ["kill", "torn", "enospc", "eio", "fsync"])
def test_every_write_of_each_rank(case, mode, rank, capsys):
    tried, struck = harness.try_every_write(case, mode, MODES[mode], ranks=3, resume_ranks=5, rank=rank)
    tell(capsys, f"{mode}, rank {rank} of 3", tried, struck)


@pytest.mark.parametrize("ranks, rank", [(0, None), (3, 0), (3, 1)])
def test_innocent_points_do_not_fail_though_they_were_in_flight_at_several_kills(case, ranks, rank, capsys):
    tried = harness.try_kills_in_a_row(case, 3, ranks, rank)
    tell(capsys, f"kill three times in a row, {f'rank {rank} of {ranks}' if ranks else 'one process'}", tried, tried)
