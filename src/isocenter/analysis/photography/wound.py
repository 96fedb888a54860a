"""A wound in a photograph: its outline, area, circumference, length and width on the plane of the marker.

Source: greatest length and width square to it as in NPUAP PUSH Tool 3.0 (1998); area by the shoelace formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull

from isocenter.analysis.photography.colour import lab
from isocenter.analysis.photography.growing import grown
from isocenter.analysis.photography.plane import Plane
from isocenter.analysis.photography.regions import outline
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError


@dataclass(frozen=True, eq=False)
class Wound:
    """What a wound measures; `outline` is (point, 2) of column and row in the photograph."""

    outline: FloatArray
    area_cm2: float
    perimeter_cm: float
    length_cm: float
    width_cm: float


def measure_wound(
    picture: Array,
    plane: Plane,
    seeds: Sequence[tuple[float, float]],
    *,
    without: Array | None = None,
    tolerance: float | None = None,
) -> Wound:
    """Return the wound around clicked points (column, row); parameters and errors are those of `grown`.

    `picture` is (row, column, 3), sRGB of 8 bits.
    """
    region = grown(lab(picture), seeds, without=without, tolerance=tolerance)
    return wound_of_outline(outline(region.mask), plane)


def wound_of_drawing(points: FloatArray, plane: Plane) -> Wound:
    """Return what an outline measures that a person drew, (point, 2) of column and row, the last joined to the first.

    Raises `DataError` if there are fewer than three points or the outline crosses itself.
    """
    drawn = np.asarray(points, float)
    if drawn.ndim != 2 or drawn.shape[1:] != (2,) or len(drawn) < 3 or not np.isfinite(drawn).all():
        raise DataError(
            "An outline has three points or more.", field="points", found=drawn.shape, expected="(point, 2)"
        )
    if _crosses_itself(drawn):
        raise DataError("The outline crosses itself.", field="points", expected="a line around one wound")
    return wound_of_outline(drawn, plane)


def wound_of_outline(points: FloatArray, plane: Plane) -> Wound:
    """Return what an outline (point, 2) of column and row that does not cross itself measures on a plane."""
    line = plane.points_mm(points) / 10
    hull = line[ConvexHull(line).vertices]
    apart = np.linalg.norm(hull[:, None] - hull[None], axis=-1)
    one, other = np.unravel_index(apart.argmax(), apart.shape)
    along = (hull[other] - hull[one]) / apart.max()
    across = hull @ np.array([-along[1], along[0]])
    return Wound(points, area(line), perimeter(line), float(apart.max()), float(np.ptp(across)))


def area(line: FloatArray) -> float:
    """Return the area inside of a closed line (point, 2), in its unit squared."""
    (x, y), (next_x, next_y) = line.T, np.roll(line, -1, axis=0).T
    return float(abs(np.sum(x * next_y - next_x * y)) / 2)


def perimeter(line: FloatArray) -> float:
    """Return the length of a closed line (point, 2)."""
    return float(np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1).sum())


def _crosses_itself(line: FloatArray) -> bool:
    """Return whether two sides of a closed line meet that do not follow each other."""
    (p, q), (r, s) = (
        (points, np.roll(points, -1, axis=axis)) for points, axis in ((line[:, None], 0), (line[None], 1))
    )

    def side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
        (ab_x, ab_y), (ac_x, ac_y) = np.moveaxis(b - a, -1, 0), np.moveaxis(c - a, -1, 0)
        return np.asarray(np.sign(ab_x * ac_y - ab_y * ac_x))

    return bool(((side(p, q, r) * side(p, q, s) < 0) & (side(r, s, p) * side(r, s, q) < 0)).any())
