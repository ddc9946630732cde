"""A fit, whose entries are rows and which ends in a summary, with every write to its file going wrong in turn."""

import pytest

import harness
from test_crash_explore import MODES, tell

CONFIG = """\
name: crash
connectivity: {generator: {name: two-hemispheres, nodes: 4, seed: 1}}
integration: {duration: 20000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {model.w: 0.5, noise.seed: 7}}}
optimize:
  - {name: regional, start: base, free: {model.w: regional}, steps: 1, restarts: 2}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    directory = tmp_path_factory.mktemp("crash")
    return harness.Case(directory, CONFIG, "regional", harness.build_shim(directory))


def test_the_case_is_small(case):
    assert case.count()[0] <= 60


@pytest.mark.parametrize("mode", ["kill", "torn", "enospc", "fsync"])
def test_every_write_of_one_process(case, mode, capsys):
    resume_ranks = 2 if mode == "kill" else 0  # much the same is left in the file, however it came about
    tried, struck = harness.try_every_write(case, mode, MODES[mode], resume_ranks=resume_ranks)
    tell(capsys, f"{mode}, one process", tried, struck)


def test_every_write_of_the_rank_that_leads(case, capsys):
    # it alone writes, what one process writes: a sample will do, since mpirun takes seconds to end
    tried, struck = harness.try_every_write(case, "kill", harness.KILLED, ranks=3, resume_ranks=0, rank=0, every=5)
    assert struck == tried
    tell(capsys, "kill, rank 0 of 3", tried, struck)


def test_innocent_entries_do_not_fail_though_they_were_in_flight_at_several_kills(case, capsys):
    tried = harness.try_kills_in_a_row(case, 2)
    tell(capsys, "kill twice in a row, one process", tried, tried)
