"""One plane of an object: where it lies, which values it holds, what tells it from others at the same place.

Source: DICOM PS3.3 sec. C.7.6.2 (Image Plane), C.7.6.16.2 (functional groups), C.8.4.11 (NM detector).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.functional_groups import FrameAttributes
from isocenter.dicom.header import Header
from isocenter.dicom.lookup import LOOKUP_TAGS
from isocenter.dicom.pixels import FrameReader, PixelDescription
from isocenter.dicom.ultrasound_regions import regions_of, tissue_spacing_mm

PLANE_TAGS = LOOKUP_TAGS | tags_of(
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID", "Modality",
    "SeriesDescription", "SeriesNumber", "InstanceNumber", "AcquisitionNumber", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "ImagerPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "EchoTime", "EchoNumbers", "TemporalPositionIdentifier", "TriggerTime", "DiffusionBValue", "Units", "ImageType",
    "RealWorldValueMappingSequence", "DetectorInformationSequence", "PatientID", "PatientName", "PatientBirthDate",
    "PatientSex", "AccessionNumber", "StudyDescription", "ReferringPhysicianName", "StudyDate", "StudyTime",
    "AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime", "SequenceOfUltrasoundRegions",
)  # fmt: skip

MAX_PLANES = 100_000

_POSITION = (tag_of("PlanePositionSequence"), tag_of("ImagePositionPatient"))
_ORIENTATION = (tag_of("PlaneOrientationSequence"), tag_of("ImageOrientationPatient"))
_SPACING = (tag_of("PixelMeasuresSequence"), tag_of("PixelSpacing"))
_THICKNESS = (tag_of("PixelMeasuresSequence"), tag_of("SliceThickness"))

AXIS_CANDIDATES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("diffusion", tag_of("MRDiffusionSequence"), ("DiffusionBValue",)),
    ("echo", tag_of("MREchoSequence"), ("EffectiveEchoTime", "EchoTime", "EchoNumbers")),
    ("time", tag_of("FrameContentSequence"), ("TemporalPositionIndex", "TemporalPositionIdentifier")),
    ("time", tag_of("CardiacSynchronizationSequence"), ("NominalCardiacTriggerDelayTime", "TriggerTime")),
    ("acquisition", tag_of("FrameContentSequence"), ("FrameAcquisitionNumber", "AcquisitionNumber")),
)


@dataclass(frozen=True)
class Plane:
    """One frame and its place; `position_mm` and `axes_xy` (3, 2) are None where the object does not say.

    `mappings` are the real world value mappings that other objects state for it.
    """

    header: Header
    description: PixelDescription
    attributes: FrameAttributes
    file: Path
    frame: int
    position_mm: FloatArray | None
    axes_xy: FloatArray | None
    spacing_yx_mm: tuple[float, float] | None
    thickness_mm: float | None
    instance_number: int
    candidates: tuple[float | None, ...]
    mappings: tuple[Header, ...] = ()

    @property
    def order(self) -> tuple[int, str, int]:
        """Instance number, file and frame: the order in which an object was written."""
        return self.instance_number, self.file.name, self.frame


def planes_of(path: Path) -> Iterator[Plane]:
    """Yield the planes of a file in frame order; the file is closed before the first one.

    Raises `FileFormatError` or `DataError` if it is no readable image object.
    """
    with FrameReader.open(path, PLANE_TAGS) as reader:
        found = planes_in(reader, path)
    yield from found


def planes_in(reader: FrameReader, path: Path) -> list[Plane]:
    """Return the planes of an open object, scanned for `PLANE_TAGS`, in frame order; `path` names it in errors.

    Raises `DataError` if it is not readable.
    """
    description, n_frames = reader.description, len(reader.table)
    header = replace(reader.header, buffer=b"")
    if n_frames > MAX_PLANES:
        raise DataError(
            "The object has too many frames to be one image.",
            file=path.name,
            field="NumberOfFrames",
            found=n_frames,
            expected=f"at most {MAX_PLANES}",
        )
    attributes = FrameAttributes(header)
    return [_plane(attributes, description, path, frame) for frame in range(n_frames)]


def _plane(attributes: FrameAttributes, description: PixelDescription, path: Path, frame: int) -> Plane:
    header = attributes.header
    position, orientation = _place(attributes, header, frame)
    spacing = (
        attributes.numbers(frame, *_SPACING) or header.numbers(tag_of("ImagerPixelSpacing")) or _us_spacing(header)
    )
    thickness = attributes.numbers(frame, *_THICKNESS)
    if len(spacing) >= 2 and (min(spacing[:2]) <= 0 or not np.isfinite(spacing[:2]).all()):
        raise DataError("The pixel spacing is not positive.", file=path.name, field="PixelSpacing", found=spacing[:2])
    return Plane(
        header=header,
        description=description,
        attributes=attributes,
        file=path,
        frame=frame,
        position_mm=_finite(position, 3, path, "ImagePositionPatient"),
        axes_xy=_axes(_finite(orientation, 6, path, "ImageOrientationPatient"), path),
        spacing_yx_mm=(spacing[0], spacing[1]) if len(spacing) >= 2 else None,
        thickness_mm=thickness[0] if thickness and thickness[0] > 0 else None,
        instance_number=header.integer(tag_of("InstanceNumber"), 0) or 0,
        candidates=tuple(_candidate(attributes, frame, group, names) for _, group, names in AXIS_CANDIDATES),
    )


def _place(attributes: FrameAttributes, header: Header, frame: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return position and orientation of a frame; a nuclear tomogram states only its first slice (C.8.4.11)."""
    position = attributes.numbers(frame, *_POSITION)
    orientation = attributes.numbers(frame, *_ORIENTATION)
    detectors = header.items(tag_of("DetectorInformationSequence"))
    if len(position) == 3 or not detectors or "RECON TOMO" not in header.texts(tag_of("ImageType")):
        return position, orientation
    first = detectors[0].numbers(tag_of("ImagePositionPatient"))
    orientation = detectors[0].numbers(tag_of("ImageOrientationPatient"))
    between = header.numbers(tag_of("SpacingBetweenSlices"))
    if len(first) != 3 or len(orientation) != 6 or not between:
        return position, orientation
    normal = np.cross(orientation[:3], orientation[3:])
    return tuple(float(v) for v in np.asarray(first) + normal * between[0] * frame), orientation


def _us_spacing(header: Header) -> tuple[float, ...]:
    """Return the spacing of an ultrasound image whose regions of tissue have one scale."""
    if tag_of("SequenceOfUltrasoundRegions") not in header:
        return ()
    return tissue_spacing_mm(regions_of(header)) or ()


def _candidate(attributes: FrameAttributes, frame: int, group: int, names: tuple[str, ...]) -> float | None:
    for name in names:
        found = attributes.numbers(frame, group, tag_of(name))
        if found:
            return found[0]
    return None


def _finite(values: tuple[float, ...], count: int, path: Path, field: str) -> FloatArray | None:
    if not values:
        return None
    if len(values) != count or not np.isfinite(values).all():
        raise DataError("A position or orientation is not valid.", file=path.name, field=field, found=values[:count])
    return np.asarray(values, dtype=np.float64)


def _axes(orientation: FloatArray | None, path: Path) -> FloatArray | None:
    """Return the LPS directions of increasing column and row index, as the columns of a (3, 2) array."""
    if orientation is None:
        return None
    axes = orientation.reshape(2, 3).T
    deviation = float(np.abs(axes.T @ axes - np.eye(2)).max())
    if deviation > 1e-3:
        raise DataError(
            "The image orientation is not made of two unit vectors at right angles.",
            file=path.name,
            field="ImageOrientationPatient",
            found=[round(float(v), 6) for v in orientation],
            expected="deviation of at most 0.001",
        )
    return axes
