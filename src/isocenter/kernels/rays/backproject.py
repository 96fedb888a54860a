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
ROWS = 8


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
def _lines(filtered, lines):  # type: ignore[no-untyped-def]  # numba infers
    """Fill lines (slice, view, bin, 2) with intercept and slope of the straight line from each sample to the next.

    A sample then costs one load and one multiplication: no fraction of a bin has to be found. Made in double precision,
    they are as good as the fraction to a few parts in 1e5 of a bin.
    """
    n_views, n_bins = filtered.shape[1], filtered.shape[2]
    for job in prange(filtered.shape[0] * n_views):
        plane, view = job // n_views, job % n_views
        samples, line = filtered[plane, view], lines[plane, view]
        for index in range(n_bins - 1):
            slope = np.float64(samples[index + 1]) - np.float64(samples[index])
            line[index, 0] = np.float64(samples[index]) - slope * index
            line[index, 1] = slope


@scalar
def _along(line, position):  # type: ignore[no-untyped-def]  # numba infers
    """Return the same as `_between`, of samples made into straight lines."""
    index = np.uint32(np.int32(position))
    return line[index, 0] + position * line[index, 1]


@scalar
def _add_eight(line, views, table, v, first, row):  # type: ignore[no-untyped-def]  # numba infers
    """Add eight views to one row: their sum stays in a register, the row is read and written once."""
    s0, d0 = _line_of(table, v, first, row)
    s1, d1 = _line_of(table, v + 1, first, row)
    s2, d2 = _line_of(table, v + 2, first, row)
    s3, d3 = _line_of(table, v + 3, first, row)
    s4, d4 = _line_of(table, v + 4, first, row)
    s5, d5 = _line_of(table, v + 5, first, row)
    s6, d6 = _line_of(table, v + 6, first, row)
    s7, d7 = _line_of(table, v + 7, first, row)
    v0, v1, v2, v3 = views[v], views[v + 1], views[v + 2], views[v + 3]
    v4, v5, v6, v7 = views[v + 4], views[v + 5], views[v + 6], views[v + 7]
    for column in range(line.size):
        at = np.float32(np.int32(column))
        total = _along(v0, s0 + d0 * at) + _along(v1, s1 + d1 * at)
        total += _along(v2, s2 + d2 * at) + _along(v3, s3 + d3 * at)
        total += _along(v4, s4 + d4 * at) + _along(v5, s5 + d5 * at)
        total += _along(v6, s6 + d6 * at) + _along(v7, s7 + d7 * at)
        line[column] += total


@scalar
def _add_one(line, views, table, v, first, row):  # type: ignore[no-untyped-def]  # numba infers
    """Add one view to one row."""
    start, step = _line_of(table, v, first, row)
    samples = views[v]
    for column in range(line.size):
        line[column] += _along(samples, start + step * np.float32(np.int32(column)))


@threads
def _parallel_threads(image, lines, table, columns):  # type: ignore[no-untyped-def]  # numba infers
    n_slices, n_y, n_views = image.shape[0], image.shape[1], lines.shape[1]
    n_blocks = (n_y + ROWS - 1) // ROWS
    n_grouped = n_views // 8 * 8
    # Eight views and a few rows at a time: both stay in the cache while they meet.
    for job in prange(n_slices * n_blocks):
        plane, first_row = job // n_blocks, job % n_blocks * ROWS
        last_row = min(n_y, first_row + ROWS)
        views = lines[plane]
        for v in range(0, n_grouped, 8):
            for row in range(first_row, last_row):
                line = image[plane, row, columns[row, 0] : columns[row, 1]]
                _add_eight(line, views, table, v, columns[row, 0], row)
        for v in range(n_grouped, n_views):
            for row in range(first_row, last_row):
                line = image[plane, row, columns[row, 0] : columns[row, 1]]
                _add_one(line, views, table, v, columns[row, 0], row)


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
    samples = np.ascontiguousarray(filtered, dtype=np.float32)
    if is_fan:
        _fan_threads(image, samples, table, columns)
        return image
    lines = np.zeros((*samples.shape, 2), dtype=np.float32)
    _lines(samples, lines)
    _parallel_threads(image, lines, table, columns)
    return image


def columns_in_circle(x_mm: FloatArray, y_mm: FloatArray, radius_mm: float) -> IndexArray:
    """Return per row the first and one past the last column whose centre lies within the circle, shape (row, 2)."""
    half = np.sqrt(np.maximum(radius_mm**2 - y_mm**2, 0.0))
    first = np.searchsorted(x_mm, -half, side="left")
    last = np.searchsorted(x_mm, half, side="right")
    last = np.where(np.abs(y_mm) > radius_mm, first, last)
    return np.stack([first, last], axis=1).astype(np.int64)
