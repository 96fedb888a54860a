"""Where a picture lies in the patient: its first pixel, its directions, its pixels, and how thick it is.

Source: DICOM PS3.3 sec. C.7.6.2.1.1 (position and orientation of a plane).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from isocenter.analysis.rendering.volume import Volume
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.geometry import Vector, as_vector

MAX_SIDE = 4096
_SQUARE = 1e-3

# Row and column direction of the planes as radiologists hang them: patient's right at the left, head or front up.
DIRECTIONS: Mapping[str, tuple[Vector, Vector]] = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@dataclass(frozen=True)
class View:
    """A plane in the patient's LPS frame.

    Parameters
    ----------
    origin_mm
        Position of the middle of the first pixel.
    row, column
        Unit vectors along which column and row indices grow.
    spacing_mm
        Distance of rows, distance of columns.
    shape
        Rows, columns.

    Raises
    ------
    OptionError
        If the directions are no unit vectors at right angles, or sizes are out of range.
    """

    origin_mm: Vector
    row: Vector
    column: Vector
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        axes = np.array([self.row, self.column])
        numbers = (*self.origin_mm, *self.row, *self.column, *self.spacing_mm)
        if not np.isfinite(numbers).all() or np.abs(axes @ axes.T - np.eye(2)).max() > _SQUARE:
            raise OptionError(
                "The directions of a view are unit vectors at right angles.",
                field="row, column",
                found=(self.row, self.column),
            )
        if not all(1 <= side <= MAX_SIDE for side in self.shape) or not all(1e-3 <= d <= 1e3 for d in self.spacing_mm):
            raise OptionError(
                "The view has no size, or too large a one.",
                field="size, spacing",
                found=(self.shape, self.spacing_mm),
                expected=f"1 to {MAX_SIDE} pixels of 0.001 to 1000 mm",
            )

    @property
    def normal(self) -> Vector:
        """Unit vector away from the eye."""
        return as_vector(np.cross(self.row, self.column))

    @property
    def center_mm(self) -> FloatArray:
        """Middle of the picture."""
        rows, columns = self.shape
        down, across = np.asarray(self.column) * self.spacing_mm[0], np.asarray(self.row) * self.spacing_mm[1]
        center: FloatArray = np.asarray(self.origin_mm) + down * (rows - 1) / 2 + across * (columns - 1) / 2
        return center

    def moved(self, distance_mm: float) -> View:
        """Return the same view further from the eye."""
        return replace(self, origin_mm=as_vector(np.asarray(self.origin_mm) + np.asarray(self.normal) * distance_mm))


def view_around(
    center_mm: Vector, row: Vector, column: Vector, spacing_mm: tuple[float, float], shape: tuple[int, int]
) -> View:
    """Return the view whose middle is at `center_mm`."""
    down, across = np.asarray(column) * spacing_mm[0], np.asarray(row) * spacing_mm[1]
    origin = np.asarray(center_mm) - down * (shape[0] - 1) / 2 - across * (shape[1] - 1) / 2
    return View(as_vector(origin), row, column, spacing_mm, shape)


def whole(volume: Volume, row: Vector, column: Vector, shape: tuple[int, int] | None = None) -> View:
    """Return the view through the middle of a volume that shows all of it: square pixels of the finest spacing,

    or of such a size that it fits into `shape`.
    """
    grid = volume.grid
    steps = grid.affine[:3, :3] * np.asarray(grid.shape_zyx[::-1])  # the edges of the volume, in columns
    wide, tall = (float(np.abs(steps.T @ np.asarray(axis)).sum()) for axis in (row, column))
    finest = min(grid.spacing_zyx_mm)
    if shape is None:
        spacing = max(finest, wide / MAX_SIDE, tall / MAX_SIDE)
        shape = max(1, round(tall / spacing)), max(1, round(wide / spacing))
    else:
        spacing = max(tall / shape[0], wide / shape[1])
    return view_around(as_vector(np.asarray(grid.center_mm)), row, column, (spacing, spacing), shape)


def depth_mm(volume: Volume, view: View) -> tuple[float, float]:
    """Return how far from the view's plane the volume begins and ends along its normal."""
    affine, (nz, ny, nx) = volume.grid.affine, volume.grid.shape_zyx
    corners = np.array([(x, y, z, 1.0) for x in (-0.5, nx - 0.5) for y in (-0.5, ny - 0.5) for z in (-0.5, nz - 0.5)])
    depths = ((corners @ affine.T)[:, :3] - np.asarray(view.origin_mm)) @ np.asarray(view.normal)
    return float(depths.min()), float(depths.max())


def geometry_of(volume: Volume, view: View, step_mm: float) -> FloatArray:
    """Return where pixel (0, 0) lies in the volume and what a row, a column and a step add, as index (z, y, x)."""
    linear = volume.to_index[:3, :3]
    start = linear @ np.asarray(view.origin_mm) + volume.to_index[:3, 3]
    down, across = np.asarray(view.column) * view.spacing_mm[0], np.asarray(view.row) * view.spacing_mm[1]
    lines = [start, linear @ down, linear @ across, linear @ (np.asarray(view.normal) * step_mm)]
    return np.ascontiguousarray(np.stack(lines)[:, ::-1])


def step_through_mm(volume: Volume, view: View) -> float:
    """Return the distance along the normal in which one axis of the volume advances by one sample."""
    per_mm = np.abs(volume.to_index[:3, :3] @ np.asarray(view.normal))
    return float(1.0 / per_mm.max())
