"""What fits come to, and what they take: the numbers of the README's "Fits that hold".

    .venv/bin/python benchmarks/fits.py [-o DIRECTORY] [ROW ...]        every row where none is named

A row that was cut off goes on where it was, and what is there is not computed again. The processor time of a row's fits,
on one rank, is added up over its runs in seconds.json. Scores are those of `evaluate` with its defaults.
"""

import argparse
import json
import pathlib
import resource
import subprocess

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/rwwsweep"
DK84 = ROOT / "configs/dk84.yaml"
GENERATED = ROOT / "configs/generated84.yaml"
RECOMMENDED, LONG = ROOT / "configs/dk84-recommended.yaml", ROOT / "configs/dk84-recommended-long.yaml"
EIGHT_SEEDS = "seeds=[2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008]"

# Parameters of the generated connectome that are to be recovered: uniform in these ranges.
TRUE_W, TRUE_I_O = (0.1, 0.5), (0.30, 0.34)
J_N = 0.2609
TARGET_MS = 7.2e6  # two hours, so that what it has of noise is little
ACTIVITY_MS = 300000.0


def used_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(directory, config, *settings, stage=None):
    """Runs a configuration in one process, or a stage of it, and then adds what it took to seconds.json."""
    directory.mkdir(parents=True, exist_ok=True)
    record, begin_s = directory / "seconds.json", used_s()
    arguments = [word for setting in settings for word in ("--set", setting)] + (["--stage", stage] if stage else [])
    try:
        subprocess.run([PROGRAM, config, "--output", directory, "--progress", "none", *arguments], check=True,
                       stdout=subprocess.DEVNULL)
    finally:
        if stage:
            record.write_text(json.dumps(read_seconds(directory) + used_s() - begin_s))


def read_seconds(directory):
    record = directory / "seconds.json"
    return json.loads(record.read_text()) if record.exists() else 0


def read_entry(directory, fit, entry, restart=0):
    """The parameters of an entry, by name; what the fit left as it started is the same in all entries."""
    with h5py.File(directory / f"{fit}.h5") as file:
        group, found = file["fit"], {}
        for name in ("coupling.a", "model.w", "model.I_o"):
            dataset = name.replace(".", "_")
            for where in (f"{entry}_{dataset}", dataset):
                if where in group and name not in found:
                    found[name] = group[where][restart].tolist()
    return found


def write(values):
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def evaluate(directory, config, sets):
    """fc_corr and rmse [set][seed] of a configuration's base and of these sets."""
    text = config.read_text().replace("dk84.h5", str(ROOT / "configs/dk84.h5"))
    fits = [f"  - {{name: set-{k}, start: {write(values)}, free: {{model.w: regional}}, steps: 0}}\n"
            for k, values in enumerate(sets)]
    of_sets = directory / "evaluate.yaml"
    of_sets.write_text(text[: text.index("\nexplore:")] + "\noptimize:\n" + "".join(fits) + "evaluate: {}\n")
    run(directory / "evaluate", of_sets)
    return read_scores(directory / "evaluate", "set-")


def read_scores(directory, prefix):
    with h5py.File(directory / "evaluate.h5") as file:
        group = file["evaluate"]
        wanted = [k for k, label in enumerate(group["set"].asstr()) if label.startswith(prefix) or label == "base"]
        return group["fc_corr"][wanted], group["rmse"][wanted]


# ---------------------------------------------------------------- rows


def follow_published(directory, config, n, settings=(), entry="final"):
    """The published route, n times from starts that differ by 1e-9. Returns where its chains ended."""
    def for_fit(fit):
        return [f"optimize.{fit}.{setting}" for setting in settings]

    run(directory / "global", config, *for_fit("global"), f"optimize.global.restarts={n}", "optimize.global.spread=1e-9",
        stage="global")
    chains = [directory / f"regional-{r}" for r in range(n)]
    for r, chain in enumerate(chains):
        start = write(read_entry(directory / "global", "global", entry, r))
        run(chain, config, *for_fit("regional"), "optimize.regional.restarts=1", f"optimize.regional.start={start}",
            stage="regional")
    return chains, sum(read_seconds(part) for part in (directory / "global", *chains)) / n


def follow_recommended(directory, config, n):
    """The configuration's fit, n times side by side from starts around its own."""
    settings = [f"optimize.regional.restarts={n}", "optimize.regional.spread=0.01", "evaluate.restarts=all"]
    run(directory / "fit", config, *settings, stage="regional")
    return settings, read_seconds(directory / "fit") / n


def tell(what, n_gradients, fit_s, scores):
    """A line of the README's table: means over fits and seeds, in brackets deviations over fits and over seeds."""
    cells = []
    for score in (found[1:] if len(found) > 1 else found for found in scores):
        fits = score.mean(1)
        over_fits = f"{fits.std(ddof=1):.3f}" if len(fits) > 1 else "-"
        cells.append(f"{fits.mean():.3f} ({over_fits}, {score.std(1, ddof=1).mean():.3f})")
    worst = f"{scores[0][1:].mean(1).min():.3f}, {scores[1][1:].mean(1).max():.3f}" if len(scores[0]) > 1 else "-"
    print(f"| {what} | {n_gradients} | {fit_s:.0f} | {max(len(scores[0]) - 1, 1)} | {' | '.join(cells)} | {worst} |", flush=True)


def base_and_grid(directory):
    run(directory, DK84, stage="explore")
    with h5py.File(directory / "explore.h5") as file:
        group = file["explore"]
        best = numpy.unravel_index(numpy.nanargmin(group["loss"]), group["loss"].shape)
        point = {"coupling.a": float(group["coupling_a"][best[0]]), "model.w": float(group["model_w"][best[1]])}
    fc_corr, rmse = evaluate(directory, DK84, [point])
    tell("base parameters", 0, 0, (fc_corr[:1], rmse[:1]))
    tell("best point of 64 x 64", 0, read_seconds(directory), (fc_corr, rmse))


def published(directory, n=16, settings=(), entries=("final", "best"), n_gradients=600):
    chains, fit_s = follow_published(directory, DK84, n, settings, entries[0])
    sets = [read_entry(chain, "regional", entry) for entry in entries for chain in chains]
    fc_corr, rmse = evaluate(directory, DK84, sets)
    for k, entry in enumerate(entries):
        rows = [0, *range(1 + k * n, 1 + (k + 1) * n)]
        tell(f"{directory.name}, {entry} entry", n_gradients, fit_s, (fc_corr[rows], rmse[rows]))


def recommended(directory, config, n, n_gradients):
    settings, fit_s = follow_recommended(directory, config, n)
    run(directory / "fit", config, *settings)
    tell(directory.name, n_gradients, fit_s, read_scores(directory / "fit", "regional/"))


# ---------------------------------------------------------------- recovery


def draw_truth(n_regions, a, seed):
    generator = numpy.random.default_rng(seed)
    return {"coupling.a": a, "model.w": generator.uniform(*TRUE_W, n_regions).tolist(),
            "model.I_o": generator.uniform(*TRUE_I_O, n_regions).tolist()}


def simulate(directory, values, noise_seed, duration_ms, *settings):
    """The generated connectome at these parameters, as a file."""
    settings += tuple(f"{name}={value}" for name, value in values.items())
    run(directory, GENERATED, f"connectivity.generator.nodes={len(values['model.w'])}", f"noise.seed={noise_seed}",
        f"integration.duration={duration_ms}", *settings, stage="simulate")
    return directory / "simulate.h5"


def put_target(directory, config, n_regions, target, duration_ms):
    """The configuration, with the generated connectome and this target in the place of the measured ones."""
    text = config.read_text()
    generated = f"{{generator: {{name: two-hemispheres, nodes: {n_regions}, seed: 1}}, normalize: max}}"
    for old, new in {"{file: dk84.h5, normalize: max}": generated,
                     "{file: dk84.h5, dataset: fc}": f"{{file: {target}, dataset: simulate/fc}}",
                     "duration: 120000.0": f"duration: {duration_ms}"}.items():
        assert old in text
        text = text.replace(old, new)
    path = directory / config.name
    path.write_text(text)
    return path


def find_again(directory, true, duration_ms, n):
    """Fits of both recipes to a target of the true values. Returns them by recipe, and how each set of values scores."""
    directory.mkdir(exist_ok=True)
    target = simulate(directory / "target", true, 8, TARGET_MS)
    n_regions = len(true["model.w"])
    configs = [put_target(directory, config, n_regions, target, duration_ms) for config in (DK84, RECOMMENDED)]
    chains, _ = follow_published(directory / "published", configs[0], n)
    follow_recommended(directory / "recommended", configs[1], n)
    found = {
        "true values": [true],
        "published, last entry": [read_entry(chain, "regional", "final") for chain in chains],
        "published, best entry": [read_entry(chain, "regional", "best") for chain in chains],
        "recommended": [read_entry(directory / "recommended/fit", "regional", "final", r) for r in range(n)],
    }
    sets = sum(found.values(), [])
    scores = zip(*(score[1:].mean(1) for score in evaluate(directory, configs[0], sets)))
    return found, dict(zip(map(id, sets), scores))


def get_activity(directory, values):
    with h5py.File(simulate(directory, values, 9, ACTIVITY_MS, "monitors.Raw.last=240000")) as file:
        return file["simulate/raw"][...].mean(0)


def compare(fit, true, activity, true_activity):
    """Correlations over regions: of w, I_o, the input that a region has of itself at its true activity, in which w and
    I_o make up for each other, and of the activity."""
    w, I_o, true_w, true_I_o = (numpy.array(values[name]) for values in (fit, true) for name in ("model.w", "model.I_o"))
    pairs = [(w, true_w), (I_o, true_I_o), (J_N * true_activity * w + I_o, J_N * true_activity * true_w + true_I_o),
             (activity, true_activity)]
    return [numpy.corrcoef(*pair)[0, 1] for pair in pairs]


def recovery(directory, n_regions=24, a=1.1, duration_ms=600000.0, n_truths=8, n=2):
    """Fitted beside true values, and the scores of both: means over fits to all truths, and deviations. FC at this a is
    about as strong as the measured one is."""
    rows = {}
    for seed in range(1, n_truths + 1):
        of_truth = directory / f"truth-{seed}"
        true = draw_truth(n_regions, a, seed)
        found, scores = find_again(of_truth, true, duration_ms, n)
        true_activity = get_activity(of_truth / "activity/true", true)
        for recipe, fits in found.items():
            for k, fit in enumerate(fits):
                activity = get_activity(of_truth / f"activity/{recipe}-{k}".replace(", ", "-").replace(" ", "-"), fit)
                rows.setdefault(recipe, []).append([*compare(fit, true, activity, true_activity), *scores[id(fit)]])
    for recipe, row in rows.items():
        deviations = numpy.std(row, 0, ddof=1) if len(row) > 1 else numpy.zeros(len(row[0]))
        cells = [f"{mean:.2f} ({deviation:.2f})" for mean, deviation in zip(numpy.mean(row, 0), deviations)]
        print(f"| {recipe} | {len(row)} | {' | '.join(cells)} |", flush=True)


ROWS = {
    "base-and-grid": base_and_grid,
    "published": published,
    "published-clipped": lambda directory: published(directory, 8, ["clip_norm=0.3"], ["best"]),
    "published-clipped-eight-seeds":
        lambda directory: published(directory, 2, ["clip_norm=0.3", EIGHT_SEEDS], ["best"], 4800),
    "short": lambda directory: recommended(directory, RECOMMENDED, 8, 1000),
    "long": lambda directory: recommended(directory, LONG, 2, 16000),
    "recovery": recovery,
    "recovery-120-s": lambda directory: recovery(directory, duration_ms=120000.0, n_truths=4),
    "recovery-of-84": lambda directory: recovery(directory, 84, 1.0, 120000.0, n_truths=1, n=4),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("results/fits"), metavar="DIRECTORY")
    options = parser.parse_args()
    for name in options.rows or ROWS:
        directory = options.output.resolve() / name
        directory.mkdir(parents=True, exist_ok=True)
        ROWS[name](directory)


if __name__ == "__main__":
    main()
