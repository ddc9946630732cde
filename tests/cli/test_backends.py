"""Losses have the same bits whatever instruction set, lanes and ranks computed them."""

import re

import h5py
import numpy
import pytest
from conftest import SMALL

ASYMMETRIC = """\
name: asymmetric
connectivity: {{file: w.csv, normalize: none}}
model: {{parameters: {{w: {{file: node_w.txt}}, I_o: 0.31}}}}
coupling: {{parameters: {{a: 0.5, b: 0.01}}}}
integration: {{step_size: 2.0, duration: 24000.0, noise: {{sigma: 0.00283, seed: 42}}}}
monitors: {{Bold: {{period: 1000.0}}}}
observation: {{fc: {{skip: 4}}, target: {{simulate: {{coupling.a: 1.2, noise.seed: 7}}}}}}
precision: {precision}
explore:
  axes:
    - {{parameter: coupling.a, low: 0.3, high: 2.4, n: 9}}
    - {{parameter: noise.seed, values: [3, 5]}}
output: {{directory: results}}
"""


def is_supported(program, backend):
    return program.run("--version", "--backend", backend, check=False).returncode == 0


def configure(program, precision):
    generator = numpy.random.default_rng(1)
    weights = generator.uniform(0, 0.05, (37, 37))
    numpy.fill_diagonal(weights, 0)
    numpy.savetxt(program.directory / "w.csv", weights, delimiter=",")
    numpy.savetxt(program.directory / "node_w.txt", generator.uniform(0.4, 0.6, 37))
    program.configure(ASYMMETRIC.format(precision=precision))


def losses(program, backend, ranks=None):
    output = f"{backend}-{ranks}"
    program.run("sweep.yaml", "--backend", backend, "--output", output, ranks=ranks)
    with h5py.File(program.directory / output / "explore.h5") as file:
        return file["explore/loss"][:]


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_instruction_sets_share_every_bit_at_any_number_of_ranks(program, precision):
    configure(program, precision)
    expected = losses(program, "generic")
    assert numpy.isfinite(expected).all() and len(numpy.unique(expected)) == expected.size
    for backend in ["avx2", "avx512", "neon"]:
        if is_supported(program, backend):
            for ranks in [None, 3]:
                assert losses(program, backend, ranks).tobytes() == expected.tobytes()


def test_the_reference_agrees(program):
    configure(program, "float64")
    # rounding of some 1e-15 a step in states that keep no memory of it for long
    assert numpy.abs(losses(program, "reference") - losses(program, "auto")).max() < 1e-12


def test_float32_differs_little_on_the_same_noise(program):
    configure(program, "float64")
    noise = "    - {parameter: noise.seed, values: [3, 5]}\n"
    program.configure((program.directory / "sweep.yaml").read_text().replace(noise, "").replace("seed: 42", "seed: 42, dtype: float64"))
    expected = losses(program, "auto")
    program.configure((program.directory / "sweep.yaml").read_text().replace("float64\n", "float32\n"))
    found = losses(program, "generic")
    # rounding of 6e-8 a step, some tens of which add up within the decay time of S
    assert 0 < numpy.abs(found - expected).max() < 1e-3


def test_families_share_neither_keys_nor_files(program):
    program.configure(SMALL)
    keys = {program.run("hash", "sweep.yaml", "--backend", backend).stdout for backend in ["generic", "reference"]}
    assert len(keys) == 2
    fast = {program.run("hash", "sweep.yaml", "--backend", backend).stdout for backend in ["auto", "generic"]}
    assert len(fast) == 1


def test_version_names_the_backend_and_an_unknown_one_is_refused(program):
    said = program.run("--version", "--backend", "generic").stdout
    assert re.match(r"rwwsweep \d+\.\d+\.\d+\n", said) and "backend          generic" in said
    done = program.run("sweep.yaml", "--backend", "abacus", check=False)
    assert done.returncode == 2 and "there are auto" in done.stderr


def test_the_environment_chooses_where_the_command_line_does_not(program):
    assert "generic" in program.run("--version", environment={"RWWSWEEP_BACKEND": "generic"}).stdout
    forced = program.run("--version", "--backend", "reference", environment={"RWWSWEEP_BACKEND": "generic"}).stdout
    assert "reference" in forced and "generic" not in forced


def test_other_semantics_fall_to_the_reference_and_are_refused_elsewhere(program):
    program.run("sweep.yaml", "--set", "semantics=tvboptim-0.2.0")
    done = program.run("sweep.yaml", "--set", "semantics=tvboptim-0.2.0", "--backend", "generic", check=False)
    assert done.returncode == 2 and "reference backend alone" in done.stderr
