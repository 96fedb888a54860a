"""Planes and slabs through a volume: trilinear values, their maximum, minimum or mean along a line through every pixel.

Arrays: volume (z, y, x); out (row, column); geometry (4, 3) in float64: the index position (z, y, x) of pixel (0, 0) at
the first step, and what a row, a column and a step add to it.
Source: S. Napel et al., J. Comput. Assist. Tomogr. 17 (1993) 832 (sliding thin slabs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.resampling.bricks import brick_of, steps_to_leave
from isocenter.kernels.resampling.trilinear import steps_inside, value_at

MEAN, LARGEST, SMALLEST = 0, 1, -1


@scalar
def _mean(volume, z, y, x, dz, dy, dx, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Return the mean of the values from step first to last."""
    total = 0.0
    for step in range(first, last + 1):
        total += value_at(volume, z + step * dz, y + step * dy, x + step * dx)
    return total / (last - first + 1)


@scalar
def _extreme(volume, bricks, z, y, x, dz, dy, dx, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the largest (sign 1) or smallest (-1) value; bricks that cannot hold a better one are passed over."""
    best = -np.inf
    step = first
    while step <= last:
        pz, py, px = z + step * dz, y + step * dy, x + step * dx
        bz, by, bx = brick_of(pz, bricks.shape[0]), brick_of(py, bricks.shape[1]), brick_of(px, bricks.shape[2])
        beyond = min(step + steps_to_leave(bricks, bz, by, bx, pz, py, px, dz, dy, dx), last + 1)
        if sign * bricks[bz, by, bx] > best:
            for inside in range(step, beyond):
                best = max(best, sign * value_at(volume, z + inside * dz, y + inside * dy, x + inside * dx))
        step = beyond
    return sign * best


@scalar
def _element(index, out, volume, bricks, geometry, n_steps, kind):  # type: ignore[no-untyped-def]  # numba infers
    """Compute one pixel; not a number where its line misses the volume."""
    row, column = index // out.shape[1], index % out.shape[1]
    z = geometry[0, 0] + row * geometry[1, 0] + column * geometry[2, 0]
    y = geometry[0, 1] + row * geometry[1, 1] + column * geometry[2, 1]
    x = geometry[0, 2] + row * geometry[1, 2] + column * geometry[2, 2]
    dz, dy, dx = geometry[3, 0], geometry[3, 1], geometry[3, 2]
    first, last = steps_inside(volume, z, y, x, dz, dy, dx, n_steps)
    if last < first:
        out[row, column] = np.nan
    elif kind == MEAN:
        out[row, column] = _mean(volume, z, y, x, dz, dy, dx, first, last)
    else:
        out[row, column] = _extreme(volume, bricks, z, y, x, dz, dy, dx, first, last, kind)


@threads
def _threads(out, volume, bricks, geometry, n_steps, kind):  # type: ignore[no-untyped-def]  # numba infers
    for row in prange(out.shape[0]):
        for column in range(out.shape[1]):
            _element(row * out.shape[1] + column, out, volume, bricks, geometry, n_steps, kind)


def through(volume: Any, bricks: Any, geometry: Any, shape: tuple[int, int], n_steps: int, kind: int) -> Any:
    """Return a picture (row, column) in float32 of `kind` over `n_steps` steps; one step is the plane itself.

    `bricks` holds the largest value of every brick for `LARGEST`, the smallest for `SMALLEST` (`bricks.extremes`).
    """
    out = array_namespace(volume).empty(shape, dtype=np.float32)
    if on_gpu(volume):
        launch(_element, out.size, out, volume, bricks, geometry, n_steps, kind)
    else:
        _threads(out, volume, bricks, np.ascontiguousarray(geometry, dtype=np.float64), n_steps, kind)
    return out
