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


def wound_of_outline(points: FloatArray, plane: Plane) -> Wound:
    """Return what an outline (point, 2) of column and row measures on a plane."""
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
