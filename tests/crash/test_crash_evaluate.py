"""The evaluation, killed at every write to its file in turn; then run again."""

import pytest

import harness

CONFIG = """\
name: crash
connectivity: {generator: {name: two-hemispheres, nodes: 6, seed: 1}}
integration: {duration: 20000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {model.w: 0.5, noise.seed: 7}}}
evaluate: {duration: 24000.0, seeds: [1001, 1002, 1003]}
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    directory = tmp_path_factory.mktemp("crash")
    return harness.Case(directory, CONFIG, "evaluate", harness.build_shim(directory))


@pytest.mark.parametrize("ranks, rank", [(0, None), (3, 0)])
def test_killed_at_any_write_it_goes_on_to_the_same_bits(case, ranks, rank):
    assert case.count(ranks, rank)[0] <= 60
    _, struck = harness.try_every_write(case, "kill", harness.KILLED, ranks=ranks, rank=rank)
    assert struck > 0
