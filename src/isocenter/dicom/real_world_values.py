"""Real world value mappings: from stored samples to values with a unit, by lines and tables over ranges of samples.

A mapping is stated in the image, in its functional groups, or in an object of its own that names the image.

Source: DICOM PS3.3 sec. C.7.6.16.2.11 (Real World Value Mapping), A.46 (Real World Value Mapping object).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.units import UNITS
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.planes import Plane

MAPPING_OBJECT = "1.2.840.10008.5.1.4.1.1.67"
MAPPING_OBJECT_TAGS = tags_of("ReferencedImageRealWorldValueMappingSequence", "ContentDate", "ContentTime")

_MAPPINGS = tag_of("RealWorldValueMappingSequence")
_BOUNDS = (
    (tag_of("DoubleFloatRealWorldValueFirstValueMapped"), tag_of("DoubleFloatRealWorldValueLastValueMapped")),
    (tag_of("RealWorldValueFirstValueMapped"), tag_of("RealWorldValueLastValueMapped")),
)


@dataclass(frozen=True)
class Piece:
    """Samples from `first` to `last`: a line through them, or the entries of a table, one for each of them."""

    first: float
    last: float
    slope: float
    intercept: float
    table: FloatArray | None = None

    def values(self, stored: FloatArray) -> FloatArray:
        """Return the values of samples that lie in the piece."""
        if self.table is None:
            return stored * self.slope + self.intercept
        found: FloatArray = self.table[np.rint(stored - self.first).astype(np.int64)]
        return found


@dataclass(frozen=True)
class RealWorldValues:
    """The pieces of a mapping, its UCUM unit, and what its values are ("" where it does not say)."""

    pieces: tuple[Piece, ...]
    unit: str
    quantity: str

    def line_over(self, lowest: float, highest: float) -> tuple[float, float] | None:
        """Return slope and intercept if one line maps all samples of a range, else None."""
        for piece in self.pieces:
            if piece.table is None and piece.first <= lowest and highest <= piece.last:
                return piece.slope, piece.intercept
        return None

    def values(self, stored: Array) -> FloatArray:
        """Return the values of samples; those that nothing maps have none (NaN)."""
        samples = stored.astype(np.float64)
        values = np.full(samples.shape, np.nan)
        for piece in reversed(self.pieces):  # where pieces overlap the first one stated holds
            inside = (samples >= piece.first) & (samples <= piece.last)
            values[inside] = piece.values(samples[inside])
        return values


def mapping_of(plane: Plane) -> RealWorldValues | None:
    """Return the mapping of a plane with a unit we know: its own one, else that of a mapping object."""
    own = plane.attributes.items(plane.frame, _MAPPINGS) or plane.header.items(_MAPPINGS)
    is_signed = plane.description.is_signed
    return _mapping(own, is_signed) or _mapping(plane.mappings, is_signed)


def line_of(plane: Plane, mapping: RealWorldValues) -> tuple[float, float] | None:
    """Return slope and intercept if one line maps every sample that the plane can hold, else None."""
    description = plane.description
    if description.is_float:
        return mapping.line_over(-math.inf, math.inf)
    n = 1 << description.bits_stored
    return mapping.line_over(*((-n // 2, n // 2 - 1) if description.is_signed else (0, n - 1)))


def mapped_images(objects: Iterable[Header]) -> dict[str, tuple[tuple[frozenset[int], tuple[Header, ...]], ...]]:
    """Return the mappings that objects state, newest object first, by the image that they name.

    Each comes with the frames it holds for, counted from 1; none means all of them.
    """
    found: dict[str, list[tuple[frozenset[int], tuple[Header, ...]]]] = {}
    for header in sorted(objects, key=_written_at, reverse=True):
        for item in header.items(tag_of("ReferencedImageRealWorldValueMappingSequence")):
            for image in item.items(tag_of("ReferencedImageSequence")):
                frames = frozenset(int(number) for number in image.numbers(tag_of("ReferencedFrameNumber")))
                uid = image.text(tag_of("ReferencedSOPInstanceUID"))
                found.setdefault(uid, []).append((frames, item.items(_MAPPINGS)))
    return {uid: tuple(stated) for uid, stated in found.items()}


def with_mappings(
    planes: Iterable[Plane], images: Mapping[str, Sequence[tuple[frozenset[int], tuple[Header, ...]]]]
) -> list[Plane]:
    """Return planes with what mapping objects say of them, by `mapped_images`; files are named by their instance."""
    return [
        replace(
            plane,
            mappings=tuple(
                item
                for frames, items in images.get(plane.file.name, ())
                if not frames or plane.frame + 1 in frames
                for item in items
            ),
        )
        for plane in planes
    ]


def _written_at(header: Header) -> str:
    return header.text(tag_of("ContentDate")) + header.text(tag_of("ContentTime"))


def _mapping(items: Sequence[Header], is_signed: bool) -> RealWorldValues | None:
    """Return the mapping into the first unit that is known, with all the pieces that lead into it."""
    unit, quantity = "", ""
    pieces: list[Piece] = []
    for item in items:
        codes = item.items(tag_of("MeasurementUnitsCodeSequence"))
        into = codes[0].text(tag_of("CodeValue")) if codes else ""
        piece = _piece(item, is_signed)
        if piece is None or into not in UNITS or (pieces and into != unit):
            continue
        unit, quantity = into, quantity or item.text(tag_of("LUTExplanation"))
        pieces.append(piece)
    return RealWorldValues(tuple(pieces), unit, quantity) if pieces else None


def _piece(item: Header, is_signed: bool) -> Piece | None:
    first, last = _range(item, is_signed)
    slope, intercept = item.numbers(tag_of("RealWorldValueSlope")), item.numbers(tag_of("RealWorldValueIntercept"))
    table = item.numbers(tag_of("RealWorldValueLUTData"))
    if slope and slope[0] != 0:
        return Piece(first, last, slope[0], intercept[0] if intercept else 0.0)
    if len(table) == last - first + 1:
        return Piece(first, last, 1.0, 0.0, np.asarray(table))
    return None


def _range(item: Header, is_signed: bool) -> tuple[float, float]:
    """Return the first and last sample that is mapped; a mapping that does not say is for all of them."""
    for tags in _BOUNDS:
        bounds = [item.numbers(tag) for tag in tags]
        if all(bounds):
            first, last = bounds[0][0], bounds[1][0]
            # "US or SS": written without a representation of its own it is read as unsigned.
            lift = 65536 if is_signed and tags is _BOUNDS[1] else 0
            return (first - lift if lift and first >= 32768 else first, last - lift if lift and last >= 32768 else last)
    return -math.inf, math.inf
