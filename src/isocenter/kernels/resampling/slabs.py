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
from isocenter.kernels.resampling.bricks import SIDE, brick_of, steps_to_leave
from isocenter.kernels.resampling.trilinear import between, corners, steps_inside, value_at

MEAN, LARGEST, SMALLEST = 0, 1, -1
_TILE = 16


@scalar
def _mean(flat, shape, z, y, x, dz, dy, dx, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Return the mean of the values from step first to last."""
    total = 0.0
    for step in range(first, last + 1):
        total += value_at(flat, shape, z + step * dz, y + step * dy, x + step * dx)
    return total / (last - first + 1)


@scalar
def _bound(a, b, c, d, e, f, g, h, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the largest (sign 1) or smallest (-1, negated) of eight samples: none between them is better."""
    if sign > 0:
        return float(max(max(max(a, b), max(c, d)), max(max(e, f), max(g, h))))
    return -float(min(min(min(a, b), min(c, d)), min(min(e, f), min(g, h))))


@scalar
def _best_until(flat, shape, bricks, z, y, x, dz, dy, dx, step, until, last, best, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the step reached and the best value met: bricks and samples that cannot be better are passed over."""
    while step < until:
        pz, py, px = z + step * dz, y + step * dy, x + step * dx
        bz, by, bx = brick_of(pz, bricks.shape[0]), brick_of(py, bricks.shape[1]), brick_of(px, bricks.shape[2])
        beyond = min(step + steps_to_leave(bricks, bz, by, bx, pz, py, px, dz, dy, dx), last + 1)
        if sign * bricks[bz, by, bx] > best:
            beyond = min(beyond, until)
            for inside in range(step, beyond):
                pz, py, px = z + inside * dz, y + inside * dy, x + inside * dx
                a, b, c, d, e, f, g, h, fz, fy, fx = corners(flat, shape, pz, py, px)
                if _bound(a, b, c, d, e, f, g, h, sign) > best:
                    best = max(best, sign * between(a, b, c, d, e, f, g, h, fz, fy, fx))
        step = beyond
    return step, best


@scalar
def _promising(bricks, z, y, x, dz, dy, dx, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the step that enters the brick with the best bound on a line: what it holds makes most others needless."""
    found, bound = first, -np.inf
    step = first
    while step <= last:
        pz, py, px = z + step * dz, y + step * dy, x + step * dx
        bz, by, bx = brick_of(pz, bricks.shape[0]), brick_of(py, bricks.shape[1]), brick_of(px, bricks.shape[2])
        if sign * bricks[bz, by, bx] > bound:
            found, bound = step, sign * bricks[bz, by, bx]
        step += steps_to_leave(bricks, bz, by, bx, pz, py, px, dz, dy, dx)
    return found


@scalar
def _start(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the best value in the most promising brick of a line."""
    found = _promising(bricks, z, y, x, dz, dy, dx, first, last, sign)
    until = min(found + SIDE, last + 1)
    return _best_until(flat, shape, bricks, z, y, x, dz, dy, dx, found, until, last, -np.inf, sign)[1]


@scalar
def _extreme(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the largest (sign 1) or smallest (-1) value from step first to last."""
    best = _start(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, sign)
    return sign * _best_until(flat, shape, bricks, z, y, x, dz, dy, dx, first, last + 1, last, best, sign)[1]


@scalar
def _element(index, out, flat, shape, bricks, geometry, n_steps, kind):  # type: ignore[no-untyped-def]  # numba infers
    """Compute one pixel; not a number where its line misses the volume."""
    row, column = index // out.shape[1], index % out.shape[1]
    z = geometry[0, 0] + row * geometry[1, 0] + column * geometry[2, 0]
    y = geometry[0, 1] + row * geometry[1, 1] + column * geometry[2, 1]
    x = geometry[0, 2] + row * geometry[1, 2] + column * geometry[2, 2]
    dz, dy, dx = geometry[3, 0], geometry[3, 1], geometry[3, 2]
    first, last = steps_inside(shape, z, y, x, dz, dy, dx, n_steps)
    if last < first:
        out[row, column] = np.nan
    elif kind == MEAN:
        out[row, column] = _mean(flat, shape, z, y, x, dz, dy, dx, first, last)
    else:
        out[row, column] = _extreme(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, kind)


@threads
def _threads(out, flat, shape, bricks, geometry, n_steps, kind):  # type: ignore[no-untyped-def]  # numba infers
    for row in prange(out.shape[0]):
        for column in range(out.shape[1]):
            _element(row * out.shape[1] + column, out, flat, shape, bricks, geometry, n_steps, kind)


@scalar
def _tile(out, flat, shape, bricks, geometry, n_steps, sign, top, left):  # type: ignore[no-untyped-def]  # numba infers
    """Compute a tile of pixels a few steps at a time: neighbours ask for the same memory one after the other."""
    rows, columns = min(_TILE, out.shape[0] - top), min(_TILE, out.shape[1] - left)
    starts, best = np.empty((rows, columns, 3)), np.empty((rows, columns))
    steps, lasts = np.empty((rows, columns), np.int64), np.empty((rows, columns), np.int64)
    dz, dy, dx = geometry[3, 0], geometry[3, 1], geometry[3, 2]
    begin, end = n_steps, -1
    for row in range(rows):
        for column in range(columns):
            for axis in range(3):
                starts[row, column, axis] = (
                    geometry[0, axis] + (top + row) * geometry[1, axis] + (left + column) * geometry[2, axis]
                )
            z, y, x = starts[row, column, 0], starts[row, column, 1], starts[row, column, 2]
            first, last = steps_inside(shape, z, y, x, dz, dy, dx, n_steps)
            steps[row, column], lasts[row, column], best[row, column] = first, last, np.nan
            if first <= last:
                begin, end = min(begin, first), max(end, last)
                best[row, column] = _start(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, sign)
    for chunk in range(begin, end + 1, SIDE):
        for row in range(rows):
            for column in range(columns):
                last = lasts[row, column]
                until = min(chunk + SIDE, last + 1)
                if steps[row, column] < until:
                    z, y, x = starts[row, column, 0], starts[row, column, 1], starts[row, column, 2]
                    steps[row, column], best[row, column] = _best_until(
                        flat, shape, bricks, z, y, x, dz, dy, dx, steps[row, column], until, last, best[row, column], sign
                    )
    for row in range(rows):
        for column in range(columns):
            out[top + row, left + column] = sign * best[row, column]


@threads
def _tiles_threads(out, flat, shape, bricks, geometry, n_steps, sign):  # type: ignore[no-untyped-def]  # numba infers
    n_across = (out.shape[1] + _TILE - 1) // _TILE
    n_tiles = n_across * ((out.shape[0] + _TILE - 1) // _TILE)
    for tile in prange(n_tiles):
        _tile(out, flat, shape, bricks, geometry, n_steps, sign, tile // n_across * _TILE, tile % n_across * _TILE)


def through(volume: Any, bricks: Any, geometry: Any, shape: tuple[int, int], n_steps: int, kind: int) -> Any:
    """Return a picture (row, column) in float32 of `kind` over `n_steps` steps; one step is the plane itself.

    `bricks` holds the largest value of every brick for `LARGEST`, the smallest for `SMALLEST` (`bricks.extremes`).
    """
    out = array_namespace(volume).empty(shape, dtype=np.float32)
    flat = volume.reshape(-1)
    if on_gpu(volume):
        launch(_element, out.size, out, flat, volume.shape, bricks, geometry, n_steps, kind)
    elif kind != MEAN and n_steps > 1:
        _tiles_threads(out, flat, volume.shape, bricks, np.ascontiguousarray(geometry, dtype=np.float64), n_steps, kind)
    else:
        _threads(out, flat, volume.shape, bricks, np.ascontiguousarray(geometry, dtype=np.float64), n_steps, kind)
    return out
