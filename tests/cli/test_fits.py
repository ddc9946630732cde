"""Fits through the program: their route, where they start, that their bits depend on nothing else, and how they end."""

import os
import pathlib
import signal
import sys
import time

import h5py
import numpy
import published_equations
import pytest
from conftest import SMALL, Program
from test_backends import is_supported

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/crash"))
from harness import crc32c  # noqa: E402
DK84 = pathlib.Path(os.environ.get("RWWSWEEP_DK84", ROOT / "configs/dk84.h5"))
DONE, DIVERGED, DEGENERATE, SKIPPED = 2, 3, 4, 6

FIT = SMALL[: SMALL.index("explore:")] + "output: {directory: results}\n"
GLOBAL = "{name: global, free: {model.w: global, coupling.a: global}, steps: 4"
REGIONAL = "{name: regional, free: {model.w: regional, model.I_o: regional}, optimizer: {learning_rate: 0.004}, steps: 3"
EXPLORE = """\
explore:
  axes:
    - {parameter: coupling.a, low: 0.3, high: 2.4, n: 3}
    - {parameter: model.w, low: 0.1, high: 0.8, n: 4}
"""


def with_fits(*fits, explore=""):
    return FIT + explore + "optimize:\n" + "".join(f"  - {fit}}}\n" for fit in fits)


def fit_file(program, name, output="results"):
    return h5py.File(program.directory / output / f"{name}.h5")


def content(program, name, output="results"):
    """The bytes of all that users read."""
    with fit_file(program, name, output) as file:
        return {key: file["fit"][key][...].tobytes() for key in file["fit"] if file["fit"][key].dtype != object}


def run_fit(program, *fits, explore="", name=None, arguments=(), **options):
    program.configure(with_fits(*fits, explore=explore))
    return program.run("sweep.yaml", *arguments, **options)


def names_of_files(program, output="results"):
    return sorted(path.name for path in (program.directory / output).glob("*-*.h5"))


# ---------------------------------------------------------------- routes


@pytest.mark.skipif(not DK84.exists(), reason=f"{DK84} is not there: scripts/fetch-dk84 makes it")
def test_the_published_global_fit_begins_as_published(tmp_path):
    values = numpy.load(ROOT / "tests/data/dk84_values.npz")
    n_steps = len(values["adam_global_loss"]) - 1
    text = (ROOT / "configs/dk84.yaml").read_text().replace("dk84.h5", str(DK84))
    text = text[: text.index("\nexplore:")] + f"""
optimize:
  - {{name: global, start: base, free: {{model.w: global, coupling.a: global}}, steps: {n_steps},
     optimizer: {{name: adam, learning_rate: 0.01, b2: 0.9999}}}}
output: {{directory: results}}
"""
    program = Program(tmp_path).configure(text)
    program.run("sweep.yaml", "--stage", "global")
    with fit_file(program, "global") as file:
        found = numpy.stack([file["fit/coupling_a"][0], file["fit/model_w"][0]], 1)
        # The route is chaotic: rounding of 1e-16 is some 1e-9 by entry 11, and more than 1e-7 by entry 40.
        assert numpy.abs(found - values["adam_global_a_w"]).max() < 1e-7
        assert numpy.abs(file["fit/loss"][0] - values["adam_global_loss"]).max() < 1e-7


N_NODES, SIGMA, DURATION_MS, SKIP = 7, 0.00283, 20000.0, 4
BASE = dict(w=0.5, a=0.6, I_o=0.32)
ROUTES = {  # settings of the fit, its steps, and settings of the route to be compared
    "plain": ("seeds: [11]", 5, dict(seeds=[11])),
    "full": (
        "seeds: [11, 12], loss: {rmse: 1.0, fc_corr: 0.3}, clip_norm: 0.05, schedule: cosine, "
        "bounds: {model.w: [0, 1], model.I_o: [0.2, 0.5]}", 3,
        dict(seeds=[11, 12], weight_fc_corr=0.3, clip_norm=0.05, rate=lambda x: (1 + numpy.cos(numpy.pi * x)) / 2,
             bounds=(numpy.repeat([0, 0.2], N_NODES), numpy.repeat([1, 0.5], N_NODES))),
    ),
}


def draw_network(directory):
    generator = numpy.random.default_rng(3)
    weights = generator.uniform(0, 1, (N_NODES, N_NODES))  # asymmetric
    target = generator.uniform(-0.3, 0.9, (N_NODES, N_NODES))
    target = (target + target.T) / 2
    for matrix in weights, target:
        numpy.fill_diagonal(matrix, 0)
    start = generator.uniform(0.4, 0.6, N_NODES), generator.uniform(0.31, 0.33, N_NODES)
    numpy.savetxt(directory / "weights.csv", weights, delimiter=",", fmt="%.17g")
    numpy.savetxt(directory / "target.csv", target, delimiter=",", fmt="%.17g")
    numpy.savetxt(directory / "w.txt", start[0], fmt="%.17g")
    return weights, target, numpy.concatenate(start)


def follow_route(weights, target, start, n_steps, seeds, weight_fc_corr=0.0, **settings):
    experiments = [published_equations.Experiment(weights, target, seed, DURATION_MS, SIGMA, SKIP, BASE, weight_fc_corr)
                   for seed in seeds]

    def evaluate(p):
        found = [experiment.evaluate(p[:N_NODES], p[N_NODES:])[:2] for experiment in experiments]
        return [sum(values) / len(seeds) for values in zip(*found)]

    return published_equations.descend(evaluate, start, n_steps, learning_rate=0.004, **settings)


@pytest.mark.parametrize("route", ROUTES)
def test_a_regional_fit_from_given_values_follows_the_equations(tmp_path, route):
    """A fit whose start is given, w by a file, I_o by a list, against numpy alone."""
    settings, n_steps, expected = ROUTES[route]
    weights, target, start = draw_network(tmp_path)
    program = Program(tmp_path).configure(f"""
connectivity: {{file: weights.csv, normalize: none}}
model: {{parameters: {{w: {BASE["w"]}, I_o: {BASE["I_o"]}}}}}
coupling: {{parameters: {{a: {BASE["a"]}}}}}
integration: {{duration: {DURATION_MS}, noise: {{sigma: {SIGMA}}}}}
observation: {{fc: {{skip: {SKIP}}}, target: {{file: target.csv}}}}
optimize:
  - {{name: regional, start: {{model.w: {{file: w.txt}}, model.I_o: {start[N_NODES:].tolist()}}},
     free: {{model.w: regional, model.I_o: regional}}, optimizer: {{learning_rate: 0.004}}, steps: {n_steps}, {settings}}}
""")
    program.run("sweep.yaml", "--stage", "regional", ranks=2)
    parameters, losses, norms = follow_route(weights, target, start, n_steps, **expected)
    with fit_file(program, "regional") as file:
        found = numpy.concatenate([file["fit/model_w"][0], file["fit/model_I_o"][0]], 1)
        # Both gradients are exact up to rounding, some 1e-13 of them; Adam divides by their size, which in a few steps
        # makes no more than a few digits of it.
        assert numpy.abs(found - parameters).max() < 1e-10
        assert numpy.abs(file["fit/loss"][0] - losses).max() < 1e-10
        assert numpy.abs(file["fit/gradient_norm"][0, :-1] / norms[:-1] - 1).max() < 1e-8


# ---------------------------------------------------------------- bits


MANY_LANES = [GLOBAL + ", restarts: 5, seeds: [1, 2, 3]", REGIONAL + ", restarts: 3"]


def bits_of_fits(program, output, *arguments, **options):
    program.run("sweep.yaml", "--output", output, *arguments, **options)
    return content(program, "global", output), content(program, "regional", output)


@pytest.fixture(scope="module")
def many_lanes(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("bits")).configure(with_fits(*MANY_LANES))
    return program, bits_of_fits(program, "expected", "--backend", "generic")


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_bits_do_not_depend_on_ranks_and_how_lanes_are_split_among_them(many_lanes, ranks):
    program, expected = many_lanes
    assert bits_of_fits(program, f"ranks-{ranks}", ranks=ranks) == expected


@pytest.mark.parametrize("backend", ["avx2", "avx512", "neon"])
def test_bits_do_not_depend_on_the_instruction_set(many_lanes, backend):
    program, expected = many_lanes
    if not is_supported(program, backend):
        pytest.skip(f"this processor has no {backend}")
    assert bits_of_fits(program, backend, "--backend", backend) == expected


@pytest.mark.parametrize("megabytes", [0, 0.3])
def test_bits_do_not_depend_on_what_is_kept_of_trajectories(many_lanes, megabytes):
    """A lane's trajectory is 6000 x 8 numbers, 0.4 MB: one that does not fit is computed again, in segments."""
    program, expected = many_lanes
    assert bits_of_fits(program, f"kept-{megabytes}", "--set", f"memory.trajectory={megabytes}") == expected


@pytest.mark.parametrize("megabytes", [0, 0.8, 100])
def test_bits_do_not_depend_on_what_is_kept_of_noise(many_lanes, megabytes):
    """A seed's noise is 6000 x 8 numbers, 0.4 MB."""
    program, expected = many_lanes
    assert bits_of_fits(program, f"noise-{megabytes}", "--set", f"memory.noise={megabytes}") == expected


def test_a_restart_does_not_depend_on_how_many_there_are(many_lanes):
    program, _ = many_lanes
    program.run("sweep.yaml", "--output", "few", "--stage", "global", "--set", "optimize.global.restarts=2")
    with fit_file(program, "global", "expected") as many, fit_file(program, "global", "few") as few:
        assert many["fit/loss"][:2].tobytes() == few["fit/loss"][:].tobytes()
        assert len(set(many["fit/loss"][:, 0])) == 5


# ---------------------------------------------------------------- starts


def test_no_steps_evaluate_the_start(program):
    run_fit(program, GLOBAL.replace("steps: 4", "steps: 0"))
    with fit_file(program, "global") as file, h5py.File(program.directory / "results/simulate.h5") as base:
        assert file["fit/loss"].shape == (1, 1)
        assert file["fit/model_w"][0, 0] == 0.5 and file["fit/coupling_a"][0, 0] == 0.5
        assert file["fit/loss"][0, 0] == base["simulate/loss"][()]
        for entry in range(3):
            assert file["fit/fc"][entry].tobytes() == base["simulate/fc"][:].tobytes()
        assert numpy.isnan(file["fit/gradient_norm"][0, 0])


def test_restarts_begin_at_the_best_points_of_the_exploration_in_order(program):
    run_fit(program, "{name: f, start: explore, free: {model.w: global}, steps: 1, restarts: 5", explore=EXPLORE)
    with fit_file(program, "f") as file, h5py.File(program.directory / "results/explore.h5") as explore:
        losses = explore["explore/loss"][:]
        best = numpy.argsort(losses, axis=None)[:5]
        a, w = numpy.meshgrid(explore["explore/coupling_a"], explore["explore/model_w"], indexing="ij")
        assert list(file["fit/model_w"][:, 0]) == list(w.ravel()[best])
        assert list(file["fit/coupling_a"][:]) == list(a.ravel()[best])  # not free: stays where its point was
        assert list(file["fit/loss"][:, 0]) == list(losses.ravel()[best])


@pytest.mark.parametrize("entry", ["best", "final"])
def test_a_fit_goes_on_from_the_entry_of_an_earlier_one(program, entry):
    """A large step, so that the final entry is not the best one."""
    earlier = GLOBAL + ", restarts: 2, optimizer: {learning_rate: 0.2}"
    run_fit(program, earlier, REGIONAL + f", start: global, entry: {entry}, restarts: 2")
    with fit_file(program, "global") as file, fit_file(program, "regional") as regional:
        assert file["fit/final_step"][0] != file["fit/best_step"][0]
        at = file[f"fit/{entry}_step"][0]
        assert set(regional["fit/model_w"][0, 0]) == {file["fit/model_w"][0, at]}
        assert set(regional["fit/coupling_a"][:]) == {file["fit/coupling_a"][0, at]}
        assert regional["fit/loss"][0, 0] == file["fit/loss"][0, at]
        moved = regional["fit/model_w"][1, 0] / file["fit/model_w"][0, at] - 1  # the second restart: within the spread
        assert 0 < abs(moved).min() and abs(moved).max() <= 0.1 and len(set(moved)) == 8


def test_given_values_are_the_start_and_stay_where_they_are_not_free(program):
    (program.directory / "w.txt").write_text("\n".join(f"0.{k}" for k in range(41, 49)))
    run_fit(program, "{name: f, start: {model.w: {file: w.txt}, coupling.a: 0.7}, free: {model.I_o: global}, steps: 1")
    with fit_file(program, "f") as file:
        assert list(file["fit/model_w"][0]) == [float(f"0.{k}") for k in range(41, 49)]
        assert file["fit/coupling_a"][0] == 0.7 and file["fit/model_I_o"][0, 0] == 0.32


def test_bounds_that_exclude_a_start_that_is_handed_on_are_told(program):
    bounds = "{name: f, start: explore, free: {model.w: global}, steps: 1, restarts: 12, bounds: {model.w: [0.2, 0.9]}"
    done = run_fit(program, bounds, explore=EXPLORE, check=False)
    assert done.returncode == 2
    assert "optimize.f: restart" in done.stderr and "would start at model.w = 0.1" in done.stderr
    done = run_fit(program, GLOBAL, REGIONAL + ", start: global, bounds: {model.w: [0.7, 0.9]}", check=False)
    assert done.returncode == 2 and "optimize.regional: restart 0 would start at model.w = 0." in done.stderr
    assert program.run("verify", "results/global.h5").returncode == 0  # what is finished is kept


# ---------------------------------------------------------------- seeds


def losses_on(program, seeds, output, n_steps=4):
    program.configure(with_fits(GLOBAL.replace("steps: 4", f"steps: {n_steps}") + f", seeds: {seeds}"))
    program.run("sweep.yaml", "--stage", "global", "--output", output)
    with fit_file(program, "global", output) as file:
        return file["fit/loss"][0], file["fit/model_w"][0], file["fit/coupling_a"][0]


def test_the_loss_is_the_mean_over_seeds(program):
    both, _, _ = losses_on(program, "[5, 6]", "both")
    each = [losses_on(program, f"[{seed}]", f"seed-{seed}", n_steps=0)[0][0] for seed in (5, 6)]
    assert both[0] == each[0] / 2 + each[1] / 2


def test_seeds_in_turn_are_those_of_the_step(program):
    """Entry k has block k mod 3: evaluated alone at its parameters, its seeds give its loss."""
    losses, w, a = losses_on(program, "{first: 21, per_step: 2, blocks: 3}", "cycled")
    for k in (0, 1, 3, 4):
        seeds = [21 + 2 * (k % 3), 22 + 2 * (k % 3)]
        start = f"{{model.w: {w[k]!r}, coupling.a: {a[k]!r}}}".replace("np.float64(", "").replace(")", "")
        program.configure(with_fits(f"{{name: f, start: {start}, free: {{model.w: global}}, steps: 0, seeds: {seeds}"))
        program.run("sweep.yaml", "--stage", "f", "--output", f"entry-{k}")
        with fit_file(program, "f", f"entry-{k}") as file:
            assert file["fit/loss"][0, 0] == losses[k]


# ---------------------------------------------------------------- order


def times(program, name):
    """When each entry was begun and finished, [restart x step]; the summary is left out."""
    with fit_file(program, name) as file:
        slots = file["slots/rows"][:-1]
        return slots["started_utc_s"], slots["started_utc_s"] + slots["elapsed_s"]


def test_independent_fits_and_the_exploration_run_at_the_same_time(program):
    fits = ["{name: a, free: {model.w: global}, steps: 200", "{name: b, free: {coupling.a: global}, steps: 200"]
    run_fit(program, *fits, explore=EXPLORE.replace("n: 4", "n: 400"), ranks=2)
    began, ended = {}, {}
    for name in "a", "b":
        starts, ends = times(program, name)
        began[name], ended[name] = starts.min(), ends.max()
    with h5py.File(program.directory / "results/explore.h5") as file:
        slots = file["slots/rows"]
        began["explore"], ended["explore"] = slots["started_utc_s"].min(), (slots["started_utc_s"] + slots["elapsed_s"]).max()
    assert max(began.values()) < min(ended.values())


def test_a_fit_waits_for_what_it_starts_from_alone(program):
    long = GLOBAL.replace("steps: 4", "steps: 200")
    run_fit(program, long, REGIONAL + ", start: global", "{name: free, free: {coupling.a: global}, steps: 4", ranks=3)
    assert times(program, "regional")[0].min() >= times(program, "global")[1].max()
    assert times(program, "free")[0].min() < times(program, "global")[1].max()


# ---------------------------------------------------------------- ends


# No sample that is left looks back into the warm-up, so that a state which stays at 1 has no variance.
WITHOUT_HISTORY = ["--set", "observation.fc.skip=20", "--set", "integration.duration=26000"]


def test_a_restart_that_diverges_is_reported_and_stops_no_other(program):
    """A step of 1e6 leads to where S is 1 for good; the other fit, and what starts from this one, go on."""
    wild = ("{name: wild, start: {coupling.a: 0.3}, free: {coupling.a: global}, steps: 20, recoveries: 2, "
            "optimizer: {learning_rate: 1e6}")
    done = run_fit(program, wild, GLOBAL, REGIONAL + ", start: wild", arguments=WITHOUT_HISTORY)
    assert "wild: 1 restart of 20 steps" in done.stdout and "0 done, 0 converged, 1 diverged" in done.stdout
    with fit_file(program, "wild") as file:
        status, n_entries = file["fit/status"][0], file["fit/final_step"][0] + 1
        assert n_entries == 4  # the start, and one after it and after each recovery
        assert status[0] == DONE and set(status[1:n_entries]) <= {DIVERGED, DEGENERATE}
        assert set(status[n_entries:]) == {SKIPPED} and numpy.isnan(file["fit/loss"][0, 1:]).all()
        assert file["fit/best_step"][0] == 0 and file["fit/best_loss"][0] == file["fit/loss"][0, 0]
        assert file["fit/end"][0] == 3
        # after each recovery the same step from the start, at half the rate (Adam's first step is as long as its rate)
        steps = numpy.abs(file["fit/coupling_a"][0, 1:n_entries] - file["fit/coupling_a"][0, 0])
        assert numpy.allclose(steps, [1e6, 5e5, 2.5e5], rtol=1e-6)
    for name in "global", "regional":
        with fit_file(program, name) as file:
            assert list(file["fit/end"][:]) == [1] and (file["fit/status"][:] == DONE).all()
    assert "diverged" in program.run("status", "results/wild.h5").stdout


def test_a_start_that_diverges_ends_its_restart_alone(program):
    """Starts of w around 0.5 +- 500: the first is at 0.5, the others are where nothing varies."""
    fit = "{name: f, free: {model.w: global}, steps: 3, restarts: 4, spread: 1000"
    done = run_fit(program, fit, arguments=WITHOUT_HISTORY)
    with fit_file(program, "f") as file:
        ends = file["fit/end"][:]
        assert ends[0] == 1 and (ends == 3).any()
        for restart in numpy.flatnonzero(ends == 3):
            assert list(file["fit/status"][restart, 1:]) == [SKIPPED] * 3
        n = (ends == 3).sum()
    assert f"{4 - n} done, 0 converged, {n} diverged" in done.stdout


def test_tolerance_and_patience_end_a_fit_early(program):
    """A step of 1e-9 lowers no loss by 1e-3."""
    done = run_fit(program, GLOBAL.replace("4", "50") + ", tolerance: 1e-3, patience: 3, optimizer: {learning_rate: 1e-9}")
    assert "0 done, 1 converged, 0 diverged" in done.stdout
    with fit_file(program, "global") as file:
        assert file["fit/final_step"][0] == 3 and file["fit/end"][0] == 2
        assert list(file["fit/status"][0]) == [DONE] * 4 + [SKIPPED] * 47
        assert numpy.isnan(file["fit/model_w"][0, 4:]).all()
    assert "taken from the cache" in program.run("sweep.yaml", "--stage", "global").stdout


# ---------------------------------------------------------------- cache and keys


CHAIN = [GLOBAL, REGIONAL + ", start: global", "{name: other, free: {coupling.a: global}, steps: 2"]


def test_a_second_run_takes_everything_from_the_cache_and_touches_nothing(program):
    run_fit(program, *CHAIN, explore=EXPLORE)
    before = program.fingerprint()
    said = program.run("sweep.yaml", ranks=2).stdout
    assert said.count("taken from the cache of") == 5 and " in " not in said
    assert program.fingerprint() == before


def keys(program, *arguments):
    lines = program.run("hash", "sweep.yaml", *arguments).stdout.splitlines()
    return dict(line.split() for line in lines)


def test_a_setting_of_a_fit_changes_its_key_and_those_of_what_builds_on_it_alone(program):
    program.configure(with_fits(*CHAIN, explore=EXPLORE))
    before = keys(program)
    changes = {"optimize.global.steps=5": {"global", "regional"}, "optimize.regional.steps=5": {"regional"},
               "optimize.global.print_every=3": set(), "memory.trajectory=1": set(), "memory.noise=1": set(),
               "explore.axes.model.w.n=5": {"explore"}, "noise.sigma=0.003": set(before)}
    for setting, changed in changes.items():
        after = keys(program, "--set", setting)
        assert {name for name in before if before[name] != after[name]} == changed, setting


def test_one_stage_alone_tells_which_one_is_to_be_run_before(program):
    program.configure(with_fits(*CHAIN))
    for ranks in None, 2:
        done = program.run("sweep.yaml", "--stage", "regional", check=False, ranks=ranks)
        assert done.returncode == 2 and "regional builds on the stage global" in done.stderr
        assert "--stage global" in done.stderr
    assert not (program.directory / "results").exists()
    program.run("sweep.yaml", "--stage", "global")
    program.run("sweep.yaml", "--stage", "regional")
    whole = content(program, "regional")
    program.run("sweep.yaml", "--output", "at-once")
    assert content(program, "regional", "at-once") == whole


def test_one_stage_alone_does_not_start_from_a_part_of_another(program):
    fit = "{name: f, start: explore, free: {model.w: global}, steps: 1"
    program.configure(with_fits(fit, explore=EXPLORE.replace("n: 4", "n: 400")))
    stopped = program.run("sweep.yaml", "--stage", "explore", "--max-time", "0.01", check=False)
    assert stopped.returncode == 75
    done = program.run("sweep.yaml", "--stage", "f", check=False)
    assert done.returncode == 2 and "of 1200 rows are not finished" in done.stderr and "--stage explore" in done.stderr


def created(program):
    found = {}
    for path in (program.directory / "results").glob("*-*.h5"):
        found[path.name.rsplit("-", 1)[0]] = path.stat().st_ino
    return found


def test_redo_computes_a_stage_and_what_builds_on_it_again(program):
    run_fit(program, *CHAIN)
    before, bits = created(program), content(program, "regional")
    said = program.run("sweep.yaml", "--redo=global").stdout
    after = created(program)
    assert {name for name in before if before[name] != after[name]} == {"global", "regional"}
    assert said.count("taken from the cache") == 2 and content(program, "regional") == bits
    done = program.run("sweep.yaml", "--redo=global", "--stage=regional", check=False)
    assert done.returncode == 2 and "--redo global: is left out of this run by --stage regional" in done.stderr


def test_a_summary_that_failed_is_made_again(program):
    """As it is left behind where a job was killed time and again while it was made: nothing of the fit is missing."""
    run_fit(program, GLOBAL, REGIONAL + ", start: global")
    whole, before = content(program, "global"), (program.directory / "results/global.h5").resolve()
    with h5py.File(before) as file:
        slots, at = file["slots/rows"][:], file["slots/rows"].id.get_offset()
    slots[-1]["outcome"], slots[-1]["slot_checksum"] = 5, 0  # failed
    slots[-1]["slot_checksum"] = crc32c(slots[-1].tobytes())
    data = bytearray(before.read_bytes())
    data[at : at + slots.nbytes] = slots.tobytes()
    before.write_bytes(data)
    program.run("sweep.yaml")
    with fit_file(program, "global") as file:
        assert file["slots/rows"]["outcome"][-1] == DONE
    assert content(program, "global") == whole


# ---------------------------------------------------------------- stops


N_LONG = 800  # steps: some seconds of work, so that there is something left to stop
LONG = [GLOBAL.replace("steps: 4", f"steps: {N_LONG}") + ", restarts: 2",
        REGIONAL.replace("steps: 3", f"steps: {N_LONG}") + ", start: global"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("undisturbed")).configure(with_fits(*LONG))
    program.run("sweep.yaml", ranks=2)
    return content(program, "global"), content(program, "regional")


def count_finished(program, name):
    try:
        with fit_file(program, name) as file:
            return int((file["slots/rows"]["outcome"] >= DONE).sum())
    except (OSError, KeyError):
        return 0


def wait_until_finished(program, job, name, n):
    while count_finished(program, name) < n:
        assert job.poll() is None, job.communicate()[1]
        time.sleep(0.02)


@pytest.mark.parametrize("name, n", [("global", 4), ("regional", 2)])
@pytest.mark.parametrize("ranks, ranks_afterwards", [(None, 3), (3, None)])
def test_a_fit_that_is_asked_to_stop_says_75_and_goes_on_to_the_same_bits(program, undisturbed, name, n, ranks, ranks_afterwards):
    program.configure(with_fits(*LONG))
    job = program.start("sweep.yaml", ranks=ranks)
    wait_until_finished(program, job, name, n)
    job.send_signal(signal.SIGUSR1)
    message = job.communicate(timeout=60)[1]
    assert job.returncode == 75, message
    with fit_file(program, name) as file:
        slots = file["slots/rows"][:]
    finished = slots["outcome"] >= DONE
    assert n <= finished.sum() < len(slots) and (slots["outcome"] != 1).all()
    program.run("sweep.yaml", ranks=ranks_afterwards)
    assert (content(program, "global"), content(program, "regional")) == undisturbed
    with fit_file(program, name) as file:
        assert (file["slots/rows"]["attempts"][finished] == slots["attempts"][finished]).all()


def test_a_fit_whose_time_is_over_says_75_and_goes_on_to_the_same_bits(program, undisturbed):
    program.configure(with_fits(*LONG))
    max_time_s = 0.3
    while program.run("sweep.yaml", "--max-time", max_time_s, check=False).returncode == 75:
        max_time_s *= 1.2  # a slow machine may take the first ones to start
    assert (content(program, "global"), content(program, "regional")) == undisturbed
