"""Velocity in space and time (4D flow): from four encodings to streamlines and to the flow through any plane.

Source: Markl, Frydrychowicz, Kozerke, Hope and Wieben, J. Magn. Reson. Imaging 36 (2012) 1015-1036; encodings, Pelc,
Bernstein, Shimakawa and Glover, J. Magn. Reson. Imaging 1 (1991) 405-413; streamlines, Buonocore, Magn. Reson. Med. 40
(1998) 210-226.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import map_coordinates

from isocenter.core.arrays import ComplexArray, FloatArray, require_shape
from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.geometry import Vector
from isocenter.core.grid import Grid

#: First moments of the four scans of balanced (Hadamard) encoding: scan by x, y, z.
BALANCED: FloatArray = np.array([[-1, -1, -1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]], dtype=float)
#: A reference, then one scan for every direction.
REFERENCED: FloatArray = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)


def velocities_m_s(images: ComplexArray, venc_m_s: float, encoding: FloatArray = REFERENCED) -> FloatArray:
    """Return velocities (3, ...) of images (4, coil, ...), by the first moments (4, 3) of their encodings.

    A velocity of `venc_m_s` along one axis turns the phase of a scan of moment 1 by pi against one of moment 0; of
    balanced scans, which differ by 2, by pi against each other.

    Raises
    ------
    ShapeError, OptionError
        If there are not four images, or the encodings do not tell the directions apart.
    """
    if images.shape[0] != 4 or encoding.shape != (4, 3):
        raise ShapeError(
            "Four scans have four encodings.", field="images, encoding", found=(images.shape[0], encoding.shape)
        )
    if not venc_m_s > 0:
        raise OptionError("The encoding velocity is positive.", field="venc_m_s", found=venc_m_s, expected="> 0")
    steps = encoding[1:] - encoding[0]
    if abs(np.linalg.det(steps)) < 1e-6:
        raise OptionError(
            "The encodings do not tell three directions apart.", field="encoding", found=encoding.tolist()
        )
    turns = np.angle(np.sum(images[1:] * images[:1].conj(), axis=1)) / np.pi
    reach = float(np.abs(steps).max())
    velocities: FloatArray = np.tensordot(np.linalg.inv(steps / reach), turns, axes=1) * venc_m_s
    return velocities


@dataclass(frozen=True, eq=False)
class VelocityField:
    """Velocities (3, z, y, x) in m/s along the patient's x, y and z (LPS), on a grid, at one moment.

    Raises
    ------
    ShapeError
        If the velocities do not have the grid's shape.
    """

    velocities_m_s: FloatArray
    grid: Grid

    def __post_init__(self) -> None:
        require_shape(self.velocities_m_s, (3, *self.grid.shape), "velocity field")

    def at(self, points_mm: FloatArray) -> FloatArray:
        """Return velocities (..., 3) at LPS points (..., 3), 0 outside of the grid; between samples they are linear."""
        points = np.asarray(points_mm, dtype=float)
        affine = np.asarray(self.grid.affine)
        index = (points - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
        places = np.moveaxis(index[..., ::-1], -1, 0)
        found = [map_coordinates(part, places, order=1, mode="constant") for part in self.velocities_m_s]
        return np.stack(found, axis=-1)

    def flow_ml_s(self, plane: Plane, *, spacing_mm: float = 0.5) -> float:
        """Return the flow through a disc in space, positive along its normal."""
        points, area_mm2 = plane.points_mm(spacing_mm)
        through = self.at(points) @ np.asarray(plane.unit_normal)
        # 1 m/s through 1 mm^2 is 1 ml/s.
        return float(through.sum() * area_mm2)

    def streamlines_mm(self, seeds_mm: FloatArray, *, step_mm: float = 0.5, n_steps: int = 400) -> FloatArray:
        """Return curves (seed, step, 3) along the velocity from points (seed, 3); where it is zero they stay.

        Runge and Kutta's rule of fourth order on the direction of the velocity, so that steps have the same length.
        """
        if not step_mm > 0:
            raise OptionError("A step has a length.", field="step_mm", found=step_mm, expected="> 0")
        point = np.atleast_2d(np.asarray(seeds_mm, dtype=float))
        path = [point]
        for _ in range(n_steps):
            first = self._direction(point)
            second = self._direction(point + step_mm / 2 * first)
            third = self._direction(point + step_mm / 2 * second)
            fourth = self._direction(point + step_mm * third)
            point = point + step_mm / 6 * (first + 2 * second + 2 * third + fourth)
            path.append(point)
        return np.stack(path, axis=1)

    def _direction(self, points_mm: FloatArray) -> FloatArray:
        velocity = self.at(points_mm)
        speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
        return np.asarray(np.where(speed > 1e-9, velocity / np.where(speed > 1e-9, speed, 1.0), 0.0))


def pathlines_mm(
    fields: list[VelocityField], interval_s: float, seeds_mm: FloatArray, *, n_substeps: int = 10
) -> FloatArray:
    """Return where particles (seed, 3) go while the velocity changes: (seed, moment, 3), linear between moments."""
    point = np.atleast_2d(np.asarray(seeds_mm, dtype=float))
    path, step_s = [point], interval_s / n_substeps
    for before, after in pairwise(fields):
        for substep in range(n_substeps):
            start, middle, end = ((substep + part) / n_substeps for part in (0.0, 0.5, 1.0))
            first = _between(before, after, start, point)
            second = _between(before, after, middle, point + step_s / 2 * first)
            third = _between(before, after, middle, point + step_s / 2 * second)
            fourth = _between(before, after, end, point + step_s * third)
            point = point + step_s / 6 * (first + 2 * second + 2 * third + fourth)
        path.append(point)
    return np.stack(path, axis=1)


def _between(before: VelocityField, after: VelocityField, share: float, points_mm: FloatArray) -> FloatArray:
    """Return velocities in mm/s between two moments."""
    return 1000 * ((1 - share) * before.at(points_mm) + share * after.at(points_mm))


@dataclass(frozen=True)
class Plane:
    """A disc in space: its centre and normal in LPS, and its radius."""

    center_mm: Vector
    normal: Vector
    radius_mm: float

    def __post_init__(self) -> None:
        if not (self.radius_mm > 0 and np.linalg.norm(self.normal) > 0):
            raise OptionError(
                "A disc has a radius and a normal.",
                field="radius_mm, normal",
                found=(self.radius_mm, self.normal),
                expected="> 0",
            )

    @property
    def unit_normal(self) -> FloatArray:
        """The normal, of length 1."""
        return np.asarray(np.asarray(self.normal, dtype=float) / np.linalg.norm(self.normal))

    def points_mm(self, spacing_mm: float) -> tuple[FloatArray, float]:
        """Return points of the disc on a square lattice, (point, 3), and the area that each stands for."""
        normal = self.unit_normal
        least = np.eye(3)[int(np.argmin(np.abs(normal)))]
        first = np.cross(normal, least)
        first /= np.linalg.norm(first)
        second = np.cross(normal, first)
        n = int(np.ceil(self.radius_mm / spacing_mm))
        axis = np.arange(-n, n + 1) * spacing_mm
        u, v = np.meshgrid(axis, axis, indexing="ij")
        inside = np.hypot(u, v) <= self.radius_mm
        points = np.asarray(self.center_mm) + u[inside][:, None] * first + v[inside][:, None] * second
        return points, np.pi * self.radius_mm**2 / points.shape[0]
