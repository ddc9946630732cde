"""Held-out evaluation as a user runs it: every set on noise that nothing else has seen, its own duration, one table."""

import csv
import io
import json
import re

import h5py
import numpy
import pytest
import xarray

CONFIG = """\
name: small
connectivity: {generator: {name: two-hemispheres, nodes: 8, seed: 1}, normalize: max}
model: {parameters: {w: 0.5, I_o: 0.32}}
coupling: {parameters: {a: 0.5}}
integration: {step_size: 4.0, duration: 24000.0, noise: {sigma: 0.00283, seed: 42}}
observation: {fc: {skip: 4}, target: {file: fc.csv}}
explore:
  axes: [{parameter: coupling.a, values: [0.6, 1.2, 1.8]}]
optimize:
  - {name: both, free: {model.w: global, coupling.a: global}, steps: 3, restarts: 2}
  - {name: local, start: both, free: {model.I_o: regional}, steps: 3, restarts: 3, seeds: {first: 50, per_step: 2, blocks: 2}}
evaluate: {duration: 40000.0, seeds: [1001, 1002, 1003]}
"""
SCORES = ("rmse", "fc_corr", "fc_corr_triangle", "fc")


@pytest.fixture
def program(program):
    generator = numpy.random.default_rng(1)
    signals = generator.standard_normal((3, 8)).T @ generator.standard_normal((3, 200))
    numpy.savetxt(program.directory / "fc.csv", numpy.corrcoef(signals), delimiter=",", fmt="%.17g")
    return program.configure(CONFIG)


def read(program, directory="results", stage="evaluate"):
    with h5py.File(program.directory / directory / f"{stage}.h5") as file:
        group = file["fit" if stage in ("both", "local") else stage]
        return {name: group[name][()] for name in group}


def labels(found):
    return [label.decode() for label in found["set"]]


@pytest.fixture
def found(program):
    program.run("sweep.yaml")
    return read(program)


def test_sets_are_the_base_the_best_point_and_what_each_fit_reports(program, found):
    explore, local = read(program, stage="explore"), read(program, stage="local")
    chosen = local["best_restart"]
    assert labels(found) == ["base", "explore", "both", "local"]
    assert found["coupling_a"][:2].tolist() == [0.5, explore["coupling_a"][explore["loss"].argmin()]]
    assert found["restart"][3] == chosen and found["fit_loss"][3] == local["final_loss"][chosen]
    assert found["model_I_o"][3].tobytes() == local["final_model_I_o"][chosen].tobytes()
    assert (found["model_I_o"][:3] == 0.32).all()
    assert found["coupling_a"][3] == local["coupling_a"][chosen]


def test_all_restarts_are_sets_on_request(program):
    program.run("sweep.yaml", "--set", "evaluate.restarts=all")
    found = read(program)
    local = read(program, stage="local")
    assert labels(found) == ["base", "explore", "both", "both/0", "both/1", "local", "local/0", "local/1", "local/2"]
    assert found["model_I_o"][6:].tobytes() == local["final_model_I_o"].tobytes()
    chosen = int(found["restart"][5])
    assert found["rmse"][5].tobytes() == found["rmse"][6 + chosen].tobytes()


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_bits_do_not_depend_on_ranks(program, found, ranks):
    program.run("sweep.yaml", "--output", "other", ranks=ranks)
    other = read(program, "other")
    assert all(other[name].tobytes() == found[name].tobytes() for name in SCORES)


def test_bits_do_not_depend_on_the_lane_of_a_seed(program, found):
    program.run("sweep.yaml", "--set", "evaluate.seeds=[1003, 5, 1001]")
    other = read(program)
    for name in SCORES:
        assert other[name][:, 0].tobytes() == found[name][:, 2].tobytes()
        assert other[name][:, 2].tobytes() == found[name][:, 0].tobytes()


def test_the_base_scores_what_the_base_run_scores_on_that_seed(program, found):
    program.run("sweep.yaml", "--stage", "simulate", "--set", "integration.duration=40000", "--set", "noise.seed=1002",
                "--set", "evaluate.seeds=[1]")
    base = read(program, stage="simulate")
    for name in SCORES:
        assert base[name].tobytes() == found[name][0, 1].tobytes()


def test_a_fit_scores_what_its_parameters_score_without_it(program, found):
    start = "{coupling.a: %r, model.w: %r, model.I_o: [%s]}" % (
        float(found["coupling_a"][3]), float(found["model_w"][3]), ", ".join(repr(float(x)) for x in found["model_I_o"][3]))
    fit = f"[{{name: alone, free: {{model.I_o: regional}}, steps: 0, seeds: [1003], start: {start}}}]"
    program.run("sweep.yaml", "--stage", "alone", "--set", f"optimize={fit}", "--set", "integration.duration=40000", "--set",
                "evaluate.seeds=[1]")
    with h5py.File(program.directory / "results/alone.h5") as file:
        for name in SCORES[:3]:
            assert file["fit"][name][0, 0] == found[name][3, 2]


def test_the_table_has_mean_and_deviation_over_the_seeds(program, found):
    table = program.run("best", "results", "--stage", "evaluate").stdout
    assert table in program.run("sweep.yaml").stdout
    for k, label in enumerate(labels(found)):
        row = re.search(rf"^  {label} .*$", table, re.MULTILINE)[0]
        for name in SCORES[:3]:
            values = found[name][k]
            assert f"{values.mean():.4f} ({values.std(ddof=1):.4f})" in row


@pytest.mark.parametrize("form", ["csv", "json"])
def test_programs_get_the_same_with_all_digits(program, found, form):
    said = program.run("best", "results", "--stage", "evaluate", "--format", form).stdout
    rows = json.loads(said) if form == "json" else list(csv.DictReader(io.StringIO(said)))
    assert [row["set"] for row in rows] == labels(found)
    for k, row in enumerate(rows):
        assert int(row["seeds"]) == 3
        for name in SCORES[:3]:
            assert float(row[name]) == pytest.approx(found[name][k].mean(), rel=1e-14)  # sums of three, in their own order
            assert float(row[f"{name}.deviation"]) == pytest.approx(found[name][k].std(ddof=1), rel=1e-12)
    assert float(rows[3]["fit_loss"]) == found["fit_loss"][3] and int(rows[3]["restart"]) == found["restart"][3]
    assert not rows[0]["fit_loss"] and not rows[0]["restart"]  # the base was not chosen
    refused = program.run("best", "results", "--format", form, check=False)
    assert refused.returncode == 2 and "4 stages" in refused.stderr


def test_on_request_the_sets_with_the_greatest_correlation_come_first(program, found):
    order = found["fc_corr"].mean(axis=1).argsort()[::-1]
    best = program.run("best", "results", "--stage", "evaluate", "--top", "2").stdout
    assert [line.split()[0] for line in best.splitlines()[2:]] == [labels(found)[k] for k in order[:2]]
    rows = json.loads(program.run("best", "results", "--stage", "evaluate", "--top", "9", "--format", "json").stdout)
    assert [row["set"] for row in rows] == [labels(found)[k] for k in order]


def test_diff_tells_the_configuration_first_and_then_the_scores_of_each_set_and_seed(program, found):
    program.run("sweep.yaml", "--set", "optimize.local.steps=2", "--set", "evaluate.seeds=[5, 1003, 1001]", "--output", "other")
    other = read(program, "other")
    said = program.run("diff", "results/evaluate.h5", "other/evaluate.h5").stdout
    assert said.index("- evaluate.seeds = [[1001, 1002, 1003]]") < said.index("scores:")
    for name in SCORES[:3]:
        difference = numpy.abs(found[name][:, [2, 0]] - other[name][:, 1:])
        k, seed = numpy.unravel_index(difference.argmax(), difference.shape)
        assert f"  {name}: 8 results in both, {(difference == 0).sum()} equal bit for bit\n" \
               f"  largest difference {difference.max():.3g} at set {labels(found)[k]}, seed {(1003, 1001)[seed]}" in said
    same = program.run("diff", "results/evaluate.h5", "results/evaluate.h5").stdout
    assert same.count("12 results in both, 12 equal bit for bit") == 3


def test_status_counts_its_results(program, found):
    assert "results  12 of 12 (100 %)" in program.run("status", "results/evaluate.h5").stdout


def test_one_seed_has_no_deviation_and_a_stop_before_it_leaves_no_table(program):
    one_seed = ["sweep.yaml", "--set", "evaluate.seeds=[1001]"]
    stopped = program.run(*one_seed, "--max-time", "0.001", check=False)
    assert stopped.returncode == 75 and "not begun" in stopped.stdout and "fc_corr_triangle" not in stopped.stdout
    base = next(line for line in program.run(*one_seed).stdout.splitlines() if line.startswith("  base     "))
    assert "(" not in base and base.split()[1] == f"{read(program)['fc_corr'][0, 0]:.4f}"


def test_a_second_run_computes_nothing(program, found):
    before = program.fingerprint()
    again = program.run("sweep.yaml", ranks=2).stdout
    assert "evaluate: 12 evaluations of 40 s taken from the cache" in again
    assert program.fingerprint() == before


def test_the_evaluation_alone_takes_the_stages_from_their_files(program, found):
    program.run("sweep.yaml", "--stage", "evaluate", "--redo", "evaluate")
    assert read(program)["rmse"].tobytes() == found["rmse"].tobytes()
    missing = program.run("sweep.yaml", "--stage", "evaluate", "--output", "other", check=False)
    assert missing.returncode != 0 and "explore" in missing.stderr


def test_another_fit_is_another_evaluation_and_other_noise_is_no_other_fit(program, found):
    def keys(*overrides):
        words = [word for override in overrides for word in ("--set", override)]
        return dict(line.split() for line in program.run("hash", "sweep.yaml", *words).stdout.splitlines())

    before, steps, seeds = keys(), keys("optimize.local.steps=4"), keys("evaluate.seeds=[1, 2]")
    assert {stage for stage in before if before[stage] != steps[stage]} == {"local", "evaluate"}
    assert {stage for stage in before if before[stage] != seeds[stage]} == {"evaluate"}


def test_seeds_and_duration_have_defaults(program):
    program.configure(CONFIG.replace("{duration: 40000.0, seeds: [1001, 1002, 1003]}", "{}"))
    program.run("sweep.yaml")
    found = read(program)
    assert found["seed"].tolist() == list(range(1001, 1009))
    said = program.run("sweep.yaml").stdout
    assert "32 evaluations of 300 s" in said and "over 8 seeds" in said


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_opens_it_with_the_names_of_the_sets(program, found, engine):
    with xarray.open_dataset(program.directory / "results/evaluate.h5", group="evaluate", engine=engine) as evaluate:
        assert evaluate.fc.dims == ("set", "seed", "node", "node_source")
        assert float(evaluate.rmse.sel(set="local", seed=1002)) == found["rmse"][3, 1]
        assert evaluate.model_I_o.dims == ("set", "node")


@pytest.mark.parametrize("old, new, user", [
    ("1001, 1002", "1001, 42", "noise.seed"),
    ("1001, 1002", "53, 1002", "optimize.local"),
    ("restarts: 2}", "restarts: 2, seeds: [9, 1003]}", "optimize.both"),
    ("axes: [", "axes: [{parameter: noise.seed, values: [1, 1002]}, ", "explore.axes.noise.seed"),
    ("{file: fc.csv}", "{simulate: {noise.seed: 1001}}", "observation.target.simulate"),
])
def test_seeds_that_something_else_has_are_refused(program, old, new, user):
    program.configure(CONFIG.replace(old, new))
    refused = program.run("sweep.yaml", check=False)
    assert refused.returncode == 2
    assert re.search(rf"sweep\.yaml:12:\d+: evaluate\.seeds: found \d+, which {user} has too", refused.stderr)
    assert not (program.directory / "results").exists()


@pytest.mark.parametrize("setting, message", [
    ("{seeds: []}", "expected a list of seeds"),
    ("{seeds: {first: 1, per_step: 2, blocks: 3}}", "expected a list of seeds"),
    ("{seeds: [5, 5]}", "found the seed 5 twice"),
    ("{duration: 10000}", "expected at least 20000"),
    ("{duration: 24001}", "expected a multiple of step_size"),
    ("{restarts: some}", "expected one of reported, all"),
    ("{first: 3}", "unknown key 'first' in evaluate"),
    ("5", "expected a mapping"),
])
def test_what_is_no_evaluation_is_refused(program, setting, message):
    program.configure(re.sub("evaluate: .*", f"evaluate: {setting}", CONFIG))
    refused = program.run("check", "sweep.yaml", check=False)
    assert refused.returncode == 2
    assert message in refused.stderr and "sweep.yaml:12:" in refused.stderr


def test_a_check_tells_seeds_and_duration(program):
    assert "  evaluation: 3 seeds of 40 s\n" in program.run("check", "sweep.yaml").stdout
    program.configure(re.sub("evaluate: .*", "", CONFIG))
    assert "evaluation" not in program.run("check", "sweep.yaml").stdout


def test_without_a_target_there_is_nothing_to_evaluate(program):
    program.configure("connectivity: {generator: {name: two-hemispheres}}\nevaluate: {}\n")
    refused = program.run("check", "sweep.yaml", check=False)
    assert refused.returncode == 2 and "sweep.yaml:2:1: evaluate: found no observation.target" in refused.stderr
