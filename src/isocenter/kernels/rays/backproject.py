"""Pixel-driven back-projection of filtered views with linear interpolation, parallel and fan.

Per view, a pixel (row, column) meets the detector at bin

    (p0 + px column + py row) / (d0 + dx column + dy row)

and, for a fan, its weight is one over the squared denominator; for parallel rays the denominator is 1.
The six numbers of every view form a table, so that the loops hold no trigonometry. Only columns inside
the circle that every view sees are visited, so that they hold no bounds check either.

Arrays: filtered (slice, view, bin) with PAD zeros on both sides of the bins; table (view, 6) in the
order above; image (slice, row, column); column ranges (row, 2), first and one past last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads

PAD = 2


@scalar
def _between(row, position):  # type: ignore[no-untyped-def]  # numba infers
    """Return the linearly interpolated value of a padded row at a position that lies inside it."""
    below = np.int32(position)
    fraction = position - np.float32(below)
    low = row[np.uint32(below)]
    return low + fraction * (row[np.uint32(below + np.int32(1))] - low)


@scalar
def _line_of(table, view, first, row):  # type: ignore[no-untyped-def]  # numba infers
    """Return the padded bin that a row's first column meets in a parallel view, and the step from column to column."""
    start = table[view, 0] + table[view, 1] * first + table[view, 2] * row + PAD
    return np.float32(start), np.float32(table[view, 1])


@scalar
def _pixel_element(index, image, filtered, table, columns, is_fan):  # type: ignore[no-untyped-def]  # numba infers
    """Sum one pixel over all views."""
    n_y, n_x = image.shape[1], image.shape[2]
    plane, rest = index // (n_y * n_x), index % (n_y * n_x)
    row, column = rest // n_x, rest % n_x
    total = np.float32(0)
    if columns[row, 0] <= column < columns[row, 1]:
        for view in range(filtered.shape[1]):
            position = table[view, 0] + table[view, 1] * column + table[view, 2] * row
            weight = 1.0
            if is_fan:
                inverse = 1.0 / (table[view, 3] + table[view, 4] * column + table[view, 5] * row)
                position, weight = position * inverse, inverse * inverse
            total += np.float32(weight) * _between(filtered[plane, view], np.float32(position + PAD))
    image[plane, row, column] = total


@threads
def _parallel_threads(image, filtered, table, columns):  # type: ignore[no-untyped-def]  # numba infers
    n_slices, n_y = image.shape[0], image.shape[1]
    for job in prange(n_slices * n_y):
        plane, row = job // n_y, job % n_y
        first, n_columns = columns[row, 0], columns[row, 1] - columns[row, 0]
        line = image[plane, row, first : first + n_columns]
        n_paired = filtered.shape[1] // 2 * 2
        # Two views at a time: the row of the image is read and written half as often.
        for view in range(0, n_paired, 2):
            start, step = _line_of(table, view, first, row)
            next_start, next_step = _line_of(table, view + 1, first, row)
            samples, next_samples = filtered[plane, view], filtered[plane, view + 1]
            for column in range(n_columns):
                along = np.float32(np.int32(column))
                line[column] += _between(samples, start + step * along) + _between(
                    next_samples, next_start + next_step * along
                )
        for view in range(n_paired, filtered.shape[1]):
            start, step = _line_of(table, view, first, row)
            for column in range(n_columns):
                line[column] += _between(filtered[plane, view], start + step * np.float32(np.int32(column)))


@threads
def _fan_threads(image, filtered, table, columns):  # type: ignore[no-untyped-def]  # numba infers
    n_slices, n_y = image.shape[0], image.shape[1]
    one = np.float32(1)
    for job in prange(n_slices * n_y):
        plane, row = job // n_y, job % n_y
        first, n_columns = columns[row, 0], columns[row, 1] - columns[row, 0]
        line = image[plane, row, first : first + n_columns]
        for view in range(filtered.shape[1]):
            start = np.float32(table[view, 0] + table[view, 1] * first + table[view, 2] * row)
            depth = np.float32(table[view, 3] + table[view, 4] * first + table[view, 5] * row)
            step, deeper = np.float32(table[view, 1]), np.float32(table[view, 4])
            samples = filtered[plane, view]
            for column in range(n_columns):
                along = np.float32(np.int32(column))
                inverse = one / (depth + deeper * along)
                position = (start + step * along) * inverse + np.float32(PAD)
                line[column] += inverse * inverse * _between(samples, position)


def backproject(filtered: Any, table: Any, columns: Any, shape: tuple[int, int], *, is_fan: bool) -> Any:
    """Return the sum over views (slice, row, column) in float32; `filtered` is float32 and padded by `PAD` bins."""
    if on_gpu(filtered):
        out = array_namespace(filtered).zeros((filtered.shape[0], *shape), dtype=np.float32)
        launch(_pixel_element, out.size, out, filtered, table, columns, is_fan)
        return out
    image = np.zeros((filtered.shape[0], *shape), dtype=np.float32)
    drive = _fan_threads if is_fan else _parallel_threads
    drive(image, np.ascontiguousarray(filtered, dtype=np.float32), table, columns)
    return image


def columns_in_circle(x_mm: FloatArray, y_mm: FloatArray, radius_mm: float) -> IndexArray:
    """Return per row the first and one past the last column whose centre lies within the circle, shape (row, 2)."""
    half = np.sqrt(np.maximum(radius_mm**2 - y_mm**2, 0.0))
    first = np.searchsorted(x_mm, -half, side="left")
    last = np.searchsorted(x_mm, half, side="right")
    last = np.where(np.abs(y_mm) > radius_mm, first, last)
    return np.stack([first, last], axis=1).astype(np.int64)
