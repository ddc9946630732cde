"""Figures of the page, by Plotly."""

import numpy
import plotly.graph_objects as go
from plotly.subplots import make_subplots

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


def add_map(figure, exploration, cut, limits, visible):
    y, x = exploration.axes
    figure.add_trace(go.Heatmap(
        x=x.values, y=y.values, z=cut.loss, text=hover_texts(exploration, cut), hovertemplate="%{text}<extra></extra>",
        hoverongaps=True, colorscale=LANDSCAPE, zmin=limits[0], zmax=limits[1], colorbar=dict(title="loss", thickness=14),
        visible=visible))


def add_best(figure, exploration):
    """The best points, numbered; those of all slices, wherever they lie in this one."""
    y, x = exploration.axes
    figure.add_trace(go.Scatter(
        x=[point.coordinates[x.name] for point in exploration.best],
        y=[point.coordinates[y.name] for point in exploration.best],
        mode="markers+text", text=[str(i + 1) for i in range(len(exploration.best))], textposition="top center",
        textfont=dict(color="white"), hoverinfo="skip", showlegend=False,
        marker=dict(symbol="circle", size=9, color="#d1495b", line=dict(width=1.5, color="white"))))


def add_slider(figure, exploration):
    n = len(exploration.slices)
    steps = [dict(method="restyle", label=cut.title, args=[{"visible": [i == k for k in range(n)]}, list(range(n))])
             for i, cut in enumerate(exploration.slices)]
    figure.update_layout(sliders=[dict(steps=steps, currentvalue=dict(prefix=""), pad=dict(t=48), font=dict(size=11))])


def reach(values):
    """From the outer edge of the first cell to that of the last."""
    if len(values) == 1:
        return None
    return [values[0] - (values[1] - values[0]) / 2, values[-1] + (values[-1] - values[-2]) / 2]


def draw_map(exploration):
    figure = go.Figure()
    finite = numpy.concatenate([cut.loss[numpy.isfinite(cut.loss)].ravel() for cut in exploration.slices])
    limits = (finite.min(), finite.max()) if finite.size else (0, 1)
    for i, cut in enumerate(exploration.slices):
        add_map(figure, exploration, cut, limits, i == 0)
    add_best(figure, exploration)
    y, x = exploration.axes
    figure.update_xaxes(title=x.label, range=reach(x.values))
    figure.update_yaxes(title=y.label, range=reach(y.values))
    if len(exploration.slices) > 1:
        add_slider(figure, exploration)
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


def draw_exploration(exploration):
    return draw_map(exploration) if len(exploration.axes) == 2 else draw_line(exploration)


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
    """Matrices beside each other, on one colour scale."""
    figure = make_subplots(cols=len(matrices), subplot_titles=[title for title, _ in matrices], horizontal_spacing=0.08)
    for column, (title, matrix) in enumerate(matrices, 1):
        figure.add_trace(go.Heatmap(
            z=matrix, x=labels, y=labels, coloraxis="coloraxis",
            hovertemplate="%{y} – %{x}<br>FC %{z:.4f}<extra>" + title + "</extra>"), row=1, col=column)
        figure.update_xaxes(showticklabels=False, ticks="", constrain="domain", row=1, col=column)
        figure.update_yaxes(showticklabels=False, ticks="", autorange="reversed", row=1, col=column,
                            scaleanchor=f"x{column if column > 1 else ''}", constrain="domain")
    low, high = min(matrix.min() for _, matrix in matrices), max(matrix.max() for _, matrix in matrices)
    return lay_out(figure, 460, coloraxis=dict(colorscale="Viridis", cmin=low, cmax=high,
                                               colorbar=dict(title="FC", thickness=14)))


