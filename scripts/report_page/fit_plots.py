"""Figures of fits, by Plotly."""

import numpy
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from report_page.plots import INK, lay_out
from report_page.results import correlate
from report_page.shared import (
    BAD, BEST, OTHERS, RANGE, TRACES, arrange, choose_fits, find_bad, find_limits, pad, reach, tell_correlation, widen)

N_POINTS = 10000  # of all restarts' lines in one panel: more than a screen shows
N_PAIRS = 12000  # of regions in all scatter plots
N_NAMES = 110  # of regions in one column
LEGEND = dict(orientation="h", y=1.02, yanchor="bottom", x=0)
HOVER = ("restart %{customdata[0]}, step %{customdata[1]}<br>loss %{customdata[2]:.6f}<br>fc_corr %{customdata[3]:.4f}"
         "<br>gradient norm %{customdata[4]:.3g}<extra></extra>")


def choose_lines(fit):
    """Restarts and steps to be drawn: of the others every n-th step where they are many, of the best one all."""
    every = -(-fit.loss.size // N_POINTS)
    others = [restart for restart in range(len(fit.loss)) if restart != fit.best_restart]
    steps = numpy.unique([*range(0, fit.n_steps, every), fit.n_steps])
    return (others, steps), ([fit.best_restart], numpy.arange(fit.n_steps + 1))


def join(values, lines):
    """Restarts one behind the other, as one line with gaps."""
    rows = values[numpy.ix_(*lines)]
    return numpy.column_stack([rows, numpy.full(len(rows), numpy.nan)]).ravel()


def tell_entries(fit, lines, *others):
    """What the mouse finds at each entry, in the order of HOVER, and more."""
    columns = [*numpy.indices(fit.loss.shape), fit.loss, fit.fc_corr, fit.gradient_norm, *others]
    return numpy.column_stack([join(values, lines) for values in columns]).astype("float32")


def add_path(figure, fit, axes, lines, line, **style):
    """With a white rim, for it has to be seen on dark and on bright."""
    y, x = (fit.paths[axis.name] for axis in axes)
    points = dict(x=join(x, lines), y=join(y, lines), mode="lines", legendgroup=fit.name)
    rim = dict(color="white", width=line["width"] + 2)
    figure.add_trace(go.Scatter(**points, hoverinfo="skip", line=rim, **dict(style, showlegend=False)))
    parameters = f"{axes[1].name} %{{customdata[5]:.6g}}, {axes[0].name} %{{customdata[6]:.6g}}<br>"
    figure.add_trace(go.Scatter(**points, line=line, customdata=tell_entries(fit, lines, x, y),
                                hovertemplate=f"{fit.name}: {parameters}{HOVER}", **style))


def add_marks(figure, exploration, fits):
    """A dot at the start and a star at the reported entry of each fit's best restart."""
    for fit, colour in choose_fits(exploration, fits):
        y, x = ([fit.paths[axis.name][fit.at("start")], fit.reported[axis.name][fit.best_restart]] for axis in exploration.axes)
        style = dict(symbol=["circle", "star"], size=[10, 18], color=colour, line=dict(width=1.5, color="white"))
        figure.add_trace(go.Scatter(x=x, y=y, mode="markers", hoverinfo="skip", showlegend=False, legendgroup=fit.name,
                                    marker=style))
    return figure


def add_paths(figure, exploration, fits):
    """What fits did to the parameters of the map: a line for the best restart of each, and thin ones for the others."""
    chosen, axes = choose_fits(exploration, fits), exploration.axes
    for fit, colour in chosen:
        others, best = choose_lines(fit)
        add_path(figure, fit, axes, others, dict(color=colour, width=0.8), opacity=0.5, showlegend=False)
        add_path(figure, fit, axes, best, dict(color=colour, width=2), showlegend=True,
                 name=f"{fit.name}, restart {fit.best_restart}")
    if chosen:
        y, x = (widen(reach(axis.values), [fit.paths[axis.name] for fit, _ in chosen]) for axis in axes)
        figure.update_xaxes(range=x).update_yaxes(range=y).update_layout(plot_bgcolor="#e9ecef", legend=LEGEND)


def add_trace(figure, fit, row, name):
    values, first = getattr(fit, name), dict(showlegend=row == 1)
    others, best = choose_lines(fit)
    for lines, style in [
        (others, dict(name="other restarts", opacity=0.55, line=dict(width=1, color=OTHERS))),
        (best, dict(name=f"restart {fit.best_restart}, the best", line=dict(width=2, color=BEST))),
    ]:
        if lines[0]:
            figure.add_trace(go.Scatter(
                x=join(numpy.indices(values.shape)[1], lines), y=join(values, lines), mode="lines",
                customdata=tell_entries(fit, lines), hovertemplate=HOVER, legendgroup=style["name"], **style, **first),
                row=row, col=1)
    figure.add_trace(go.Scatter(
        x=[fit.step], y=[fit.value(name, fit.entry)], mode="markers", hoverinfo="skip", legendgroup="reported", **first,
        name=f"reported: its {fit.entry} entry",
        marker=dict(symbol="star", size=14, color=BEST, line=dict(width=1.5, color="white"))), row=row, col=1)


def add_bad(figure, fit):
    restarts, steps, height = find_bad(fit)
    if len(steps):
        status = numpy.where(fit.status == "done", "not finite", fit.status)
        figure.add_trace(go.Scatter(
            x=steps, y=height, mode="markers", name="no finite loss or gradient",
            text=[f"restart {r}, step {s}<br>{status[r, s]}" for r, s in zip(restarts, steps)],
            hovertemplate="%{text}<extra></extra>",
            marker=dict(symbol="x", size=8, color=BAD)), row=1, col=1)


def draw_traces(fit):
    """Loss, fc_corr and gradient norm of every restart over steps."""
    figure = make_subplots(rows=len(TRACES), shared_xaxes=True, vertical_spacing=0.04)
    for row, (name, title) in enumerate(TRACES, 1):
        add_trace(figure, fit, row, name)
        figure.update_yaxes(title=title, row=row, col=1)
    add_bad(figure, fit)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1, row=3, col=1)
    figure.update_xaxes(title="Step", row=3, col=1)
    return lay_out(figure, 640, hovermode="closest", legend=LEGEND)


def draw_scatter(target, comparisons, labels):
    """Each pair of regions, or every n-th of many: FC of the model over that of the target."""
    places, n_rows, n_columns = arrange(len(comparisons), 3)
    figure = make_subplots(
        rows=n_rows, cols=n_columns, shared_xaxes="all", shared_yaxes="all", horizontal_spacing=0.03,
        vertical_spacing=0.24 / n_rows,
        subplot_titles=[f"{c.title}<br>{tell_correlation(c.fc_corr_triangle)}" for c in comparisons])
    i, j = numpy.triu_indices(len(target), 1)
    every = -(-len(i) * len(comparisons) // N_PAIRS)
    i, j = i[::every], j[::every]
    names = [f"{labels[a]} – {labels[b]}" for a, b in zip(i, j)]
    limits = find_limits([target, *(comparison.fc for comparison in comparisons)])
    for comparison, (row, column) in zip(comparisons, places):
        figure.add_trace(go.Scatter(x=limits, y=limits, mode="lines", hoverinfo="skip", showlegend=False,
                                    line=dict(color=INK, width=1, dash="dot")), row=row, col=column)
        figure.add_trace(go.Scatter(
            x=target[i, j], y=comparison.fc[i, j], mode="markers", showlegend=False, text=names,
            hovertemplate="%{text}<br>target %{x:.4f}<br>model %{y:.4f}<extra></extra>",
            marker=dict(size=4, color=BEST, opacity=0.35)), row=row, col=column)
        figure.update_xaxes(title="FC of the target", row=row, col=column)
    figure.update_yaxes(title="FC of the model", col=1)
    figure.update_xaxes(range=pad(*limits)).update_yaxes(range=pad(*limits))
    return lay_out(figure, 360 * n_rows + 80).update_layout(margin_t=88)


def add_regional(figure, fit, parameter, row, column):
    """Values in order, with the range over restarts and where they came from."""
    values, start = parameter.reported[fit.best_restart], parameter.start[fit.best_restart]
    all_values = parameter.reported[fit.good_restarts()]
    order, y = numpy.argsort(values), numpy.arange(len(values))
    names = [fit.labels[i] for i in order]
    place = dict(row=row, col=column)

    def add(x, y, name, **style):
        is_first = row == column == 1
        figure.add_trace(go.Scatter(x=x, y=y, name=name, legendgroup=name, showlegend=is_first, **style), **place)
    if len(all_values) > 1:
        bars = numpy.column_stack([all_values.min(axis=0), all_values.max(axis=0), numpy.full(len(y), numpy.nan)])
        add(bars[order].ravel(), numpy.repeat(y, 3), "range over restarts", mode="lines", hoverinfo="skip",
            line=dict(color=RANGE, width=5))
    add(start[order], y, "start", mode="markers", hoverinfo="skip",
        marker=dict(symbol="line-ns-open", size=7, color=OTHERS))
    add(values[order], y, f"restart {fit.best_restart}, the best", mode="markers", text=names,
        marker=dict(size=7, color=BEST), hovertemplate="%{text}<br>" + parameter.name + " %{x:.5g}<extra></extra>")
    every = -(-len(names) // N_NAMES)
    figure.update_yaxes(tickvals=y[::every], ticktext=names[::every], tickfont_size=9, range=[-1, len(y)], **place)
    figure.update_xaxes(title=parameter.label, range=pad(*find_limits([all_values, start])), **place)


def draw_regional(fit):
    places, n_rows, n_columns = arrange(len(fit.regional), 2)
    figure = make_subplots(rows=n_rows, cols=n_columns, horizontal_spacing=0.2, vertical_spacing=0.1 / n_rows)
    for parameter, (row, column) in zip(fit.regional, places):
        add_regional(figure, fit, parameter, row, column)
    height = 160 + 12 * min(max(len(fit.labels), 20), N_NAMES)
    return lay_out(figure, height * n_rows, legend=dict(LEGEND, y=1.01))


def draw_strength(fit):
    """Regional values against how strongly a region is connected."""
    places, n_rows, n_columns = arrange(len(fit.regional), 2)
    reported = [parameter.reported[fit.best_restart] for parameter in fit.regional]
    figure = make_subplots(
        rows=n_rows, cols=n_columns, horizontal_spacing=0.12, vertical_spacing=0.3 / n_rows,
        subplot_titles=[tell_correlation(correlate(fit.strength, values)) for values in reported])
    for parameter, values, (row, column) in zip(fit.regional, reported, places):
        figure.add_trace(go.Scatter(
            x=fit.strength, y=values, mode="markers", showlegend=False, text=fit.labels,
            marker=dict(size=7, color=BEST, opacity=0.8),
            hovertemplate="%{text}<br>strength %{x:.4g}<br>" + parameter.name + " %{y:.5g}<extra></extra>"),
            row=row, col=column)
        figure.update_xaxes(title="Strength: sum of incoming weights", row=row, col=column)
        figure.update_yaxes(title=parameter.label, row=row, col=column)
    return lay_out(figure, 400 * n_rows)
