"""Configurations through the installed program: what is wrong is told with its place, and nothing is touched."""

import hashlib
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RWWSWEEP_PROGRAM", ROOT / "build/release/rwwsweep")

GOOD = """\
name: small
connectivity: {generator: {name: two-hemispheres, nodes: 10, seed: 1}}
integration: {duration: 24000.0, noise: {seed: 42}}
observation: {fc: {skip: 4}, target: {simulate: {model.w: 0.5, noise.seed: 7}}}
explore: {axes: [{parameter: model.w, low: 0.1, high: 0.7, n: 3}]}
"""


def call(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def fingerprint(directory):
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A directory with a configuration and results of before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/explore.h5").write_bytes(b"results of before")
    (tmp_path / "sweep.yaml").write_text(GOOD)
    return tmp_path


def keys(*arguments):
    result = call("hash", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_template_is_a_good_configuration(study):
    (study / "init.yaml").write_text(call("init").stdout)
    result = call("check", "init.yaml", "--set", "connectivity.generator.nodes=10", "--set", "integration.duration=24000",
                  "--set", "observation.fc.skip=4")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


def test_a_good_configuration_passes(study):
    assert call("check", "sweep.yaml").returncode == 0


BAD = {
    "unknown key": ("nam: x\n", "sweep.yaml:6:1: unknown key 'nam'"),
    "nearest key": ("nam: x\n", "did you mean name?"),
    "wrong type": ("precision: [1]\n", "sweep.yaml:6:12: precision: found a list of 1; expected one of float64, float32"),
    "duplicate key": ("name: x\n", "sweep.yaml:6:1: the key 'name' a second time; the first is in line 1"),
    "tab": ("\tprecision: float64\n", "sweep.yaml:6:1: a tab in the indentation"),
    "not UTF-8": (b"output: {directory: caf\xff}\n", "sweep.yaml:6:24: not a UTF-8 text"),
    "zero byte": (b"precision: float64\x00\n", "sweep.yaml: byte"),
    "second document": ("---\nname: x\n", "sweep.yaml:6:1: a second document begins here"),
}


@pytest.mark.parametrize("command", ["run", "check", "hash"])
@pytest.mark.parametrize("text, message", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_named_and_nothing_touched(study, command, text, message):
    with open(study / "sweep.yaml", "ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    before = fingerprint(study)
    result = call(command, "sweep.yaml")
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert fingerprint(study) == before


BAD_SETTINGS = {
    "integration.step_size=3": "expected 4/k",
    "monitors.Bold.period=1001": "expected a multiple of 4",
    "integration.duration=19996": "expected at least 20000",
    "observation.fc.skip=22": "which leaves 2 of 24 BOLD samples",
    "explore.axes.model.w.n=0": "expected a whole number from 1",
    "explore.axes.model.w.low=0.8": "low is above high",
    "explore.axes.model.w.parameter=w": "expected model.w (a parameter is named with its section)",
    "connectivity.conduction_speed=3.0": "delays are not built",
    "noise.seed=-1": "expected a whole number, not negative",
    "noise.seed=18446744073709551616": "64 bits",
    "model.v=1": "unknown key 'v'",
}


@pytest.mark.parametrize("setting, message", BAD_SETTINGS.items(), ids=BAD_SETTINGS.keys())
def test_a_bad_override_is_named_and_nothing_touched(study, setting, message):
    before = fingerprint(study)
    result = call("sweep.yaml", "--set", setting)
    assert result.returncode == 2
    assert "--set " + setting.split("=")[0] in result.stderr
    assert message in result.stderr
    assert fingerprint(study) == before


FITS = """\
optimize:
  - {name: global, free: {model.w: global, coupling.a: global}, steps: 400}
  - {name: regional, start: global, free: {model.w: regional}, bounds: {model.w: [0, 1]}, steps: 200, restarts: 2}
"""

BAD_FITS = {
    "free parameter that does not exist": ("regional.free={w: regional}", "no parameter is named 'w'; expected model.w"),
    "regional where only global makes sense": ("global.free={coupling.a: regional}", "coupling.a is one number for all"),
    "unknown start": ("regional.start=globl", "no earlier stage is named 'globl' (did you mean global?)"),
    "later start": ("global.start=regional", "found the later fit 'regional'"),
    "start from itself": ("global.start=global", "the fit would start from itself"),
    "negative steps": ("global.steps=-1", "found -1; expected a whole number, not negative"),
    "no restarts": ("global.restarts=0", "found 0; expected a whole number from 1"),
    "no learning rate": ("global.optimizer.learning_rate=0", "found 0; expected a number above 0"),
    "learning rate not a number": ("global.optimizer.learning_rate=.nan", "found .nan; expected a number"),
    "bounds that exclude the start": ("global.bounds={model.w: [0.7, 1]}", "model.w starts at 0.6; expected bounds"),
    "list of another length": ("regional.start={model.w: [0.4, 0.5]}", "has 2 values; expected one, or one for each of the 10"),
    "no seeds": ("global.seeds={first: 1, per_step: 0, blocks: 1}", "found 0; expected a whole number from 1"),
    "more blocks than entries": ("global.seeds={first: 1, per_step: 1, blocks: 402}", "found 402 blocks for 401 entries"),
    "no weights": ("global.loss={rmse: 0}", "all weights are 0"),
    "negative weight": ("global.loss={rmse: 1, fc_corr: -0.3}", "optimize[0].loss.fc_corr: found -0.3"),
    "validation without seeds": ("global.validation={seeds: []}", "optimize[0].validation.seeds: found a list of 0"),
    "validation on seeds of the fit": ("global.validation={seeds: [5, 42]}", "found the seed 42, which the fit has too"),
    "no damping": ("global.adjoint_damping=0", "found 0; expected a number above 0, at most 1"),
    "damping": ("global.adjoint_damping=1.5", "found 1.5; expected a number above 0, at most 1"),
}


@pytest.mark.parametrize("setting, message", BAD_FITS.values(), ids=BAD_FITS.keys())
def test_a_bad_fit_is_named_and_nothing_touched(study, setting, message):
    (study / "sweep.yaml").write_text(GOOD + FITS)
    before = fingerprint(study)
    result = call("sweep.yaml", "--set", "optimize." + setting)
    assert result.returncode == 2
    assert message in result.stderr
    assert fingerprint(study) == before


def test_fits_are_listed_with_their_free_numbers(study):
    (study / "sweep.yaml").write_text(GOOD + FITS)
    lines = call("check", "sweep.yaml").stdout.splitlines()
    assert lines[1:] == ["  fit global: 400 steps, 1 restart, 2 free numbers",
                         "  fit regional: 200 steps, 2 restarts, 10 free numbers"]


START = GOOD + """\
optimize:
  - name: one
    free: {model.w: regional}
    bounds: {model.w: [0, 1]}
    start: {model.w: {file: w.txt}}
    steps: 1
"""


@pytest.mark.parametrize("values, more, message", [
    (9 * ["0.5"], (), "sweep.yaml:10:22: model.parameters.w: has 9 values; expected one, or one for each of the 10 nodes"),
    (9 * ["0.5"] + ["half"], (), "sweep.yaml:10:22: model.parameters.w: w.txt:10:1: found 'half'"),
    (9 * ["0.5"] + ["1.5"], (), "sweep.yaml:10:22: optimize.one: model.w starts at 1.5; expected bounds around it, not [0, 1] (from w.txt)"),
    (10 * ["0.5"], ("--set", "optimize.one.free={model.w: global}"),
     "sweep.yaml:10:22: optimize.one: model.w is global, but starts from a value a node; expected regional"),
], ids=["length", "no number", "outside of the bounds", "global"])
def test_a_start_in_a_file_is_refused_by_its_place(study, values, more, message):
    (study / "sweep.yaml").write_text(START)
    (study / "w.txt").write_text("\n".join(values))
    result = call("check", "sweep.yaml", *more)
    assert result.returncode == 2
    assert message in result.stderr


def test_a_bad_file_of_the_base_is_told_once_however_many_fits_use_it(study):
    (study / "sweep.yaml").write_text(GOOD + FITS + "model: {parameters: {d: {file: d.txt}}}\n")
    (study / "d.txt").write_text("150\n160\n")
    result = call("check", "sweep.yaml", "--set", "optimize.global.start={model.w: 0.5}")
    assert result.returncode == 2
    assert result.stderr.count("has 2 values") == 1


def test_fits_change_no_key_of_the_stages_before_them(study):
    (study / "other.yaml").write_text(GOOD + FITS)
    assert keys("sweep.yaml").splitlines() == keys("other.yaml").splitlines()[:2]


def test_all_problems_are_told_at_once(study):
    (study / "sweep.yaml").write_text("nam: x\nprecision: double\nintegration: {step_size: 3}\n")
    lines = call("check", "sweep.yaml").stderr
    assert "sweep.yaml:1:1" in lines and "sweep.yaml:2:12" in lines and "sweep.yaml:3:26" in lines


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"], ids=["empty", "comment", "marker"])
def test_a_configuration_without_settings_is_refused(study, text):
    (study / "sweep.yaml").write_text(text)
    result = call("sweep.yaml")
    assert result.returncode == 2
    assert "found no settings" in result.stderr


def test_an_alias_bomb_is_refused(study):
    levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"l{i}: &l{i} [{', '.join(9 * [f'*l{i - 1}'])}]" for i in range(1, 9)]
    (study / "sweep.yaml").write_text("\n".join(levels))
    result = call("sweep.yaml")
    assert result.returncode == 2
    assert "write them out" in result.stderr


def test_a_missing_configuration_and_a_directory_are_refused(study):
    for path, message in (("absent.yaml", "No such file"), ("results", "is a directory")):
        result = call("check", path)
        assert result.returncode == 2
        assert path in result.stderr and message in result.stderr


def test_an_oversized_configuration_is_refused(study):
    (study / "sweep.yaml").write_bytes(b"# " + b"x" * (5 << 20))
    result = call("check", "sweep.yaml")
    assert result.returncode == 2
    assert "sweep.yaml: has" in result.stderr


def test_order_of_keys_comments_and_output_do_not_change_the_keys(study):
    lines = GOOD.splitlines()
    (study / "other.yaml").write_text("# another order\n" + "\n".join(reversed(lines)) + "\noutput: {directory: away}\n")
    assert keys("sweep.yaml") == keys("other.yaml", "--set", "name=other", "--output", "elsewhere")


def test_a_setting_that_matters_changes_the_keys(study):
    for setting in ("model.w=0.61", "noise.seed=43", "connectivity.normalize=sum", "observation.loss=fc_corr"):
        changed = keys("sweep.yaml", "--set", setting).splitlines()
        assert all(a != b for a, b in zip(changed, keys("sweep.yaml").splitlines()))


def test_an_axis_changes_the_key_of_the_exploration_alone(study):
    before, after = keys("sweep.yaml"), keys("sweep.yaml", "--set", "explore.axes.model.w.n=4")
    assert before.splitlines()[0] == after.splitlines()[0]
    assert before.splitlines()[1] != after.splitlines()[1]


def test_hash_explains_what_it_hashed(study):
    text = keys("sweep.yaml", "--explain")
    assert "integration.noise.seed = 42\n" in text and "explore.axes[0].parameter = model.w\n" in text


@pytest.mark.parametrize("words, option, command, said", [
    (["sweep.yaml", "-n", "8"], "-n", "plan", "run"),  # as if it were that of mpirun
    (["best", "results", "-n", "8"], "-n", "plan", "best"),
    (["--top", "3", "status", "results"], "--top", "best", "status"),
    (["check", "sweep.yaml", "--explain"], "--explain", "hash", "check"),
])
def test_an_option_of_another_command_is_refused(study, words, option, command, said):
    before, result = fingerprint(study), call(*words)
    assert result.returncode == 2
    assert f"{option}: is an option of `rwwsweep {command}`, not of `rwwsweep {said}`" in result.stderr
    assert fingerprint(study) == before
