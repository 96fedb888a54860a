"""NXtomo: tomography in NeXus files (HDF5), as synchrotrons write it.

Source: NeXus application definition NXtomo (manual.nexusformat.org): `instrument/detector/data` (frame, y, x) with its
`image_key` (0 projection, 1 flat field, 2 dark field, 3 invalid) and `sample/rotation_angle` per frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, FileFormatError, OptionError
from isocenter.formats.data_exchange import line_integrals, parallel_measurement
from isocenter.formats.hdf5 import opened, required
from isocenter.modalities.ct.measurement import Measurement

TITLE = "NXtomo (NeXus, HDF5)"
SUFFIXES = (".nxs", ".nx", ".h5", ".hdf5")
_LENGTHS_MM = {"m": 1e3, "mm": 1.0, "cm": 10.0, "um": 1e-3, "µm": 1e-3, "micron": 1e-3, "nm": 1e-6}


def sniff(path: Path) -> bool:
    """Return whether the file holds an entry that says it is NXtomo."""
    try:
        with h5py.File(path, "r") as file:
            return _entry(file) is not None
    except (OSError, RuntimeError):
        return False


def read(
    path: Path, pixel_size_mm: float = 0.0, rotation_center: float | None = None, energy_kev: float = 0.0
) -> Measurement:
    """Return line integrals, after flat and dark field, of a parallel beam.

    Parameters
    ----------
    pixel_size_mm
        Width of a detector pixel; 0 takes the file's `x_pixel_size`, and 1 mm if it has none.
    rotation_center
        Bin of the axis of rotation; the file's `x_rotation_axis_pixel_position` or an estimate if it is not given.
    energy_kev
        Beam energy for CT numbers; 0 takes the file's.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    DataError
        If keys, angles and frames disagree, values are not finite, or the flat field is dark.
    """
    if pixel_size_mm < 0:
        raise OptionError("A pixel has a size.", field="pixel_size_mm", found=pixel_size_mm, expected="0 or more")
    with opened(path) as file:
        entry = _entry(file)
        if entry is None:
            raise FileFormatError("No entry is NXtomo.", file=path.name, field="definition", expected="NXtomo")
        detector = _group(entry, "NXdetector")
        name = detector.name if detector is not None else f"{entry.name}/instrument/detector"
        frames = required(file, f"{name}/data", path)
        keys = required(file, f"{name}/image_key", path).astype(int)
        angles = required(file, f"{entry.name}/sample/rotation_angle", path).astype(float)
        unit = _text(file[f"{entry.name}/sample/rotation_angle"].attrs.get("units", "degree"))
        pixel = pixel_size_mm or _length_mm(detector, "x_pixel_size") or 1.0
        if rotation_center is None and "x_rotation_axis_pixel_position" in detector:
            # From the middle of the detector, as nxtomo has it.
            rotation_center = (frames.shape[-1] - 1) / 2 + float(
                np.ravel(detector["x_rotation_axis_pixel_position"][()])[0]
            )
        energy = energy_kev or _energy_kev(entry) or 20.0
    _require_agreement(frames, keys, angles, path)
    is_view = keys == 0
    size = (0, *frames.shape[1:])
    flat = frames[keys == 1] if (keys == 1).any() else np.ones((1, *frames.shape[1:]))
    dark = frames[keys == 2] if (keys == 2).any() else np.zeros(size)
    angles_rad = angles if unit.lower().startswith("rad") else np.radians(angles)
    integrals = line_integrals(frames[is_view], flat, dark, path)
    return parallel_measurement(integrals, angles_rad[is_view], path, pixel, rotation_center, energy)


def _require_agreement(frames: Array, keys: Array, angles: Array, path: Path) -> None:
    if frames.ndim != 3 or keys.shape != frames.shape[:1] or angles.shape != frames.shape[:1]:
        raise DataError(
            "There is not one key and one angle for every frame.",
            file=path.name,
            field="image_key, rotation_angle",
            found=f"{keys.shape} keys and {angles.shape} angles for data {frames.shape}",
            expected="data (frame, y, x), keys and angles (frame,)",
        )
    if not (keys == 0).any():
        raise DataError("No frame is a projection.", file=path.name, field="image_key", found=np.unique(keys).tolist())


def _entry(file: Any) -> Any:
    """Return the first group, at most two deep, that is defined as NXtomo."""
    groups = [item for item in file.values() if isinstance(item, h5py.Group)]
    groups += [item for group in groups for item in group.values() if isinstance(item, h5py.Group)]
    for group in groups:
        if isinstance(group.get("definition"), h5py.Dataset) and "NXtomo" in _text(group["definition"][()]):
            return group
    return None


def _group(entry: Any, kind: str) -> Any:
    """Return the first group of a NeXus class below an entry."""
    found: list[Any] = []

    def look(_: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and _text(item.attrs.get("NX_class", "")) == kind:
            found.append(item)

    entry.visititems(look)
    return found[0] if found else None


def _length_mm(group: Any, name: str) -> float:
    if group is None or name not in group:
        return 0.0
    unit = _text(group[name].attrs.get("units", "m"))
    return float(np.ravel(group[name][()])[0]) * _LENGTHS_MM.get(unit, 1e3)


def _energy_kev(entry: Any) -> float:
    for name in ("instrument/beam/incident_energy", "beam/incident_energy"):
        if name in entry:
            unit = _text(entry[name].attrs.get("units", "keV"))
            return float(np.ravel(entry[name][()])[0]) * (1e-3 if unit == "eV" else 1.0)
    return 0.0


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
