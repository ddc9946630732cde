"""What `plan` foretells, against what the run then takes. Times are not compared here: the benchmarks do that."""

import re
import sys

import pytest
from conftest import ROOT, SMALL

SUBMISSION = ["sbatch", "--ntasks=3", "--mem-per-cpu=", "--time=", "rwwsweep.sbatch sweep.yaml"]


def plan(program, *arguments):
    return program.run("plan", "sweep.yaml", *arguments).stdout


def test_points_left_are_those_that_the_run_computes(program):
    assert "points   35, all to compute" in plan(program)
    program.run("sweep.yaml", "--set", "explore.axes.coupling.a.n=3")
    said = plan(program)
    left = int(re.search(r"points   35, (\d+) to compute, 21 taken from earlier files", said)[1])
    assert f"explore: {left} points in" in program.run("sweep.yaml").stdout
    assert "points   35, all in the cache" in plan(program)


@pytest.mark.parametrize("config", ["small", "generated84"])
def test_configurations_that_come_with_the_program_are_planned(program, config):
    assert "core-hours" in program.run("plan", ROOT / f"configs/{config}.yaml").stdout


def test_keys_and_files_are_those_of_the_run(program):
    said = plan(program)
    program.run("sweep.yaml")
    for path, size in re.findall(r"file     (\S+), ([\d.]+) kB", said):
        assert (program.directory / path).stat().st_size == pytest.approx(float(size) * 1e3, rel=0.005)  # 3 digits
    assert len(list((program.directory / "results").glob("*-*.h5"))) == 2


def test_nothing_is_written(program):
    before = program.fingerprint()
    plan(program)
    assert program.fingerprint() == before


def check_memory(program, settings, ranks, *until):
    """Of the rank that takes the most, against the promise that is made to users."""
    said = plan(program, *settings, "-n", str(ranks or 1))
    line = r"memory   ([\d.]+) MB a rank" if ranks else r"alone .* ([\d.]+) MB without mpirun"
    foreseen = float(re.search(line, said)[1]) * 1e6
    script = "import os, resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; " \
             "open('peak-' + os.environ.get('OMPI_COMM_WORLD_RANK', '0'), 'w').write(" \
             "str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(status not in (0, 75))"
    program.run("sweep.yaml", *settings, *until, ranks=ranks, wrapper=[sys.executable, "-c", script])
    taken = [1024 * int(peak.read_text()) for peak in program.directory.glob("peak-*")]
    assert len(taken) == (ranks or 1)
    assert foreseen == pytest.approx(max(taken), rel=0.1)


@pytest.mark.parametrize("nodes, duration", [(84, 24000), (84, 120000), (200, 24000), (200, 120000)])
@pytest.mark.parametrize("ranks", [None, 1, 2])
def test_memory_is_what_a_rank_then_takes(program, nodes, duration, ranks):
    check_memory(program, [f"--set=connectivity.generator.nodes={nodes}", f"--set=integration.duration={duration}"], ranks)


SEEDS = SMALL.replace("{parameter: model.w, low: 0.1, high: 0.8, n: 7}", "{parameter: noise.seed, values: [1, 2, 3, 4, 5]}")
KEPT = SMALL.replace("explore:", "explore:\n  keep: [fc, bold]")
EVALUATED = SMALL + "evaluate: {duration: 80000.0, seeds: [1001, 1002]}\n"


@pytest.mark.parametrize("megabytes", [0, 200])
def test_memory_counts_the_noise_that_is_kept(program, megabytes):
    """5 seeds of 28.8 MB."""
    program.configure(SEEDS)
    check_memory(program, ["--set=connectivity.generator.nodes=120", "--set=integration.duration=120000",
                           f"--set=memory.noise={megabytes}"], None)


@pytest.mark.parametrize("config", [SEEDS, KEPT, EVALUATED], ids=["seeds", "kept", "evaluated"])
def test_memory_counts_what_the_stages_keep(program, config):
    program.configure(config)
    check_memory(program, ["--set=connectivity.generator.nodes=120"], None)


def test_memory_counts_the_points_of_a_large_grid(program):
    many = ["--set=explore.axes.coupling.a.n=1000", "--set=explore.axes.model.w.n=1000"]
    check_memory(program, many, None, "--max-time=0.5")


def test_ranks_without_work_are_told(program):
    assert "would have nothing to do" in plan(program, "-n", "100")
    assert "would have nothing to do" not in plan(program, "-n", "2")


def test_the_time_to_start_and_end_under_a_launcher_is_part_of_the_whole(program):
    said = plan(program, "-n", "1")
    launch_s = float(re.search(r"launcher: .* ([\d.]+) s", said)[1])
    together_s, alone_s = (float(re.search(rf"{what} +([\d.]+) s", said)[1]) for what in ("together:", "alone"))
    assert together_s - alone_s == pytest.approx(launch_s, abs=0.11)  # each to a digit
    assert "alone" not in plan(program, "-n", "2")


def test_a_line_to_submit_is_printed(program):
    said = plan(program, "-n", "3")
    for part in SUBMISSION:
        assert part in said


def test_the_limit_is_beyond_the_time_at_which_the_template_ends_a_job(program):
    warning_s = int(re.search(r"--signal=B:USR1@(\d+)", (ROOT / "slurm/rwwsweep.sbatch").read_text())[1])
    assert 60 * int(re.search(r"--time=(\d+)", plan(program))[1]) - warning_s >= 60


def test_lines_fit_a_terminal(program):
    assert max(map(len, plan(program).splitlines())) <= 80


def test_a_shard_is_planned_by_itself_and_submitted_with_the_others_and_their_merge(program):
    said = plan(program, "--shard", "2/4", "-n", "3")
    assert "points   9, all to compute" in said and "simulate" not in said
    assert "shard-2-of-4.h5" in said
    assert re.search(r"id=\$\(sbatch --parsable --array=1-4 --ntasks=3 .*\n.*rwwsweep.sbatch sweep.yaml --shard %a/4\)\n"
                     r"  sbatch --dependency=afterok:\$id .*\n.*rwwsweep.sbatch merge sweep.yaml", said)
