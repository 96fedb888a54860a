"""Solid shapes with closed forms: chords, Fourier transforms, volumes and sections by a plane.

Fourier convention: F(k) = integral of f(r) exp(-2 pi i k.r) dr, with k in 1/mm and r in LPS mm.
Sources: ellipsoid, Koay, Sarlls and Ozarslan, Magn. Reson. Med. 58 (2007) 430-436; box and cylinder,
Bracewell, Two-Dimensional Imaging, 1995, ch. 4 and 9.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from math import pi
from typing import Self

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.geometry import IDENTITY, Direction, Vector, as_direction, as_vector
from isocenter.physics.intervals import ball_interval, cube_interval, lengths_inside
from isocenter.physics.planar_shapes import Ellipse, PlanarShape, Rectangle, jinc
from isocenter.physics.truncated_ellipse import truncated

_SMALL = 1e-2


@dataclass(frozen=True)
class Shape(ABC):
    """A convex solid: a unit body scaled by `semi_axes_mm`, turned by `direction`, moved to `center_mm`.

    The columns of `direction` are the LPS unit vectors of the solid's own axes.
    """

    center_mm: Vector
    semi_axes_mm: Vector
    direction: Direction = IDENTITY

    def __post_init__(self) -> None:
        if not all(np.isfinite(length) and length > 0 for length in self.semi_axes_mm):
            raise GeometryError("A solid needs positive lengths.", field="semi_axes_mm", found=self.semi_axes_mm)

    @property
    @abstractmethod
    def volume_mm3(self) -> float:
        """Volume."""

    @abstractmethod
    def gauge(self, local: FloatArray) -> FloatArray:
        """Return the factor by which the unit body must grow to reach each local point, (..., 3) -> (...)."""

    @abstractmethod
    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        """Return the transform of the unit body at (..., 3) cycles per unit."""

    @abstractmethod
    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where the lines start + t step, shape (3, line), enter and leave the unit body."""

    @abstractmethod
    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        """Return how far the unit body reaches along directions (..., 3) of any length."""

    @abstractmethod
    def section(self, z_mm: float) -> PlanarShape | None:
        """Return the cut by the transverse plane at `z_mm`, or None where it misses."""

    @property
    def _to_local(self) -> FloatArray:
        """3x3 matrix from LPS offsets to units of the solid's own axes."""
        matrix: FloatArray = np.asarray(self.direction, dtype=float).T / np.asarray(self.semi_axes_mm)[:, None]
        return matrix

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Return LPS points in units of the solid's own axes."""
        result: FloatArray = (np.asarray(points_mm, dtype=float) - np.asarray(self.center_mm)) @ self._to_local.T
        return result

    def contains(self, points_mm: FloatArray) -> BoolArray:
        """Return which of the LPS points (..., 3) lie inside."""
        inside: BoolArray = self.gauge(self.local(points_mm)) <= 1.0
        return inside

    def extent_mm(self, directions: FloatArray) -> FloatArray:
        """Return how far the solid reaches from its centre along LPS unit vectors (..., 3): its support function."""
        own = np.asarray(directions, dtype=float) @ np.asarray(self.direction, dtype=float)
        return self._unit_extent(own * np.asarray(self.semi_axes_mm))

    def chords_mm(self, start: FloatArray, step: FloatArray, length_mm: FloatArray) -> FloatArray:
        """Return the length inside the solid of segments start + t step, t from 0 to 1, both (3, segment)."""
        to_local = self._to_local
        enter, leave = self._unit_interval(to_local @ (start - np.asarray(self.center_mm)[:, None]), to_local @ step)
        return lengths_inside(enter, leave, length_mm)

    def chord_mm(self, starts_mm: FloatArray, ends_mm: FloatArray) -> FloatArray:
        """Return the length inside the solid of segments between LPS points (..., 3)."""
        starts, ends = np.broadcast_arrays(np.asarray(starts_mm, dtype=float), np.asarray(ends_mm, dtype=float))
        step = (ends - starts).reshape(-1, 3).T
        chords = self.chords_mm(starts.reshape(-1, 3).T, step, np.linalg.norm(step, axis=0))
        return chords.reshape(starts.shape[:-1])

    def fourier(self, k_per_mm: FloatArray) -> ComplexArray:
        """Return the transform in mm3 at k (..., 3) in cycles per mm."""
        k = np.asarray(k_per_mm, dtype=float)
        q = (k @ np.asarray(self.direction, dtype=float)) * np.asarray(self.semi_axes_mm)
        phase = np.exp(-2j * pi * (k @ np.asarray(self.center_mm)))
        transform: ComplexArray = float(np.prod(self.semi_axes_mm)) * self._unit_fourier(q) * phase
        return transform

    def moved(self, rotation: FloatArray, translation_mm: FloatArray) -> Self:
        """Return the solid after r -> R r + t."""
        center = as_vector(rotation @ np.asarray(self.center_mm) + translation_mm)
        return replace(self, center_mm=center, direction=as_direction(rotation @ np.asarray(self.direction)))

    def surface_points_mm(self, n_points: int = 400) -> FloatArray:
        """Return LPS points spread over the surface, shape (n_points, 3)."""
        index = np.arange(n_points) + 0.5
        polar, azimuth = np.arccos(1 - 2 * index / n_points), pi * (1 + 5**0.5) * index
        sphere = np.stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)], axis=-1)
        local = sphere / self.gauge(sphere)[:, None]
        offsets = (local * np.asarray(self.semi_axes_mm)) @ np.asarray(self.direction, dtype=float).T
        points: FloatArray = offsets + np.asarray(self.center_mm)
        return points


class Ellipsoid(Shape):
    """An ellipsoid by its three semi-axes."""

    @property
    def volume_mm3(self) -> float:
        return 4 / 3 * pi * float(np.prod(self.semi_axes_mm))

    def gauge(self, local: FloatArray) -> FloatArray:
        norm: FloatArray = np.linalg.norm(local, axis=-1)
        return norm

    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        x = 2 * pi * np.linalg.norm(q, axis=-1)
        series = 1 - x**2 / 10 + x**4 / 280
        safe = np.maximum(x, _SMALL)
        closed = 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
        values: FloatArray = 4 / 3 * pi * np.where(x < _SMALL, series, closed)
        return values

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        return ball_interval(start, step)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        reach: FloatArray = np.linalg.norm(directions, axis=-1)
        return reach

    def section(self, z_mm: float) -> PlanarShape | None:
        """Return the ellipse in which the plane cuts the quadric (r - c)' M (r - c) = 1."""
        quadric = self._to_local.T @ self._to_local
        height = z_mm - self.center_mm[2]
        planar, mixed = quadric[:2, :2], quadric[:2, 2]
        shift = -height * np.linalg.solve(planar, mixed)
        size = 1 - height**2 * quadric[2, 2] - height * float(mixed @ shift)
        if size <= 0:
            return None
        curvatures, axes = np.linalg.eigh(planar)
        a, b = np.sqrt(size / curvatures)
        center = (self.center_mm[0] + float(shift[0]), self.center_mm[1] + float(shift[1]))
        return Ellipse(center, (float(a), float(b)), float(np.arctan2(axes[1, 0], axes[0, 0])))


class Box(Shape):
    """A box by its three half widths."""

    @property
    def volume_mm3(self) -> float:
        return 8 * float(np.prod(self.semi_axes_mm))

    def gauge(self, local: FloatArray) -> FloatArray:
        largest: FloatArray = np.abs(local).max(axis=-1)
        return largest

    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        values: FloatArray = 8 * np.prod(np.sinc(2 * q), axis=-1)
        return values

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        return cube_interval(start, step)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        reach: FloatArray = np.abs(directions).sum(axis=-1)
        return reach

    def section(self, z_mm: float) -> PlanarShape | None:
        """Return the rectangle, for a box that is not tilted out of the transverse plane."""
        axes = np.asarray(self.direction, dtype=float)
        upright = int(np.abs(axes[2]).argmax())
        if abs(axes[2, upright]) < 1 - 1e-9:
            raise GeometryError(
                "The section of a tilted box is not offered.", field="direction", expected="one axis of the box along z"
            )
        if abs(z_mm - self.center_mm[2]) > self.semi_axes_mm[upright]:
            return None
        first, second = (axis for axis in range(3) if axis != upright)
        angle = float(np.arctan2(axes[1, first], axes[0, first]))
        return Rectangle(self.center_mm[:2], (self.semi_axes_mm[first], self.semi_axes_mm[second]), angle)


class EllipticCylinder(Shape):
    """A cylinder along its third axis, with an elliptic cross-section; the third length is half the height."""

    @property
    def volume_mm3(self) -> float:
        return 2 * pi * float(np.prod(self.semi_axes_mm))

    def gauge(self, local: FloatArray) -> FloatArray:
        largest: FloatArray = np.maximum(np.hypot(local[..., 0], local[..., 1]), np.abs(local[..., 2]))
        return largest

    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        values: FloatArray = jinc(np.hypot(q[..., 0], q[..., 1])) * 2 * np.sinc(2 * q[..., 2])
        return values

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        enter, leave = ball_interval(start[:2], step[:2])
        below, above = cube_interval(start[2:], step[2:])
        return np.maximum(enter, below), np.minimum(leave, above)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        reach: FloatArray = np.hypot(directions[..., 0], directions[..., 1]) + np.abs(directions[..., 2])
        return reach

    def section(self, z_mm: float) -> PlanarShape | None:
        """Return an ellipse if the cylinder is upright, a rectangle if it lies, part of an ellipse if tilted."""
        axes = np.asarray(self.direction, dtype=float)
        height, (a, b, half) = z_mm - self.center_mm[2], self.semi_axes_mm
        if abs(axes[2, 2]) > 1 - 1e-9:
            angle = float(np.arctan2(axes[1, 0], axes[0, 0]))
            return Ellipse(self.center_mm[:2], (a, b), angle) if abs(height) <= half else None
        upright = int(np.abs(axes[2, :2]).argmax())
        if abs(axes[2, upright]) < 1 - 1e-9:
            return self._oblique(height)
        tall, wide = (a, b) if upright == 0 else (b, a)
        if abs(height) >= tall:
            return None
        angle = float(np.arctan2(axes[1, 2], axes[0, 2]))
        return Rectangle(self.center_mm[:2], (half, wide * (1 - (height / tall) ** 2) ** 0.5), angle)

    def _oblique(self, height_mm: float) -> PlanarShape | None:
        """Return the section of the endless cylinder, an ellipse, between the planes of its two ends."""
        to_local = self._to_local
        quadric = to_local[:2].T @ to_local[:2]
        planar, mixed = quadric[:2, :2], quadric[:2, 2]
        if np.linalg.det(planar) < 1e-12 * np.trace(planar) ** 2:
            raise GeometryError(
                "The section along an elliptic cylinder's axis is not offered.",
                field="direction",
                found=self.direction,
                expected="an axis that the plane cuts",
            )
        shift = -height_mm * np.linalg.solve(planar, mixed)
        size = 1 - height_mm**2 * quadric[2, 2] - height_mm * float(mixed @ shift)
        if size <= 0:
            return None
        curvatures, axes = np.linalg.eigh(planar)
        semi_axes = np.sqrt(size / curvatures)
        angle = float(np.arctan2(axes[1, 0], axes[0, 0]))
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        offset = float(to_local[2, 2] * height_mm + to_local[2, :2] @ shift)
        center = (self.center_mm[0] + float(shift[0]), self.center_mm[1] + float(shift[1]))
        slope = (to_local[2, :2] @ turned) * semi_axes
        return truncated(center, (float(semi_axes[0]), float(semi_axes[1])), angle, slope, offset)
