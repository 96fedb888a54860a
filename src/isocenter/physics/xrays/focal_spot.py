"""A focal spot of finite size: what it does to sharpness, and where to put point sources that stand for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError


@dataclass(frozen=True)
class FocalSpot:
    """A uniformly bright spot as the central ray sees it; `width_mm` across the fan, `length_mm` along the axis."""

    width_mm: float = 0.9
    length_mm: float = 0.9

    def __post_init__(self) -> None:
        for name in ("width_mm", "length_mm"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise OptionError(f"{name} cannot be negative.", field=name, found=getattr(self, name))

    def blur_mm(self, source_object_mm: float, source_detector_mm: float) -> float:
        """Return the width of the penumbra in the plane of the object: w (SDD - SOD) / SDD."""
        return self.width_mm * (source_detector_mm - source_object_mm) / source_detector_mm

    def modulation(self, cycles_per_mm: FloatArray, source_object_mm: float, source_detector_mm: float) -> FloatArray:
        """Return the modulation transfer in the plane of the object, |sinc(f blur)|."""
        blur = self.blur_mm(source_object_mm, source_detector_mm)
        return np.abs(np.sinc(np.asarray(cycles_per_mm, dtype=float) * blur))

    def offsets_mm(self, n: int) -> FloatArray:
        """Return where `n` equal point sources across the fan stand for the spot (middles of equal parts)."""
        if n < 1:
            raise OptionError("A focal spot has at least one point.", field="n", found=n, expected="1 or more")
        return ((np.arange(n) + 0.5) / n - 0.5) * self.width_mm
