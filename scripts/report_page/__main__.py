"""The command line of scripts/report."""

import argparse
import pathlib
import sys

from report_page import page, paper, results

DESCRIPTION = """\
Writes one self-contained page about results: the exploration as a map, what the
fits did and found, their scores on held-out noise, FC of the base run and of
each fit beside the target, the base run's activity and BOLD, and what was run.
It needs no network to be looked at, and works while a run is still going.

    scripts/report results -o report.html
"""


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/report", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path, metavar="RESULTS", help="a directory of results, or one result file")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("report.html"), metavar="PAGE",
                        help="where to write the page (report.html)")
    parser.add_argument("--figures", type=pathlib.Path, metavar="DIR", help="write the figures for a paper there, too")
    parser.add_argument("--format", choices=["svg", "pdf", "png"], default="svg", help="of these figures (svg)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    found = results.read(options.results)
    options.output.write_text(page.compose(found), encoding="utf-8")
    print(options.output)
    if options.figures:
        for path in paper.write(found, options.figures, options.format):
            print(path)


if __name__ == "__main__":
    try:
        main()
    except (OSError, results.Unusable) as error:
        print(f"report: {error}", file=sys.stderr)
        sys.exit(2)
