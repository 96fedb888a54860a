"""How places of one frame of reference are found in another one, by spatial registration objects.

Source: DICOM PS3.3 sec. C.20.2 (Spatial Registration): each item's matrices lead from its frame of reference to that of
the object, in the order of their sequence; row by row, in mm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError
from isocenter.core.grid import Grid
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header

SPATIAL_REGISTRATION = "1.2.840.10008.5.1.4.1.1.66.1"
REGISTRATION_TAGS = tags_of("FrameOfReferenceUID", "RegistrationSequence")


@dataclass(frozen=True)
class Way:
    """A 4x4 `matrix` that leads from LPS mm of one frame of reference to LPS mm of another."""

    start: str
    end: str
    matrix: FloatArray


def ways_of(header: Header) -> list[Way]:
    """Return the ways of one registration object, there and back; raises `DataError` for a matrix that is none."""
    end = header.text(tag_of("FrameOfReferenceUID"))
    ways = []
    for item in header.items(tag_of("RegistrationSequence")):
        start = item.text(tag_of("FrameOfReferenceUID"))
        matrix = _matrix(item)
        if matrix is not None and start and end and start != end:
            ways += [Way(start, end, matrix), Way(end, start, np.linalg.inv(matrix))]
    return ways


def way_between(ways: Iterable[Way], start: str, end: str) -> FloatArray | None:
    """Return the matrix from one frame of reference to another, over others if need be; None where there is no way."""
    known = list(ways)
    reached: dict[str, FloatArray] = {start: np.eye(4)}
    waiting = [start]
    while waiting and end not in reached:
        here = waiting.pop(0)
        for way in known:
            if way.start == here and way.end not in reached:
                reached[way.end] = way.matrix @ reached[here]
                waiting.append(way.end)
    return reached.get(end)


def moved(grid: Grid, matrix: FloatArray, frame_of_reference_uid: str) -> Grid:
    """Return a grid where a way leads it; raises `GeometryError` if the way shears it."""
    return Grid.from_affine(grid.shape, matrix @ grid.affine, frame_of_reference_uid=frame_of_reference_uid)


def _matrix(item: Header) -> FloatArray | None:
    total: FloatArray | None = None
    for registration in item.items(tag_of("MatrixRegistrationSequence"))[:1]:
        for one in registration.items(tag_of("MatrixSequence")):
            numbers = one.numbers(tag_of("FrameOfReferenceTransformationMatrix"))
            matrix = np.array(numbers).reshape(4, 4) if len(numbers) == 16 else np.zeros((4, 4))
            if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
                raise DataError(
                    "A registration has a matrix that leads nowhere.",
                    field="FrameOfReferenceTransformationMatrix",
                    found=numbers,
                    expected="16 numbers, row by row, that can be inverted",
                )
            total = matrix if total is None else matrix @ total
    return total
