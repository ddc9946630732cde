"""Result files, read into what the figures show. The same for the page and for a paper."""

import dataclasses
import itertools
import pathlib

import h5py
import numpy
import xarray

FORMAT, FORMAT_VERSION = "rwwsweep results", 1
STAGES = ["simulate", "explore"]
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
    loss: float
    fc_corr: float


@dataclasses.dataclass
class Exploration:
    axes: list  # of the slices: [y, x], or [x]
    slices: list
    best: list  # points, the best first; coordinates as in the file, seeds included
    n_seeds: int


@dataclasses.dataclass
class BaseRun:
    labels: list
    bold: numpy.ndarray  # [node][time]
    bold_times: numpy.ndarray
    activity: numpy.ndarray | None  # [node][time]
    activity_times: numpy.ndarray | None
    fc: numpy.ndarray
    rmse: float
    fc_corr: float

    def standardised_bold(self):
        """Regions differ in their level by more than BOLD changes in any of them."""
        spread = self.bold.std(axis=1, keepdims=True)
        return (self.bold - self.bold.mean(axis=1, keepdims=True)) / numpy.where(spread > 0, spread, 1)


@dataclasses.dataclass
class Progress:
    n_rows: int
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
    progress: Progress


@dataclasses.dataclass
class Results:
    name: str
    stages: dict  # of Stage, by name
    target: numpy.ndarray | None
    base: BaseRun | None
    exploration: Exploration | None


def user_name(dimension):
    """coupling_a is coupling.a to users."""
    return dimension.replace("_", ".", 1)


def find(path):
    """The file of each stage that is there."""
    if path.is_dir():
        found = {stage: path / f"{stage}.h5" for stage in STAGES if (path / f"{stage}.h5").exists()}
        if not found:
            raise Unusable(f"{path}: no results in this directory; expected {' or '.join(f'{s}.h5' for s in STAGES)}")
        return found
    if not path.exists():
        raise Unusable(f"{path}: there is no such file or directory")
    return {None: path}


def open_file(path):
    try:
        file = h5py.File(path)
    except OSError as error:
        raise Unusable(f"{path}: is no HDF5 file, or is damaged ({error})") from error
    if file.attrs.get("format") != FORMAT:
        raise Unusable(f"{path}: is no result file of rwwsweep")
    if file.attrs["format_version"] != FORMAT_VERSION:
        raise Unusable(f"{path}: has format version {file.attrs['format_version']}; this script reads version {FORMAT_VERSION}")
    if file.attrs["stage"] not in STAGES:
        raise Unusable(f"{path}: is of stage {file.attrs['stage']}, which this script does not know")
    return file


def read_progress(slots):
    names = slots.attrs["flag_meanings"].split()
    rows = slots[:]
    finished = rows["outcome"] >= DONE
    computed = rows[finished & (rows["attempts"] > 0)]
    ends = computed["started_utc_s"] + computed["elapsed_s"]
    return Progress(
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
    return Stage(path.resolve(), attributes, source, read_progress(file["slots/rows"]))


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
        rmse=float(data["rmse"]),
        fc_corr=float(data["fc_corr"]),
    )


def describe_axis(data, dimension):
    coordinate = data[dimension]
    unit = coordinate.attrs.get("units", "1")
    description = coordinate.attrs.get("long_name", "")
    label = f"{description} {user_name(dimension)}" + (f" [{unit}]" if unit != "1" else "")
    return Axis(user_name(dimension), label, coordinate.values)


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


def find_best(data):
    order = numpy.argsort(numpy.where(numpy.isfinite(data["loss"].values), data["loss"].values, numpy.inf), axis=None)
    best = []
    for flat in order[:N_BEST]:
        index = dict(zip(data["loss"].dims, numpy.unravel_index(flat, data["loss"].shape)))
        point = data.isel(index)
        if numpy.isfinite(point["loss"]):
            coordinates = {user_name(name): data[name].values[i] for name, i in index.items()}
            best.append(Point(coordinates, float(point["loss"]), float(point["fc_corr"])))
    return best


def read_exploration(path):
    data = xarray.open_dataset(path, group="explore", engine="h5netcdf").load()
    best, n_seeds = find_best(data), data.sizes.get(SEED, 1)
    if data["loss"].dims == (SEED,):  # seeds alone are an axis like any other
        data, n_seeds = data.rename({SEED: "seed"}), 1
    shown = [name for name in data["loss"].dims if name != SEED]
    inner, outer = shown[-2:], shown[:-2]
    positions = itertools.product(*(range(data.sizes[name]) for name in outer))
    slices = [cut(data, dict(zip(outer, position))) for position in positions]
    return Exploration([describe_axis(data, name) for name in inner], slices, best, n_seeds)


def read(path):
    """All that is there about a directory of results, or one result file."""
    stages, base, exploration, target, name = {}, None, None, None, ""
    for place in find(path).values():
        with open_file(place) as file:
            stage = file.attrs["stage"]
            stages[stage] = read_stage(place, file)
            name = file.attrs["name"] or name
            if "inputs/target_fc" in file:
                target = file["inputs/target_fc"][:]
        if stage == "simulate" and stages[stage].progress.n_finished:
            base = read_base(place)
        if stage == "explore":
            exploration = read_exploration(place)
    return Results(name or path.name, stages, target, base, exploration)
