"""What a fit hands on: the average of its last entries, and the restart that seeds of its own choose."""

import math
import re

import h5py
import numpy
import pytest

CONFIG = """\
name: small
connectivity: {generator: {name: two-hemispheres, nodes: 6, seed: 1}, normalize: max}
model: {parameters: {w: 0.5, I_o: 0.32}}
integration: {duration: 24000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {coupling.a: 1.2, model.w: 0.4, noise.seed: 7}}}
optimize:
  - {name: one, free: {model.w: regional, coupling.a: global}, steps: 6, restarts: 3, spread: 0.5,
     seeds: {first: 50, per_step: 2, blocks: 3}, average: 0.4, validation: {seeds: [21, 22, 23]}}
  - {name: two, start: one, free: {model.w: regional}, steps: 2, restarts: 2}
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    from conftest import Program

    program = Program(tmp_path_factory.mktemp("choice")).configure(CONFIG)
    program.run("sweep.yaml")
    return program


def read(program, stage="one", directory="results"):
    with h5py.File(program.directory / directory / f"{stage}.h5") as file:
        return {name: file["fit"][name][()] for name in file["fit"]}


def losses_at(program, w, a, seeds):
    """Loss of a set of parameters on some seeds, by a fit without steps."""
    start = "{coupling.a: %r, model.w: [%s]}" % (float(a), ", ".join(repr(float(x)) for x in w))
    fit = f"[{{name: at, free: {{model.w: regional}}, steps: 0, seeds: {seeds}, start: {start}}}]"
    program.run("sweep.yaml", "--stage", "at", "--set", f"optimize={fit}", "--output", "at")
    return read(program, "at", "at")["loss"][0, 0]


def test_the_average_is_the_mean_of_the_last_entries(done):
    one = read(done)
    last = math.ceil(0.4 * 7)
    assert last == 3
    # sums of three numbers near 1, in whatever order
    assert one["average_model_w"] == pytest.approx(one["model_w"][:, -last:].mean(axis=1), rel=1e-14)
    assert one["average_coupling_a"] == pytest.approx(one["coupling_a"][:, -last:].mean(axis=1), rel=1e-14)


def test_it_has_a_loss_of_its_own_on_the_seeds_of_the_last_step(done):
    one = read(done)
    for r in range(3):
        alone = losses_at(done, one["average_model_w"][r], one["average_coupling_a"][r], [50, 51])
        assert one["average_loss"][r] == alone


def test_validation_chooses_by_the_mean_loss_of_what_each_restart_reports(done):
    one = read(done)
    for r in range(3):
        alone = losses_at(done, one["average_model_w"][r], one["average_coupling_a"][r], [21, 22, 23])
        assert one["validation_loss"][r] == alone
    assert one["best_restart"] == one["validation_loss"].argmin()
    assert one["entry"].tolist() == [b"start", b"final", b"best", b"average"]


def test_what_starts_from_the_fit_starts_from_the_choice(done):
    one, two = read(done), read(done, "two")
    chosen = one["best_restart"]
    assert two["model_w"][0, 0].tobytes() == one["average_model_w"][chosen].tobytes()
    assert two["coupling_a"][0] == one["average_coupling_a"][chosen]


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_bits_do_not_depend_on_ranks(done, ranks):
    done.run("sweep.yaml", "--output", f"ranks{ranks}", ranks=ranks)
    one, other = read(done), read(done, directory=f"ranks{ranks}")
    assert all(other[name].tobytes() == one[name].tobytes() for name in one if one[name].dtype != object)


def test_a_stopped_fit_comes_to_the_same_choice(done):
    for _ in range(100):
        stopped = done.run("sweep.yaml", "--output", "stopped", "--max-time", "0.02", check=False)
        if stopped.returncode == 0:
            break
        assert stopped.returncode == 75
    assert stopped.returncode == 0
    one, other = read(done), read(done, directory="stopped")
    assert all(other[name].tobytes() == one[name].tobytes() for name in one if one[name].dtype != object)


def test_the_summary_names_both_losses(done):
    said, one = done.run("sweep.yaml").stdout, read(done)
    chosen = one["best_restart"]
    assert f"average  loss {one['average_loss'][chosen]:.6f}  restart {chosen}" in said
    assert f"validation loss {one['validation_loss'][chosen]:.6f}  restart {chosen}" in said


def test_losses_of_steps_on_other_seeds_are_not_compared(done):
    said = done.run("sweep.yaml", "--stage", "one", "--output", "told", "--progress", "line")
    assert "final    loss" in said.stdout and "best" not in said.stdout
    told = done.run("status", "told/one.h5").stdout
    assert "best" not in told and "average  validation" in told
    one = read(done, directory="told")
    for r in one["validation_loss"].argsort():
        last = [one["final_loss"][r], one["average_loss"][r], one["validation_loss"][r]]
        assert re.search(rf"^ +{r} +6 +{' +'.join(f'{loss:.6f}' for loss in last)}  done$", told, re.MULTILINE)
    order = re.findall(r"^ +(\d) +6 ", told, re.MULTILINE)
    assert order == [str(r) for r in one["validation_loss"].argsort()]


def halve(program, directory, *arguments, **how):
    fit = "{name: many, free: {model.w: regional}, steps: 5, restarts: 5, spread: 0.5, halve_every: 2, entry: final}"
    after = "{name: after, start: many, free: {model.w: regional}, steps: 0}"
    return program.run("sweep.yaml", "--set", f"optimize=[{fit}, {after}]", "--output", directory, *arguments, **how)


def test_the_worse_half_of_the_restarts_ends_at_every_so_many_steps(done):
    said = halve(done, "halved").stdout
    many = read(done, "many", "halved")
    loss, left = many["loss"], 4
    order = loss[:, 2].argsort()
    assert many["final_step"][order[3:]].tolist() == [2, 2] and (many["end"][order[3:]] == left).all()
    order = order[:3][loss[order[:3], 4].argsort()]
    assert many["final_step"][order].tolist() == [5, 5, 4] and many["end"][order].tolist() == [1, 1, left]
    assert numpy.isnan(loss[many["final_step"] == 2, 3:]).all()
    assert many["best_restart"] == order[:2][many["final_loss"][order[:2]].argmin()]
    assert "2 done, 0 converged, 0 diverged, 3 left behind" in said


def test_what_starts_from_it_starts_from_a_restart_that_was_not_left_behind(done):
    halve(done, "halved")
    many, after = read(done, "many", "halved"), read(done, "after", "halved")
    assert after["model_w"][0, 0].tobytes() == many["final_model_w"][many["best_restart"]].tobytes()


@pytest.mark.parametrize("how", [{"ranks": 3}, {"stops": True}])
def test_halving_has_the_same_bits_on_ranks_and_after_stops(done, how):
    halve(done, "halved")
    directory = "halved-" + "-".join(how)
    while "stops" in how and halve(done, directory, "--max-time", "0.02", check=False).returncode == 75:
        pass
    halve(done, directory, ranks=how.get("ranks"))
    many, other = read(done, "many", "halved"), read(done, "many", directory)
    assert all(other[name].tobytes() == many[name].tobytes() for name in many if many[name].dtype != object)


def test_fits_with_the_same_bits_differ_nowhere(done):
    done.run("sweep.yaml", "--output", "again")
    said = done.run("diff", "results/one.h5", "again/one.h5").stdout
    assert "21 entries in both, 21 equal bit for bit" in said


@pytest.mark.parametrize("old, new, message", [
    ("average: 0.4", "average: 1.4", "8:59: optimize[0].average: found 1.4; expected a number from 0 to 1"),
    ("seeds: [21, 22, 23]", "", "8:76: optimize[0].validation: found no seeds; expected some"),
    ("[21, 22, 23]", "[]", "8:84: optimize[0].validation.seeds: found a list of 0; expected a list of seeds"),
    ("[21, 22, 23]", "[21, 55]", "8:76: optimize[0].validation: found the seed 55, which the fit has too"),
    ("average: 0.4", "entry: average", "8:57: optimize[0].entry: found average, but the fit has none"),
    ("steps: 2", "entry: best, steps: 2", "9:63: optimize[1].entry: found best, but the fit that it starts from"),
])
def test_what_is_no_choice_is_refused(program, old, new, message):
    program.configure(CONFIG.replace(old, new))
    refused = program.run("check", "sweep.yaml", check=False)
    assert refused.returncode == 2
    assert f"sweep.yaml:{message}" in refused.stderr


def test_seeds_of_a_validation_are_not_held_out(program):
    program.configure(CONFIG + "evaluate: {seeds: [22, 1001]}\n")
    refused = program.run("check", "sweep.yaml", check=False)
    assert refused.returncode == 2
    assert "sweep.yaml:10:12: evaluate.seeds: found 22, which optimize.one has too" in refused.stderr
