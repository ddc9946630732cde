"""Makes configs/dk84.h5 of the published 84-region connectome and FC.

They come in the wheel of tvboptim 0.4.0 (PyPI), which is fetched through pip
and whose checksum is compared; or from a local copy of it.
"""
import argparse
import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from connectome_file import read_npz, write_connectome

PACKAGE = "tvboptim==0.4.0"
SHA256 = "18223f4a69a9fcef0b70f2d7d2ab534be07887326bbd136cac59d637a24d87e7"
CONNECTIVITY = "tvboptim/data/connectivity/dk_average/data.npz"
FUNCTIONAL = "tvboptim/data/functional/dk_average/data.npz"
DEFAULT_OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "configs" / "dk84.h5"


def download(directory):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", "--dest", directory, PACKAGE]
    if subprocess.run(command).returncode != 0:
        sys.exit(f"fetch-dk84: pip could not download {PACKAGE}; give a local copy of the wheel with --wheel")
    return next(pathlib.Path(directory).glob("*.whl"))


def convert(wheel, output):
    content = pathlib.Path(wheel).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        sys.exit(f"fetch-dk84: {wheel}: SHA-256 is {found}; expected {SHA256}")
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        arrays = read_npz(io.BytesIO(members.read(CONNECTIVITY))) | read_npz(io.BytesIO(members.read(FUNCTIONAL)))
    write_connectome(output, arrays, source=f"{PACKAGE}, {CONNECTIVITY} and {FUNCTIONAL}")
    print(f"{output}: {arrays['weights'].shape[0]} regions")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", help="local copy of the wheel")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=DEFAULT_OUTPUT)
    options = parser.parse_args()
    if options.output.exists():
        print(f"{options.output} is there already")
    elif options.wheel:
        convert(options.wheel, options.output)
    else:
        with tempfile.TemporaryDirectory() as directory:
            convert(download(directory), options.output)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"fetch-dk84: {error}")
