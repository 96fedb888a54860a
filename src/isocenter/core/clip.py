"""Pictures one after the other, as a camera or a screen gives them: cut, blacked out, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import numpy as np

from isocenter.core.arrays import Array, require_shape
from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.provenance import Source

Box: TypeAlias = tuple[int, int, int, int]
"""Column and row of the first pixel, then width and height in pixels."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Colour pictures in time.

    Parameters
    ----------
    frames
        (frame, row, column, 3), uint8, RGB.
    rate_hz
        Frames a second.
    spacing_mm
        Of pixels (row, column); None is not known.
    started_at
        When the first picture was taken.
    is_cut_short
        Whether the source ended before it said it would.

    Raises
    ------
    ShapeError, OptionError
        If there is no picture, or the rate or spacing is not positive.
    """

    frames: Array
    rate_hz: float
    spacing_mm: tuple[float, float] | None = None
    started_at: datetime | None = None
    is_cut_short: bool = False
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        require_shape(self.frames, (*self.frames.shape[:3], 3), "pictures (frame, row, column, 3)")
        if self.frames.size == 0 or self.frames.dtype != np.uint8:
            raise OptionError(
                "A clip has pictures of 8 bits.", field="frames", found=(self.frames.shape, str(self.frames.dtype))
            )
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise OptionError("A rate is positive.", field="rate_hz", found=self.rate_hz, expected="more than 0")
        if self.spacing_mm is not None and not all(np.isfinite(s) and s > 0 for s in self.spacing_mm):
            raise OptionError("A spacing is positive.", field="spacing_mm", found=self.spacing_mm)

    def cropped(self, box: Box) -> Clip:
        """Return what lies in a box; raises `GeometryError` if that is not inside of the pictures."""
        column, row, width, height = self._inside(box)
        return replace(self, frames=np.ascontiguousarray(self.frames[:, row : row + height, column : column + width]))

    def masked(self, boxes: list[Box]) -> Clip:
        """Return the clip with boxes blacked out, such as burned-in names; raises as `cropped`."""
        frames = self.frames.copy()
        for box in boxes:
            column, row, width, height = self._inside(box)
            frames[:, row : row + height, column : column + width] = 0
        return replace(self, frames=frames)

    def calibrated(self, first: tuple[float, float], second: tuple[float, float], length_mm: float) -> Clip:
        """Return the clip with the spacing that a known length between two points (column, row) gives."""
        pixels = float(np.hypot(second[0] - first[0], second[1] - first[1]))
        if not (pixels > 0 and np.isfinite(length_mm) and length_mm > 0):
            raise OptionError(
                "A scale has a length, in pixels and in mm.",
                field="calibration",
                found=f"{pixels:g} pixels, {length_mm:g} mm",
                expected="more than 0 for both",
            )
        return replace(self, spacing_mm=(length_mm / pixels,) * 2)

    def still(self, index: int) -> Clip:
        """Return one picture; raises `OptionError` if it is not there."""
        if not 0 <= index < len(self.frames):
            raise OptionError(
                "There is no such picture.", field="frame", found=index + 1, expected=f"1 to {len(self.frames)}"
            )
        return replace(self, frames=self.frames[index : index + 1])

    def _inside(self, box: Box) -> Box:
        rows, columns = self.frames.shape[1:3]
        column, row, width, height = box
        if not (
            0 <= column < column + width <= columns and 0 <= row < row + height <= rows and width > 0 and height > 0
        ):
            raise GeometryError(
                "A box lies outside of the picture.",
                field="box",
                found=f"{column},{row},{width},{height}",
                expected=f"within {columns} x {rows} pixels",
            )
        return box
