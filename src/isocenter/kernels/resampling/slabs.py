"""Planes and slabs through a volume: trilinear values, their maximum, minimum or mean along a line through every pixel.

Arrays: volume (z, y, x); out (row, column); geometry (4, 3) in float64: the index position (z, y, x) of pixel (0, 0) at
the first step, and what a row, a column and a step add to it.
Source: S. Napel et al., J. Comput. Assist. Tomogr. 17 (1993) 832 (sliding thin slabs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import float32, prange, uint64

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.resampling.bricks import SIDE, brick_of, steps_to_leave
from isocenter.kernels.resampling.trilinear import steps_inside, value_at

MEAN, LARGEST, SMALLEST = 0, 1, -1
_ROWS, _COLUMNS = 8, 32  # of a tile: a cache line of samples wide
_ON_SAMPLE = 1e-6  # an index this near to a whole number is that sample


@scalar
def _mean(flat, shape, z, y, x, dz, dy, dx, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Return the mean of the values from step first to last."""
    total = 0.0
    for step in range(first, last + 1):
        total += value_at(flat, shape, z + step * dz, y + step * dy, x + step * dx)
    return total / (last - first + 1)


@scalar
def _best_until(flat, shape, bricks, z, y, x, dz, dy, dx, step, until, last, best, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the step reached and the best value met; bricks that cannot hold a better one are passed over."""
    while step < until:
        pz, py, px = z + step * dz, y + step * dy, x + step * dx
        bz, by, bx = brick_of(pz, bricks.shape[0]), brick_of(py, bricks.shape[1]), brick_of(px, bricks.shape[2])
        beyond = min(step + steps_to_leave(bricks, bz, by, bx, pz, py, px, dz, dy, dx), last + 1)
        if sign * bricks[bz, by, bx] > best:
            beyond = min(beyond, until)
            for inside in range(step, beyond):
                pz, py, px = z + inside * dz, y + inside * dy, x + inside * dx
                best = max(best, sign * value_at(flat, shape, pz, py, px))
        step = beyond
    return step, best


@scalar
def _extreme(flat, shape, bricks, z, y, x, dz, dy, dx, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    """Return the largest (sign 1) or smallest (-1) value from step first to last."""
    return sign * _best_until(flat, shape, bricks, z, y, x, dz, dy, dx, first, last + 1, last, -np.inf, sign)[1]


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
    rows, columns = min(_ROWS, out.shape[0] - top), min(_COLUMNS, out.shape[1] - left)
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
                best[row, column] = -np.inf
    for chunk in range(begin, end + 1, SIDE):
        for row in range(rows):
            for column in range(columns):
                last = lasts[row, column]
                until = min(chunk + SIDE, last + 1)
                if steps[row, column] < until:
                    z, y, x = starts[row, column, 0], starts[row, column, 1], starts[row, column, 2]
                    steps[row, column], best[row, column] = _best_until(
                        flat,
                        shape,
                        bricks,
                        z,
                        y,
                        x,
                        dz,
                        dy,
                        dx,
                        steps[row, column],
                        until,
                        last,
                        best[row, column],
                        sign,
                    )
    for row in range(rows):
        for column in range(columns):
            out[top + row, left + column] = sign * best[row, column]


@threads
def _tiles_threads(out, flat, shape, bricks, geometry, n_steps, sign):  # type: ignore[no-untyped-def]  # numba infers
    n_across = (out.shape[1] + _COLUMNS - 1) // _COLUMNS
    n_tiles = n_across * ((out.shape[0] + _ROWS - 1) // _ROWS)
    for tile in prange(n_tiles):
        _tile(out, flat, shape, bricks, geometry, n_steps, sign, tile // n_across * _ROWS, tile % n_across * _COLUMNS)


@scalar
def _aligned_tile(out, flat, shape, bricks, geometry, axis, first, last, sign, top, left):  # type: ignore[no-untyped-def]  # numba infers
    """Compute a tile whose lines run along an axis from sample to sample: four samples and fixed weights each step."""
    rows, columns = min(_ROWS, out.shape[0] - top), min(_COLUMNS, out.shape[1] - left)
    u, v = (1 if axis == 0 else 0), (1 if axis == 2 else 2)
    strides = (shape[1] * shape[2], shape[2], 1)
    brick_strides = (bricks.shape[1] * bricks.shape[2], bricks.shape[2], 1)
    along, brick_along = uint64(strides[axis]), brick_strides[axis]
    next_u, next_v = uint64(strides[u] if shape[u] > 1 else 0), uint64(strides[v] if shape[v] > 1 else 0)
    flat_bricks, one = bricks.reshape(bricks.size), float32(1.0)
    base, brick = np.zeros((rows, columns), np.uint64), np.zeros((rows, columns), np.int64)
    fraction, best = np.zeros((rows, columns, 2), np.float32), np.full((rows, columns), np.nan)
    for row in range(rows):
        for column in range(columns):
            pu = geometry[0, u] + (top + row) * geometry[1, u] + (left + column) * geometry[2, u]
            pv = geometry[0, v] + (top + row) * geometry[1, v] + (left + column) * geometry[2, v]
            if -0.5 <= pu <= shape[u] - 0.5 and -0.5 <= pv <= shape[v] - 0.5:
                pu, pv = min(max(pu, 0.0), shape[u] - 1.0), min(max(pv, 0.0), shape[v] - 1.0)
                iu, iv = min(int(pu), max(shape[u] - 2, 0)), min(int(pv), max(shape[v] - 2, 0))
                base[row, column] = iu * strides[u] + iv * strides[v]
                brick[row, column] = iu // SIDE * brick_strides[u] + iv // SIDE * brick_strides[v]
                fraction[row, column, 0], fraction[row, column, 1] = pu - iu, pv - iv
                best[row, column] = -np.inf
    for chunk in range(first // SIDE, last // SIDE + 1):
        begin, end = max(chunk * SIDE, first), min(chunk * SIDE + SIDE, last + 1)
        for row in range(rows):
            for column in range(columns):
                found = best[row, column]
                if sign * flat_bricks[brick[row, column] + chunk * brick_along] > found:
                    fu, fv = fraction[row, column, 0], fraction[row, column, 1]
                    w00, w01 = (one - fu) * (one - fv), (one - fu) * fv
                    w10, w11 = fu * (one - fv), fu * fv
                    for index in range(begin, end):
                        at = base[row, column] + uint64(index) * along
                        value = w00 * float32(flat[at]) + w01 * float32(flat[at + next_v])
                        value += w10 * float32(flat[at + next_u]) + w11 * float32(flat[at + next_u + next_v])
                        found = max(found, sign * value)
                    best[row, column] = found
    for row in range(rows):
        for column in range(columns):
            out[top + row, left + column] = sign * best[row, column]


@threads
def _aligned_threads(out, flat, shape, bricks, geometry, axis, first, last, sign):  # type: ignore[no-untyped-def]  # numba infers
    n_across = (out.shape[1] + _COLUMNS - 1) // _COLUMNS
    n_tiles = n_across * ((out.shape[0] + _ROWS - 1) // _ROWS)
    for tile in prange(n_tiles):
        top, left = tile // n_across * _ROWS, tile % n_across * _COLUMNS
        _aligned_tile(out, flat, shape, bricks, geometry, axis, first, last, sign, top, left)


def _aligned(geometry: FloatArray, shape: tuple[int, int, int], n_steps: int) -> tuple[int, int, int] | None:
    """Return axis, first and last index of lines that run from sample to sample along one axis; None if they do not."""
    axis = int(np.argmax(np.abs(geometry[3])))
    start, step = float(geometry[0, axis]), float(geometry[3, axis])
    across = max(float(np.abs(geometry[1:3, axis]).max()), float(np.abs(np.delete(geometry[3], axis)).max()))
    if across * max(shape) > _ON_SAMPLE or abs(abs(step) - 1.0) * n_steps > _ON_SAMPLE:
        return None
    if abs(start - round(start)) > _ON_SAMPLE:
        return None
    ends = sorted((round(start), round(start) + round(step) * (n_steps - 1)))
    first, last = max(ends[0], 0), min(ends[1], shape[axis] - 1)
    return (axis, first, last) if first <= last else None


def through(volume: Any, bricks: Any, geometry: Any, shape: tuple[int, int], n_steps: int, kind: int) -> Any:
    """Return a picture (row, column) in float32 of `kind` over `n_steps` steps; one step is the plane itself.

    `bricks` holds the largest value of every brick for `LARGEST`, the smallest for `SMALLEST` (`bricks.extremes`).
    """
    out = array_namespace(volume).empty(shape, dtype=np.float32)
    flat = volume.reshape(-1)
    if on_gpu(volume):
        launch(_element, out.size, out, flat, volume.shape, bricks, geometry, n_steps, kind)
        return out
    geometry = np.ascontiguousarray(geometry, dtype=np.float64)
    along = _aligned(geometry, volume.shape, n_steps)
    if kind == MEAN or n_steps == 1:
        _threads(out, flat, volume.shape, bricks, geometry, n_steps, kind)
    elif along is not None:
        _aligned_threads(out, flat, volume.shape, bricks, geometry, *along, kind)
    else:
        _tiles_threads(out, flat, volume.shape, bricks, geometry, n_steps, kind)
    return out
