"""Our own HDF5 file of a CT scan: data, geometry and beam, with units in the names.

/                 attributes: format = "isocenter-ct", version = 1
/data             float32, ([slice,] view, bin), of a cone (view, row, bin); photon counts, or line integrals
                  without photons_per_bin
/angles_rad       float64, (view,)
/source_z_mm, /focus_shift_mm, /projection_matrices   float64, (view, ...), where a cone scan has them
/acquisition      attributes: every other field of `isocenter.modalities.ct.Acquisition`, by its name
/patient, /study  attributes, where known; dates as ISO 8601
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened, required
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.measurement import Measurement

TITLE = "Isocenter CT (HDF5)"
SUFFIXES = (".h5", ".hdf5")
FORMAT = "isocenter-ct"
VERSION = 1

# One entry per view: too long for attributes.
_BY_VIEW = ("source_z_mm", "focus_shift_mm", "projection_matrices")
_PLAIN = tuple(
    item.name for item in fields(Acquisition) if item.name not in ("angles_rad", "photons_per_bin", *_BY_VIEW)
)


def sniff(path: Path) -> bool:
    """Return whether the file says that it is one of ours."""
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("format") == FORMAT)
    except (OSError, RuntimeError):
        return False


def read(path: Path) -> Measurement:
    """Return the scan in a file.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    DataError, ShapeError, GeometryError
        If its parts contradict each other.
    """
    with opened(path) as file:
        version = int(file.attrs.get("version", 0))
        if version != VERSION:
            raise FileFormatError(
                "This version is not known.", file=path.name, field="version", found=version, expected=VERSION
            )
        data = required(file, "data", path)
        angles = required(file, "angles_rad", path)
        if "acquisition" not in file:
            raise FileFormatError("The file has no geometry.", file=path.name, field="acquisition", expected="a group")
        attributes = dict(file["acquisition"].attrs)
        attributes |= {name: required(file, name, path) for name in _BY_VIEW if name in file}
        acquisition = _acquisition(attributes, angles, path)
        known = {name: dict(file[name].attrs) for name in ("patient", "study") if name in file}
        acquired_at = file.attrs.get("acquired_at")
    return Measurement(
        acquisition,
        np.asarray(data, dtype=np.float32),
        sources=(Source.of_file(path),),
        patient=_patient(known.get("patient")),
        study=_study(known.get("study")),
        acquired_at=datetime.fromisoformat(acquired_at) if acquired_at else None,
    )


def write(measurement: Measurement, path: Path) -> None:
    """Write a scan; an existing file is replaced."""
    scan = measurement.acquisition
    with h5py.File(path, "w") as file:
        file.attrs["format"], file.attrs["version"] = FORMAT, VERSION
        if measurement.acquired_at is not None:
            file.attrs["acquired_at"] = measurement.acquired_at.isoformat()
        file.create_dataset("data", data=measurement.data, dtype="f4", compression="gzip", shuffle=True)
        file.create_dataset("angles_rad", data=scan.angles_rad, dtype="f8")
        attributes = file.create_group("acquisition").attrs
        for name in _PLAIN:
            attributes[name] = getattr(scan, name)
        for name in _BY_VIEW:
            if getattr(scan, name) is not None:
                file.create_dataset(name, data=getattr(scan, name), dtype="f8")
        if scan.photons_per_bin is not None:
            attributes["photons_per_bin"] = scan.photons_per_bin
        for name, record in (("patient", measurement.patient), ("study", measurement.study)):
            if record is not None:
                _write_record(file.create_group(name), record)


def _acquisition(attributes: dict[str, Any], angles: Any, path: Path) -> Acquisition:
    known = {item.name: item for item in fields(Acquisition)}
    unknown = sorted(set(attributes) - set(known))
    missing = sorted({"n_bins", "bin_width_mm"} - set(attributes))
    if unknown or missing:
        raise DataError(
            "The geometry of the scan is not complete, or holds what nobody knows.",
            file=path.name,
            field="acquisition",
            found=f"unknown: {unknown}, missing: {missing}",
            expected=", ".join(known),
        )
    values: dict[str, Any] = {
        name: value if name in _BY_VIEW else getattr(value, "item", lambda v=value: v)()
        for name, value in attributes.items()
    }
    return Acquisition(np.asarray(angles, dtype=float), **({"photons_per_bin": None} | values))


def _write_record(group: Any, record: Patient | Study) -> None:
    for item in fields(record):
        value = getattr(record, item.name)
        if value is not None:
            group.attrs[item.name] = value.isoformat() if isinstance(value, date) else value


def _patient(attributes: dict[str, Any] | None) -> Patient | None:
    if attributes is None:
        return None
    birth = attributes.pop("birth_date", None)
    return Patient(birth_date=date.fromisoformat(birth) if birth else None, **attributes)


def _study(attributes: dict[str, Any] | None) -> Study | None:
    if attributes is None:
        return None
    started = attributes.pop("started_at", None)
    return Study(started_at=datetime.fromisoformat(started) if started else None, **attributes)
