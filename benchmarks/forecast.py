"""What `plan` foretells beside what the run then takes: wall time and the largest rank's memory, as a Markdown table.

    .venv/bin/python benchmarks/forecast.py [RUNS]       3 of each, alternating, where none is given; medians are shown

Worth something where nothing else keeps the machine busy.
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
PROGRAM = ROOT / "build/release/rwwsweep"
ENVIRONMENT = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n"]
CONFIG = """\
name: forecast
connectivity: {generator: {name: two-hemispheres, seed: 1}}
observation: {fc: {skip: 4}, target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}}
explore: {axes: [{parameter: coupling.a, low: 0.3, high: 2.4, n: 2}, {parameter: model.w, low: 0.1, high: 0.8, n: 2}]}
"""
CASES = [  # nodes, simulated ms, points of each axis
    (84, 24000, 12), (84, 120000, 12), (84, 120000, 32), (200, 24000, 12), (200, 120000, 12), (200, 120000, 20),
]
# each rank leaves its peak in a file of its own, since mpirun mixes what several say
WATCHED = ("import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
           "open('peak-' + os.environ['OMPI_COMM_WORLD_RANK'], 'w').write("
           "str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))")


def run(command, directory):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=ENVIRONMENT, cwd=directory)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def read(pattern, text):
    return float(re.search(pattern, text)[1])


def compare(nodes, duration_ms, n, n_ranks):
    """Seconds and MB, foretold and taken."""
    settings = ["--set", f"connectivity.generator.nodes={nodes}", "--set", f"integration.duration={duration_ms}",
                "--set", f"explore.axes.coupling.a.n={n}", "--set", f"explore.axes.model.w.n={n}"]
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "sweep.yaml").write_text(CONFIG)
        said = run([PROGRAM, "plan", "sweep.yaml", *settings, "-n", n_ranks], directory)
        watched = [sys.executable, "-c", WATCHED, PROGRAM, "sweep.yaml", *settings, "--progress", "none"]
        begin = time.perf_counter()
        run([*MPIRUN, n_ranks, *watched], directory)
        elapsed_s = time.perf_counter() - begin
        peaks = [1024e-6 * int(path.read_text()) for path in pathlib.Path(directory).glob("peak-*")]
    return (read(r"([-+.e\d]+) core-hours", said) * 3600 / n_ranks, elapsed_s,
            read(r"memory +([.\d]+) MB a rank", said), max(peaks))


def main():
    n_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print("| nodes | simulated | points | ranks | foretold [s] | taken [s] | | foretold [MB] | taken [MB] | |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for nodes, duration_ms, n in CASES:
        for n_ranks in 1, 2:
            found = [compare(nodes, duration_ms, n, n_ranks) for _ in range(n_runs)]
            foretold_s, taken_s, foretold_MB, taken_MB = map(statistics.median, zip(*found))
            print(f"| {nodes} | {duration_ms / 1000:g} s | {n * n} | {n_ranks} | {foretold_s:.1f} | {taken_s:.1f} |"
                  f" {foretold_s / taken_s - 1:+.0%} | {foretold_MB:.1f} | {taken_MB:.1f} |"
                  f" {foretold_MB / taken_MB - 1:+.0%} |", flush=True)


if __name__ == "__main__":
    main()
