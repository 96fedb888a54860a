"""Plane-wave data sets of the PICMUS challenge: an HDF5 file in the flavour of UFF of 2016.

/US/US_DATASET0000      attributes may name the author
    angles              (transmit,) rad
    data/real, imag     (transmit, channel, sample); imag is absent or zero in RF files
    initial_time        s, of the first sample
    modulation_frequency Hz, 0 in RF files
    probe_geometry      (3, channel) m, x y z
    sampling_frequency  Hz
    sound_speed         m/s

Source: Liebgott et al., IEEE Int. Ultrason. Symp. 2016, and the data sets at www.creatis.insa-lyon.fr/Challenge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import FileFormatError
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened
from isocenter.modalities.ultrasound import Acquisition, Measurement, plane_wave

TITLE = "PICMUS plane waves (HDF5)"
SUFFIXES = (".hdf5", ".h5", ".uff")
_GROUP = "US/US_DATASET0000"
_CENTER_HZ, _BANDWIDTH, _ELEMENT_MM = 5.208e6, 0.67, 0.27  # of the L11-4v with which all were taken


def sniff(path: Path) -> bool:
    """Return whether the file holds such a data set."""
    try:
        with h5py.File(path, "r") as file:
            return _GROUP in file and "angles" in file[_GROUP]
    except (OSError, RuntimeError):
        return False


def read(path: Path) -> Measurement:
    """Return the scan in a file.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    ShapeError, DataError, GeometryError
        If its parts contradict each other.
    """
    with opened(path) as file:
        group = file[_GROUP]
        angles = _values(group, "angles", path).ravel()
        places = _values(group, "probe_geometry", path)
        rate_hz, speed = (
            float(_values(group, name, path).ravel()[0]) for name in ("sampling_frequency", "sound_speed")
        )
        start_s = float(_values(group, "initial_time", path).ravel()[0])
        modulated_hz = float(_values(group, "modulation_frequency", path).ravel()[0])
        traces = _values(group, "data/real", path)
        if modulated_hz > 0:
            traces = traces + 1j * _values(group, "data/imag", path)
    places = places if places.shape[0] == 3 else places.T
    if places.shape[0] != 3 or traces.ndim != 3 or traces.shape[:2] != (angles.size, places.shape[1]):
        raise FileFormatError(
            "Traces, angles and elements do not belong together.",
            file=path.name,
            field="data, angles, probe_geometry",
            found=(traces.shape, angles.shape, places.shape),
            expected="(transmit, channel, sample), (transmit,), (3, channel)",
        )
    elements = np.zeros((places.shape[1], 9))
    elements[:, :3], elements[:, 5] = places.T * 1e3, 1.0
    extent_mm = float(np.ptp(elements[:, 0]))
    acquisition = Acquisition(
        elements=elements,
        transmits=np.stack([plane_wave(float(np.degrees(angle))) for angle in angles]),
        center_hz=modulated_hz or _CENTER_HZ,
        bandwidth=_BANDWIDTH,
        sampling_hz=rate_hz,
        n_samples=traces.shape[2],
        start_s=start_s,
        demodulated_hz=modulated_hz,
        sound_speed_m_s=speed,
        near_mm=5.0,
        far_mm=max(6.0, min(50.0, (start_s + traces.shape[2] / rate_hz) * speed / 2 * 1e3)),
        width_mm=extent_mm,
        pixel_mm=0.1,
        element_width_mm=_ELEMENT_MM,
    )
    kind = np.complex64 if modulated_hz > 0 else np.float32
    return Measurement(acquisition, traces.astype(kind)[np.newaxis], sources=(Source.of_file(path),))


def _values(group: Any, name: str, path: Path) -> FloatArray:
    if name not in group:
        raise FileFormatError("The file lacks a part.", file=path.name, field=f"{_GROUP}/{name}", expected="numbers")
    values: FloatArray = np.asarray(group[name][()], dtype=float)
    return values
