"""The smallest and the largest value in bricks of a volume: what a ray may pass over without looking.

A brick holds all samples that positions inside it are interpolated from: 8 indices and the next one along each axis.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np
from numba import prange

from isocenter.kernels.compile import scalar, threads

SIDE = 8


@scalar
def _extremes_of(volume, z, y, x):  # type: ignore[no-untyped-def]  # numba infers
    """Return the smallest and the largest sample of one brick; a sample that is not a number counts as neither."""
    low = high = volume[z * SIDE, y * SIDE, x * SIDE]
    for k in range(z * SIDE, min(z * SIDE + SIDE + 1, volume.shape[0])):
        for j in range(y * SIDE, min(y * SIDE + SIDE + 1, volume.shape[1])):
            for i in range(x * SIDE, min(x * SIDE + SIDE + 1, volume.shape[2])):
                low = min(low, volume[k, j, i])
                high = max(high, volume[k, j, i])
    return low, high


@threads
def _extremes_threads(low, high, volume):  # type: ignore[no-untyped-def]  # numba infers
    for z in prange(low.shape[0]):
        for y in range(low.shape[1]):
            for x in range(low.shape[2]):
                low[z, y, x], high[z, y, x] = _extremes_of(volume, z, y, x)


@scalar
def brick_of(at, n_bricks):  # type: ignore[no-untyped-def]  # numba infers
    """Return the brick along one axis in which an index position lies."""
    return min(max(int(at), 0) // SIDE, n_bricks - 1)


@scalar
def _steps_along(at, step, brick, n_bricks):  # type: ignore[no-untyped-def]  # numba infers
    """Return how many steps lead out of a brick along one axis; beyond the outermost bricks lies nothing."""
    if step > 1e-12 and brick < n_bricks - 1:
        return (SIDE * (brick + 1) - at) / step
    if step < -1e-12 and brick > 0:
        return (SIDE * brick - at) / step
    return 1e9


@scalar
def steps_to_leave(bricks, bz, by, bx, z, y, x, dz, dy, dx):  # type: ignore[no-untyped-def]  # numba infers
    """Return how many steps from (z, y, x), at least one, lead out of a brick."""
    n = _steps_along(z, dz, bz, bricks.shape[0])
    n = min(n, _steps_along(y, dy, by, bricks.shape[1]))
    n = min(n, _steps_along(x, dx, bx, bricks.shape[2]))
    return max(floor(n) + 1, 1)


def extremes(volume: Any) -> tuple[Any, Any]:
    """Return the smallest and the largest value of every brick of a volume (z, y, x)."""
    shape = tuple(max(1, -(-n // SIDE)) for n in volume.shape)
    low, high = np.empty(shape, volume.dtype), np.empty(shape, volume.dtype)
    _extremes_threads(low, high, volume)
    return low, high
