"""Fits, read into what the figures show of them. Of a fit that is still going, all that is there."""

import dataclasses

import numpy

DONE, SKIPPED = 2, 6  # outcomes of an entry
SHOWN = ["start", "final", "best", "average"]  # entries whose FC the file holds


@dataclasses.dataclass
class Regional:
    """A fitted parameter with a value a region, at each restart's start and reported entry."""

    name: str
    label: str
    start: numpy.ndarray  # [restart][node]
    reported: numpy.ndarray  # [restart][node]


@dataclasses.dataclass
class Fit:
    name: str
    start: str  # what it starts from, for people
    is_start_shown: bool  # False where it started from another version of that than is shown here
    entry: str  # that it reports: final, best or average
    has_blocks: bool  # each step has other seeds, so that losses of steps do not compare
    labels: list
    loss: numpy.ndarray  # [restart][step], like the next five; NaN where there is none
    fc_corr: numpy.ndarray
    gradient_norm: numpy.ndarray
    is_there: numpy.ndarray  # evaluated
    is_usable: numpy.ndarray  # loss and gradient are finite
    status: numpy.ndarray  # names
    paths: dict  # of global free parameters, by name: [restart][step]
    reported: dict  # of the same, at the entry that it reports: [restart]
    regional: list  # of Regional
    steps: dict  # of the start, final and best entry so far: [restart]
    average_loss: numpy.ndarray | None  # [restart], of the mean of the last entries
    validation_loss: numpy.ndarray | None  # [restart], of what it reports, by which it chose
    validation_seeds: str
    best_restart: int
    ends: list  # names, a restart each; none while it is going on
    strength: numpy.ndarray  # [node]
    fc: numpy.ndarray | None  # of the reported entry
    target: numpy.ndarray

    @property
    def n_steps(self):
        return self.loss.shape[1] - 1

    @property
    def step(self):
        """Of the best restart's reported entry."""
        return self.steps[self.entry][self.best_restart]

    def at(self, entry):
        """Restart and step of an entry of the best restart."""
        return self.best_restart, self.steps[entry][self.best_restart]

    def list_entries(self):
        """Names of those that tell something."""
        best = [] if self.has_blocks else ["best"]
        return ["start", "final", *best, *(["average"] if self.average_loss is not None else [])]

    def value(self, trace, entry):
        """Of an entry of the best restart; NaN where it is not known, of an average all but its loss."""
        if entry == "average" and self.average_loss is not None:
            return self.average_loss[self.best_restart] if trace == "loss" else numpy.nan
        return getattr(self, trace)[self.at(entry)]

    def has_loss(self):
        return bool(numpy.isfinite(self.value("loss", self.entry)))

    def good_restarts(self):
        """Those whose reported entry has a loss."""
        restarts = numpy.arange(len(self.loss))
        return restarts[self.is_usable[restarts, self.steps[self.entry]]]


def read_settings(file):
    """Those that a file's key stands for."""
    lines = file["config/canonical"].asstr()[()].splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line)


def read_start(file):
    """base, values, explore KEY, or fit KEY ENTRY."""
    return read_settings(file).get("fit.start", "values").split()


def count_ancestors(file, by_key):
    """Fits that must come before this file's, of those that are there."""
    kind, *rest = read_start(file)
    return 1 + count_ancestors(by_key[rest[0]], by_key) if kind == "fit" and rest[0] in by_key else 0


def describe_start(file, stages):
    """In words, and whether the stage that it starts from is the one that is shown."""
    kind, *rest = read_start(file)
    names = {stage.attributes["key"]: name for name, stage in stages.items()}
    if kind == "fit":
        return f"the {rest[1]} entry of {names.get(rest[0], 'an earlier fit')}", rest[0] in names
    if kind == "explore":
        return "the best points of the exploration", rest[0] in names
    return ("the base parameters" if kind == "base" else "given values"), True


def find_steps(is_there, loss, is_usable):
    """Steps of each restart's final entry so far, and of its best one: the final one where no entry is usable; those
    of an average are shown at its end."""
    final = numpy.where(is_there, numpy.arange(loss.shape[1]), 0).max(axis=1)
    best = numpy.where(is_usable, loss, numpy.inf).argmin(axis=1)
    best = numpy.where(is_usable.any(axis=1), best, final)
    return {"start": numpy.zeros_like(final), "final": final, "best": best, "average": final}  # that ends with it


def find_best_restart(loss, steps, entry):
    reported = loss[numpy.arange(len(loss)), steps[entry]]
    return 0 if numpy.isnan(reported).all() else int(numpy.nanargmin(reported))


def read_trace(group, name, is_there):
    return numpy.where(is_there, group[name][:], numpy.nan)


def read_rows(dataset, steps):
    """[restart][node] of a trace, a step each; the others may be more than fits into memory."""
    return numpy.array([dataset[restart, step] for restart, step in enumerate(steps)])


def read_parameters(group, steps, entry, is_there, label, is_complete):
    """Global ones with their paths, regional ones at what is shown of them."""
    paths, reported, regional = {}, {}, []
    free = [name.removeprefix("gradient_") for name in group if name.startswith("gradient_")]
    for dataset in [group[name] for name in free if name in group]:
        name, words = label(dataset)
        average = group["average_" + dataset.name.rsplit("/", 1)[-1]][:] if is_complete and entry == "average" else None
        here = read_rows(dataset, steps[entry]) if average is None else average
        if dataset.ndim == 2:
            paths[name], reported[name] = numpy.where(is_there, dataset[:], numpy.nan), here
        else:
            regional.append(Regional(name, words, read_rows(dataset, steps["start"]), here))
    return paths, reported, regional


def read_summary(group, name, is_complete):
    return group[name][:] if is_complete and name in group else None


def read_fit(file, stages, label):
    """label(dataset) gives a parameter's name, and that with its description and unit."""
    group, rows = file["fit"], file["slots/rows"]
    outcomes = rows["outcome"]  # the slots tell what is there, read first: what is written meanwhile is not looked at
    is_complete, outcomes = outcomes[-1] == DONE, outcomes[:-1].reshape(group["loss"].shape)
    is_there = (outcomes >= DONE) & (outcomes != SKIPPED)
    loss, fc_corr, norm = (read_trace(group, trace, is_there) for trace in ["loss", "fc_corr", "gradient_norm"])
    is_last = numpy.arange(loss.shape[1]) == loss.shape[1] - 1  # has no gradient, for no step is made from it
    is_usable = (outcomes == DONE) & numpy.isfinite(loss) & (numpy.isfinite(norm) | is_last)
    settings = read_settings(file)
    entry = settings["fit.entry"]
    steps = find_steps(is_there, loss, is_usable)
    paths, reported, regional = read_parameters(group, steps, entry, is_there, label, is_complete)
    ends = numpy.array(group["end"].attrs["flag_meanings"].split())
    start, is_start_shown = describe_start(file, stages)
    return Fit(
        name=file.attrs["stage"], start=start, is_start_shown=is_start_shown, entry=entry,
        has_blocks="], [" in settings["fit.seeds"],
        labels=[label.decode() if isinstance(label, bytes) else str(label) for label in group["node"][:]],
        loss=loss, fc_corr=fc_corr, gradient_norm=norm, is_there=is_there, is_usable=is_usable,
        status=numpy.array(rows.attrs["flag_meanings"].split())[outcomes], paths=paths, reported=reported,
        regional=regional, steps=steps, average_loss=read_summary(group, "average_loss", is_complete),
        validation_loss=read_summary(group, "validation_loss", is_complete),
        validation_seeds=settings.get("fit.validation.seeds", "").strip("[]"),
        best_restart=int(group["best_restart"][()]) if is_complete else find_best_restart(loss, steps, entry),
        ends=list(ends[group["end"][:]]) if is_complete else [],
        strength=file["inputs/weights"][:].sum(axis=1),
        fc=group["fc"][SHOWN.index(entry)] if is_complete else None, target=file["inputs/target_fc"][:],
    )
