"""Figures of the evaluation, by Plotly."""

import numpy
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from report_page.fit_plots import LEGEND, N_NAMES
from report_page.plots import lay_out
from report_page.shared import MANY, arrange, find_limits, pad


def draw_scores(evaluation):
    """Score on held-out noise over the loss by which a set was found."""
    figure = go.Figure()
    stages = evaluation.list_fits()
    for stage, colour in zip(stages, MANY * len(stages)):
        here = [one for one in evaluation.sets if one.stage == stage]
        for is_reported, symbol, size, name in [(False, "circle", 8, "restarts"), (True, "star", 15, "reported")]:
            shown = [one for one in here if one.is_reported == is_reported]
            if not shown:
                continue
            figure.add_trace(go.Scatter(
                x=[one.loss for one in shown], y=[one.mean("fc_corr") for one in shown], mode="markers",
                name=f"{stage}, {name}", text=[f"{one.name}, restart {one.restart}" for one in shown],
                error_y=dict(type="data", array=[one.deviation("fc_corr") for one in shown], thickness=1, width=3),
                hovertemplate="%{text}<br>loss of the fit %{x:.5f}<br>fc_corr %{y:.4f} ± %{error_y.array:.4f}<extra></extra>",
                marker=dict(symbol=symbol, size=size, color=colour, line=dict(width=1, color="white"))))
    figure.update_xaxes(title="Loss by which the fit chose").update_yaxes(title="fc_corr on held-out noise")
    return lay_out(figure, 440, legend=LEGEND, showlegend=True).update_layout(margin_t=88)


def add_values(figure, evaluation, parameter, place, told):
    """A colour a set, regions in the order of the first; `told` are those that are in the legend."""
    colours = dict(zip(evaluation.list_compared(), MANY))
    order, y = numpy.argsort(parameter.values[0]), numpy.arange(parameter.values.shape[1])
    names = [evaluation.labels[i] for i in order]
    for one, values in zip(parameter.sets, parameter.values):
        if one.name in colours:
            figure.add_trace(go.Scatter(
                x=values[order], y=y, mode="markers", name=one.name, legendgroup=one.name, showlegend=one.name not in told,
                text=names, hovertemplate="%{text}<br>" + parameter.name + " %{x:.5g}<extra>" + one.name + "</extra>",
                marker=dict(size=7, color=colours[one.name], opacity=0.8)), **place)
            told.add(one.name)
    every = -(-len(names) // N_NAMES)
    figure.update_yaxes(tickvals=y[::every], ticktext=names[::every], tickfont_size=9, range=[-1, len(y)], **place)
    unit = parameter.label[parameter.label.index(parameter.name):]
    figure.update_xaxes(title=unit, range=pad(*find_limits([parameter.values])), **place)


def draw_values(evaluation):
    """Regional parameters of several fits beside each other."""
    places, n_rows, n_columns = arrange(len(evaluation.regional), 2)
    figure, told = make_subplots(rows=n_rows, cols=n_columns, horizontal_spacing=0.2, vertical_spacing=0.1 / n_rows), set()
    for parameter, (row, column) in zip(evaluation.regional, places):
        add_values(figure, evaluation, parameter, dict(row=row, col=column), told)
    height = 160 + 12 * min(max(len(evaluation.labels), 20), N_NAMES)
    return lay_out(figure, height * n_rows, legend=dict(LEGEND, y=1.01), showlegend=True)


def draw_likeness(evaluation):
    """Correlations over regions between the sets."""
    places, n_rows, n_columns = arrange(len(evaluation.regional), 2)
    figure = make_subplots(rows=n_rows, cols=n_columns, subplot_titles=[p.name for p in evaluation.regional],
                           horizontal_spacing=0.2, vertical_spacing=0.3 / n_rows)
    likeness = [parameter.likeness() for parameter in evaluation.regional]
    for parameter, r, (row, column) in zip(evaluation.regional, likeness, places):
        names = [one.name for one in parameter.sets]
        figure.add_trace(go.Heatmap(
            z=r, x=names, y=names, coloraxis="coloraxis", texttemplate="%{z:.2f}" if len(names) <= len(MANY) else None,
            hovertemplate="%{y}, %{x}<br>r %{z:.4f}<extra>" + parameter.name + "</extra>"), row=row, col=column)
        figure.update_yaxes(autorange="reversed", row=row, col=column)
    low = min(0, find_limits(likeness)[0])
    return lay_out(figure, 340 * n_rows, coloraxis=dict(colorscale="Cividis", cmin=low, cmax=1,
                                                        colorbar=dict(title="r", thickness=14)))
