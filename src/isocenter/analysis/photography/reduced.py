"""Large photographs in fewer pixels: what is measured between pixels needs no more, and takes less time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isocenter.analysis.photography.plane import Plane
from isocenter.core.arrays import Array, FloatArray

_LONG_PX = 1600


class Reduced:
    """A photograph (row, column, 3) of 8 bits whose pixels are means of `factor` by `factor` of the whole one's."""

    def __init__(self, picture: Array) -> None:
        self.factor: int = max(1, -(-max(picture.shape[:2]) // _LONG_PX))
        rows, columns = (n // self.factor for n in picture.shape[:2])
        n = self.factor
        blocks = picture[: rows * n, : columns * n].reshape(rows, n, columns, n, 3)
        self.pixels: Array = picture if n == 1 else np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)

    def into(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return points (column, row) of the whole photograph in this one."""
        return [((x - self._shift) / self.factor, (y - self._shift) / self.factor) for x, y in points]

    def back(self, points: FloatArray) -> FloatArray:
        """Return points (n, 2) of this photograph in the whole one."""
        return np.asarray(points * self.factor + self._shift)

    def plane_back(self, plane: Plane) -> Plane:
        """Return a plane of this photograph for the pixels of the whole one."""
        n, shift = self.factor, self._shift
        return Plane(plane.matrix @ np.array([[1 / n, 0, -shift / n], [0, 1 / n, -shift / n], [0, 0, 1]]))

    def plane_into(self, plane: Plane) -> Plane:
        """Return a plane of the whole photograph for the pixels of this one."""
        n, shift = self.factor, self._shift
        return Plane(plane.matrix @ np.array([[n, 0, shift], [0, n, shift], [0, 0, 1.0]]))

    @property
    def _shift(self) -> float:
        """Return where the middle of the first pixel lies in the whole photograph."""
        return (self.factor - 1) / 2
