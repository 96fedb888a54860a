"""Our own HDF5 file of an ultrasound scan: traces and the fields of their acquisition, with units in the names.

/                 attributes: format = isocenter-ultrasound, version = 1, acquired_at where known
/data             float32 or complex64 (frame, transmit, channel, sample)
/acquisition      attributes and datasets: every field of `Acquisition`, by its name
/patient, /study  attributes, where known; dates as ISO 8601
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from isocenter.core.arrays import Array
from isocenter.formats.acquisition_hdf5 import is_format, read_scan, write_scan
from isocenter.modalities.ultrasound import Acquisition, Measurement

TITLE = "Isocenter ultrasound (HDF5)"
SUFFIXES = (".h5", ".hdf5")
FORMAT = "isocenter-ultrasound"


def sniff(path: Path) -> bool:
    """Return whether the file says that it is one of ours."""
    return is_format(path, FORMAT)


def read(path: Path) -> Measurement:
    """Return the scan in a file; raises as `read_scan`."""
    measurement: Measurement = read_scan(path, Acquisition, Measurement)
    return measurement


def write(measurement: Measurement, path: Path) -> None:
    """Write a scan; an existing file is replaced."""
    write_scan(measurement, path, FORMAT)


class Recorder:
    """A file that grows by one frame of traces after the other; whole after every one, and readable when closed.

    Use it in a ``with`` block; an existing file is replaced.
    """

    def __init__(self, acquisition: Acquisition, path: Path) -> None:
        shape = acquisition.data_shape[1:]
        kind = np.complex64 if acquisition.is_demodulated else np.float32
        write_scan(Measurement(replace(acquisition, n_frames=1), np.zeros((1, *shape), dtype=kind)), path, FORMAT)
        self._file = h5py.File(path, "r+")
        del self._file["data"]
        self._data = self._file.create_dataset(
            "data", shape=(0, *shape), maxshape=(None, *shape), dtype=kind, chunks=(1, *shape)
        )

    def add(self, traces: Array) -> None:
        """Append one frame (transmit, channel, sample)."""
        n_frames = self._data.shape[0] + 1
        self._data.resize(n_frames, axis=0)
        self._data[-1] = traces
        self._file["acquisition"].attrs["n_frames"] = n_frames
        self._file.flush()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
