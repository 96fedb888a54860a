"""Receive coils whose sensitivities are finite sums of complex exponentials.

So the k-space of a body seen by a coil is a finite sum of its shifted k-space: still a closed form.

Source: Guerquin-Kern et al., IEEE Trans. Med. Imaging 31 (2012) 626-636, sec. III-B (sinusoidal model).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class CoilArray:
    """`n_coils` coils on a ring around the z axis, seen over a square field of `fov_mm`.

    `radius_mm` is the ring's radius; 0 takes 0.7 fields of view.
    """

    n_coils: int
    fov_mm: float
    radius_mm: float = 0.0

    def sensitivities(self, x_mm: FloatArray, y_mm: FloatArray) -> ComplexArray:
        """Return the sensitivity of every coil at patient positions, shape (coil, ...)."""
        positions = np.stack([np.broadcast_to(x_mm, np.shape(x_mm)), y_mm], axis=-1)
        waves = np.exp(2j * np.pi * (positions @ self.frequencies_per_mm.T))
        maps: ComplexArray = np.moveaxis(waves @ self.weights.T, -1, 0)
        return maps

    @cached_property
    def frequencies_per_mm(self) -> FloatArray:
        """Spatial frequencies of the terms, shape (term, 2)."""
        steps = np.arange(-1, 2) / (1.6 * self.fov_mm)
        fx, fy = np.meshgrid(steps, steps, indexing="ij")
        return np.column_stack([fx.ravel(), fy.ravel()])

    @cached_property
    def weights(self) -> ComplexArray:
        """Complex weights, shape (coil, term): the least-squares fit to a loop's smooth profile over the field."""
        axis = np.linspace(-0.5, 0.5, 33) * self.fov_mm
        x, y = np.meshgrid(axis, axis, indexing="ij")
        points = np.column_stack([x.ravel(), y.ravel()])
        waves = np.exp(2j * np.pi * (points @ self.frequencies_per_mm.T))
        targets = np.stack([self._profile(coil, points) for coil in range(self.n_coils)], axis=1)
        fitted, *_ = np.linalg.lstsq(waves, targets, rcond=None)
        weights: ComplexArray = fitted.T
        return weights

    def _profile(self, coil: int, points: FloatArray) -> ComplexArray:
        angle = 2 * np.pi * coil / self.n_coils
        center = (self.radius_mm or 0.7 * self.fov_mm) * np.array([np.cos(angle), np.sin(angle)])
        away = points - center
        distance = np.linalg.norm(away, axis=1) / (0.55 * self.fov_mm)
        phase = np.arctan2(away[:, 1], away[:, 0]) - angle
        profile: ComplexArray = np.exp(0.5j * np.sin(phase)) / (1 + distance**2) ** 1.5
        return profile
