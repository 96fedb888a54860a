"""Our own HDF5 file of an ultrasound scan: traces and the fields of their acquisition, with units in the names.

/                 attributes: format = isocenter-ultrasound, version = 1, acquired_at where known
/data             float32 or complex64 (frame, transmit, channel, sample)
/frame_times_s    (frame,) when each was taken, where known
/acquisition      attributes and datasets: every field of `Acquisition`, by its name
/patient, /study  attributes, where known; dates as ISO 8601
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError
from isocenter.formats.acquisition_hdf5 import is_format, read_scan, write_scan
from isocenter.modalities.ultrasound import Acquisition, Measurement

TITLE = "Isocenter ultrasound (HDF5)"
SUFFIXES = (".h5", ".hdf5")
FORMAT = "isocenter-ultrasound"
_BESIDE = ("frame_times_s",)


def sniff(path: Path) -> bool:
    """Return whether the file says that it is one of ours."""
    return is_format(path, FORMAT)


def read(path: Path) -> Measurement:
    """Return the scan in a file; raises as `read_scan`."""
    measurement: Measurement = read_scan(path, Acquisition, Measurement, beside=_BESIDE)
    return measurement


def write(measurement: Measurement, path: Path) -> None:
    """Write a scan; an existing file is replaced."""
    write_scan(measurement, path, FORMAT, beside=_BESIDE)


class Recorder:
    """A file that grows by one frame of traces after the other; whole after every one, and readable when closed.

    Use it in a ``with`` block; an existing file is replaced. Frames have a time each, or none of them has.
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
        self._times: Any = None

    def add(self, traces: Array, time_s: float | None = None) -> None:
        """Append one frame (transmit, channel, sample), and when it was taken.

        Raises `DataError` if its time is not after that of the frame before, or only one of them has a time.
        """
        n_frames = self._data.shape[0] + 1
        if n_frames == 1 and time_s is not None:
            self._times = self._file.create_dataset("frame_times_s", shape=(0,), maxshape=(None,), dtype="f8")
            self._file["acquisition"].attrs["frame_hz"] = 0.0  # the times tell how many came a second
        self._require_later(time_s)
        self._data.resize(n_frames, axis=0)
        self._data[-1] = traces
        if self._times is not None:
            self._times.resize(n_frames, axis=0)
            self._times[-1] = time_s
        self._file["acquisition"].attrs["n_frames"] = n_frames
        self._file.flush()

    def _require_later(self, time_s: float | None) -> None:
        before = None if self._times is None else float(self._times[-1]) if len(self._times) else -np.inf
        if before is None and time_s is None:
            return
        if before is None or time_s is None or not time_s > before:
            raise DataError(
                "A frame's time does not follow that of the frame before.",
                file=Path(self._file.filename).name,
                field="frame_times_s",
                found=time_s,
                expected="none, as for those before" if before is None else f"a time after {before:g} s",
                remedy="Record what comes after a break into another file.",
            )

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
