"""The same figures for a paper, by Matplotlib."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy  # noqa: E402

plt.rcParams.update({"font.size": 8, "figure.constrained_layout.use": True, "svg.fonttype": "none", "pdf.fonttype": 42})


def draw_map(exploration):
    y, x = exploration.axes
    n = len(exploration.slices)
    columns = min(n, 4)
    figure, axes = plt.subplots(-(-n // columns), columns, squeeze=False, figsize=(3.4 * columns, 3 * -(-n // columns)))
    low = min(numpy.nanmin(cut.loss) for cut in exploration.slices)
    high = max(numpy.nanmax(cut.loss) for cut in exploration.slices)
    for ax, cut in zip(axes.flat, exploration.slices):
        mesh = ax.pcolormesh(x.values, y.values, cut.loss, cmap="viridis_r", vmin=low, vmax=high, shading="nearest")
        ax.set(xlabel=x.label, ylabel=y.label, title=cut.title)
    if n == 1 and exploration.best:
        best = exploration.best[0].coordinates
        axes[0, 0].plot(best[x.name], best[y.name], "o", mfc="none", mec="white")
    figure.colorbar(mesh, ax=axes, label="loss")
    return figure


def draw_line(exploration):
    axis, = exploration.axes
    figure, ax = plt.subplots(figsize=(3.4, 2.6))
    for cut in exploration.slices:
        ax.errorbar(axis.values, cut.loss, yerr=cut.deviation, color="#31688e", marker=".", capsize=2)
    ax.set(xlabel=axis.label, ylabel="loss")
    return figure


def draw_fc(results):
    matrices = [("Base run", results.base.fc)]
    if results.target is not None:
        matrices.insert(0, ("Target", results.target))
    figure, axes = plt.subplots(1, len(matrices), squeeze=False, figsize=(3 * len(matrices) + 0.4, 3))
    low, high = min(m.min() for _, m in matrices), max(m.max() for _, m in matrices)
    for ax, (title, matrix) in zip(axes.flat, matrices):
        image = ax.imshow(matrix, cmap="viridis", vmin=low, vmax=high)
        ax.set(xlabel="Region", ylabel="Region", title=title)
    figure.colorbar(image, ax=axes, label="FC")
    return figure


def draw_carpet(values, times, label):
    figure, ax = plt.subplots(figsize=(6.8, 2.6))
    image = ax.imshow(values, aspect="auto", cmap="cividis", interpolation="nearest",
                      extent=(times[0], times[-1], len(values) - 0.5, -0.5))
    ax.set(xlabel="Time [s]", ylabel="Region")
    figure.colorbar(image, ax=ax, label=label)
    return figure


def draw(results):
    if results.exploration and results.exploration.best:
        is_map = len(results.exploration.axes) == 2
        yield "exploration", (draw_map if is_map else draw_line)(results.exploration)
    if results.base:
        yield "functional-connectivity", draw_fc(results)
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
