"""What the figures of the page and those for a paper have in common."""

import itertools

import numpy

BEST, OTHERS, BAD, RANGE = "#0072b2", "#8a96a3", "#d55e00", "#c3cad1"  # told apart by colour-blind readers, too
MANY = [BEST, BAD, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1c2733"]  # of as many things as can be told apart
TRACES = [("loss", "loss"), ("fc_corr", "fc_corr"), ("gradient_norm", "gradient norm")]  # of a fit, and their titles


def find_limits(arrays):
    """Of one scale for all of them."""
    finite = numpy.concatenate([values[numpy.isfinite(values)] for values in arrays])
    return (finite.min(), finite.max()) if finite.size else (0, 1)


def pad(low, high):
    margin = (high - low) / 20 or abs(low) / 20 or 1
    return [low - margin, high + margin]


def reach(values):
    """From the outer edge of the first cell to that of the last."""
    if len(values) == 1:
        return None
    return [values[0] - (values[1] - values[0]) / 2, values[-1] + (values[-1] - values[-2]) / 2]


def widen(limits, paths):
    """For paths that leave the map, but not for those that run away."""
    if limits is None:
        return None
    low, high = limits
    there = numpy.concatenate([path[numpy.isfinite(path)] for path in paths])
    there = there[(there > low - (high - low) / 2) & (there < high + (high - low) / 2)]
    margin = (high - low) / 50
    return [min([low, *(there - margin)]), max([high, *(there + margin)])]


def arrange(n, n_columns):
    """Row and column of each of n panels, and how many of both there are."""
    n_columns = min(n, n_columns)
    return [(i // n_columns + 1, i % n_columns + 1) for i in range(n)], -(-n // n_columns), n_columns


def choose_fits(exploration, fits):
    """Those that moved both parameters of the map, each with the colour of its path there."""
    axes = exploration.axes
    chosen = [fit for fit in fits if len(axes) == 2 and all(axis.name in fit.paths for axis in axes)]
    return list(zip(chosen, itertools.cycle(["#000000", BAD, "#cc79a7", BEST])))


def find_bad(fit):
    """Restarts and steps of entries that are not finite, and where they are shown: at the greatest finite loss."""
    restarts, steps = numpy.nonzero(fit.is_there & ~fit.is_usable)
    _, high = find_limits([fit.loss])
    return restarts, steps, numpy.full(len(steps), high)


def tell_correlation(r):
    return "no correlation" if numpy.isnan(r) else f"r = {r:.3f}".replace("-", "−")
