"""Calibrated regions of an ultrasound picture: what a pixel's place means in each, and distances and times by them.

Source: DICOM PS3.3 sec. C.8.5.5 (US Region Calibration).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header

# Source: PS3.3 sec. C.8.5.5.1.15 (Physical Units X and Y Direction).
UNITS = ("", "%", "dB", "cm", "s", "Hz", "dB/s", "cm/s", "cm2", "cm2/s", "cm3", "cm3/s", "deg")
# Source: PS3.3 sec. C.8.5.5.1.1 and C.8.5.5.1.2 (Region Spatial Format, Region Data Type).
FORMATS = ("none", "2D", "M-mode", "spectral", "waveform", "graphics")
DATA_TYPES = {1: "tissue", 2: "colour flow", 3: "PW Doppler", 4: "CW Doppler", 10: "ECG"}


@dataclass(frozen=True)
class Axis:
    """One direction of a region: unit, its amount a pixel, and the pixel of the picture where `reference` holds."""

    unit: str
    per_pixel: float
    pixel: float
    reference: float

    def value(self, pixel: float) -> float:
        """Return what a column or row of the picture means."""
        return (pixel - self.pixel) * self.per_pixel + self.reference


@dataclass(frozen=True)
class Region:
    """Columns and rows of a part of the picture, first and last, and what they mean."""

    x0: int
    y0: int
    x1: int
    y1: int
    is_behind: bool
    format: str
    data_type: str
    across: Axis
    down: Axis

    def holds(self, column: float, row: float) -> bool:
        """Return whether a pixel lies in the region."""
        return self.x0 <= column <= self.x1 and self.y0 <= row <= self.y1


TAGS = frozenset(tag_of(name) for name in ("Rows", "Columns", "SequenceOfUltrasoundRegions"))
"""What a header must have been scanned for."""


def regions_of(header: Header) -> tuple[Region, ...]:
    """Return the regions of an object, in its order; none where it has none. One without a place is the whole picture.

    Raises
    ------
    DataError
        If a region lies outside of the picture, ends before it begins, or its pixels have no size.
    """
    rows, columns = header.integer(tag_of("Rows"), 0), header.integer(tag_of("Columns"), 0)
    return tuple(
        _region(item, number, rows or 0, columns or 0)
        for number, item in enumerate(header.items(tag_of("SequenceOfUltrasoundRegions")), 1)
    )


def _region(item: Header, number: int, rows: int, columns: int) -> Region:
    def one(name: str, default: float | None = None) -> float:
        found = item.numbers(tag_of(name))
        if not found and default is None:
            raise _wrong(number, name, "nothing", "a number")
        return found[0] if found else float(default or 0.0)

    x0, y0 = (int(one(f"RegionLocationMin{axis}0", 0)) for axis in "XY")
    x1, y1 = int(one("RegionLocationMaxX1", columns - 1)), int(one("RegionLocationMaxY1", rows - 1))
    if not (0 <= x0 <= x1 <= columns and 0 <= y0 <= y1 <= rows):
        expected = f"within {columns} columns and {rows} rows"
        raise _wrong(number, "RegionLocationMinX0 ...", (x0, y0, x1, y1), expected)
    axes = []
    for axis, start in (("X", x0), ("Y", y0)):
        unit, step = int(one(f"PhysicalUnits{axis}Direction", 0)), one(f"PhysicalDelta{axis}")
        if step == 0 and unit:
            raise _wrong(number, f"PhysicalDelta{axis}", step, "another number than 0")
        pixel = start + one(f"ReferencePixel{axis}0", 0)
        reference = one(f"ReferencePixelPhysicalValue{axis}", 0)
        axes.append(Axis(UNITS[unit] if 0 <= unit < len(UNITS) else "", step, pixel, reference))
    kind, data = int(one("RegionSpatialFormat", 0)), int(one("RegionDataType", 0))
    name = FORMATS[kind] if 0 <= kind < len(FORMATS) else "other"
    is_behind = bool(int(one("RegionFlags", 0)) & 1)
    return Region(x0, y0, x1, y1, is_behind, name, DATA_TYPES.get(data, "other"), axes[0], axes[1])


def _wrong(number: int, field: str, found: object, expected: str) -> DataError:
    return DataError(f"Calibrated region {number} is not valid.", field=field, found=found, expected=expected)


def region_at(regions: Sequence[Region], column: float, row: float) -> Region | None:
    """Return the region of a pixel: of several, one that is not behind others."""
    holding = [region for region in regions if region.holds(column, row)]
    return next((region for region in holding if not region.is_behind), holding[0] if holding else None)


def distance_cm(regions: Sequence[Region], first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the distance of two pixels (column, row) that lie in one region of centimetres.

    Raises
    ------
    DataError
        If they lie in none, in different ones, or in one whose axes are no lengths.
    """
    region = region_at(regions, *first)
    if region is None or region is not region_at(regions, *second):
        raise DataError("Both points must lie in one calibrated region.", field="points", found=(first, second))
    if (region.across.unit, region.down.unit) != ("cm", "cm"):
        raise DataError(
            "This region does not measure lengths.",
            field="PhysicalUnitsXDirection, PhysicalUnitsYDirection",
            found=(region.across.unit, region.down.unit),
            expected="cm in both directions",
        )
    across, down = region.across.per_pixel, region.down.per_pixel
    return hypot((second[0] - first[0]) * across, (second[1] - first[1]) * down)


def tissue_spacing_mm(regions: Sequence[Region]) -> tuple[float, float] | None:
    """Return mm between rows and between columns where tissue is shown, if all regions of lengths agree.

    Those behind others count only where there are no others: tissue lies behind an ECG, and reference bars behind it.
    """
    lengths = [region for region in regions if (region.across.unit, region.down.unit) == ("cm", "cm")]
    in_front = [region for region in lengths if not region.is_behind]
    steps = {
        (round(abs(region.down.per_pixel) * 10, 6), round(abs(region.across.per_pixel) * 10, 6))
        for region in in_front or lengths
    }
    return steps.pop() if len(steps) == 1 else None
