"""The exploration, with every write to its file going wrong in turn, and in every way; then run again."""

import pytest

import harness

CONFIG = """\
name: crash
connectivity: {generator: {name: two-hemispheres, nodes: 6, seed: 1}}
integration: {duration: 20000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {model.w: 0.5, noise.seed: 7}}}
explore:
  axes:
    - {parameter: coupling.a, low: 0.1, high: 0.7, n: 2}
    - {parameter: model.w, low: 0.1, high: 0.7, n: 2}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    directory = tmp_path_factory.mktemp("crash")
    return harness.Case(directory, CONFIG, "explore", harness.build_shim(directory))


def tell(capsys, what, tried, struck):
    with capsys.disabled():
        print(f"\n  {what}: {tried} writes tried, {struck} of them ended the run; all went on to the same bits")


def test_the_case_is_small(case):
    assert case.count()[0] <= 50


MODES = {"kill": harness.KILLED, "torn": harness.KILLED, "short": (), "enospc": (1, 2), "eio": (1, 2), "fsync": (1, 2)}


@pytest.mark.parametrize("mode", MODES)
def test_every_write_of_one_process(case, mode, capsys):
    tried, struck = harness.try_every_write(case, mode, MODES[mode])
    assert (struck == 0) == (mode == "short")
    tell(capsys, f"{mode}, one process", tried, struck)


@pytest.mark.parametrize("rank", [0, 1])
def test_every_write_of_one_rank_of_three(case, rank, capsys):
    tried, struck = harness.try_every_write(case, "kill", harness.KILLED, ranks=3, resume_ranks=0, rank=rank)
    assert struck > 0
    tell(capsys, f"kill, rank {rank} of 3", tried, struck)


def test_innocent_points_do_not_fail_though_they_were_in_flight_at_several_kills(case, capsys):
    tried = harness.try_kills_in_a_row(case, 3)
    tell(capsys, "kill three times in a row, one process", tried, tried)
