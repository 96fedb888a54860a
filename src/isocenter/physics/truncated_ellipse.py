"""An ellipse between two parallel lines: the section of a cylinder that is tilted."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, pi, sin, sqrt

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.physics.intervals import ball_interval, cube_interval
from isocenter.physics.planar_shapes import PlanarShape


@dataclass(frozen=True)
class TruncatedEllipse(PlanarShape):
    """Points of an ellipse whose distance along `normal`, in units of the ellipse's own axes, is from `low` to `high`.

    The transform is an integral over the distance s of chords of length 2 sqrt(1 - s^2); with s = sin(t) the integrand
    is entire and Gauss and Legendre's rule converges faster than any power.
    """

    normal: tuple[float, float] = (1.0, 0.0)
    low: float = -1.0
    high: float = 1.0

    @property
    def area_mm2(self) -> float:
        def swept(s: float) -> float:
            return asin(s) + s * sqrt(1 - s**2)

        low, high = self._limits
        return float(self.semi_axes_mm[0] * self.semi_axes_mm[1] * (swept(high) - swept(low)))

    @property
    def _limits(self) -> tuple[float, float]:
        return max(self.low, -1.0), min(self.high, 1.0)

    def gauge(self, local: FloatArray) -> FloatArray:
        """Return the factor by which the figure must grow about the middle of its strip to reach each point.

        For a strip beside the ellipse's centre that is no norm, but 1 at the border all the same.
        """
        low, high = self._limits
        along = local @ np.asarray(self.normal)
        strip: FloatArray = np.abs(along - (low + high) / 2) / ((high - low) / 2)
        return np.maximum(np.hypot(local[..., 0], local[..., 1]), strip)

    def contains(self, points_mm: FloatArray) -> BoolArray:
        local = self.local(points_mm)
        along = local @ np.asarray(self.normal)
        inside: BoolArray = (np.hypot(local[..., 0], local[..., 1]) <= 1) & (along >= self.low) & (along <= self.high)
        return inside

    def _unit_fourier(self, q: FloatArray) -> ComplexArray:
        low, high = (asin(limit) for limit in self._limits)
        normal = np.asarray(self.normal)
        across, along = q @ np.array([-normal[1], normal[0]]), q @ normal
        reach = float(np.abs(along).max(initial=0.0) * abs(sin(high) - sin(low)) + np.abs(across).max(initial=0.0))
        nodes, weights = np.polynomial.legendre.leggauss(24 + int(4 * reach))
        angles, weights = (low + high) / 2 + nodes * (high - low) / 2, weights * (high - low) / 2
        total = np.zeros(along.shape, dtype=complex)
        for angle, weight in zip(angles, weights, strict=True):
            half = cos(angle)
            wave = np.exp(-2j * pi * along * sin(angle))
            total += weight * 2 * half**2 * np.sinc(2 * half * across) * wave
        return total

    def _unit_interval(self, start: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        enter, leave = ball_interval(start, step)
        low, high = self._limits
        normal, middle, half = np.asarray(self.normal), (low + high) / 2, (high - low) / 2
        below, above = cube_interval((normal @ start - middle)[None] / half, (normal @ step)[None] / half)
        return np.maximum(enter, below), np.minimum(leave, above)

    def _unit_extent(self, directions: FloatArray) -> FloatArray:
        normal = np.asarray(self.normal)
        along, across = directions @ normal, np.abs(directions @ np.array([-normal[1], normal[0]]))
        length = np.hypot(along, across)
        # The farthest point of the disc, moved along the rim into the strip.
        s = np.clip(np.divide(along, length, out=np.zeros_like(length), where=length > 0), *self._limits)
        reach: FloatArray = s * along + np.sqrt(1 - s**2) * across
        return reach


def truncated(
    center_mm: tuple[float, float],
    semi_axes_mm: tuple[float, float],
    angle_rad: float,
    slope: FloatArray,
    offset: float,
) -> TruncatedEllipse | None:
    """Return the part of an ellipse where ``|offset + slope . u| <= 1``, u in its own units; None if empty."""
    steepness = float(np.linalg.norm(slope))
    if steepness < 1e-12:
        return TruncatedEllipse(center_mm, semi_axes_mm, angle_rad) if abs(offset) <= 1 else None
    low, high = (-1 - offset) / steepness, (1 - offset) / steepness
    if low >= 1 or high <= -1:
        return None
    normal = (float(slope[0]) / steepness, float(slope[1]) / steepness)
    return TruncatedEllipse(center_mm, semi_axes_mm, angle_rad, normal, low, high)
