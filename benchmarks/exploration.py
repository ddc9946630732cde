"""A whole exploration from start to closed file, on 1 and 2 ranks, beside what its kernel alone would take.

    .venv/bin/python benchmarks/exploration.py [CONFIG]       configs/generated84.yaml where none is given

Runs alternate; medians, of the time on the clock. A machine that has nothing else to do is needed, or `chrt -f 50`.
"""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
N_RUNS = 3
ENVIRONMENT = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def read(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def explore(config, n_ranks):
    """Points, and seconds from start to end."""
    with tempfile.TemporaryDirectory() as directory:
        begin = time.perf_counter()
        shown = read("mpirun", "--bind-to", "none", "-n", n_ranks, BUILD / "rwwsweep", config, "--stage", "explore",
                     "--progress", "none", "--output", directory)
        elapsed_s = time.perf_counter() - begin
    return int(re.search(r"points +(\d+) done", shown)[1]), elapsed_s


def kernel_ms():
    """Of a simulation of 84 nodes and 30 000 steps in a full batch, by the backend that is chosen."""
    backend = re.search(r"backend +(\w+)", read(BUILD / "rwwsweep", "--version"))[1]
    lines = [line.split() for line in read(BUILD / "kernels", backend, 84).splitlines()]
    return next(float(words[4]) for words in lines if words[:3] == ["84", "float64", backend] and words[3] != "1")


def main():
    config = sys.argv[1] if len(sys.argv) > 1 else "configs/generated84.yaml"
    elapsed_s = {1: [], 2: []}
    for _ in range(N_RUNS):
        for n_ranks in elapsed_s:
            n_points, seconds = explore(config, n_ranks)
            elapsed_s[n_ranks].append(seconds)
    median_s = {n_ranks: statistics.median(times) for n_ranks, times in elapsed_s.items()}
    kernel_s = 1e-3 * kernel_ms() * n_points
    print(f"{config}: {n_points} points of 84 nodes; the kernel alone {kernel_s:.1f} s")
    for n_ranks, seconds in median_s.items():
        print(f"{n_ranks} rank{'s' * (n_ranks > 1)}: {seconds:.1f} s, {seconds * n_ranks / kernel_s:.2f} times the kernel"
              f" alone, {median_s[1] / seconds:.2f} times as fast as 1 rank")


if __name__ == "__main__":
    main()
