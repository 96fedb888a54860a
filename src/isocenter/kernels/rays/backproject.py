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
from numpy.typing import NDArray

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.lanes import LANES, aligned_zeros, counting, fixed, fraction, load, spread, store, tent

PAD = 2
# Bins a pixel up to which eight pixels are added at once.
_MOST_BINS = 2.0
# Rows of a strip that views pass one after the other: they stay in the cache.
_ROWS = 64
# Room for lanes past the ends of a line of pixels, at up to two bins a pixel.
ROOM = 32


@scalar
def _between(row, position):  # type: ignore[no-untyped-def]  # numba infers
    """Return the linearly interpolated value of a padded row at a position that lies inside it."""
    below = np.int32(position)
    fraction = position - np.float32(below)
    low = row[np.uint32(below)]
    return low + fraction * (row[np.uint32(below + np.int32(1))] - low)


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


@scalar
def _sink(strip, first, last, samples, start, step, down, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add a view to rows first ... last - 1 of a strip of eight pixels; `start` is where the first of them meets it."""
    lead = min(0.0, (step - 1.0) * (LANES - 1))
    drift = spread(np.float32(step - 1.0)) * counting(samples[0]) - spread(np.float32(lead))
    position, advance = fixed(start + lead), fixed(down)
    for at in range(first * LANES, last * LANES, LANES):
        under = position >> 32
        place = spread(fraction(position)) + drift
        total = load(strip, at)
        for tap in range(n_taps):
            total = total + tent(place, np.float32(tap)) * load(samples, under + tap)
        store(strip, at, total)
        position += advance


@scalar
def _sink_four(strip, first, last, views, partners, start, step, down, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add a view to each turn of the rows, which meet their views at the same positions."""
    s0, s1, s2, s3 = views[partners[0]], views[partners[1]], views[partners[2]], views[partners[3]]
    lead = min(0.0, (step - 1.0) * (LANES - 1))
    drift = spread(np.float32(step - 1.0)) * counting(s0[0]) - spread(np.float32(lead))
    position, advance = fixed(start + lead), fixed(down)
    for at in range(first * 4 * LANES, last * 4 * LANES, 4 * LANES):
        under = position >> 32
        place = spread(fraction(position)) + drift
        t0, t1 = load(strip, at), load(strip, at + LANES)
        t2, t3 = load(strip, at + 2 * LANES), load(strip, at + 3 * LANES)
        for tap in range(n_taps):
            weight, here = tent(place, np.float32(tap)), under + tap
            t0 = t0 + weight * load(s0, here)
            t1 = t1 + weight * load(s1, here)
            t2 = t2 + weight * load(s2, here)
            t3 = t3 + weight * load(s3, here)
        store(strip, at, t0)
        store(strip, at + LANES, t1)
        store(strip, at + 2 * LANES, t2)
        store(strip, at + 3 * LANES, t3)
        position += advance


@threads
def _strip_threads(strips, n_turns, views, partners, table, rows):  # type: ignore[no-untyped-def]  # numba infers
    """Add views (slice, view, bin) to strips (slice, strip, sample), samples counted as row, turn, column."""
    n_slices, n_strips = strips.shape[0], strips.shape[1]
    n_blocks = (strips.shape[2] // (n_turns * LANES) + _ROWS - 1) // _ROWS
    for job in prange(n_slices * n_strips * n_blocks):
        plane, number, block = job // (n_strips * n_blocks), job // n_blocks % n_strips, job % n_blocks
        first, last = max(rows[number, 0], block * _ROWS), min(rows[number, 1], (block + 1) * _ROWS)
        if last <= first:
            continue
        strip, samples = strips[plane, number], views[plane]
        for view in range(partners.shape[0]):
            step, down = table[view, 1], table[view, 2]
            n_taps = np.int64(np.ceil(abs(step - 1.0) * (LANES - 1) - 1e-9)) + 2
            start = table[view, 0] + step * (number * LANES) + down * first + ROOM
            if n_turns == 1:
                if n_taps <= 3:
                    _sink(strip, first, last, samples[partners[view, 0]], start, step, down, 3)
                elif n_taps == 4:
                    _sink(strip, first, last, samples[partners[view, 0]], start, step, down, 4)
                else:
                    _sink(strip, first, last, samples[partners[view, 0]], start, step, down, n_taps)
            elif n_taps <= 3:
                _sink_four(strip, first, last, samples, partners[view], start, step, down, 3)
            elif n_taps == 4:
                _sink_four(strip, first, last, samples, partners[view], start, step, down, 4)
            else:
                _sink_four(strip, first, last, samples, partners[view], start, step, down, n_taps)


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
    if not is_fan and np.abs(table[:, 1:3]).max() <= _MOST_BINS:
        return _of_strips(samples, table, columns, shape)
    # Parallel views far denser than pixels are a fan of the same depth everywhere.
    _fan_threads(image, samples, table, columns)
    return image


def _of_strips(samples: FloatArray, table: FloatArray, columns: IndexArray, shape: tuple[int, int]) -> FloatArray:
    """Return the image of parallel views, by strips of eight pixels that are about as dense as the bins.

    A strip lies along the axis in which the view advances faster, from the first bin to the last or, mirrored, back.
    """
    (n_y, n_x), n_slices, n_views, n_bins = shape, *samples.shape[:2], samples.shape[2] - 2 * PAD
    at = np.arange(n_x)
    inside = (at >= columns[:, :1]) & (at < columns[:, 1:])
    # Lanes past the ends of a line, which are cut away in the end, read beyond the bins.
    framed = np.zeros((n_slices, 2 * n_views, n_bins + 2 * ROOM), dtype=np.float32)
    framed[:, :n_views, ROOM:-ROOM] = samples[:, :, PAD:-PAD]
    framed[:, n_views:] = framed[:, :n_views, ::-1]
    partners = _partners(table, n_bins, inside)
    n_turns = partners.shape[1]
    size_y, size_x = (n_y // 2, n_x // 2) if n_turns == 4 else (n_y, n_x)
    image = np.zeros((n_turns, n_slices, size_y, size_x), dtype=np.float32)
    slopes = np.abs(table[:, 1:3])
    is_flat = slopes[:, 0] >= slopes[:, 1]
    for along in (0, 1):
        own = table[:, :3] if along == 0 else table[:, [0, 2, 1]]
        is_back = own[:, 1:2] < 0
        own = np.where(is_back, (n_bins - 1.0, 0.0, 0.0) - own, own)
        there = (partners + n_views * is_back) % (2 * n_views)
        chosen = is_flat if along == 0 else ~is_flat
        part = image if along == 0 else image.transpose(0, 1, 3, 2)
        within = inside[:size_y, :size_x] if along == 0 else inside[:size_y, :size_x].T
        n_rows, n_strips = part.shape[2], (part.shape[3] + LANES - 1) // LANES
        strips = aligned_zeros((n_slices, n_strips, n_rows * n_turns * LANES))
        _strip_threads(strips, n_turns, framed, there[chosen], own[chosen], _rows_of_strips(within))
        lines = strips.reshape(n_slices, n_strips, n_rows, n_turns, LANES).transpose(3, 0, 2, 1, 4)
        part += lines.reshape(n_turns, n_slices, n_rows, n_strips * LANES)[..., : part.shape[3]]
    if n_turns == 1:
        return np.where(inside, image[0], np.float32(0))
    whole = np.empty((n_slices, n_y, n_x), dtype=np.float32)
    whole[:, :size_y, :size_x] = image[0]
    whole[:, :size_y, size_x:] = image[1].transpose(0, 2, 1)[:, :, ::-1]
    whole[:, size_y:, size_x:] = image[2][:, ::-1, ::-1]
    whole[:, size_y:, :size_x] = image[3].transpose(0, 2, 1)[:, ::-1]
    return np.where(inside, whole, np.float32(0))


def _rows_of_strips(inside: NDArray[np.bool_]) -> IndexArray:
    """Return per strip of eight columns the first and one past the last row of a mask, shape (strip, 2)."""
    n_rows, n_columns = inside.shape
    whole = np.zeros((n_rows, (n_columns + LANES - 1) // LANES * LANES), dtype=bool)
    whole[:, :n_columns] = inside
    seen: NDArray[np.bool_] = np.logical_or.reduce(whole.reshape(n_rows, -1, LANES), axis=2)
    first = np.argmax(seen, axis=0)
    last = np.where(seen.any(axis=0), n_rows - np.argmax(seen[::-1], axis=0), first)
    return np.stack([first, last], axis=1).astype(np.int64)


def _partners(table: FloatArray, n_bins: int, inside: NDArray[np.bool_]) -> IndexArray:
    """Return which views meet a pixel and its quarter turns about the image's middle at the same bin, (view, turn).

    Views are counted on past their number where they are taken from the last bin to the first. Only the view itself
    where half a turn of views, or the image, does not come back to itself after a quarter of a turn.
    """
    (n_y, n_x), n_views = inside.shape, table.shape[0]
    views, half = np.arange(n_views), n_views // 2
    if n_y != n_x or n_x % 2 or n_views % 2 or not (inside == np.rot90(inside)).all():
        return views[:, None]
    start, right, down = table[:, :3].T
    # A quarter takes (x, y) to (n - 1 - y, x): what the partner's line is, of the pixel before the turn.
    turned = np.roll(np.stack([start + right * (n_x - 1), down, -right]), -half, axis=1)
    mirrored = np.array([[n_bins - 1.0], [0.0], [0.0]]) - turned
    same, other = views < half, views >= half
    expected = np.where(same, turned, mirrored)
    if np.abs(expected - np.stack([start, right, down])).max() > 1e-9 * n_bins:
        return views[:, None]
    partner = (views + half) % n_views
    return np.stack([views, partner + n_views * other, views + n_views, partner + n_views * same], axis=1).astype(
        np.int64
    )


def columns_in_circle(x_mm: FloatArray, y_mm: FloatArray, radius_mm: float) -> IndexArray:
    """Return per row the first and one past the last column whose centre lies within the circle, shape (row, 2)."""
    half = np.sqrt(np.maximum(radius_mm**2 - y_mm**2, 0.0))
    first = np.searchsorted(x_mm, -half, side="left")
    last = np.searchsorted(x_mm, half, side="right")
    last = np.where(np.abs(y_mm) > radius_mm, first, last)
    return np.stack([first, last], axis=1).astype(np.int64)
