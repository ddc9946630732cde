"""Figures of the page, by Plotly."""

import numpy
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from report_page.shared import arrange, find_limits, reach

LANDSCAPE = "Viridis_r"  # perceptually uniform; small losses are bright
SIGNAL = "Cividis"
INK = "#1c2733"


def lay_out(figure, height, **more):
    figure.update_layout(
        template="simple_white", height=height, margin=dict(l=64, r=16, t=56, b=56), autosize=True,
        font=dict(family="system-ui, sans-serif", size=13, color=INK), hoverlabel=dict(font_size=13), **more)
    return figure


def hover_texts(exploration, cut):
    """A text for each point of a slice."""
    def text(*index):
        lines = [f"{axis.name} {axis.values[i]:.6g}" for axis, i in zip(exploration.axes, index)]
        if cut.status[index] != "done":
            return "<br>".join([*lines, cut.status[index]])
        deviation = f" ± {cut.deviation[index]:.4f}" if cut.deviation is not None else ""
        return "<br>".join([*lines, f"loss {cut.loss[index]:.5f}{deviation}", f"fc_corr {cut.fc_corr[index]:.4f}"])
    return numpy.vectorize(text)(*numpy.indices(cut.loss.shape))


def is_shown_first(exploration, number):
    """Of the slices, that of the best point."""
    return number == (exploration.best[0].slice if exploration.best else 0)


def add_map(figure, exploration, number, limits):
    cut = exploration.slices[number]
    y, x = exploration.axes
    figure.add_trace(go.Heatmap(
        x=x.values, y=y.values, z=cut.loss, text=hover_texts(exploration, cut), hovertemplate="%{text}<extra></extra>",
        hoverongaps=True, colorscale=LANDSCAPE, zmin=limits[0], zmax=limits[1], colorbar=dict(title="loss", thickness=14),
        meta=number, visible=is_shown_first(exploration, number)))


def add_best(figure, exploration):
    """The best points of all, numbered, each in its slice."""
    y, x = exploration.axes
    for number in range(len(exploration.slices)):
        here = [(str(i), point) for i, point in enumerate(exploration.best, 1) if point.slice == number]
        figure.add_trace(go.Scatter(
            x=[point.coordinates[x.name] for _, point in here], y=[point.coordinates[y.name] for _, point in here],
            mode="markers+text", text=[rank for rank, _ in here], textposition="middle center",
            textfont=dict(color=INK, size=10), hoverinfo="skip", showlegend=False,
            marker=dict(symbol="circle", size=15, color="white", line=dict(width=1, color=INK)),
            meta=number, visible=is_shown_first(exploration, number)))


def add_slider(figure, exploration):
    """Shows one slice at a time: the traces that bear its number."""
    numbers = {k: trace.meta for k, trace in enumerate(figure.data) if trace.meta is not None}
    steps = [dict(method="restyle", label=cut.title,
                  args=[{"visible": [number == i for number in numbers.values()]}, list(numbers)])
             for i, cut in enumerate(exploration.slices)]
    active = next(i for i in range(len(steps)) if is_shown_first(exploration, i))
    figure.update_layout(sliders=[dict(steps=steps, active=active, currentvalue=dict(prefix=""), pad=dict(t=48),
                                       font=dict(size=11))])


def draw_map(exploration):
    figure = go.Figure()
    limits = find_limits([cut.loss for cut in exploration.slices])
    for number in range(len(exploration.slices)):
        add_map(figure, exploration, number, limits)
    y, x = exploration.axes
    figure.update_xaxes(title=x.label, range=reach(x.values))
    figure.update_yaxes(title=y.label, range=reach(y.values))
    return lay_out(figure, 560 + 60 * (len(exploration.slices) > 1))


def draw_line(exploration):
    axis, = exploration.axes
    figure = go.Figure()
    for cut in exploration.slices:
        error = dict(type="data", array=cut.deviation) if cut.deviation is not None else None
        figure.add_trace(go.Scatter(x=axis.values, y=cut.loss, error_y=error, mode="lines+markers", showlegend=False,
                                    line=dict(color="#31688e"), text=hover_texts(exploration, cut),
                                    hovertemplate="%{text}<extra></extra>"))
    figure.update_xaxes(title=axis.label)
    figure.update_yaxes(title="loss")
    return lay_out(figure, 420)


N_COLUMNS = 1000  # of a carpet: more than a screen shows


def draw_carpet(values, times, labels, title):
    """Regions over time; of a long trace every n-th state."""
    every = -(-len(times) // N_COLUMNS)
    figure = go.Figure(go.Heatmap(
        x=times[::every], y=labels, z=values[:, ::every].astype("float32"), colorscale=SIGNAL, colorbar=dict(title=title, thickness=14),
        hovertemplate="%{y}<br>%{x:.3f} s<br>" + title + " %{z:.5g}<extra></extra>"))
    figure.update_xaxes(title="Time [s]")
    figure.update_yaxes(title="Region", autorange="reversed", nticks=12, tickfont=dict(size=10))
    return lay_out(figure, 380)


def draw_fc(matrices, labels):
    """Matrices beside each other, titled, on one colour scale."""
    places, n_rows, n_columns = arrange(len(matrices), 2)
    figure = make_subplots(rows=n_rows, cols=n_columns, subplot_titles=[title for title, _ in matrices],
                           horizontal_spacing=0.06, vertical_spacing=0.2 / n_rows)
    hidden = dict(title="Region", title_standoff=4, showticklabels=False, ticks="", constrain="domain")
    for i, ((title, matrix), (row, column)) in enumerate(zip(matrices, places)):
        place = dict(row=row, col=column)
        figure.add_trace(go.Heatmap(
            z=matrix.astype("float32"), x=labels, y=labels, coloraxis="coloraxis",
            hovertemplate="%{y} – %{x}<br>FC %{z:.4f}<extra>" + title + "</extra>"), **place)
        figure.update_xaxes(**hidden, **place)
        figure.update_yaxes(**hidden, autorange="reversed", scaleanchor=f"x{i + 1 if i else ''}", **place)
    low, high = find_limits([matrix for _, matrix in matrices])
    return lay_out(figure, 60 + 420 * n_rows, coloraxis=dict(colorscale="Viridis", cmin=low, cmax=high,
                                                             colorbar=dict(title="FC", thickness=14)))
