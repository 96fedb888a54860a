"""Plane figures with closed forms: the sections of solids.

Fourier convention: F(k) = integral of f(r) exp(-2 pi i k.r) dr over the plane, k = (kx, ky) in 1/mm.
Source: Bracewell, Two-Dimensional Imaging, 1995, ch. 4.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import pi

import numpy as np
from scipy.special import j1

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.physics.intervals import ball_interval, cube_interval, lengths_inside


def jinc(radius: FloatArray) -> FloatArray:
    """Return J1(2 pi r) / r, the transform of the unit disc; pi at r = 0."""
    safe = np.maximum(radius, 1e-9)
    values: FloatArray = np.where(radius < 1e-9, pi, j1(2 * pi * safe) / safe)
    return values


@dataclass(frozen=True)
class PlanarShape(ABC):
    """A convex figure with two semi-axes, the first turned by `angle_rad` from +x to +y."""

    center_mm: tuple[float, float]
    semi_axes_mm: tuple[float, float]
    angle_rad: float = 0.0

    @property
    @abstractmethod
    def area_mm2(self) -> float:
        """Area."""

    @abstractmethod
    def gauge(self, local: FloatArray) -> FloatArray:
        """Return the factor by which the unit figure must grow to reach each local point, (..., 2) -> (...)."""

    @abstractmethod
    def _unit_fourier(self, q: FloatArray) -> FloatArray | ComplexArray:
        """Return the transform of the unit figure at (..., 2) cycles per unit."""

    @abstractmethod
    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where the lines start + t step, shape (2, line), enter and leave the unit figure."""

    @abstractmethod
    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        """Return how far the unit figure reaches along directions (..., 2) of any length."""

    @property
    def _axes(self) -> FloatArray:
        cosine, sine = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.array([[cosine, -sine], [sine, cosine]])

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Return points (..., 2) in units of the figure's own axes."""
        offsets = np.asarray(points_mm, dtype=float) - np.asarray(self.center_mm)
        result: FloatArray = (offsets @ self._axes) / np.asarray(self.semi_axes_mm)
        return result

    def contains(self, points_mm: FloatArray) -> BoolArray:
        """Return which of the points (..., 2) lie inside."""
        inside: BoolArray = self.gauge(self.local(points_mm)) <= 1.0
        return inside

    def extent_mm(self, directions: FloatArray) -> FloatArray:
        """Return how far the figure reaches from its centre along unit vectors (..., 2): its support function."""
        return self._unit_extent((np.asarray(directions, dtype=float) @ self._axes) * np.asarray(self.semi_axes_mm))

    def chords_mm(self, start: FloatArray, step: FloatArray, length_mm: FloatArray) -> FloatArray:
        """Return the length inside the figure of segments start + t step, t from 0 to 1, both (2, segment)."""
        to_local = self._axes.T / np.asarray(self.semi_axes_mm)[:, None]
        enter, leave = self._unit_interval(to_local @ (start - np.asarray(self.center_mm)[:, None]), to_local @ step)
        return lengths_inside(enter, leave, length_mm)

    def fourier(self, k_per_mm: FloatArray) -> ComplexArray:
        """Return the transform in mm2 at k (..., 2) in cycles per mm."""
        k = np.asarray(k_per_mm, dtype=float)
        q = (k @ self._axes) * np.asarray(self.semi_axes_mm)
        phase = np.exp(-2j * pi * (k @ np.asarray(self.center_mm)))
        transform: ComplexArray = self.semi_axes_mm[0] * self.semi_axes_mm[1] * self._unit_fourier(q) * phase
        return transform


class Ellipse(PlanarShape):
    """An ellipse by its semi-axes."""

    @property
    def area_mm2(self) -> float:
        return pi * self.semi_axes_mm[0] * self.semi_axes_mm[1]

    def gauge(self, local: FloatArray) -> FloatArray:
        norm: FloatArray = np.hypot(local[..., 0], local[..., 1])
        return norm

    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        return jinc(np.hypot(q[..., 0], q[..., 1]))

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        return ball_interval(start, step)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        reach: FloatArray = np.hypot(directions[..., 0], directions[..., 1])
        return reach


class Rectangle(PlanarShape):
    """A rectangle by its half widths."""

    @property
    def area_mm2(self) -> float:
        return 4 * self.semi_axes_mm[0] * self.semi_axes_mm[1]

    def gauge(self, local: FloatArray) -> FloatArray:
        largest: FloatArray = np.abs(local).max(axis=-1)
        return largest

    def _unit_fourier(self, q: FloatArray) -> FloatArray:
        values: FloatArray = 4 * np.sinc(2 * q[..., 0]) * np.sinc(2 * q[..., 1])
        return values

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        return cube_interval(start, step)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        reach: FloatArray = np.abs(directions).sum(axis=-1)
        return reach
