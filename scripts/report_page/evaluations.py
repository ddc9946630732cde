"""The evaluation, read into what the figures show of it. Of one that is still going, all that is there."""

import dataclasses

import numpy

SCORES = ["fc_corr", "fc_corr_triangle", "rmse"]


@dataclasses.dataclass(eq=False)
class Set:
    name: str  # base, explore, a fit's, or that with /restart behind it
    is_reported: bool  # by its fit; else it is one of its restarts
    restart: int
    loss: float  # by which its stage judged it; NaN: it did not
    scores: dict  # by name: [seed], NaN where there is none (yet)

    @property
    def stage(self):
        return self.name.split("/")[0]

    def is_of_fit(self):
        return self.stage not in ("base", "explore")

    def n_seeds(self):
        """That have scores."""
        return int(numpy.isfinite(self.scores["fc_corr"]).sum())

    def mean(self, score):
        values = self.scores[score]
        return values[numpy.isfinite(values)].mean() if numpy.isfinite(values).any() else numpy.nan

    def deviation(self, score):
        """Over seeds; NaN where there is but one."""
        values = self.scores[score][numpy.isfinite(self.scores[score])]
        return values.std(ddof=1) if len(values) > 1 else numpy.nan


@dataclasses.dataclass
class Regional:
    """A parameter with a value a region, of the sets of fits in which regions differ."""

    name: str
    label: str
    sets: list
    values: numpy.ndarray  # [set][node]

    def likeness(self):
        """Correlations over regions between the sets."""
        return numpy.atleast_2d(numpy.corrcoef(self.values))


@dataclasses.dataclass
class Evaluation:
    sets: list
    seeds: list
    duration_s: float
    regional: list  # of Regional, those of several sets
    best: Set | None  # of what fits report, that with the greatest mean fc_corr
    best_fc: numpy.ndarray | None  # its mean FC over seeds
    target: numpy.ndarray
    labels: list
    is_stale: list  # stages whose results that are shown are others than those that were evaluated

    def list_fits(self):
        return list(dict.fromkeys(one.stage for one in self.sets if one.is_of_fit()))

    def can_compare_losses(self):
        return len([one for one in self.sets if one.is_of_fit() and numpy.isfinite(one.loss)]) > 1

    def list_compared(self):
        """Names of sets whose regions can be compared."""
        return list(dict.fromkeys(one.name for parameter in self.regional for one in parameter.sets))


def to_text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def read_sets(group):
    names = [to_text(name) for name in group["set"][:]]
    scores = {name: group[name][:] for name in SCORES}
    return [Set(name, "/" not in name, int(group["restart"][k]), float(group["fit_loss"][k]),
                {score: values[k] for score, values in scores.items()}) for k, name in enumerate(names)]


def choose_fitted(sets):
    """Places of the sets that fits came to: the restarts where there are some, of which what is reported is one."""
    with_restarts = {one.stage for one in sets if not one.is_reported}
    return [k for k, one in enumerate(sets)
            if one.is_of_fit() and not (one.is_reported and one.stage in with_restarts)]


def read_regional(group, sets, label):
    others = {"fc", "set", "seed", "node", "node_source", "restart", "fit_loss", "status", *SCORES}
    found = []
    for dataset in [group[name] for name in group if name not in others and group[name].ndim == 2]:
        values = dataset[:]
        places = [k for k in choose_fitted(sets) if numpy.ptp(values[k]) > 0]
        found.append(Regional(*label(dataset), [sets[k] for k in places], values[places]))
    return [parameter for parameter in found if len(parameter.sets) > 1]


def choose_best(sets):
    candidates = [one for one in sets if one.is_of_fit() and one.is_reported and numpy.isfinite(one.mean("fc_corr"))]
    return max(candidates, key=lambda one: one.mean("fc_corr"), default=None)


def find_stale(settings, stages):
    keys = {name.removeprefix("evaluate.of "): key for name, key in settings.items() if name.startswith("evaluate.of ")}
    return [name for name, key in keys.items() if name in stages and stages[name].attributes["key"] != key]


def read_evaluation(file, stages, label):
    """label(dataset) gives a parameter's name, and that with its description and unit."""
    group, settings = file["evaluate"], stages["evaluate"].settings
    sets = read_sets(group)
    best = choose_best(sets)
    found = Evaluation(
        sets=sets, seeds=[int(seed) for seed in group["seed"][:]], duration_s=float(settings["evaluate.duration"]) / 1000,
        regional=read_regional(group, sets, label), best=best, best_fc=None, target=file["inputs/target_fc"][:],
        labels=[to_text(name) for name in group["node"][:]], is_stale=find_stale(settings, stages))
    if best:
        found.best_fc = numpy.nanmean(group["fc"][sets.index(best)], axis=0)
    return found
