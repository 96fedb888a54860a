"""Scans of one kind in HDF5: counts and the fields of their acquisition, with units in the names.

/                 attributes: format, version = 1, acquired_at where known
/data             float32, or complex64, in the modality's order of axes
/...              what else the modality measures beside them, by its name, where known
/acquisition      attributes and datasets: every field of the modality's `Acquisition`, by its name
/patient, /study  attributes, where known; dates as ISO 8601
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened, required

VERSION = 1


def is_format(path: Path, name: str) -> bool:
    """Return whether a file says that it is of the format `name`."""
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("format") == name)
    except (OSError, RuntimeError):
        return False


def read_scan(
    path: Path, acquisition_type: type[Any], measurement_type: type[Any], *, beside: tuple[str, ...] = ()
) -> Any:
    """Return the measurement in a file; `beside` names arrays that are measured beside the data and may be there.

    Raises
    ------
    FileFormatError
        If the file is truncated, of another version or lacks a part.
    DataError, ShapeError, GeometryError, OptionError
        If its parts contradict each other.
    """
    with opened(path) as file:
        version = int(file.attrs.get("version", 0))
        if version != VERSION:
            raise FileFormatError(
                "This version is not known.", file=path.name, field="version", found=version, expected=VERSION
            )
        data = required(file, "data", path)
        if "acquisition" not in file:
            raise FileFormatError("The file has no geometry.", file=path.name, field="acquisition", expected="a group")
        group = file["acquisition"]
        values: dict[str, Any] = {name: _plain(value) for name, value in group.attrs.items()}
        values |= {name: np.asarray(item[()], dtype=float) for name, item in group.items()}
        patient = _record(file, "patient", Patient, "birth_date", date)
        study = _record(file, "study", Study, "started_at", datetime)
        acquired_at = file.attrs.get("acquired_at")
        arrays = {name: np.asarray(file[name][()], dtype=float) for name in beside if name in file}
    known = [item.name for item in fields(acquisition_type)]
    unknown = sorted(set(values) - set(known))
    missing = sorted(_required(acquisition_type) - set(values))
    if unknown or missing:
        raise DataError(
            "The geometry of the scan is not complete, or holds what nobody knows.",
            file=path.name,
            field="acquisition",
            found=f"unknown: {unknown}, missing: {missing}",
            expected=", ".join(known),
        )
    return measurement_type(
        acquisition_type(**values),
        np.asarray(data, dtype=np.complex64 if np.iscomplexobj(data) else np.float32),
        sources=(Source.of_file(path),),
        patient=patient,
        study=study,
        acquired_at=datetime.fromisoformat(acquired_at) if acquired_at else None,
        **arrays,
    )


def write_scan(measurement: Any, path: Path, name: str, *, beside: tuple[str, ...] = ()) -> None:
    """Write a measurement as the format `name`, with its arrays `beside`; an existing file is replaced."""
    with h5py.File(path, "w") as file:
        file.attrs["format"], file.attrs["version"] = name, VERSION
        if measurement.acquired_at is not None:
            file.attrs["acquired_at"] = measurement.acquired_at.isoformat()
        kind = "c8" if np.iscomplexobj(measurement.data) else "f4"
        file.create_dataset("data", data=measurement.data, dtype=kind, compression="gzip", shuffle=True)
        for array in beside:
            if getattr(measurement, array) is not None:
                file.create_dataset(array, data=getattr(measurement, array), dtype="f8")
        group = file.create_group("acquisition")
        for item in fields(measurement.acquisition):
            value = getattr(measurement.acquisition, item.name)
            if isinstance(value, np.ndarray):
                group.create_dataset(item.name, data=value, dtype="f8")
            elif value is not None:
                group.attrs[item.name] = value
        for part, record in (("patient", measurement.patient), ("study", measurement.study)):
            if record is not None:
                attributes = file.create_group(part).attrs
                for item in fields(record):
                    value = getattr(record, item.name)
                    if value is not None:
                        attributes[item.name] = value.isoformat() if isinstance(value, date) else value


def _required(acquisition_type: type[Any]) -> set[str]:
    return {
        item.name for item in fields(acquisition_type) if item.default is MISSING and item.default_factory is MISSING
    }


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _record(file: Any, part: str, kind: type[Any], moment: str, of: type[Any]) -> Any:
    if part not in file:
        return None
    values = dict(file[part].attrs)
    if values.get(moment):
        values[moment] = of.fromisoformat(values[moment])
    return kind(**values)
