"""Our own HDF5 file of a tomosynthesis scan; its layout is that of `isocenter.formats.acquisition_hdf5`."""

from __future__ import annotations

from pathlib import Path

from isocenter.formats.acquisition_hdf5 import is_format, read_scan, write_scan
from isocenter.modalities.tomosynthesis import Acquisition, Measurement

TITLE = "Isocenter tomosynthesis (HDF5)"
SUFFIXES = (".h5", ".hdf5")
FORMAT = "isocenter-tomosynthesis"


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
