"""The same figures for a paper, by Matplotlib."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy  # noqa: E402

from report_page.results import correlate  # noqa: E402
from report_page.shared import (  # noqa: E402
    BAD, BEST, MANY, OTHERS, RANGE, TRACES, arrange, choose_fits, find_bad, find_limits, pad, reach, tell_correlation, widen)

WIDTH = 6.8  # of two columns, in inches

plt.rcParams.update({"font.size": 8, "figure.constrained_layout.use": True, "svg.fonttype": "none", "pdf.fonttype": 42})


def add_paths(ax, exploration, fits):
    """With a white rim, for they have to be seen on dark and on bright."""
    y, x = exploration.axes
    for fit, colour in fits:
        for restart, (along_x, along_y) in enumerate(zip(fit.paths[x.name], fit.paths[y.name])):
            is_best = restart == fit.best_restart
            style = dict(alpha=1 if is_best else 0.5, zorder=3 if is_best else 2)
            ax.plot(along_x, along_y, color="white", linewidth=2.2 if is_best else 1, **style)
            ax.plot(along_x, along_y, color=colour, linewidth=1.2 if is_best else 0.4,
                    label=fit.name if is_best else None, **style)
        start, end = fit.at("start"), fit.best_restart
        for at_x, at_y, marker, size in [(fit.paths[x.name][start], fit.paths[y.name][start], "o", 5),
                                         (fit.reported[x.name][end], fit.reported[y.name][end], "*", 10)]:
            ax.plot(at_x, at_y, marker, ms=size, color=colour, mec="white", mew=0.7, zorder=4)
    if fits:
        ax.set_xlim(widen(reach(x.values), [fit.paths[x.name] for fit, _ in fits]))
        ax.set_ylim(widen(reach(y.values), [fit.paths[y.name] for fit, _ in fits]))
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)


def draw_map(exploration, fits):
    y, x = exploration.axes
    n = len(exploration.slices)
    columns = min(n, 4)
    figure, axes = plt.subplots(-(-n // columns), columns, squeeze=False, figsize=(3.4 * columns, 3 * -(-n // columns)))
    low, high = find_limits([cut.loss for cut in exploration.slices])
    for number, (ax, cut) in enumerate(zip(axes.flat, exploration.slices)):
        mesh = ax.pcolormesh(x.values, y.values, cut.loss, cmap="viridis_r", vmin=low, vmax=high, shading="nearest")
        ax.set(xlabel=x.label, ylabel=y.label, title=cut.title)
        add_paths(ax, exploration, fits)
        if exploration.best and exploration.best[0].slice == number:
            best = exploration.best[0].coordinates
            ax.plot(best[x.name], best[y.name], "o", mfc="white", mec="black", zorder=5)
    figure.colorbar(mesh, ax=axes, label="loss")
    return figure


def draw_line(exploration):
    axis, = exploration.axes
    figure, ax = plt.subplots(figsize=(3.4, 2.6))
    for cut in exploration.slices:
        ax.errorbar(axis.values, cut.loss, yerr=cut.deviation, color="#31688e", marker=".", capsize=2)
    ax.set(xlabel=axis.label, ylabel="loss")
    return figure


def draw_traces(fit):
    figure, axes = plt.subplots(3, sharex=True, figsize=(3.4, 4.4))
    for ax, (name, title) in zip(axes, TRACES):
        values = getattr(fit, name)
        ax.plot(numpy.delete(values, fit.best_restart, axis=0).T, color=OTHERS, alpha=0.5, linewidth=0.5)
        ax.plot(values[fit.best_restart], color=BEST, linewidth=1.2)
        ax.plot(fit.step, fit.value(name, fit.entry), "*", ms=8, color=BEST, mec="white", mew=0.7)
        ax.set_ylabel(title)
    _, steps, height = find_bad(fit)
    axes[0].plot(steps, height, "x", color=BAD)
    axes[2].set(yscale="log", xlabel="Step")
    figure.align_ylabels()
    return figure


def list_fc(results):
    matrices = [(f"{c.title}\n{tell_correlation(c.fc_corr)}", c.fc) for c in results.comparisons]
    return matrices if results.target is None else [("Target", results.target), *matrices]


def draw_fc(matrices):
    """On one colour scale."""
    _, n_rows, n_columns = arrange(len(matrices), 4)
    figure, axes = plt.subplots(n_rows, n_columns, squeeze=False, figsize=(1.55 * n_columns + 0.6, 1.9 * n_rows))
    low, high = find_limits([matrix for _, matrix in matrices])
    for ax in axes.flat[len(matrices):]:
        ax.axis("off")
    for ax, (title, matrix) in zip(axes.flat, matrices):
        image = ax.imshow(matrix, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
        ax.set(xlabel="Region", title=title, xticks=[], yticks=[])
    for ax in axes[:, 0]:
        ax.set_ylabel("Region")
    figure.colorbar(image, ax=axes, label="FC")
    return figure


def draw_scatter(results):
    _, n_rows, n_columns = arrange(len(results.comparisons), 3)
    size = 2.2 * n_columns + 0.2, 2.7 * n_rows
    figure, axes = plt.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True, figsize=size)
    pairs = numpy.triu_indices(len(results.target), 1)
    limits = pad(*find_limits([results.target, *(comparison.fc for comparison in results.comparisons)]))
    for ax in axes.flat[len(results.comparisons):]:
        ax.axis("off")
    for ax, comparison in zip(axes.flat, results.comparisons):
        ax.plot(results.target[pairs], comparison.fc[pairs], ".", ms=3, mew=0, alpha=0.35, color=BEST, rasterized=True)
        ax.axline((0, 0), slope=1, color="black", linewidth=0.6, linestyle=":")
        title = f"{comparison.title}\n{tell_correlation(comparison.fc_corr_triangle)}"
        ax.set(xlabel="FC of the target", xlim=limits, ylim=limits, title=title)
    for ax in axes[:, 0]:
        ax.set_ylabel("FC of the model")
    return figure


def draw_regional(fit):
    """Values by region, in their order: dots; ranges over restarts: bars; starts: ticks."""
    n = len(fit.labels)
    size = WIDTH / 2 * len(fit.regional), 1 + 0.085 * n
    figure, axes = plt.subplots(1, len(fit.regional), squeeze=False, figsize=size)
    restarts = fit.good_restarts()
    for ax, parameter in zip(axes.flat, fit.regional):
        values = parameter.reported[fit.best_restart]
        order, y = numpy.argsort(values), numpy.arange(n)
        low, high = parameter.reported[restarts].min(axis=0)[order], parameter.reported[restarts].max(axis=0)[order]
        if len(restarts) > 1:
            ax.hlines(y, low, high, color=RANGE, linewidth=2)
        ax.plot(parameter.start[fit.best_restart][order], y, "|", ms=3, color=OTHERS)
        ax.plot(values[order], y, ".", ms=4, color=BEST)
        ax.set(xlabel=parameter.label, ylim=(-1, n))
        ax.set_yticks(y, [fit.labels[i] for i in order], fontsize=5)
    return figure


def draw_strength(fit):
    figure, axes = plt.subplots(1, len(fit.regional), squeeze=False, figsize=(WIDTH / 2 * len(fit.regional), 2.6))
    for ax, parameter in zip(axes.flat, fit.regional):
        values = parameter.reported[fit.best_restart]
        ax.plot(fit.strength, values, ".", color=BEST)
        title = tell_correlation(correlate(fit.strength, values))
        ax.set(xlabel="Strength: sum of incoming weights", ylabel=parameter.label, title=title)
    return figure


def draw_carpet(values, times, label):
    figure, ax = plt.subplots(figsize=(6.8, 2.6))
    image = ax.imshow(values, aspect="auto", cmap="cividis", interpolation="nearest",
                      extent=(times[0], times[-1], len(values) - 0.5, -0.5))
    ax.set(xlabel="Time [s]", ylabel="Region")
    figure.colorbar(image, ax=ax, label=label)
    return figure


def draw_scores(evaluation):
    """On held-out noise over the loss that a fit knew; stars are what it reports."""
    figure, ax = plt.subplots(figsize=(3.4, 2.6))
    stages = evaluation.list_fits()
    for stage, colour in zip(stages, MANY * len(stages)):
        for one in evaluation.sets:
            if one.stage == stage:
                ax.errorbar(one.loss, one.mean("fc_corr"), yerr=one.deviation("fc_corr"), color=colour, linewidth=0.8,
                            marker="*" if one.is_reported else ".", ms=8 if one.is_reported else 5, capsize=2,
                            label=stage if one.is_reported else None)
    ax.set(xlabel="Loss by which the fit chose", ylabel="fc_corr on held-out noise")
    ax.legend(frameon=False)
    return figure


def draw_values(evaluation):
    """A colour a set, regions in the order of the first."""
    n, colours = len(evaluation.labels), dict(zip(evaluation.list_compared(), MANY))
    size = WIDTH / 2 * len(evaluation.regional), 1 + 0.085 * n
    figure, axes = plt.subplots(1, len(evaluation.regional), squeeze=False, figsize=size)
    for ax, parameter in zip(axes.flat, evaluation.regional):
        order = numpy.argsort(parameter.values[0])
        for one, values in zip(parameter.sets, parameter.values):
            if one.name in colours:
                ax.plot(values[order], numpy.arange(n), ".", ms=4, color=colours[one.name], alpha=0.8, label=one.name)
        ax.set(xlabel=parameter.label, ylim=(-1, n))
        ax.set_yticks(numpy.arange(n), [evaluation.labels[i] for i in order], fontsize=5)
    told = {name: line for ax in axes.flat for line, name in zip(*ax.get_legend_handles_labels())}
    figure.legend(told.values(), told.keys(), frameon=False, loc="outside upper center", ncols=4)
    return figure


def draw_evaluation(evaluation):
    if evaluation.can_compare_losses():
        yield "scores", draw_scores(evaluation)
    if evaluation.best:
        title = f"{evaluation.best.name}\n{tell_correlation(correlate(evaluation.best_fc, evaluation.target))}"
        yield "mean-functional-connectivity", draw_fc([("Target", evaluation.target), (title, evaluation.best_fc)])
    if evaluation.regional:
        yield "regions-of-fits", draw_values(evaluation)


def draw_fit(fit):
    if fit.is_there.any():
        yield f"fit-{fit.name}", draw_traces(fit)
    if fit.regional and fit.has_loss():
        yield f"regions-{fit.name}", draw_regional(fit)
        yield f"strength-{fit.name}", draw_strength(fit)


def draw(results):
    exploration = results.exploration
    if exploration and exploration.best:
        is_map, fits = len(exploration.axes) == 2, choose_fits(exploration, results.fits)
        yield "exploration", draw_map(exploration, fits) if is_map else draw_line(exploration)
    for fit in results.fits:
        yield from draw_fit(fit)
    if results.evaluation:
        yield from draw_evaluation(results.evaluation)
    if results.comparisons:
        yield "functional-connectivity", draw_fc(list_fc(results))
        if results.target is not None:
            yield "pairs-of-regions", draw_scatter(results)
    if results.base:
        yield "bold", draw_carpet(results.base.standardised_bold(), results.base.bold_times, "BOLD [sd]")
        if results.base.activity is not None:
            yield "activity", draw_carpet(results.base.activity, results.base.activity_times, "S")


def write(results, directory, form):
    """Writes the figures and tells where."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, figure in draw(results):
        path = directory / f"{name}.{form}"
        figure.savefig(path, dpi=200)
        plt.close(figure)
        yield path
