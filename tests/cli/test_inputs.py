"""Connectomes and targets from files: what is read, what is refused, and how it is said."""

import os

import h5py
import numpy
import pytest

N = 6
RNG = numpy.random.default_rng(1)
WEIGHTS = RNG.uniform(0.1, 1.0, (N, N))
numpy.fill_diagonal(WEIGHTS, 0)
FC = numpy.corrcoef(RNG.normal(size=(N, 50)))
numpy.fill_diagonal(FC, 0)
LABELS = [f"R{i}" for i in range(N)]

CONFIG = """\
name: inputs
connectivity: {{file: {weights}, normalize: none{more}}}
integration: {{duration: 24000.0}}
observation: {{fc: {{skip: 4}}, target: {{file: {fc}}}}}
output: {{directory: results}}
"""


def write_hdf5(program, name="data.h5", **replaced):
    arrays = dict(weights=WEIGHTS, fc=FC, region_labels=LABELS) | replaced
    with h5py.File(program.directory / name, "w") as file:
        for dataset, values in arrays.items():
            if values is not None and dataset == "region_labels" and not isinstance(values, numpy.ndarray):
                file.create_dataset(dataset, data=values, dtype=h5py.string_dtype())
            elif values is not None:
                file[dataset] = values


def write_text(program, matrix, name, delimiter=",", header=None, rows=None, comment=""):
    lines = [comment] if comment else []
    if header:
        lines.append(delimiter.join(header))
    for i, row in enumerate(matrix):
        lines.append(delimiter.join(([rows[i]] if rows else []) + [repr(float(x)) for x in row]))
    (program.directory / name).write_text("\n".join(lines) + "\n")


def configure(program, weights="data.h5", fc="data.h5", more=""):
    program.configure(CONFIG.format(weights=weights, fc=fc, more=more))


def read_inputs(program):
    program.run("sweep.yaml")
    with h5py.File(program.directory / "results/simulate.h5") as file:
        return {name: file["inputs"][name][()] for name in file["inputs"]}


def check_refused(program, *parts):
    """Refused with status 2 and a message that holds these parts; no file is touched."""
    before = program.fingerprint()
    for command in (["check", "sweep.yaml"], ["sweep.yaml"]):
        done = program.run(*command, check=False)
        assert done.returncode == 2, done.stderr
        for part in parts:
            assert part in done.stderr
    assert program.fingerprint() == before


def test_hdf5_is_read_with_labels(program):
    write_hdf5(program, tract_lengths=100 * WEIGHTS)
    configure(program)
    found = read_inputs(program)
    assert (found["weights"] == WEIGHTS).all() and (found["target_fc"] == FC).all()
    assert (found["tract_lengths"] == 100 * WEIGHTS).all()
    assert [label.decode() for label in found["node"]] == LABELS


def test_labels_of_fixed_length_are_read(program):
    write_hdf5(program, region_labels=None)
    with h5py.File(program.directory / "data.h5", "a") as file:
        file["region_labels"] = numpy.array(LABELS, dtype="S2")
    configure(program)
    assert [label.decode() for label in read_inputs(program)["node"]] == LABELS


# an empty cell cannot be told among blanks
LABELLED = [(delimiter, header, rows) for delimiter in (",", ";", "\t", " ", "   ")
            for header, rows in ((None, None), (LABELS, None), (None, LABELS), (["", *LABELS], LABELS),
                                 (["region", *LABELS], LABELS), (LABELS, LABELS))
            if header != ["", *LABELS] or delimiter.strip() or delimiter == "\t"]


@pytest.mark.parametrize("delimiter,header,rows", LABELLED)
def test_delimited_text_is_read_with_or_without_labels(program, delimiter, header, rows):
    write_text(program, WEIGHTS, "w.txt", delimiter, header, rows)
    write_text(program, FC, "fc.txt", delimiter)
    configure(program, "w.txt", "fc.txt")
    found = read_inputs(program)
    assert (found["weights"] == WEIGHTS).all() and (found["target_fc"] == FC).all()
    if header or rows:
        assert [label.decode() for label in found["node"]] == LABELS


def test_comments_blank_lines_quotes_windows_lines_and_byte_order_mark_are_read(program):
    rows = [",".join([f'"R{i}, left"'] + [repr(float(x)) for x in row]) for i, row in enumerate(WEIGHTS)]
    text = "\ufeff# made by hand\r\n\r\n" + "\r\n".join(rows) + " # the last one\r\n"
    (program.directory / "w.csv").write_bytes(text.encode())
    write_text(program, FC, "fc.csv")
    configure(program, "w.csv", "fc.csv")
    found = read_inputs(program)
    assert (found["weights"] == WEIGHTS).all()
    assert found["node"][0].decode() == "R0, left"


@pytest.mark.parametrize("how,expected", [
    ("max", WEIGHTS / WEIGHTS.max()), ("none", WEIGHTS), ("sum", WEIGHTS / WEIGHTS.sum()),
    ("row-sum", WEIGHTS / WEIGHTS.sum(axis=1, keepdims=True))])
def test_normalisation(program, how, expected):
    write_hdf5(program)
    configure(program)
    program.run("sweep.yaml", "--set", f"connectivity.normalize={how}")
    with h5py.File(program.directory / "results/simulate.h5") as file:
        # sums may be taken in another order
        numpy.testing.assert_allclose(file["inputs/weights"][:], expected, rtol=1e-15 * N * N)


@pytest.mark.parametrize("replaced,parts", [
    (dict(weights=WEIGHTS[:5], region_labels=None), ["data.h5: dataset weights", "5 rows and 6 columns"]),
    (dict(fc=FC[:5, :5], region_labels=None), ["data.h5: dataset fc", "5 x 5", "6 x 6"]),
    (dict(weights=numpy.where(WEIGHTS == WEIGHTS[2, 3], numpy.nan, WEIGHTS)),
     ["data.h5: weights[2][3]: found nan; expected a finite number"]),
    (dict(fc=numpy.where(FC == FC[1, 4], numpy.inf, FC)), ["data.h5: fc[1][4]: found inf", "and so 1 more"]),
    (dict(weights=numpy.where(WEIGHTS == WEIGHTS[4, 0], -1.0, WEIGHTS)),
     ["weights[4][0]: found -1", "allow_negative"]),
    (dict(weights=WEIGHTS.ravel()), ["dataset weights has 1 dimension; expected 2"]),
    (dict(weights=WEIGHTS.astype("S8")), ["dataset weights holds strings; expected numbers"]),
    (dict(weights=WEIGHTS + 0j), ["dataset weights holds compound values; expected numbers"]),
    (dict(weights=None), ["has no dataset weights; found fc, region_labels"]),
    (dict(fc=None), ["has no dataset fc"]),
    (dict(weights=0 * WEIGHTS), ["data.h5: the weights are all 0, so that they cannot be normalised"]),
    (dict(tract_lengths=WEIGHTS[:4, :4], region_labels=None), ["dataset tract_lengths", "4 x 4", "as the weights"]),
    (dict(tract_lengths=-WEIGHTS), ["tract_lengths[0][1]: found -", "expected lengths in mm"]),
    (dict(region_labels=LABELS[:4]), ["dataset region_labels has 4 entries; expected 6"]),
    (dict(region_labels=[b"caf\xe9", *(label.encode() for label in LABELS[1:])]), ["data.h5: region_labels[0]: found a label that is not in UTF-8"]),
    (dict(weights=numpy.zeros((0, 0)), region_labels=None), ["dataset weights has a side of 0"]),
    (dict(weights=1.0), ["dataset weights has 0 dimensions; expected 2"]),
    (dict(weights=h5py.Empty("f8")), ["dataset weights has 0 dimensions; expected 2"]),
    (dict(weights=h5py.SoftLink("/nowhere")), ["data.h5: weights is no dataset that could be opened; expected one"]),
    (dict(weights=h5py.SoftLink("/")), ["data.h5: weights is no dataset that could be opened; expected one"]),
])
def test_bad_hdf5_is_refused(program, replaced, parts):
    write_hdf5(program, **replaced)
    program.configure(CONFIG.format(weights="data.h5", fc="data.h5", more="").replace("none", "max"))
    check_refused(program, *parts)


def test_truncated_hdf5_is_refused(program):
    write_hdf5(program)
    path = program.directory / "data.h5"
    path.write_bytes(path.read_bytes()[:1500])
    configure(program)
    check_refused(program, "data.h5", "truncated or damaged")


def test_hdf5_says_nothing_of_its_own(program):
    write_hdf5(program, fc=None)
    configure(program)
    assert "HDF5-DIAG" not in program.run("check", "sweep.yaml", check=False).stderr


def test_text_under_the_name_of_hdf5_is_refused(program):
    (program.directory / "data.h5").write_text("1,2\n3,4\n")
    configure(program)
    check_refused(program, "data.h5: is no HDF5 file")


@pytest.mark.parametrize("text,parts", [
    ("1,2,3\n4,5\n7,8,9\n", ["w.csv:2:3: the line has 2 values; expected 3 as in line 1"]),
    ("0,2,3\n4,zero,6\n7,8,9\n", ["w.csv:2:3: found 'zero'; expected a number"]),
    ("0,2,3\n4,,0\n7,8,9\n", ["w.csv:2:3: found ''; expected a number"]),
    ("0 1\n1 0\n2 2\n", ["w.csv: has 3 rows and 2 columns"]),
    ("# nothing\n", ["w.csv: holds no numbers"]),
    ("", ["w.csv: holds no numbers"]),
    ("a,b\nx,0,1\ny,1,0\n", ["w.csv:2:1: the row is labelled 'x', column 1 'a'"]),
    ("a,b,c,d\n0,1\n1,0\n", ["w.csv: has 4 labels over 2 columns"]),
    ("0,1\n1,0\x00\n", ["w.csv: holds a zero byte"]),
    ("0,1\n-2,0\n", ["w.csv:2:1: found -2; expected weights from 0", "allow_negative"]),
    ("0,1\n1e999,0\n", ["w.csv:2:1: found inf; expected a finite number"]),
    (b"# caf\xe9\n0,1\n1,\xff\n", ["w.csv:3:3: found a byte that is not UTF-8 (ff); save the file in that encoding"]),
    (b"a,caf\xe9\n0,1\n1,0\n", ["w.csv:1:6: found a byte that is not UTF-8 (e9)"]),
])
def test_bad_text_is_refused(program, text, parts):
    (program.directory / "w.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    write_text(program, FC[:2, :2], "fc.csv")
    configure(program, "w.csv", "fc.csv")
    check_refused(program, *parts)


def test_all_problems_of_all_files_are_told_at_once(program):
    (program.directory / "w.csv").write_text("0,x\n1,0\n")
    (program.directory / "w.txt").write_text("0.5\nhalf\n")
    write_hdf5(program, fc=FC[:3], region_labels=None)
    program.configure(CONFIG.format(weights="w.csv", fc="data.h5", more=", tract_lengths: no.csv")
                      + "model: {parameters: {w: {file: w.txt}}}\n")
    check_refused(program, "w.csv:1:3: found 'x'", "no.csv: No such file", "sweep.yaml:6:25: model.parameters.w: w.txt:2:1",
                  "dataset fc: has 3 rows and 6 columns")


def test_missing_files_are_refused(program):
    configure(program, "nowhere.h5", "nowhere.csv")
    check_refused(program, "sweep.yaml:2:22: connectivity.file: nowhere.h5: No such file or directory",
                  "sweep.yaml:4:45: observation.target.file: nowhere.csv: No such file or directory")
    done = program.run("check", "sweep.yaml", "--set", "connectivity.file=away.h5", check=False)
    assert "--set connectivity.file: away.h5: No such file or directory" in done.stderr


def test_labels_in_another_order_are_refused_with_the_first_difference(program):
    write_hdf5(program)
    write_hdf5(program, "target.h5", weights=None, region_labels=[LABELS[0], LABELS[2], LABELS[1], *LABELS[3:]])
    configure(program, "data.h5", "target.h5")
    check_refused(program, "target.h5: region_labels[1]: found 'R2', where the connectome has 'R1'")


@pytest.mark.parametrize("text,place", [("a,c,b\n0,1,2\n1,0,3\n2,3,0\n", "1:3"), ("a 0 1 2\n  c 1 0 3\nb 2 3 0\n", "2:3"),
                                        (",a,c,b\na,0,1,2\nc,1,0,3\nb,2,3,0\n", "1:4")])
def test_labels_of_text_in_another_order_are_refused_with_line_and_column(program, text, place):
    write_text(program, WEIGHTS[:3, :3], "w.csv", header=["a", "b", "c"])
    (program.directory / "fc.csv").write_text(text.replace("2", "0.2").replace("3", "0.3"))
    configure(program, "w.csv", "fc.csv")
    check_refused(program, f"fc.csv:{place}: found 'c', where the connectome has 'b'")


def test_labels_given_twice_are_a_warning(program):
    write_hdf5(program, region_labels=["a", "b", "c", "d", "b", "e"])
    configure(program)
    assert "data.h5: region_labels[4]: 'b' is the name of an earlier region too" in program.run("check", "sweep.yaml").stderr


def test_what_a_file_holds_cannot_control_the_terminal(program):
    write_hdf5(program, weights=numpy.where(numpy.arange(N)[:, None] == 0, 0, WEIGHTS),
               region_labels=["a\n\x1b[31mb", *LABELS[1:]])
    configure(program)
    assert "(rows of zeros): a  [31mb\n" in program.run("check", "sweep.yaml").stderr


def test_the_same_finding_is_told_once(program):
    write_hdf5(program, region_labels=numpy.arange(N))
    configure(program)  # weights and target of one file
    done = program.run("check", "sweep.yaml", check=False)
    assert done.stderr.count("dataset region_labels holds integers; expected strings") == 1


def test_a_target_without_any_difference_is_a_warning(program):
    write_hdf5(program, fc=numpy.zeros((N, N)))
    configure(program)
    assert "data.h5: dataset fc: all correlations are 0, so that fc_corr has no value" in program.run("check", "sweep.yaml").stderr


@pytest.mark.parametrize("name", ["folder", "folder.h5"])
def test_a_directory_is_no_matrix(program, name):
    (program.directory / name).mkdir()
    write_hdf5(program)
    configure(program, name)
    check_refused(program, f"{name}: is a directory; expected a file")


def test_a_pipe_under_the_name_of_hdf5_is_refused(program):
    os.mkfifo(program.directory / "pipe.h5")
    write_hdf5(program)
    configure(program, "pipe.h5")
    done = program.run("check", "sweep.yaml", check=False, timeout=30)
    assert done.returncode == 2 and "pipe.h5: is no regular file" in done.stderr


def test_a_matrix_comes_through_a_pipe(program):
    write_text(program, WEIGHTS, "w.csv")
    write_hdf5(program)
    configure(program, "/dev/stdin")
    done = program.run("check", "sweep.yaml", stdin=(program.directory / "w.csv").read_text())
    assert done.stderr == ""


def test_negative_weights_are_read_on_request(program):
    write_hdf5(program, weights=WEIGHTS - 0.3)
    configure(program, more=", allow_negative: true")
    assert (read_inputs(program)["weights"] == WEIGHTS - 0.3).all()


def test_diagonals_empty_rows_and_asymmetry_are_warnings(program):
    weights, fc = WEIGHTS.copy(), FC + numpy.eye(N)
    weights[0, 0] = 1
    weights[3] = 0
    fc[0, 1] += 0.1
    write_hdf5(program, weights=weights, fc=fc)
    configure(program)
    done = program.run("check", "sweep.yaml")
    for part in ("1 of 6 entries of the diagonal", "1 node without any input (rows of zeros): R3", "it was set to 0 (6 entries)",
                 "on the other side of the diagonal"):
        assert part in done.stderr
    assert (numpy.diag(read_inputs(program)["target_fc"]) == 0).all()


def test_values_of_a_node_come_from_a_file(program):
    write_hdf5(program)
    (program.directory / "w.txt").write_text("\n".join(map(str, numpy.linspace(0.4, 0.6, N))))
    configure(program)
    program.run("sweep.yaml", "--set", "model.w={file: w.txt}", "--output", "file")
    listed = "[" + ",".join(map(str, numpy.linspace(0.4, 0.6, N))) + "]"
    again = program.run("sweep.yaml", "--set", f"model.w={listed}", "--output", "file")
    assert "taken from the cache" in again.stdout  # the same numbers have the same key


@pytest.mark.parametrize("text,part", [("0.5\n0.6\n", "has 2 values"), ("a\nb\n", "w.txt:2:1: found 'b'; expected a number"),
                                       ("1 2\n3 4\n", "2 rows and 2 columns"),
                                       ("1 2 3 4 nan 6\n", "w.txt:1:9: found nan; expected a number")])
def test_a_values_file_of_another_form_is_refused(program, text, part):
    write_hdf5(program)
    (program.directory / "w.txt").write_text(text)
    program.configure(CONFIG.format(weights="data.h5", fc="data.h5", more="") + "model: {parameters: {w: {file: w.txt}}}\n")
    check_refused(program, "sweep.yaml:6:25: model.parameters.w: ", part)


def test_values_of_a_node_are_as_possible_as_those_of_the_configuration(program):
    write_hdf5(program)
    (program.directory / "tau.txt").write_text("100\n" * 5 + "0\n")
    configure(program)
    done = program.run("check", "sweep.yaml", "--set", "model.tau_s={file: tau.txt}", check=False)
    assert done.returncode == 2
    assert "--set model.parameters.tau_s: tau.txt:6:1: found 0; expected a number above 0" in done.stderr


def test_labels_of_values_are_compared_with_the_connectome(program):
    write_hdf5(program)
    (program.directory / "w.txt").write_text("".join(f"{label} 0.5\n" for label in reversed(LABELS)))
    configure(program)
    done = program.run("check", "sweep.yaml", "--set", "model.w={file: w.txt}", check=False)
    assert done.returncode == 2
    assert "w.txt:1:1: found 'R5', where the connectome has 'R0'" in done.stderr


def test_a_list_of_another_length_is_refused_by_its_place(program):
    write_hdf5(program)
    configure(program)
    done = program.run("check", "sweep.yaml", "--set", "model.w=[0.5, 0.6]", check=False)
    assert done.returncode == 2
    assert "--set model.parameters.w: has 2 values; expected one, or one for each of the 6 nodes" in done.stderr
