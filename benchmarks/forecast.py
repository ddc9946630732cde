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


def run(command, directory):
    """What it says, seconds, and MB of the largest of its processes: of mpirun's, the largest rank."""
    begin = time.perf_counter()
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
                          cwd=directory) as process:
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with status {process.returncode}")
    return said, time.perf_counter() - begin, 1024e-6 * usage.ru_maxrss


def read(pattern, text):
    return float(re.search(pattern, text)[1])


def compare(nodes, duration_ms, n, n_ranks):
    """Seconds and MB, foretold and taken."""
    settings = ["--set", f"connectivity.generator.nodes={nodes}", "--set", f"integration.duration={duration_ms}",
                "--set", f"explore.axes.coupling.a.n={n}", "--set", f"explore.axes.model.w.n={n}"]
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "sweep.yaml").write_text(CONFIG)
        foretold, _, _ = run([PROGRAM, "plan", "sweep.yaml", *settings, "-n", n_ranks], directory)
        _, taken_s, taken_MB = run([*MPIRUN, n_ranks, PROGRAM, "sweep.yaml", *settings, "--progress", "none"], directory)
    return (read(r"together: ([.\d]+) s", foretold), taken_s,
            read(r"memory +([.\d]+) MB a rank", foretold), taken_MB)


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
