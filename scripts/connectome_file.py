"""The HDF5 file that rwwsweep reads a connectome and a target FC from."""
import os
import pathlib

import h5py
import numpy

# dataset: names under which other files keep it, unit, description
DATASETS = {
    "weights": (("weights",), "1", "Connection weights [target][source]"),
    "tract_lengths": (("tract_lengths", "lengths"), "mm", "Tract lengths [target][source]"),
    "fc": (("fc", "FC"), "1", "Functional connectivity [region][region]"),
    "region_labels": (("region_labels", "labels"), None, "Names of the regions"),
}


def read_npz(file):
    """Those arrays of an npz file that a connectome file can hold, under its names."""
    found = {}
    loaded = numpy.load(file, allow_pickle=False)
    if not isinstance(loaded, numpy.lib.npyio.NpzFile):
        raise ValueError("a single array")
    with loaded as arrays:
        for dataset, (names, _, _) in DATASETS.items():
            for name in names:
                if name in arrays.files:
                    found[dataset] = arrays[name]
                    break
    return found


def check(arrays):
    if not {"weights", "fc"} & arrays.keys():
        raise ValueError("found neither weights nor fc")
    first = "weights" if "weights" in arrays else "fc"
    shape = arrays[first].shape
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"{first} has shape {shape}; expected a square matrix")
    for name, array in arrays.items():
        is_labels = name == "region_labels"
        expected = shape[:1] if is_labels else shape
        if array.shape != expected:
            raise ValueError(f"{name} has shape {array.shape}; expected {expected}")
        if not is_labels and array.dtype.kind not in "biuf":
            raise ValueError(f"{name} holds {array.dtype}; expected real numbers")


def write_connectome(path, arrays, source):
    """Writes the arrays to `path`, which appears whole or not at all."""
    check(arrays)
    path = pathlib.Path(path)
    unfinished = path.with_name(path.name + f".{os.getpid()}.tmp")
    try:
        with h5py.File(unfinished, "w") as file:
            file.attrs["source"] = source
            for name, array in arrays.items():
                _, unit, description = DATASETS[name]
                if name == "region_labels":
                    dataset = file.create_dataset(name, data=[str(label) for label in array], dtype=h5py.string_dtype())
                else:
                    dataset = file.create_dataset(name, data=numpy.asarray(array, dtype=float))
                    dataset.attrs["units"] = unit
                dataset.attrs["long_name"] = description
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
