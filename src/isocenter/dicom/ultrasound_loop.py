"""The frames of an ultrasound object in shades of grey, with the scale of the region that somebody points at.

Source: DICOM PS3.3 sec. C.8.5.5 (US Region Calibration), C.7.6.5 (Cine).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.pixels import FrameReader

LOOP_TAGS = tags_of("SequenceOfUltrasoundRegions", "FrameTime", "CineRate")
_CM = 3


@dataclass(frozen=True, eq=False)
class Loop:
    """Shades (frame, row, column) from 0 to 255, distance of rows and columns, and frames a second if known."""

    frames: FloatArray
    spacing_mm: tuple[float, float]
    rate_hz: float | None


def read_loop(path: Path, points_px: FloatArray, *, on_progress: OnProgress | None = None) -> Loop:
    """Return the frames of an object and the scale of the tissue region that holds all points (point, 2).

    Raises
    ------
    FileFormatError, DataError
        If it is no DICOM file, has no pixels, or no region of tissue in cm holds the points.
    """
    with FrameReader.open(path, tags=LOOP_TAGS) as reader:
        spacing_mm = tissue_spacing_mm(reader.header, points_px, file=path.name)
        return Loop(shades(reader, range(reader.n_frames), on_progress=on_progress), spacing_mm, rate_hz(reader.header))


def shades(reader: FrameReader, indices: range, *, on_progress: OnProgress | None = None) -> FloatArray:
    """Return frames in shades of grey (frame, row, column), from 0 to 255."""
    frames = []
    for done, index in enumerate(indices):
        report(on_progress, done, len(indices), "reading")
        frame = np.asarray(reader.frame(index), dtype=np.float32)
        frames.append(frame.mean(axis=-1) if frame.ndim == 3 else frame)
    return np.stack(frames)


def tissue_spacing_mm(header: Header, points_px: FloatArray, *, file: str) -> tuple[float, float]:
    """Return the distance of rows and columns in the tissue region that holds all points (point, 2).

    `header` is read with `LOOP_TAGS`. Raises `DataError` if there is no such region, naming `file`.
    """
    points = np.asarray(points_px, dtype=float)
    regions = header.items(tag_of("SequenceOfUltrasoundRegions"))
    for region in regions:
        box = [region.integer(tag_of(f"RegionLocation{edge}"), -1) for edge in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
        units = [region.integer(tag_of(f"PhysicalUnits{axis}Direction"), 0) for axis in "XY"]
        corners = np.array(box, dtype=float)
        holds = bool((points >= corners[:2]).all() and (points <= corners[2:]).all())
        steps = [region.numbers(tag_of(f"PhysicalDelta{axis}")) for axis in "YX"]
        if holds and units == [_CM, _CM] and all(step and step[0] != 0 for step in steps):
            return abs(steps[0][0]) * 10, abs(steps[1][0]) * 10
    raise DataError(
        "No region of tissue in cm holds the points.",
        file=file,
        field="SequenceOfUltrasoundRegions",
        found=f"{len(regions)} regions",
        expected="one in cm that holds all points",
        remedy="Look up the pixels of the points in the viewer.",
    )


def rate_hz(header: Header) -> float | None:
    """Return frames a second as the object states them, None where it does not."""
    frame_ms, rate = header.numbers(tag_of("FrameTime")), header.numbers(tag_of("CineRate"))
    if frame_ms and frame_ms[0] > 0:
        return 1000 / frame_ms[0]
    return rate[0] if rate and rate[0] > 0 else None
