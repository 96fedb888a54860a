"""The scale of CT numbers, set by a scan of water: air is -1000 HU, water 0.

Source: DICOM PS3.3 sec. C.8.2.1.1; AAPM Report 1 (1977), CT number of water.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, UnitError
from isocenter.core.grid import Grid
from isocenter.core.image import Image


@dataclass(frozen=True)
class HounsfieldScale:
    """What an uncalibrated image shows for water and for air, in its own unit."""

    water: float
    air: float

    @classmethod
    def of_phantom(cls, image: Image, *, center_mm: tuple[float, float], radius_mm: float) -> HounsfieldScale:
        """Return the scale that an image of a round water phantom sets.

        Water is the median within 0.7 of its radius, air that of a ring from 1.1 to 1.3 radii.

        Raises
        ------
        DataError
            If the ring or the disc lies outside the image, or water is not denser than air there.
        """
        position = image.grid.positions_mm()
        distance = np.hypot(position[..., 0] - center_mm[0], position[..., 1] - center_mm[1])
        water = _median(image.values[distance < 0.7 * radius_mm], "water")
        ring = (distance > 1.1 * radius_mm) & (distance < 1.3 * radius_mm)
        air = _median(image.values[ring], "air around the phantom")
        if not water > air:
            raise DataError(
                "The phantom is not denser than what is around it.",
                field="center_mm, radius_mm",
                found=f"{water:.4g} inside, {air:.4g} around",
                expected="water in air",
                remedy="Check the place of the phantom.",
            )
        return cls(water, air)

    def applied(self, image: Image) -> Image:
        """Return an image of linear attenuation (or of CT numbers that are off) as CT numbers.

        Raises
        ------
        UnitError
            If the image is neither.
        """
        if image.unit not in ("/mm", "/cm", "[hnsf'U]", "1"):
            raise UnitError(
                "This image holds no attenuation.", field="unit", found=image.unit, expected="/mm, /cm, [hnsf'U] or 1"
            )
        values = (image.values - self.water) * (1000.0 / (self.water - self.air))
        return replace(image, values=values, quantity="CT number", unit="[hnsf'U]")


def circle_mask(grid: Grid, center_mm: tuple[float, float], radius_mm: float) -> Array:
    """Return which samples of a transverse grid lie within a circle."""
    position = grid.positions_mm()
    mask: Array = np.hypot(position[..., 0] - center_mm[0], position[..., 1] - center_mm[1]) < radius_mm
    return mask


def _median(values: Array, of: str) -> float:
    if values.size == 0:
        raise DataError(f"The image does not show {of}.", field="center_mm, radius_mm", found="no pixels")
    return float(np.median(values))
