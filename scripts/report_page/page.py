"""The page: sections of words and figures, with everything that they need inside."""

import html

import plotly.offline

from report_page import plots

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 960px; padding: 24px 16px 64px; background: #fff; color: #1c2733;
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 4px; } h2 { font-size: 1.2rem; margin: 40px 0 4px; }
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
    inner = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name,
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


def tell_progress(results):
    stage = results.stages.get("explore")
    if not stage or stage.progress.n_finished == stage.progress.n_rows:
        return ""
    done, n = stage.progress.n_finished, stage.progress.n_rows
    return paragraph(f"Not finished: {done} of {n} points ({100 * done // n} %) when this page was written.", "notice")


def tell_best(exploration):
    names = list(exploration.best[0].coordinates)
    rows = [[i, *(f"{point.coordinates[name]:.6g}" for name in names), f"{point.loss:.6f}", f"{point.fc_corr:.4f}"]
            for i, point in enumerate(exploration.best, 1)]
    return table(["", *names, "loss", "fc_corr"], rows)


def tell_outcomes(progress):
    others = [f"{n} {name}" for name, n in progress.n_by_outcome.items() if n and name != "done"]
    return paragraph("Points without a loss are left blank: " + ", ".join(others) + ".", "quiet") if others else ""


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
        parts.append(paragraph(f"Mean over {exploration.n_seeds} noise seeds; point at the map for the deviation.", "quiet"))
    parts.append(show(plots.draw_exploration(exploration), "exploration"))
    if exploration.best:
        parts.append(tell_best(exploration))
    return section("Exploration: where the model comes close to the target", *parts)


def fc_section(results):
    base = results.base
    if not base:
        return ""
    matrices = [("Base run", base.fc)]
    words = "No target was given, so that there is nothing to compare the base run with."
    if results.target is not None:
        matrices.insert(0, ("Target", results.target))
        words = f"The base run, at the configuration's own parameters: rmse {base.rmse:.4f}, fc_corr {base.fc_corr:.4f}."
    return section("Functional connectivity of the base run", paragraph(words),
                   show(plots.draw_fc(matrices, base.labels), "functional connectivity"))


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
        taken = f"{progress.wall_s:.3g} s on {progress.n_ranks} rank{'s' * (progress.n_ranks != 1)}, {progress.core_s:.3g} core-seconds"
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


def compose(results):
    """The page as a text."""
    sections = [exploration_section(results), fc_section(results), signal_section(results), run_section(results)]
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escape(results.name)} – rwwsweep</title><style>{STYLE}</style>
<script>{plotly.offline.get_plotlyjs()}</script></head>
<body><h1>{escape(results.name)}</h1>{tell_progress(results)}{''.join(sections)}</body></html>
"""
