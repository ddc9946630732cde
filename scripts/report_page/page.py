"""The page: sections of words and figures, with everything that they need inside."""

import collections
import html

import numpy
import plotly.offline

from report_page import evaluation_plots, fit_plots, plots
from report_page.evaluations import SCORES
from report_page.results import correlate
from report_page.shared import MANY, choose_fits, tell_correlation

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 960px; padding: 24px 16px 64px; background: #fff; color: #1c2733;
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 4px; } h2 { font-size: 1.2rem; margin: 40px 0 4px; }
h3 { font-size: 1rem; margin: 28px 0 4px; }
p { margin: 4px 0 8px; max-width: 70ch; } .quiet { color: #5b6875; }
.notice { background: #fff4d6; border-left: 4px solid #d9a400; padding: 8px 12px; }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 16px 3px 0; vertical-align: top; border-bottom: 1px solid #e4e8ec; }
.run td { overflow-wrap: anywhere; } .figure { width: 100%; } .scroll { overflow-x: auto; }
pre { background: #f5f7f9; padding: 12px; overflow-x: auto; font-size: 13px; } summary { cursor: pointer; }
"""


def escape(value):
    return html.escape(str(value))


def show(figure, name):
    """A figure, for readers who see it and for those who do not."""
    inner = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name.replace(" ", "-"),
                           config={"responsive": True, "displaylogo": False})
    return f'<div class="figure" role="img" aria-label="{escape(name)}">{inner}</div>'


def table(header, rows, kind=""):
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll {kind}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title, *parts):
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def paragraph(text, kind=""):
    return f'<p class="{kind}">{escape(text)}</p>'


ROWS = {"explore": "points", "simulate": "runs", "evaluate": "evaluations"}  # of other stages: entries


def tell_progress(results):
    parts = []
    for name, stage in results.stages.items():
        done, n = stage.progress.n_finished, stage.progress.n_rows
        if not stage.progress.is_complete:
            parts.append(f"{name} {done} of {n} {ROWS.get(name, 'entries')} ({100 * done // n} %)")
    return paragraph("Not finished when this page was written: " + ", ".join(parts) + ".", "notice") if parts else ""


def tell_differences(results):
    """A page about one configuration's results is expected; this one is about several."""
    stale = [f"{fit.name} started from {fit.start}, which is not the one shown"
             for fit in results.fits if not fit.is_start_shown and len(results.stages) > 1]
    evaluated = results.evaluation.is_stale if results.evaluation else []
    stale += [f"{name} is not the one that was evaluated" for name in evaluated]
    found = "; ".join([*results.differences, *stale])
    return paragraph(f"These results do not belong to one configuration: {found}.", "notice") if found else ""


def tell_best(exploration):
    names = list(exploration.best[0].coordinates)
    rows = [[i, *(f"{point.coordinates[name]:.6g}" for name in names), f"{point.loss:.6f}", f"{point.fc_corr:.4f}"]
            for i, point in enumerate(exploration.best, 1)]
    return table(["", *names, "loss", "fc_corr"], rows)


def tell_outcomes(progress):
    others = [f"{n} {name}" for name, n in progress.n_by_outcome.items() if n and name != "done"]
    return paragraph("Points without a loss are left blank: " + ", ".join(others) + ".", "quiet") if others else ""


def tell_paths(results):
    shown = [fit.name for fit, _ in choose_fits(results.exploration, results.fits)]
    if not shown:
        return []
    words = (f"Lines are the paths of {' and '.join(shown)}: from the start (dot) to the end, with the entry that is "
             "reported (star), of the best restart; thin ones of the others.")
    if len(results.exploration.slices) > 1:
        words += " They do not belong to one slice, and are drawn over each."
    return [paragraph(words, "quiet")]


def draw_landscape(results):
    exploration = results.exploration
    if len(exploration.axes) == 1:
        return plots.draw_line(exploration)
    figure = plots.draw_map(exploration)
    fit_plots.add_paths(figure, exploration, results.fits)
    plots.add_best(figure, exploration)
    if len(exploration.slices) > 1:
        plots.add_slider(figure, exploration)
    return fit_plots.add_marks(figure, exploration, results.fits)


def exploration_section(results):
    exploration = results.exploration
    if not exploration:
        return ""
    parts = [tell_outcomes(results.stages["explore"].progress)]
    if exploration.best:
        best = exploration.best[0]
        where = ", ".join(f"{name} {value:.6g}" for name, value in best.coordinates.items())
        parts.insert(0, paragraph(f"The smallest loss is {best.loss:.6f}, at {where} (fc_corr {best.fc_corr:.4f})."))
    if exploration.n_seeds > 1:
        words = f"Losses are means over {exploration.n_seeds} noise seeds; point at the map for the deviation."
        parts.append(paragraph(words, "quiet"))
    parts += tell_paths(results)
    parts.append(show(draw_landscape(results), "exploration"))
    if exploration.best:
        parts.append(tell_best(exploration))
    return section("Exploration: where the model comes close to the target", *parts)


def tell_restarts(fit):
    """How many there are, and how they ended or how far they are."""
    n, steps = len(fit.loss), fit.steps["final"]
    if fit.ends:
        told = ", ".join(f"{n} {end}" for end, n in collections.Counter(fit.ends).items())
    elif fit.is_there.any():
        told = f"not finished, at step {steps.min()}" + (f" to {steps.max()}" if steps.max() > steps.min() else "")
    else:
        told = "not begun"
    return f"{n} restart{'s' * (n > 1)} of {fit.n_steps} step{'s' * (fit.n_steps != 1)} from {fit.start}: {told}."


def tell_values(fit):
    """Free parameters at the reported entry."""
    values = [f"{name} {reported[fit.best_restart]:.6g}" for name, reported in fit.reported.items()]
    for parameter in fit.regional:
        here = parameter.reported[fit.best_restart]
        values.append(f"{parameter.name} {here.min():.3g} to {here.max():.3g}")
    return f"Reported is the {fit.entry} entry: {', '.join(values)}."


def tell_choice(fit):
    """By validation, where there was one; and that losses of other seeds do not compare."""
    words = []
    if fit.validation_loss is not None:
        others = numpy.delete(fit.validation_loss, fit.best_restart)
        words.append(f"Restart {fit.best_restart} was chosen by its loss on the seeds {fit.validation_seeds}, "
                     f"{fit.validation_loss[fit.best_restart]:.6f}"
                     + (f"; the others have {numpy.nanmin(others):.6f} and more." if numpy.isfinite(others).any() else "."))
    if fit.has_blocks:
        words.append("Each step has other noise seeds than the one before, so that losses of single steps do not compare.")
    return paragraph(" ".join(words)) if words else ""


def tell_entries(fit):
    def row(entry):
        step = "" if entry == "average" else fit.at(entry)[1]
        fc_corr = fit.value("fc_corr", entry)
        return [entry, fit.best_restart, step, f"{fit.value('loss', entry):.6f}", "" if numpy.isnan(fc_corr) else f"{fc_corr:.4f}"]
    return table(["entry", "restart", "step", "loss", "fc_corr"], [row(entry) for entry in fit.list_entries()])


def tell_fit(fit):
    words = f"<h3>{escape(fit.name)}</h3>" + paragraph(tell_restarts(fit))
    if not fit.is_there.any():
        return words
    told = tell_values(fit) if fit.has_loss() else f"No restart has a finite loss at its {fit.entry} entry."
    return words + paragraph(told) + tell_choice(fit) + tell_entries(fit) + show(fit_plots.draw_traces(fit), f"fit {fit.name}")


def fits_section(results):
    return section("Fits: what each step came to", *map(tell_fit, results.fits)) if results.fits else ""


def tell_score(one, score):
    mean, deviation = one.mean(score), one.deviation(score)
    words = "" if numpy.isnan(mean) else f"{mean:.4f}"
    return words if numpy.isnan(deviation) else f"{words} ({deviation:.4f})"


def tell_scores(evaluation):
    def row(one):
        n = one.n_seeds()
        missing = [] if n == len(evaluation.seeds) else [f"{n} of {len(evaluation.seeds)} seeds"]
        return [one.name, *(tell_score(one, score) for score in SCORES), "" if numpy.isnan(one.loss) else f"{one.loss:.6f}", *missing]
    return table(["set", *SCORES, "loss by which it was chosen"], [row(one) for one in evaluation.sets])


def tell_losses(evaluation):
    """Whether the loss of a fit tells what it is worth."""
    if not evaluation.can_compare_losses():
        return []
    words = ("The same over the loss that the fit knew: bars are deviations over seeds, a star is what the fit reports. "
             "Losses of fits with other weights or other numbers of seeds do not compare.")
    return [paragraph(words), show(evaluation_plots.draw_scores(evaluation), "scores and losses")]


def tell_best_fc(evaluation, labels):
    best = evaluation.best
    if not best:
        return []
    r = correlate(evaluation.best_fc, evaluation.target)
    words = (f"FC of {best.name}, the mean over seeds, beside the target: r = {r:.3f}. That is more than the mean of each "
             f"seed's own correlation, {best.mean('fc_corr'):.3f}, since the mean has less noise.")
    matrices = [("Target", evaluation.target), (f"{best.name}, {tell_correlation(r)}", evaluation.best_fc)]
    return [paragraph(words), show(plots.draw_fc(matrices, labels), "mean FC of the best fit")]


def tell_likeness(evaluation):
    """Whether fits that score alike are the same solution."""
    if not evaluation.regional:
        return []
    n = len(evaluation.list_compared())
    more = f" (the first {len(MANY)} of {n})" if n > len(MANY) else ""
    ranges = [f"{parameter.name} {tell_likeness_of(parameter)}" for parameter in evaluation.regional]
    words = (f"Are they the same solution? Correlations over regions between fits: {', '.join(ranges)}. Sets that score "
             f"alike need not be alike, and the mean of several is no solution. Regional parameters{more} beside each "
             "other, regions in the order of the first:")
    parts = [paragraph(words), show(evaluation_plots.draw_values(evaluation), "regional parameters of all fits")]
    if n > 2:
        parts += [paragraph("Correlations over regions between all of them:"),
                  show(evaluation_plots.draw_likeness(evaluation), "likeness of fits")]
    return parts


def tell_likeness_of(parameter):
    values = parameter.likeness()[numpy.triu_indices(len(parameter.sets), 1)]
    low, high = (f"{value:.2f}".replace("-", "−") for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def evaluation_section(results):
    evaluation = results.evaluation
    if not evaluation:
        return ""
    seeds = evaluation.seeds
    words = (f"Each set of parameters was simulated for {evaluation.duration_s:g} s on {len(seeds)} noise seed{'s' * (len(seeds) > 1)} "
             f"that nothing else has used ({', '.join(map(str, seeds))}). Mean and, in brackets, standard deviation over seeds:")
    return section("Evaluation: scores on noise that no fit has seen", paragraph(words), tell_scores(evaluation),
                   *tell_losses(evaluation), *tell_best_fc(evaluation, results.labels), *tell_likeness(evaluation))


def tell_comparisons(comparisons):
    rows = [[c.title, f"{c.rmse:.4f}", f"{c.fc_corr:.4f}", f"{c.fc_corr_triangle:.4f}"] for c in comparisons]
    return table(["", "rmse", "fc_corr", "fc_corr_triangle"], rows)


def fc_section(results):
    comparisons, labels = results.comparisons, results.labels
    if not comparisons:
        return ""
    if results.target is None:
        figure = plots.draw_fc([(c.title, c.fc) for c in comparisons], labels)
        words = "No target was given, so that there is nothing to compare with."
        return section("Functional connectivity", paragraph(words), show(figure, "functional connectivity"))
    matrices = [(f"{c.title}, {tell_correlation(c.fc_corr)}", c.fc) for c in comparisons]
    return section(
        "Functional connectivity: target and model",
        paragraph("The base run has the configuration's own parameters. r is fc_corr, the correlation with the target "
                  "of all entries, as published; fc_corr_triangle counts each pair of regions once, and no diagonal."),
        tell_comparisons(comparisons),
        show(plots.draw_fc([("Target", results.target), *matrices], labels), "functional connectivity"),
        paragraph("Each pair of regions; r is fc_corr_triangle, and on the dotted line model and target are equal:"),
        show(fit_plots.draw_scatter(results.target, comparisons, labels), "pairs of regions"))


def tell_regional(fit):
    words = f"{fit.name}: values of restart {fit.best_restart} at its {fit.entry} entry, in their order."
    if len(fit.good_restarts()) > 1:
        words += f" The grey bars reach over all {len(fit.good_restarts())} restarts."
    return (paragraph(words) + show(fit_plots.draw_regional(fit), f"regional parameters of {fit.name}")
            + paragraph("The same against the region's strength, the sum of its normalised incoming weights:")
            + show(fit_plots.draw_strength(fit), f"strength and parameters of {fit.name}"))


def regional_section(results):
    parts = [tell_regional(fit) for fit in results.fits if fit.regional and fit.has_loss()]
    return section("Fitted parameters of each region", *parts) if parts else ""


def signal_section(results):
    base = results.base
    if not base:
        return ""
    parts = [paragraph("BOLD of each region, in standard deviations from its mean:"),
             show(plots.draw_carpet(base.standardised_bold(), base.bold_times, base.labels, "BOLD [sd]"), "BOLD")]
    if base.activity is not None:
        parts += [paragraph("Synaptic gating S at the end of the run:"),
                  show(plots.draw_carpet(base.activity, base.activity_times, base.labels, "S"), "activity")]
    return section("Signals of the base run", *parts)


def describe_stage(name, stage):
    progress, attributes = stage.progress, stage.attributes
    taken = "all taken from earlier files"
    if progress.core_s:
        ranks = f"{progress.n_ranks} rank{'s' * (progress.n_ranks != 1)}"
        taken = f"{progress.wall_s:.3g} s on {ranks}, {progress.core_s:.3g} core-seconds"
    return [
        [name, f"{progress.n_finished} of {progress.n_rows} rows, {taken}"],
        ["file", stage.path.name],
        ["key", attributes["key"]],
        ["created", f"{attributes['created']} on {attributes['host']}"],
        ["program", f"rwwsweep {attributes['program_version']} ({attributes['git_revision']}), backend {attributes['backend']}"],
        ["libraries", f"{attributes['mpi']}; HDF5 {attributes['hdf5']}; FFTW {attributes['fftw']}; {attributes['compiler']}"],
    ]


def run_section(results):
    rows = [row for name, stage in results.stages.items() for row in describe_stage(name, stage)]
    source = next(iter(results.stages.values())).source
    return section("What was run", table(["", ""], rows, "run"),
                   f"<details><summary>Configuration</summary><pre>{escape(source)}</pre></details>")


# In the order of the page; each is "" where there is nothing to tell.
SECTIONS = [exploration_section, fits_section, evaluation_section, fc_section, regional_section, signal_section, run_section]


def compose(results):
    """The page as a text."""
    sections = [make_section(results) for make_section in SECTIONS]
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escape(results.name)} – rwwsweep</title><style>{STYLE}</style>
<script>{plotly.offline.get_plotlyjs()}</script></head>
<body><h1>{escape(results.name)}</h1>{tell_progress(results)}{tell_differences(results)}{''.join(sections)}</body></html>
"""
