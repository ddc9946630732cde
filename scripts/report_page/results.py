"""Result files, read into what the figures show. The same for the page and for a paper."""

import contextlib
import dataclasses
import itertools
import pathlib
import re

import h5py
import numpy
import xarray

from report_page import evaluations, fits

FORMAT, FORMAT_VERSION = "rwwsweep results", 1
GROUPS = ["simulate", "explore", "fit", "evaluate"]  # of a stage's results, in the order in which stages are told
KEYED = re.compile("-[0-9a-f]{16}$")
OWN_SETTINGS = ("explore.", "fit.", "evaluate.", "monitors.Raw.", "observation.loss.", "integration.noise.seed")  # may differ by stage
DONE = 2  # outcome codes from here on are final; this one is a good result
SEED = "noise_seed"
N_BEST = 5


class Unusable(Exception):
    """A message for the user."""


@dataclasses.dataclass
class Axis:
    name: str  # as users write it: coupling.a
    label: str  # with description and unit
    values: numpy.ndarray


@dataclasses.dataclass
class Slice:
    """The exploration over its last two axes (or one), at fixed values of the others."""

    title: str
    loss: numpy.ndarray
    fc_corr: numpy.ndarray
    deviation: numpy.ndarray | None  # of the loss over seeds
    status: numpy.ndarray  # names; of the worst seed


@dataclasses.dataclass
class Point:
    coordinates: dict
    slice: int  # that it lies in
    loss: float
    fc_corr: float


@dataclasses.dataclass
class Exploration:
    axes: list  # of the slices: [y, x], or [x]
    slices: list
    best: list  # points, the best first
    n_seeds: int


@dataclasses.dataclass
class BaseRun:
    labels: list
    bold: numpy.ndarray  # [node][time]
    bold_times: numpy.ndarray
    activity: numpy.ndarray | None  # [node][time]
    activity_times: numpy.ndarray | None
    fc: numpy.ndarray

    def standardised_bold(self):
        """Regions differ in their level by more than BOLD changes in any of them."""
        spread = self.bold.std(axis=1, keepdims=True)
        return (self.bold - self.bold.mean(axis=1, keepdims=True)) / numpy.where(spread > 0, spread, 1)


@dataclasses.dataclass
class Progress:
    is_complete: bool
    n_rows: int  # points or entries
    n_finished: int
    n_by_outcome: dict
    n_ranks: int
    core_s: float
    wall_s: float


@dataclasses.dataclass
class Stage:
    path: pathlib.Path
    attributes: dict
    source: str
    settings: dict  # that its key stands for, by name
    progress: Progress


@dataclasses.dataclass
class Comparison:
    """An FC beside the target; NaN where there is none."""

    title: str
    fc: numpy.ndarray
    rmse: float
    fc_corr: float
    fc_corr_triangle: float


@dataclasses.dataclass
class Results:
    name: str
    stages: dict  # of Stage, by name
    target: numpy.ndarray | None
    base: BaseRun | None
    exploration: Exploration | None
    fits: list  # of fits.Fit; one comes after what it starts from
    evaluation: evaluations.Evaluation | None
    labels: list  # of regions; none where there is only an exploration
    comparisons: list  # of the base run's FC, and of each finished fit's
    differences: list  # of settings that all stages should share, in words

def user_name(dimension):
    """coupling_a is coupling.a to users."""
    return dimension.replace("_", ".", 1)


def correlate(a, b):
    """NaN where one of them does not vary."""
    with numpy.errstate(invalid="ignore", divide="ignore"):
        return float(numpy.corrcoef(a.ravel(), b.ravel())[0, 1])


def compare(title, fc, target):
    if target is None:
        return Comparison(title, fc, numpy.nan, numpy.nan, numpy.nan)
    pairs = numpy.triu_indices(len(fc), 1)
    rmse = float(numpy.sqrt(numpy.mean((fc - target) ** 2)))
    return Comparison(title, fc, rmse, correlate(fc, target), correlate(fc[pairs], target[pairs]))


def compare_all(target, base, found):
    """A fit that was made for another target is left out."""
    shown = [(f"{fit.name}, {fit.entry} entry", fit.fc) for fit in found
             if fit.fc is not None and numpy.array_equal(fit.target, target)]
    if base:
        shown.insert(0, ("Base run", base.fc))
    return [compare(title, fc, target) for title, fc in shown]


def is_result(path):
    with h5py.File(path) as file:
        return file.attrs.get("stage") == path.stem and file.attrs.get("group") in GROUPS


def find(path):
    """The file of each stage that is there: <stage>.h5. Older ones, <stage>-<key>.h5, and files of others are not."""
    if not path.exists():
        raise Unusable(f"{path}: there is no such file or directory")
    if not path.is_dir():
        return [path]
    named = [place for place in sorted(path.glob("*.h5")) if place.exists() and not KEYED.search(place.stem)]
    found = [place for place in named if is_result(place)]
    if not found:
        raise Unusable(f"{path}: no results in this directory; expected simulate.h5, explore.h5 or <fit>.h5")
    return found


def open_file(path):
    try:
        file = h5py.File(path)
    except OSError as error:
        raise Unusable(f"{path}: is no HDF5 file, or is damaged ({error})") from error
    if file.attrs.get("format") != FORMAT:
        raise Unusable(f"{path}: is no result file of rwwsweep")
    if file.attrs["format_version"] != FORMAT_VERSION:
        raise Unusable(f"{path}: has format version {file.attrs['format_version']}; this script reads version {FORMAT_VERSION}")
    if file.attrs.get("group") not in GROUPS:
        raise Unusable(f"{path}: holds {file.attrs.get('group')}, which this script does not know")
    return file


def read_progress(slots, has_summary):
    names = slots.attrs["flag_meanings"].split()
    rows = slots[:]
    is_complete = bool((rows["outcome"] >= DONE).all())
    if has_summary:
        rows = rows[:-1]
    finished = rows["outcome"] >= DONE
    computed = rows[finished & (rows["attempts"] > 0)]
    ends = computed["started_utc_s"] + computed["elapsed_s"]
    return Progress(
        is_complete=is_complete,
        n_rows=len(rows),
        n_finished=int(finished.sum()),
        n_by_outcome={name: int((rows["outcome"] == code).sum()) for code, name in enumerate(names)},
        n_ranks=len(numpy.unique(computed["rank"])),
        core_s=float(computed["elapsed_s"].sum()),
        wall_s=float(ends.max() - computed["started_utc_s"].min()) if len(computed) else 0.0,
    )


def read_stage(path, file):
    attributes = {name: value for name, value in file.attrs.items() if isinstance(value, str)}
    source = file["config/source"].asstr()[()]
    progress = read_progress(file["slots/rows"], has_summary=attributes["group"] in ("fit", "evaluate"))
    return Stage(path.resolve(), attributes, source, fits.read_settings(file), progress)


def find_differences(stages):
    """Files of several configurations can lie in one directory."""
    (first, reference), *others = stages.items()
    found = []
    for name, stage in others:
        own_duration = ["integration.duration"] if name == "evaluate" else []
        for setting in sorted({*reference.settings, *stage.settings}.difference(own_duration)):
            here, there = stage.settings.get(setting, "none"), reference.settings.get(setting, "none")
            if here != there and not setting.startswith(OWN_SETTINGS):
                found.append(f"{name} has {setting} = {here}, and {first} {there}")
    return found


def read_base(path):
    data = xarray.open_dataset(path, group="simulate", engine="h5netcdf").load()
    has_raw = "raw" in data
    return BaseRun(
        labels=[str(label) for label in data["node"].values],
        bold=data["bold"].values.T,
        bold_times=data["time"].values,
        activity=data["raw"].values.T if has_raw else None,
        activity_times=data["raw_time"].values if has_raw else None,
        fc=data["fc"].values,
    )


def describe(name, attributes):
    """A parameter with its description and unit."""
    unit = attributes.get("units", "1")
    return f"{attributes.get('long_name', '')} {user_name(name)}" + (f" [{unit}]" if unit != "1" else "")


def describe_dataset(dataset):
    name = dataset.name.rsplit("/", 1)[-1]
    return user_name(name), describe(name, dataset.attrs)


def name_statuses(status):
    names = numpy.array(status.attrs["flag_meanings"].split())
    return names[status.values.astype(int)]


def cut(data, at):
    """The slice at fixed coordinates; several seeds as their mean and standard deviation."""
    here = data.isel(at)
    title = ", ".join(f"{user_name(name)} = {data[name].values[i]:g}" for name, i in at.items())
    if SEED not in here.dims:
        return Slice(title, here["loss"].values, here["fc_corr"].values, None, name_statuses(here["status"]))
    return Slice(title, here["loss"].mean(SEED).values, here["fc_corr"].mean(SEED).values,
                 here["loss"].std(SEED, ddof=1).values, name_statuses(here["status"].max(SEED)))


def find_best(data, outer):
    """The smallest losses, each with the slice at its coordinates of the outer dimensions."""
    order = numpy.argsort(numpy.where(numpy.isfinite(data["loss"].values), data["loss"].values, numpy.inf), axis=None)
    best = []
    for flat in order[:N_BEST]:
        index = dict(zip(data["loss"].dims, numpy.unravel_index(flat, data["loss"].shape)))
        point = data.isel(index)
        if numpy.isfinite(point["loss"]):
            coordinates = {user_name(name): data[name].values[i] for name, i in index.items()}
            number = int(numpy.ravel_multi_index([index[name] for name in outer], [data.sizes[name] for name in outer]))
            best.append(Point(coordinates, number, float(point["loss"]), float(point["fc_corr"])))
    return best


def read_exploration(path):
    data = xarray.open_dataset(path, group="explore", engine="h5netcdf").load()
    n_seeds = data.sizes.get(SEED, 1)
    if data["loss"].dims == (SEED,):  # seeds alone are an axis like any other
        data, n_seeds = data.rename({SEED: "seed"}), 1
    shown = [name for name in data["loss"].dims if name != SEED]
    inner, outer = shown[-2:], shown[:-2]
    axes = [Axis(user_name(name), describe(name, data[name].attrs), data[name].values) for name in inner]
    positions = itertools.product(*(range(data.sizes[name]) for name in outer))
    slices = [cut(data, dict(zip(outer, position))) for position in positions]
    means = data[["loss", "fc_corr"]].mean(SEED) if SEED in data.dims else data
    return Exploration(axes, slices, find_best(means, outer), n_seeds)


def order(files):
    """Files by stage, in the order of GROUPS; a fit behind what it starts from."""
    by_key = {file.attrs["key"]: file for _, file in files}

    def rank(item):
        attributes = item[1].attrs
        return GROUPS.index(attributes["group"]), fits.count_ancestors(item[1], by_key), attributes["created"]
    return {file.attrs["stage"]: (place, file) for place, file in sorted(files, key=rank)}


def read(path):
    """All that is there about a directory of results, or one result file."""
    base, exploration, evaluation, target, found, name = None, None, None, None, [], ""
    with contextlib.ExitStack() as opened:
        files = order([(place, opened.enter_context(open_file(place))) for place in find(path)])
        stages = {stage: read_stage(place, file) for stage, (place, file) in files.items()}
        for stage, (place, file) in files.items():
            name = file.attrs["name"] or name
            if target is None and "inputs/target_fc" in file:
                target = file["inputs/target_fc"][:]
            if file.attrs["group"] == "simulate" and stages[stage].progress.n_finished:
                base = read_base(place)
            if file.attrs["group"] == "explore":
                exploration = read_exploration(place)
            if file.attrs["group"] == "fit":
                found.append(fits.read_fit(file, stages, describe_dataset))
            if file.attrs["group"] == "evaluate":
                evaluation = evaluations.read_evaluation(file, stages, describe_dataset)
    labels = next((source.labels for source in [base, *found, evaluation] if source), [])
    return Results(name or path.name, stages, target, base, exploration, found, evaluation, labels,
                   compare_all(target, base, found), find_differences(stages))
