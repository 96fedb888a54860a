"""One view of a CT scan in the DICOM-CT-PD form: projection data with the geometry in private elements.

Source: Chen et al., Med. Phys. 42 (2015) 6911-6919 (DICOM-CT-PD), and its data dictionary: groups 7029 (detector), 7031
(where the detector's focal centre stands) and 7033 (how the source is deflected from it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.patient import Patient, Study

COLUMN_SPACING, ROW_SPACING = (0x7029, 0x1002), (0x7029, 0x1006)
N_ROWS, N_COLUMNS, DETECTOR_SHAPE = (0x7029, 0x1010), (0x7029, 0x1011), (0x7029, 0x100B)
ANGLE, AXIAL, RADIAL = (0x7031, 0x1001), (0x7031, 0x1002), (0x7031, 0x1003)
SOURCE_DETECTOR, CENTRAL_ELEMENT = (0x7031, 0x1031), (0x7031, 0x1033)
SHIFTS = ((0x7033, 0x100B), (0x7033, 0x100C), (0x7033, 0x100D))
_WATER = (0x0018, 0x0061)


@dataclass(frozen=True)
class ProjectionView:
    """One view: its line integrals (row, column) and where its source and detector stand.

    Angles in rad, lengths in mm; `central_element` counts from 1 as (column, row); `shifts` of the source are its
    angle, its place along z and its radius.
    """

    number: int
    data: FloatArray
    angle_rad: float
    axial_mm: float
    radial_mm: float
    source_detector_mm: float
    column_mm: float
    row_mm: float
    central_element: tuple[float, float]
    shifts: tuple[float, float, float]
    shape: str
    mu_water_per_mm: float
    patient_position: str


def is_projection_view(path: Path) -> bool:
    """Return whether a file is one view of such a scan."""
    try:
        head = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[_tag(ANGLE)])
    except (InvalidDicomError, OSError, ValueError, EOFError, AttributeError):
        return False
    return _tag(ANGLE) in head


def read_projection_view(path: Path) -> ProjectionView:
    """Return the view in a file.

    Raises
    ------
    FileFormatError
        If the file is truncated or no DICOM file, or lacks a part.
    DataError
        If its pixels are not those of the detector that it describes.
    """
    dataset = _dataset(path)
    try:
        pixels = np.asarray(dataset.pixel_array, dtype=np.float32)
    except Exception as problem:  # pydicom raises many kinds on damaged pixels
        raise FileFormatError(
            "The pixels of a view cannot be read.",
            file=path.name,
            field="PixelData",
            found=str(problem)[:200],
            expected="a whole file",
            remedy="Copy the file again; it may be truncated.",
        ) from None
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    n_rows, n_columns = (int(_number(dataset, tag, path)) for tag in (N_ROWS, N_COLUMNS))
    # The format lays columns of the detector along rows of the picture; some writers do not.
    if pixels.shape == (n_columns, n_rows) and n_columns != n_rows:
        pixels = pixels.T
    if pixels.shape != (n_rows, n_columns):
        raise DataError(
            "The view is not as large as its detector.",
            file=path.name,
            field="PixelData",
            found=pixels.shape,
            expected=f"{n_rows} rows x {n_columns} columns",
        )
    central = _numbers(dataset, CENTRAL_ELEMENT, path)
    shape = dataset.get(_tag(DETECTOR_SHAPE))
    return ProjectionView(
        number=int(dataset.get("InstanceNumber") or 0),
        data=np.ascontiguousarray(pixels * np.float32(slope) + np.float32(intercept)),
        angle_rad=_number(dataset, ANGLE, path),
        axial_mm=_number(dataset, AXIAL, path),
        radial_mm=_number(dataset, RADIAL, path),
        source_detector_mm=_number(dataset, SOURCE_DETECTOR, path),
        column_mm=_number(dataset, COLUMN_SPACING, path),
        row_mm=_number(dataset, ROW_SPACING, path),
        central_element=(central[0], central[-1]),
        shifts=tuple(_number(dataset, tag, path, default=0.0) for tag in SHIFTS),  # type: ignore[arg-type]
        shape=_text(shape.value) if shape is not None else "CYLINDRICAL",
        mu_water_per_mm=_number(dataset, _WATER, path, default=0.0),
        patient_position=str(dataset.get("PatientPosition") or "HFS"),
    )


def who_and_when(path: Path) -> tuple[Patient, Study]:
    """Return the patient and the study that a view's file names."""
    head = _dataset(path)
    started = None
    stamp = str(head.get("StudyDate") or "") + str(head.get("StudyTime") or "").split(".")[0]
    if len(stamp) == 14 and stamp.isdigit():
        started = datetime.strptime(stamp, "%Y%m%d%H%M%S")
    patient = Patient(
        str(head.get("PatientID") or ""), str(head.get("PatientName") or ""), sex=str(head.get("PatientSex") or "")
    )
    study = Study(
        str(head.StudyInstanceUID) if head.get("StudyInstanceUID") else None,
        str(head.get("AccessionNumber") or ""),
        str(head.get("StudyDescription") or ""),
        started_at=started,
    )
    return patient, study


def _dataset(path: Path) -> Dataset:
    try:
        return pydicom.dcmread(path)
    except (InvalidDicomError, OSError, ValueError, EOFError) as problem:
        raise FileFormatError(
            "The view cannot be read.", file=path.name, found=str(problem)[:200], expected="a whole DICOM file"
        ) from None


def _tag(pair: tuple[int, int]) -> int:
    return pair[0] << 16 | pair[1]


def _number(dataset: Dataset, tag: tuple[int, int], path: Path, default: float | None = None) -> float:
    if _tag(tag) not in dataset and default is not None:
        return default
    return _numbers(dataset, tag, path)[0]


def _numbers(dataset: Dataset, tag: tuple[int, int], path: Path) -> list[float]:
    """Return a private element's numbers: read by its dictionary, or as bytes where its kind is unknown."""
    if _tag(tag) not in dataset:
        raise FileFormatError(
            "A part of the view's geometry is missing.",
            file=path.name,
            field=f"({tag[0]:04X},{tag[1]:04X})",
            expected="an element of DICOM-CT-PD",
        )
    value: Any = dataset[_tag(tag)].value
    if isinstance(value, bytes):
        # Numbers of counts are 16 bit, everything else is a float.
        kind = "<u2" if tag in (N_ROWS, N_COLUMNS) and len(value) == 2 else "<f4"
        value = np.frombuffer(value, dtype=kind).tolist() if len(value) % np.dtype(kind).itemsize == 0 else []
    found = [
        float(each) for each in (value if isinstance(value, list | tuple | pydicom.multival.MultiValue) else [value])
    ]
    if not found or not np.isfinite(found).all():
        raise DataError(
            "A part of the view's geometry is no number.",
            file=path.name,
            field=f"({tag[0]:04X},{tag[1]:04X})",
            found=str(value)[:60],
        )
    return found


def _text(value: object) -> str:
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip(" \0").upper()
