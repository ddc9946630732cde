"""One table (CSV) of several directories of results, such as those of subjects.

A row for what each directory has to tell: the base run, the best point of the
exploration, what each fit reports, and what the evaluation says of them (means
over its seeds). Parameters that differ from region to region are left out.
"""
import argparse
import csv
import pathlib
import re
import sys

import h5py
import numpy

FIRST = ["results", "stage", "set", "loss", "rmse", "fc_corr"]


def of_base_run(file):
    group = file["simulate"]
    return [{name: group[name][()] for name in ("loss", "rmse", "fc_corr")}]


def of_exploration(file):
    group = file["explore"]
    loss = group["loss"][...]
    if not numpy.isfinite(loss).any():
        return []
    best = numpy.unravel_index(numpy.nanargmin(loss), loss.shape)
    found = {name: group[name][best] for name in ("loss", "rmse", "fc_corr")}
    axes = [scale[0].name.rsplit("/", 1)[1] for scale in group["loss"].dims]
    return [found | {axis: group[axis][index] for axis, index in zip(axes, best)}]


def of_fit(file):
    """Of the restart and the entry that the fit reports. An average has a loss alone."""
    group, canonical = file["fit"], file["config/canonical"].asstr()[()]
    restart = group["best_restart"][()]
    entry = re.search(r"^fit.entry = (\w+)$", canonical, re.MULTILINE)[1]
    found = {"loss": group[f"{entry}_loss"][restart]}
    if entry != "average":
        step = group[f"{entry}_step"][restart]
        found |= {name: group[name][restart, step] for name in ("rmse", "fc_corr")}
    for name in group:
        if name.startswith(f"{entry}_") and name[len(entry) + 1:] in group and group[name].ndim == 1:
            parameter = name[len(entry) + 1:]
            if parameter not in ("loss", "step"):
                found[parameter] = group[name][restart]
    return [found]


def of_evaluation(file):
    group = file["evaluate"]
    return [{"set": name} | {score: numpy.mean(group[score][index]) for score in ("rmse", "fc_corr")}
            for index, name in enumerate(group["set"].asstr())]


READERS = {"simulate": of_base_run, "explore": of_exploration, "fit": of_fit, "evaluate": of_evaluation}
ORDER = list(READERS)


def is_finished(file):
    return (file["slots/rows"]["outcome"] > 1).all()


def read_directory(directory):
    rows = []
    for path in directory.glob("*.h5"):
        if not path.is_symlink():  # the latest file of each stage has a link to it
            continue
        with h5py.File(path) as file:
            kind, stage = file.attrs["group"], file.attrs["stage"]
            if not is_finished(file):
                print(f"collect: {path}: is not finished, and left out", file=sys.stderr)
                continue
            rows += [(ORDER.index(kind), {"results": directory.name, "stage": stage} | row) for row in READERS[kind](file)]
    return [row for _, row in sorted(rows, key=lambda row: (row[0], row[1]["stage"]))]


def main():
    parser = argparse.ArgumentParser(prog="collect", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", type=pathlib.Path, help="directories of results")
    parser.add_argument("-o", "--output", type=argparse.FileType("w"), default=sys.stdout, help="file (stdout)")
    options = parser.parse_args()
    rows = []
    for directory in options.directories:
        found = read_directory(directory)
        if not found:
            sys.exit(f"collect: {directory}: has no finished results")
        rows += found
    parameters = sorted({name for row in rows for name in row} - set(FIRST))
    writer = csv.DictWriter(options.output, FIRST + parameters, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError) as error:
        sys.exit(f"collect: {error}")
