"""Losses keep their bits on processors that are not here, emulated by qemu: without FMA and AVX, without AVX-512, ARM."""

import itertools
import os
import shutil
import subprocess

import pytest
from conftest import PROGRAM, ROOT

SOURCE = ROOT / "tests/processors/losses.c"
FLAGS = ["-std=c11", "-O2", "-static", "-D_GNU_SOURCE", "-ffp-contract=off", f"-I{ROOT}/src", f"-I{ROOT}/include"]


def need(tool):
    if not shutil.which(tool):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{tool} is not there")
    return tool


def run(*command):
    """Losses by backend and precision, as bits."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return {(backend, precision): bits for backend, precision, bits in lines}


def compile_for(compiler, output, *sources, flags=()):
    subprocess.run([compiler, *FLAGS, *flags, *map(str, sources), "-lm", "-o", output], check=True, timeout=300)
    return output


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A program without any shared library, and its losses on this very processor."""
    program = tmp_path_factory.mktemp("here") / "losses"
    compile_for("cc", program, SOURCE, PROGRAM.parent / "librwwsweep.a")
    return program, run(program)


def test_instruction_sets_here_share_the_bits(here):
    _, found = here
    assert all(bits == found["generic", precision] for (_, precision), bits in found.items())
    assert "nan" not in str(found)


@pytest.mark.parametrize("processor, backends", [("Nehalem", {"generic"}), ("Haswell", {"generic", "avx2"})])
def test_x86_without_what_is_here_keeps_the_bits(here, processor, backends):
    program, expected = here
    found = run(need("qemu-x86_64-static"), "-cpu", processor, program)
    assert {backend for backend, _ in found} == backends
    assert all(bits == expected["generic", precision] for (_, precision), bits in found.items())


def kernels_for_arm(compiler, directory):
    widths = [("rww_kernels", 2), ("rww_narrow_kernels", 1)]
    precisions = [("float64", []), ("float32", ["-DRWW_REAL_IS_FLOAT"])]
    for (width, n_vectors), name, (precision, real) in itertools.product(widths, ["generic", "neon"], precisions):
        kernels = f"{width}_{name}_{precision}"
        macros = [f"-DRWW_KERNELS={kernels}", f"-DRWW_N_VECTORS={n_vectors}", f"-DRWW_SIMD_{name.upper()}", *real]
        yield compile_for(compiler, directory / f"{kernels}.o", ROOT / "src/simulate/kernels.c", flags=["-c", *macros])


def test_arm_has_the_bits_of_x86(here, tmp_path):
    compiler = need("aarch64-linux-gnu-gcc")
    sources = [path for module in ["base", "model", "simulate", "observe", "objective"]
               for path in sorted((ROOT / "src" / module).glob("*.c"))
               if path.name not in ("kernels.c", "bold_full.c", "base_run.c")]  # FFTW is not there for ARM
    program = compile_for(compiler, tmp_path / "losses", SOURCE, ROOT / "src/config/parameter.c", *sources,
                          *kernels_for_arm(compiler, tmp_path))
    found = run(need("qemu-aarch64-static"), program)
    assert {backend for backend, _ in found} == {"generic", "neon"}
    assert all(bits == here[1]["generic", precision] for (_, precision), bits in found.items())
