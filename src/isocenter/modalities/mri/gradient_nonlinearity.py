"""Distortion by gradients that are not linear, from the spherical harmonics of their coils.

Source: Jovicich et al., NeuroImage 30 (2006) 436-443; Janke, Zhao, Cowin, Galloway and Doddrell, Magn. Reson. Med. 52
(2004) 115-122 (the harmonics' convention).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.special import lpmv

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image

#: Coefficients of the cosine and of the sine of an order, by (degree, order).
Harmonics = Mapping[tuple[int, int], tuple[float, float]]


@dataclass(frozen=True)
class GradientCoils:
    """The field of three gradient coils, beyond its linear part.

    A point at r appears at r + displacement(r). Each component is the sum over degree l and order m of
    ``radius (|r| / radius)^l N_lm P_lm(cos theta) (a cos m phi + b sin m phi)``, theta from z, phi from x to y; P_lm
    has no Condon-Shortley phase, N_lm is ``sqrt(2 (l - m)! / (l + m)!)`` with m > 0 (Schmidt) and 1 for m = 0.

    Parameters
    ----------
    radius_mm
        The radius to which the coefficients are scaled.
    x, y, z
        Coefficients of each coil without its linear term; positions are those of the scanner, its centre 0.
    """

    radius_mm: float
    x: Harmonics
    y: Harmonics
    z: Harmonics

    def __post_init__(self) -> None:
        if not self.radius_mm > 0:
            raise OptionError("A radius is positive.", field="radius_mm", found=self.radius_mm, expected="> 0")
        for harmonics in (self.x, self.y, self.z):
            for degree, order in harmonics:
                if not 0 <= order <= degree:
                    raise OptionError(
                        "There is no such harmonic.", field="(degree, order)", found=(degree, order), expected="m <= l"
                    )

    def displacement_mm(self, positions_mm: FloatArray) -> FloatArray:
        """Return how far points (..., 3) appear from where they are."""
        points = np.asarray(positions_mm, dtype=float)
        found = [_sum_of(harmonics, points, self.radius_mm) for harmonics in (self.x, self.y, self.z)]
        return np.stack(found, axis=-1)

    def jacobian(self, positions_mm: FloatArray, *, step_mm: float = 0.1) -> FloatArray:
        """Return how much larger a small volume at points (..., 3) appears."""
        points, columns = np.asarray(positions_mm, dtype=float), []
        for axis in range(3):
            step = np.zeros(3)
            step[axis] = step_mm
            change = self.displacement_mm(points + step) - self.displacement_mm(points - step)
            columns.append(change / (2 * step_mm) + np.eye(3)[axis])
        determinant: FloatArray = np.linalg.det(np.stack(columns, axis=-1))
        return determinant


def corrected(image: Image, coils: GradientCoils, *, is_planar: bool = False) -> Image:
    """Return an image in which every point is where it is, with the intensity that it has.

    Parameters
    ----------
    image
        A volume (z, y, x) in the scanner's coordinates.
    is_planar
        Whether slices were selected one by one and only the distortion within them is to be taken out: without it
        slices are taken from their neighbours, too.

    Raises
    ------
    ShapeError
        If the image is no volume.
    """
    if image.values.ndim != 3:
        raise ShapeError(
            "Distortion is corrected in a volume.", field="image", found=image.values.shape, expected="3-D"
        )
    positions = image.grid.positions_mm()
    displacement = coils.displacement_mm(positions)
    values = _resampled(image.values, image.grid, displacement, is_planar=is_planar)
    return image.with_values((values * _volume_change(displacement, image.grid)).astype(image.values.dtype))


def _volume_change(displacement_mm: FloatArray, grid: Grid) -> FloatArray:
    """Return the Jacobian of a displacement (z, y, x, 3), by differences between samples."""
    to_index = np.linalg.inv(np.asarray(grid.affine)[:3, :3])
    slopes = np.stack([np.gradient(displacement_mm, axis=axis) for axis in (2, 1, 0)], axis=-1)
    determinant: FloatArray = np.linalg.det(slopes @ to_index + np.eye(3))
    return determinant


def _resampled(values: FloatArray, grid: Grid, displacement_mm: FloatArray, *, is_planar: bool) -> FloatArray:
    """Return the values where every sample of the grid appears."""
    to_index = np.linalg.inv(np.asarray(grid.affine)[:3, :3])
    moved = displacement_mm @ to_index.T
    index = np.indices(values.shape, dtype=float)
    steps = [0 * moved[..., 2] if is_planar else moved[..., 2], moved[..., 1], moved[..., 0]]
    places = [start + step for start, step in zip(index, steps, strict=True)]
    return np.asarray(map_coordinates(np.asarray(values, dtype=float), places, order=3, mode="nearest"))


def _sum_of(harmonics: Harmonics, points: FloatArray, radius_mm: float) -> FloatArray:
    x, y, z = np.moveaxis(points, -1, 0)
    r = np.linalg.norm(points, axis=-1)
    cosine, phi = np.where(r > 0, z / np.where(r > 0, r, 1.0), 1.0), np.arctan2(y, x)
    total = np.zeros(points.shape[:-1])
    for (degree, order), (a, b) in harmonics.items():
        norm = 1.0 if order == 0 else (2 * factorial(degree - order) / factorial(degree + order)) ** 0.5
        # SciPy's functions have the Condon-Shortley phase.
        legendre = (-1) ** order * lpmv(order, degree, cosine)
        waves = a * np.cos(order * phi) + b * np.sin(order * phi)
        total += radius_mm * (r / radius_mm) ** degree * norm * legendre * waves
    return total
