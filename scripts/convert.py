"""Makes the HDF5 file that rwwsweep reads of npz files.

Arrays are taken under the names weights, tract_lengths (or lengths), fc (or
FC) and region_labels (or labels), from as many files as are given:

    scripts/convert connectivity.npz functional.npz -o connectome.h5
"""
import argparse
import pathlib
import sys
import zipfile

from connectome_file import read_npz, write_connectome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path, metavar="FILE.npz")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    arrays = {}
    for file in options.files:
        try:
            found = read_npz(file)
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{file}: is no npz file of plain arrays ({error})") from error
        arrays |= found
    write_connectome(options.output, arrays, source=", ".join(file.name for file in options.files))
    print(f"{options.output}: {', '.join(arrays)}")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        print(f"convert: {error}", file=sys.stderr)
        sys.exit(2)
