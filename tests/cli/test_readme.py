"""What README.md shows is what a fresh run prints, times aside. Run as a program, this writes a fresh run into it."""

import os
import pathlib
import re
import subprocess
import tempfile

from conftest import ENVIRONMENT, PROGRAM, ROOT

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def mask_times(text):
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE", text)
    text = re.sub(r"in [\d.]+ (s|min \d\d s)", "in TIME", text)
    return re.sub(r"[\d.e+]+ (points|evaluations)/s, [\d.e+]+ node-steps/s", "RATE", text)


def prepare(directory):
    (directory / "configs").symlink_to(ROOT / "configs")
    (directory / "build").mkdir()
    (directory / "build/release").symlink_to(PROGRAM.parent)


def shell(command, directory):
    done = subprocess.run(["bash", "-c", command.replace("mpirun", "mpirun --oversubscribe")], cwd=directory,
                          capture_output=True, text=True, env=dict(ENVIRONMENT, COLUMNS="80"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_console_blocks_show_what_a_fresh_run_prints(tmp_path):
    prepare(tmp_path)
    for block in blocks("console"):
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            assert mask_times(shell(command, tmp_path)) == mask_times(shown), command


def test_python_blocks_run_on_the_results(tmp_path):
    prepare(tmp_path)
    shell("build/release/rwwsweep configs/small.yaml", tmp_path)
    for block in blocks("python"):
        exec(compile(f"import os; os.chdir({str(tmp_path)!r})\n" + block, "README.md", "exec"), {})
    os.chdir(ROOT)


def test_lines_fit_a_terminal():
    assert [line for line in README.splitlines() if len(line) > 80 and not line.startswith(("|", "!["))] == []


OF_OTHERS = set("--install --prefix --nodes --ntasks --mem-per-cpu --time --parsable --array --export --dependency --wrap "
                "--mpi --map-by --bind-to".split())  # cmake, sbatch, srun, mpirun


def test_commands_and_options_of_the_readme_exist():
    programs = [PROGRAM, ROOT / "scripts/report"]
    known = "".join(subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout for program in programs)
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - OF_OTHERS:
        assert option in known, option


def test_help_fits_a_terminal():
    known = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    assert max(map(len, known.splitlines())) <= 80


def show(command, directory):
    return f"$ {command}\n" + shell(command, directory)


def refresh():
    with tempfile.TemporaryDirectory() as directory:
        prepare(pathlib.Path(directory))
        blocks_again = re.sub(
            r"(?<=```console\n)(.*?)(?=```)",
            lambda block: "".join(show(command, directory) for command in re.findall(r"^\$ (.*)$", block[0], re.M)),
            README, flags=re.DOTALL)
    (ROOT / "README.md").write_text(blocks_again)


if __name__ == "__main__":
    refresh()
