"""Prints speeds of rwwsweep, tvboptim (JAX) and cuBNM (CPU) on the same networks; started by compare-peers on one core.

Everybody simulates the Reduced Wong-Wang model (one state a region, noise, step 4 ms) and makes BOLD and FC of it. Where
the work differs otherwise, the table says so. Compiling is not counted. Times are those of the processor, so that other
programs on the machine count as little as possible.
"""
import contextlib
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib import metadata, resources

import numpy as np
import yaml

STEP_MS = 4.0
SIGMA = 0.00283
N_RUNS = 3
N_COUPLINGS = 32
CONNECTOMES = {"DK84": ("dk_average", 120_000.0, 16), "dTOR": ("dTOR", 24_000.0, 8)}  # file, duration [ms], simulations


def load(name):
    path = resources.files("tvboptim") / "data" / "connectivity" / name / "data.npz"
    weights = np.load(path, allow_pickle=True)["weights"].astype(float)
    return weights / weights.max()


def values(n):
    """(w, coupling) of n points."""
    return [(0.3 + 0.2 * k / n, 0.15 + 0.3 * k / n) for k in range(n)]


def processor_s(who=resource.RUSAGE_SELF):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def median_time(run):
    run()
    times = []
    for _ in range(N_RUNS):
        begin = processor_s()
        run()
        times.append(processor_s() - begin)
    return statistics.median(times)


@contextlib.contextmanager
def silence():
    """Nothing to stdout, not even from C."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)


def rate(n_simulations, weights, duration_ms, seconds):
    return n_simulations * len(weights) * duration_ms / STEP_MS / seconds


def run_rwwsweep(program, weights, duration_ms, n, precision):
    """The program as a whole, from start to closed files; each run has its own seed, so that nothing is cached."""
    with tempfile.TemporaryDirectory() as directory:
        np.savetxt(pathlib.Path(directory) / "weights.txt", weights)
        np.savetxt(pathlib.Path(directory) / "target.txt", np.corrcoef(weights))
        config = {
            "name": "peers",
            "connectivity": {"file": "weights.txt"},
            "integration": {"step_size": STEP_MS, "duration": duration_ms, "noise": {"sigma": SIGMA}},
            "observation": {"fc": {"skip": 2}, "target": {"file": "target.txt"}},
            "explore": {"axes": [{"parameter": "model.w", "low": 0.3, "high": 0.5, "n": n},
                                 {"parameter": "coupling.a", "low": 0.15, "high": 0.45, "n": N_COUPLINGS}]},
            "precision": precision,
        }
        (pathlib.Path(directory) / "peers.yaml").write_text(yaml.safe_dump(config))

        def explore(seed):
            begin = processor_s(resource.RUSAGE_CHILDREN)
            done = subprocess.run([program, "peers.yaml", "--progress", "none", "--set", f"noise.seed={seed}"],
                                  cwd=directory, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"compare-peers: {done.stderr}")
            return processor_s(resource.RUSAGE_CHILDREN) - begin

        seconds = statistics.median(explore(seed) for seed in range(N_RUNS))
        return rate(n * N_COUPLINGS, weights, duration_ms, seconds)


def run_tvboptim(weights, duration_ms, n, _):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    from tvboptim.experimental.network_dynamics import Network
    from tvboptim.experimental.network_dynamics.coupling import LinearCoupling
    from tvboptim.experimental.network_dynamics.dynamics.tvb import ReducedWongWang
    from tvboptim.experimental.network_dynamics.graph import DenseGraph
    from tvboptim.experimental.network_dynamics.noise import AdditiveNoise
    from tvboptim.experimental.network_dynamics.solve import prepare
    from tvboptim.experimental.network_dynamics.solvers import BoundedSolver, Heun
    from tvboptim.observations.observation import compute_fc
    from tvboptim.observations.tvb_monitors.bold import HRFBold
    from tvboptim.observations.tvb_monitors.downsampling import SubSampling

    network = Network(dynamics=ReducedWongWang(I_o=0.32), graph=DenseGraph(weights),
                      coupling={"instant": LinearCoupling(incoming_states="S", G=0.15)}, noise=AdditiveNoise(sigma=SIGMA))
    simulate, config = prepare(network, BoundedSolver(Heun(), low=0.0, high=1.0), t0=0.0, t1=duration_ms, dt=STEP_MS)
    monitor = HRFBold(period=1000.0, downsample_period=4.0, voi=0, downsample=SubSampling(voi=0, period=4.0))

    def loss(point):
        config.dynamics.w, config.coupling.instant.G = point[0], point[1]
        fc = compute_fc(monitor(simulate(config)), skip_t=2)
        return jnp.sqrt(jnp.mean(fc**2))

    evaluate = jax.jit(jax.vmap(loss))
    points = jnp.array(values(n))
    return rate(n, weights, duration_ms, median_time(lambda: evaluate(points).block_until_ready()))


def run_cubnm(weights, duration_ms, n, _):
    from cubnm import sim

    with silence():
        group = sim.rWWExSimGroup(duration=duration_ms / 1e3, TR=1, sc=weights, dt="4.0", bw_dt="4.0", do_fc=True,
                                  do_fcd=False, gof_terms=[], force_cpu=True, bold_remove_s=2)
        group.N = n
        group.param_lists["G"] = np.array([g for _, g in values(n)])
        for name, one in (("w", 0.4), ("I0", 0.32), ("sigma", SIGMA)):
            group.param_lists[name] = np.full((n, len(weights)), one)
        return rate(n, weights, duration_ms, median_time(group.run))


def describe(package):
    return f"{package} {metadata.version(package)}"


def attempt(label, work, run, *arguments):
    try:
        return label, work, run(*arguments)
    except Exception as error:  # a package that is not there, or not usable on this machine
        print(f"{label}: left out: {error!r}", file=sys.stderr)
        return None


def processor():
    names = re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return names[0] if names else "unknown"


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.splitlines()[0].strip()
    print(f"One core of: {processor()}. Medians of {N_RUNS}; {describe('jax')}, {describe('numpy')}.\n")
    print("| connectome | program | node-steps/s | ms a simulation | rwwsweep in float64 | work |\n|---|---|---|---|---|---|")
    for name, (file, duration_ms, n) in CONNECTOMES.items():
        weights = load(file)
        rows = [
            attempt(f"{version}, float64", "Heun, BOLD, FC, loss; with start, warm-up and files", lambda *a: run_rwwsweep(program, *a),
                    weights, duration_ms, n, "float64"),
            attempt(f"{version}, float32", "the same", lambda *a: run_rwwsweep(program, *a), weights, duration_ms, n,
                    "float32"),
            attempt(f"{describe('tvboptim')}, float64", "Heun, BOLD, FC, loss; no warm-up", run_tvboptim,
                    weights, duration_ms, n, None),
            attempt(f"{describe('cubnm')}, CPU, float64", "Euler, Balloon-Windkessel, FC; no loss", run_cubnm, weights,
                    duration_ms, n, None),
        ]
        for label, work, speed in filter(None, rows):
            times = rows[0][2] / speed if rows[0] else float("nan")
            ms = 1e3 * len(weights) * 30_000 / speed
            print(f"| {name}, {len(weights)} | {label} | {speed:.2e} | {ms:.1f} | {times:.2g} times as fast | {work} |",
                  flush=True)


if __name__ == "__main__":
    main()
