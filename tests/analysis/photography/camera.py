"""A pinhole camera that photographs a flat piece of skin, ray by ray: truth for measures of photographs.

It knows nothing of homographies: every ray is cut with the plane, and what lies there is asked by its place in mm.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Where = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
SKIN, WOUND, WHITE = (0.52, 0.30, 0.21), (0.30, 0.045, 0.04), (0.75, 0.75, 0.74)  # linear light reflected


def square(x0: float, y0: float, side: float, turned_rad: float = 0.0) -> Where:
    c, s = np.cos(turned_rad), np.sin(turned_rad)
    return lambda x, y: np.maximum(abs(c * (x - x0) + s * (y - y0)), abs(-s * (x - x0) + c * (y - y0))) <= side / 2


def ellipse(x0: float, y0: float, a: float, b: float) -> Where:
    return lambda x, y: ((x - x0) / a) ** 2 + ((y - y0) / b) ** 2 <= 1


def lobed(x0: float, y0: float, radius: float, depth: float, lobes: int) -> Where:
    """A border r = radius (1 + depth cos(lobes phi)); its area is pi radius^2 (1 + depth^2 / 2)."""
    return lambda x, y: np.hypot(x - x0, y - y0) <= radius * (1 + depth * np.cos(lobes * np.arctan2(y - y0, x - x0)))


@dataclass(frozen=True)
class Camera:
    """`tilt_rad` about the picture's column axis, then `roll_rad` about the line of sight; looks at the origin."""

    distance_mm: float = 300.0
    focal_px: float = 1050.0
    size: tuple[int, int] = (360, 480)
    tilt_rad: float = 0.0
    roll_rad: float = 0.0

    def rays(
        self, oversampling: int = 1, rng: np.random.Generator | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where on the plane (x, y in mm) rays meet it: a ray in the middle of each part of a pixel.

        With `rng` they are anywhere within their part, so that edges along the rows are not in steps.
        """
        rows, columns = self.size
        n = oversampling
        row, column = np.mgrid[: rows * n, : columns * n].astype(float)
        inside = 0.5 if rng is None else rng.random((2, rows * n, columns * n))
        v, u = (np.stack([row, column]) + inside) / n - 0.5 - np.array([rows - 1, columns - 1])[:, None, None] / 2
        c, s = np.cos(self.roll_rad), np.sin(self.roll_rad)
        ray = np.stack([c * u - s * v, s * u + c * v, np.full(u.shape, self.focal_px)])
        c, s = np.cos(self.tilt_rad), np.sin(self.tilt_rad)
        turn = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        eye = turn @ np.array([0.0, 0.0, -self.distance_mm])
        way = np.tensordot(turn, ray, 1)
        reach = -eye[2] / way[2]
        return eye[0] + reach * way[0], eye[1] + reach * way[1]

    def photograph(
        self,
        things: list[tuple[Where, tuple[float, float, float]]],
        rng: np.random.Generator,
        *,
        light: float = 0.25,
        noise: float = 1.5,
    ) -> NDArray[np.uint8]:
        """Return sRGB pixels of skin with things on it; `light` is how much it falls from one side to the other."""
        n = 3
        x, y = self.rays(n, rng)
        mottle = 1 + 0.05 * np.sin(x / 4.1) * np.cos(y / 5.3 + x / 9)
        colour = np.array(SKIN)[:, None, None] * mottle
        for where, own in things:
            colour = np.where(where(x, y), np.array(own)[:, None, None], colour)
        colour = colour * (1 - light * (0.5 + x / 120 + y / 300))
        rows, columns = self.size
        linear = np.clip(colour, 0, 1).reshape(3, rows, n, columns, n).mean(axis=(2, 4))
        shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
        shown = np.moveaxis(shown, 0, -1) + noise * rng.standard_normal((rows, columns, 3))
        return np.rint(np.clip(shown, 0, 255)).astype(np.uint8)
