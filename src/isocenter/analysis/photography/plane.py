"""From pixels of a photograph to millimetres on the plane it shows, seen straight or aslant.

Source: Hartley and Zisserman, Multiple View Geometry in Computer Vision, 2nd ed. 2004, sec. 2.3 (homography of four
points) and 4.4.4 (normalised coordinates).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, OptionError


@dataclass(frozen=True, eq=False)
class Plane:
    """A flat piece of skin as a camera sees it.

    Parameters
    ----------
    matrix
        (3, 3): homogeneous (column, row, 1) in pixels to (x, y, 1) in mm; its third row is positive where the plane
        is before the camera.
    """

    matrix: FloatArray

    def points_mm(self, points: ArrayLike) -> FloatArray:
        """Return points (n, 2) of column and row in mm; raises `GeometryError` beyond the plane's horizon."""
        mapped = _homogeneous(points) @ self.matrix.T
        if not (mapped[:, 2] > 0).all():
            raise GeometryError(
                "A point lies beyond the horizon of the marker's plane.",
                field="marker",
                expected="a marker that lies flat beside what is measured",
            )
        return np.asarray(mapped[:, :2] / mapped[:, 2:])

    def points_px(self, points_mm: ArrayLike) -> FloatArray:
        """Return points (n, 2) in mm as column and row in pixels."""
        mapped = _homogeneous(points_mm) @ np.linalg.inv(self.matrix).T
        return np.asarray(mapped[:, :2] / mapped[:, 2:])

    def mm_per_pixel(self, point: ArrayLike) -> float:
        """Return the side in mm of a square as large as the pixel at (column, row) is on the plane."""
        return float(np.sqrt(abs(np.linalg.det(self._by_pixel(point)))))

    def upright(self, point: ArrayLike) -> Plane:
        """Return the plane with x to the right and y down, as near as can be, where the photograph shows a point."""
        left, _, right = np.linalg.svd(self._by_pixel(point))
        turn = np.eye(3)
        turn[:2, :2] = (left @ right).T
        return Plane(turn @ self.matrix)

    def _by_pixel(self, point: ArrayLike) -> FloatArray:
        """Return how (x, y) in mm change with (column, row), (2, 2)."""
        x, y, w = (_homogeneous(point) @ self.matrix.T)[0]
        return np.asarray((self.matrix[:2, :2] - np.outer((x, y), self.matrix[2, :2]) / w) / w)


def plane_of_square(corners: ArrayLike, side_mm: float) -> Plane:
    """Return the plane of a square's four corners (4, 2) in order around it, perspective and all.

    Raises `GeometryError` if they are not the corners of a square seen by a camera, `OptionError` for a side that is
    not positive.
    """
    _require_length(side_mm)
    points = np.asarray(corners, float)
    sides = np.roll(points, -1, axis=0) - points
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    if not ((turns > 0).all() or (turns < 0).all()):
        raise GeometryError(
            "These are not the corners of a square, in order around it.",
            field="corners",
            found="; ".join(f"{column:g},{row:g}" for column, row in points),
        )
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    centre, scale = points.mean(axis=0), float(np.ptp(points, axis=0).max())
    rows = []
    for (u, v), (x, y) in zip((points - centre) / scale, square, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
    unit = np.append(np.linalg.solve(np.array(rows), square.ravel()), 1.0).reshape(3, 3)
    normalise = np.array([[1 / scale, 0, -centre[0] / scale], [0, 1 / scale, -centre[1] / scale], [0, 0, 1]])
    return Plane(np.diag([side_mm, side_mm, 1.0]) @ unit @ normalise)


def plane_of_ellipse(centre: ArrayLike, form: FloatArray, diameter_mm: float) -> Plane:
    """Return the plane of a circle seen as the ellipse (p - centre)' form (p - centre) = 1, without perspective.

    One circle tells how the plane is tilted, not how near its sides are: right close to it, less right far away.
    """
    _require_length(diameter_mm)
    values, vectors = np.linalg.eigh(form)
    stretch = diameter_mm / 2 * (vectors * np.sqrt(values)) @ vectors.T
    return Plane(_affine(stretch, np.asarray(centre, float)))


def plane_of_two_points(first: ArrayLike, second: ArrayLike, length_mm: float) -> Plane:
    """Return the plane of two points so many mm apart, as if it were seen straight from the front."""
    _require_length(length_mm)
    pixels = float(np.linalg.norm(np.subtract(second, first)))
    if pixels == 0:
        raise OptionError("A scale has two points.", field="scale", found="the same point twice")
    return Plane(_affine(np.eye(2) * length_mm / pixels, np.asarray(first, float)))


def plane_of_spacing(spacing_mm: tuple[float, float]) -> Plane:
    """Return the plane of pixels so far apart between rows and between columns, as `PixelSpacing` says it."""
    for length_mm in spacing_mm:
        _require_length(length_mm)
    return Plane(np.diag([spacing_mm[1], spacing_mm[0], 1.0]))


def _affine(matrix: FloatArray, origin: FloatArray) -> FloatArray:
    full = np.eye(3)
    full[:2, :2], full[:2, 2] = matrix, -matrix @ origin
    return full


def _homogeneous(points: ArrayLike) -> FloatArray:
    pairs = np.atleast_2d(np.asarray(points, float))
    return np.column_stack([pairs, np.ones(len(pairs))])


def _require_length(length_mm: float) -> None:
    if not (np.isfinite(length_mm) and length_mm > 0):
        raise OptionError("A scale has a size.", field="size in mm", found=length_mm, expected="more than 0 mm")
