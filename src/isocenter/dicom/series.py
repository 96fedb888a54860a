"""Read folders of DICOM files as images: one per series, in the patient's frame, with a report of what is odd.

Source: DICOM PS3.3 sec. C.7.6.2 (Image Plane), C.11.1 (Modality LUT), C.7.6.16.2.11 (Real World Value Mapping).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, FileFormatError, IsocenterError, NotSupportedError
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import OnProgress, Step
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header
from isocenter.dicom.lookup import modality_values, rescale_of
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.planes import Plane, planes_of
from isocenter.dicom.real_world_values import mapping_of
from isocenter.dicom.stacking import Stack, stack

MAX_VOLUME_BYTES = 8 << 30

_PET_UNITS: Mapping[str, str] = {"BQML": "Bq/mL", "CNTS": "{counts}", "CPS": "{counts}/s", "GML": "g/ml{SUVbw}"}
_QUANTITIES: Mapping[str, str] = {
    "CT": "CT number",
    "MR": "MR signal magnitude",
    "PT": "activity concentration",
    "NM": "counts",
}


@dataclass(frozen=True)
class SeriesReport:
    """What was found: identifiers for the person who must look, and everything that is not as it should be."""

    series_uid: str
    modality: str
    description: str
    n_files: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class SeriesImage:
    """An image with the report of how it was read."""

    image: Image
    report: SeriesReport


@dataclass(frozen=True)
class Series:
    """The planes of one series, headers read, pixels not yet."""

    series_uid: str
    planes: tuple[Plane, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, each once."""
        return tuple(dict.fromkeys(plane.file for plane in self.planes))

    def read(self, *, as_stack: bool = False, on_progress: OnProgress | None = None) -> SeriesImage:
        """Return the series as one image.

        Raises
        ------
        GeometryError
            If the planes are no volume; `as_stack` takes them all the same and reports why.
        DataError, NotSupportedError
            If pixels are damaged, or in colour.
        """
        stacked = stack(self.planes, as_stack=as_stack)
        first = stacked.planes[0]
        quantity, unit = meaning_of(first)
        image = Image(
            _values(stacked, on_progress),
            stacked.grid,
            quantity=quantity,
            unit=unit,
            axes=stacked.axes,
            acquired_at=_acquired_at(first.header),
            patient=_patient(first.header),
            study=_study(first.header),
        )
        text = first.header.text
        report = SeriesReport(
            self.series_uid,
            text(tag_of("Modality")),
            text(tag_of("SeriesDescription")),
            len(self.files),
            stacked.warnings,
        )
        return SeriesImage(image, report)


def find_series(paths: Path | Iterable[Path]) -> tuple[tuple[Series, ...], dict[Path, IsocenterError]]:
    """Return the series in a folder (or among files), and the files that could not be used with the reason.

    Folders are searched with their subfolders. No pixel is read.
    """
    series: dict[str, list[Plane]] = {}
    skipped: dict[Path, IsocenterError] = {}
    for file in _files(paths):
        try:
            planes = list(planes_of(file))
        except IsocenterError as problem:
            skipped[file] = problem
            continue
        uid = planes[0].header.text(tag_of("SeriesInstanceUID"))
        series.setdefault(uid, []).extend(planes)
    return tuple(Series(uid, tuple(planes)) for uid, planes in series.items()), skipped


def read_images(paths: Path | Iterable[Path], *, as_stack: bool = False) -> tuple[Image, ...]:
    """Return one image per series; raises as `read_image` if there is none."""
    found, skipped = find_series(paths)
    _require_some(found, skipped, paths)
    return tuple(series.read(as_stack=as_stack).image for series in found)


def read_image(paths: Path | Iterable[Path], *, as_stack: bool = False, on_progress: OnProgress | None = None) -> Image:
    """Return the only series in a folder (or among files) as an image.

    Raises
    ------
    FileFormatError
        If there is no DICOM image.
    DataError
        If there are several series.
    GeometryError
        If the series is no volume and `as_stack` is False.
    """
    found, skipped = find_series(paths)
    _require_some(found, skipped, paths)
    if len(found) > 1:
        raise DataError(
            "There are several series here.",
            found=", ".join(f"{series.series_uid} ({len(series.files)} files)" for series in found),
            expected="one series",
            remedy="Choose the files of one series, or use read_images.",
        )
    return found[0].read(as_stack=as_stack, on_progress=on_progress).image


def _files(paths: Path | Iterable[Path]) -> list[Path]:
    given = [paths] if isinstance(paths, Path) else list(paths)
    files: list[Path] = []
    for path in given:
        files.extend(sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path])
    return files


def _require_some(found: tuple[Series, ...], skipped: dict[Path, IsocenterError], paths: Path | Iterable[Path]) -> None:
    if found:
        return
    if len(skipped) == 1:
        raise next(iter(skipped.values()))
    raise FileFormatError(
        "There is no DICOM image here.",
        file=paths.name if isinstance(paths, Path) else None,
        found=f"{len(skipped)} other files",
        expected="at least one DICOM image",
    )


def _values(stacked: Stack, on_progress: OnProgress | None) -> Array:
    """Return the values of all planes; single precision unless the numbers need more."""
    first = stacked.planes[0]
    if first.description.samples_per_pixel != 1 or first.description.photometric_interpretation.startswith("PALETTE"):
        raise NotSupportedError(
            "Colour images have no measured values.",
            file=first.file.name,
            field="PhotometricInterpretation",
            found=first.description.photometric_interpretation,
            remedy="Render the frames instead.",
        )
    shape = (*stacked.extra, *stacked.grid.shape)
    if int(np.prod(shape)) * 4 > MAX_VOLUME_BYTES:
        raise DataError("The series is too large for one image.", field="values", found=shape, expected="at most 8 GiB")
    dtype = _dtype(stacked.planes)
    rows, columns = first.description.shape
    values = np.empty((len(stacked.planes), rows, columns), dtype)
    done = 0
    for file, planes in groupby(enumerate(stacked.planes), key=lambda pair: pair[1].file):
        with FrameReader.open(file) as reader:
            for index, plane in planes:
                values[index] = _plane_values(plane, reader)
                done += 1
                if on_progress is not None:
                    on_progress(Step(done, len(stacked.planes), "reading slices"))
    return values.reshape(shape)


def _plane_values(plane: Plane, reader: FrameReader) -> Array:
    stored = reader.stored(plane.frame)
    mapping = mapping_of(plane)
    if mapping is not None:
        return mapping.values(stored)
    return modality_values(stored, plane.attributes, plane.frame)


def _dtype(planes: tuple[Plane, ...]) -> np.dtype[Any]:
    """Return float32 if it holds every 16 bit value exactly enough, else float64."""
    is_small = all(plane.description.bits_stored <= 16 and not plane.description.is_float for plane in planes)
    return np.dtype(np.float32 if is_small and all(_is_near_zero(plane) for plane in planes) else np.float64)


def _is_near_zero(plane: Plane) -> bool:
    """Return whether the intercept is small enough against the slope for single precision."""
    mapping = mapping_of(plane)
    if mapping is not None:
        return all(abs(piece.intercept) <= abs(piece.slope) * 65536 for piece in mapping.pieces)
    slope, intercept = rescale_of(plane.attributes, plane.frame)
    return abs(intercept) <= abs(slope) * 65536


def meaning_of(plane: Plane) -> tuple[str, str]:
    """Return quantity and UCUM unit: of the real world value mapping, else of the modality."""
    modality = plane.header.text(tag_of("Modality"))
    mapping = mapping_of(plane)
    if mapping is not None:
        return mapping.quantity or _QUANTITIES.get(modality, "value"), mapping.unit
    quantity = _QUANTITIES.get(modality, f"{modality} value".strip())
    if modality == "PT":
        return quantity, _PET_UNITS.get(plane.header.text(tag_of("Units")), "1")
    rescale_type = plane.attributes.texts(
        plane.frame, tag_of("PixelValueTransformationSequence"), tag_of("RescaleType")
    ) or plane.header.texts(tag_of("RescaleType"))
    is_hounsfield = modality == "CT" and (not rescale_type or rescale_type[0] in ("HU", "HU_MOD", ""))
    if modality == "CT" and not is_hounsfield:
        return "CT value", "1"
    return quantity, "[hnsf'U]" if is_hounsfield else "1"


def _patient(header: Header) -> Patient:
    return Patient(
        patient_id=header.text(tag_of("PatientID")),
        name=header.text(tag_of("PatientName")),
        birth_date=_date(header.text(tag_of("PatientBirthDate"))),
        sex=header.text(tag_of("PatientSex")),
    )


def _study(header: Header) -> Study:
    return Study(
        study_uid=header.text(tag_of("StudyInstanceUID")) or None,
        accession_number=header.text(tag_of("AccessionNumber")),
        description=header.text(tag_of("StudyDescription")),
        referring_physician=header.text(tag_of("ReferringPhysicianName")),
        started_at=_moment(header.text(tag_of("StudyDate")), header.text(tag_of("StudyTime"))),
    )


def _acquired_at(header: Header) -> datetime | None:
    both = header.text(tag_of("AcquisitionDateTime"))
    if both:
        return _moment(both[:8], both[8:].split("+")[0].split("-")[0])
    return _moment(header.text(tag_of("AcquisitionDate")), header.text(tag_of("AcquisitionTime")))


def _date(text: str) -> date | None:
    moment = _moment(text, "")
    return None if moment is None else moment.date()


def _moment(day: str, time: str) -> datetime | None:
    """Return a date and time (DA, TM), None if the date is not one; what the time leaves out is zero."""
    digits = time.replace(":", "").partition(".")
    clock = digits[0].ljust(6, "0")[:6]
    fraction = (digits[2] or "0").ljust(6, "0")[:6]
    try:
        return datetime.strptime(f"{day.replace('.', '')}{clock}.{fraction}", "%Y%m%d%H%M%S.%f")
    except ValueError:
        return None
