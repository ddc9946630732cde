"""Plots what schedule_simulation prints:  plot_schedule.py CSV PICTURE"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

SERIES = {  # points (None: 1000 a rank), milliseconds a point: label
    (4096, 7): "4096 points of 7 ms",
    (None, 7): "1000 points of 7 ms a rank",
    (None, 70): "1000 points of 70 ms a rank",
}


def read(path):
    with open(path, newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    return [row for row in rows if row["slow_percent"] > 0 and row["dying_percent"] == 0 and row["restarts"] == 0]


def belongs(row, points, point_ms):
    return row["points"] == (points or 1000 * row["ranks"]) and row["point_ms"] == point_ms


def main(csv_path, picture_path):
    rows = read(csv_path)
    figure, (idle, leader) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for (points, point_ms), label in SERIES.items():
        line = [row for row in rows if belongs(row, points, point_ms)]
        ranks = [row["ranks"] for row in line]
        idle.plot(ranks, [row["idle_percent"] for row in line], "o-", label=label)
        leader.plot(ranks, [row["leader_percent"] for row in line], "o-")
    idle.set(ylabel="ranks idle [% of their time]", ylim=(0, 100))
    leader.set(ylabel="leader busy [% of the time]", ylim=(0, 100))
    for axes in (idle, leader):
        axes.set(xscale="log", xlabel="ranks")
        axes.grid(alpha=0.3)
    idle.legend(fontsize="small")
    figure.savefig(picture_path, dpi=90)


if __name__ == "__main__":
    main(*sys.argv[1:])
