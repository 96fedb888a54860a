"""Our own HDF5 file of an ultrasound scan: traces and the fields of their acquisition, with units in the names.

/                 attributes: format = isocenter-ultrasound, version = 1, acquired_at where known
/data             float32 or complex64 (frame, transmit, channel, sample)
/acquisition      attributes and datasets: every field of `Acquisition`, by its name
/patient, /study  attributes, where known; dates as ISO 8601
"""

from __future__ import annotations

from pathlib import Path

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
