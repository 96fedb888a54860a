"""A volume ready to be looked at: samples as they are stored, how they become values, and what lies in its bricks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import ShapeError
from isocenter.core.grid import Grid
from isocenter.kernels.resampling import bricks

_LIFT = 32768


@dataclass(frozen=True, eq=False)
class Volume:
    """Samples (z, y, x) in int16 or float32 on a grid; ``value = sample * slope + intercept``.

    Interpolation is linear and so is the scale: values are scaled after they were interpolated.

    Raises
    ------
    ShapeError
        If samples and grid do not fit each other.
    """

    samples: Array
    grid: Grid
    slope: float = 1.0
    intercept: float = 0.0
    quantity: str = "value"
    unit: str = "1"

    def __post_init__(self) -> None:
        if self.samples.shape != self.grid.shape_zyx or self.samples.dtype not in (np.int16, np.float32):
            raise ShapeError(
                "These are not the samples of a volume.",
                field="samples",
                found=(self.samples.shape, str(self.samples.dtype)),
                expected=(self.grid.shape_zyx, "int16 or float32"),
            )

    @cached_property
    def extremes(self) -> tuple[Array, Array]:
        """Smallest and largest sample of every brick."""
        low, high = bricks.extremes(self.samples)
        return low, high

    @cached_property
    def to_index(self) -> FloatArray:
        """4x4 matrix from LPS mm (x, y, z, 1) to the index (x, y, z, 1)."""
        inverse: FloatArray = np.linalg.inv(self.grid.affine)
        return inverse

    @cached_property
    def value_range(self) -> tuple[float, float]:
        """Smallest and largest value."""
        low, high = (float(np.nanmin(self.extremes[0])), float(np.nanmax(self.extremes[1])))
        ends = (low * self.slope + self.intercept, high * self.slope + self.intercept)
        return min(ends), max(ends)

    @cached_property
    def window(self) -> tuple[float, float]:
        """Centre and width that show most of it: from the 1st to the 99.5th percentile of every few samples."""
        every = max(1, round((self.samples.size / 2e6) ** (1 / 3)))
        values = self.samples[::every, ::every, ::every].astype(np.float64) * self.slope + self.intercept
        low, high = np.nanpercentile(values, [1.0, 99.5])
        return float(low + high) / 2, max(float(high - low), 1.0 if self.samples.dtype == np.int16 else 1e-6)

    @property
    def n_bytes(self) -> int:
        """Memory of the samples and their bricks."""
        return int(self.samples.nbytes * (1 + 2 / bricks.SIDE**3))


def stored_as_int16(stored: Array) -> tuple[Array, int] | None:
    """Return samples in int16 and what was taken away from them, None if 16 bits do not hold them."""
    if stored.dtype == np.int16:
        return stored, 0
    if stored.dtype in (np.uint8, np.int8):
        return stored.astype(np.int16), 0
    if stored.dtype == np.uint16:
        lifted: Array = (stored ^ np.uint16(_LIFT)).view(np.int16)
        return lifted, _LIFT
    return None
