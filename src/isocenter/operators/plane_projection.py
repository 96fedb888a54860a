"""Cone-beam projection of a stack of planes onto a flat detector parallel to them, with its exact adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.kernels.rays import planes
from isocenter.operators.linear import LinearOperator


class PlaneProjector(LinearOperator):
    """Line integrals from point sources through planes to the pixels of a detector.

    Parameters
    ----------
    grid
        The planes, shape (z, y, x), square pixels.
    sources_mm
        Where the focal spot stands, (u, v, height above the detector), shape (shot, 3).
    heights_mm
        Heights of the planes above the detector, evenly spaced, shape (plane,).
    detector_shape, pixel_mm
        (row, column) and the width of a pixel; the middle of the detector is u = v = 0, as that of the planes.

    Raises
    ------
    GeometryError
        If a plane does not lie between detector and sources, or pixels are not square.

    Notes
    -----
    Maps (z, y, x) in 1/mm to (shot, row, column) without unit. Samples outside the planes are nothing.
    Source: see `isocenter.kernels.rays.planes`.
    """

    def __init__(
        self,
        grid: Grid,
        sources_mm: FloatArray,
        heights_mm: FloatArray,
        *,
        detector_shape: tuple[int, int],
        pixel_mm: float,
    ) -> None:
        self._sources = np.ascontiguousarray(sources_mm, dtype=np.float64)
        self._heights = np.ascontiguousarray(heights_mm, dtype=np.float64)
        require_between(self._sources, self._heights)
        self._frames = plane_frames(grid, detector_shape, pixel_mm)
        super().__init__(grid.shape, (self._sources.shape[0], *detector_shape), in_grid=grid)
        # A lone plane counts with its thickness.
        self._scale = grid.slice_thickness_mm if grid.shape[0] == 1 else 1.0

    def _forward(self, x: Any) -> Any:
        return planes.forward(x, self._sources, self._heights, self._frames, _plane_shape(self.out_shape)) * self._scale

    def _adjoint(self, y: Any) -> Any:
        return planes.adjoint(y, self._sources, self._heights, self._frames, _plane_shape(self.in_shape)) * self._scale


def plane_frames(grid: Grid, detector_shape: tuple[int, int], pixel_mm: float) -> FloatArray:
    """Return (u of column 0, v of row 0, spacing) of planes and detector, both centred; raises `GeometryError`."""
    (n_y, n_x), (dy_mm, dx_mm) = grid.shape[-2:], grid.spacing_mm[-2:]
    if abs(dy_mm - dx_mm) > 1e-9:
        raise GeometryError(
            "The planes need square pixels.", field="grid.spacing_mm", found=(dy_mm, dx_mm), expected="equal"
        )
    rows, columns = detector_shape
    return np.array(
        [
            [-(n_x - 1) / 2 * dx_mm, -(n_y - 1) / 2 * dy_mm, dx_mm],
            [-(columns - 1) / 2 * pixel_mm, -(rows - 1) / 2 * pixel_mm, pixel_mm],
        ]
    )


def require_between(sources_mm: FloatArray, heights_mm: FloatArray) -> None:
    """Raise `GeometryError` unless all planes lie between the detector and the lowest source."""
    lowest = float(sources_mm[:, 2].min())
    if heights_mm.min() < 0 or heights_mm.max() >= lowest:
        raise GeometryError(
            "A plane does not lie between the detector and the focal spot.",
            field="heights_mm",
            found=f"{heights_mm.min():g} to {heights_mm.max():g} mm",
            expected=f"0 to less than {lowest:g} mm above the detector",
        )


def _plane_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    return int(shape[-2]), int(shape[-1])
