"""Weighted back-projection of a helix whose fans were rebinned to parallel views, row by row.

Views of one direction recur every half turn. Each voxel takes, for every direction, the mean of all of them that see
it, weighted by how near the middle of the detector its row lies; so rays near the edge of the cone fade in and out.

Arrays: filtered (set, view, bin, sample) in float32, view k at k pi / n_half, where row r is sample r + 1 of
`framed(n_rows)` and what lies beyond the outermost rows repeats them; source_z (set, view, bin) in index coordinates
of z; paths (set, bin, 4) the distance from the source to the foot of the isocenter's perpendicular on the ray, rows
per slope, the row of slope 0, and whether the bin holds data; image (y, x, z); table (direction, 6) as
`isocenter.kernels.rays.backproject`: bin = t0 + t1 x + t2 y, and depth along the ray past the foot = t3 + t4 x + t5 y.

Source: Stierstorfer et al., Phys. Med. Biol. 49 (2004) 2209-2218.
"""

from __future__ import annotations

from math import cos, floor
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.lanes import LANES, at_least, at_most, counting, interpolated, load, spread, store, tent

_HALF_PI = 1.5707963267948966
# sin(pi g / 2) / g in powers of g^2, for 0 <= g <= 1 to 7e-9.
_SINE = tuple(np.float32(c) for c in (1.57079632, -0.64596376, 0.07968992, -0.00467415, 0.00015168))
# Columns of voxels along y that a thread sums together: what they read of a view is still in the cache for the next.
_COLUMNS = 4
_TINY = np.float32(1e-30)


@scalar
def _row_weight(row_at, n_rows, full):  # type: ignore[no-untyped-def]  # numba infers
    """Return how much a row counts: 1 within the middle part `full`, nothing from the outer edge on."""
    away = abs(row_at - (n_rows - 1) * 0.5) * 2.0 / n_rows
    if away <= full:
        return 1.0
    if away >= 1.0:
        return 0.0
    fading = cos(_HALF_PI * (away - full) / (1.0 - full))
    return fading * fading


@scalar
def _row_weights(row_at, n_rows, full):  # type: ignore[no-untyped-def]  # numba infers
    """Return `_row_weight` of eight rows; its cosine as the sine of what is left, which keeps small weights exact."""
    one, two = np.float32(1), np.float32(2)
    inside = tent((row_at - spread((n_rows - one) / two)) * spread(two / n_rows), np.float32(0))
    g = at_most(inside * spread(one / (one - full)), one)
    u = g * g
    sine = spread(_SINE[4]) * u + spread(_SINE[3])
    sine = sine * u + spread(_SINE[2])
    sine = sine * u + spread(_SINE[1])
    sine = (sine * u + spread(_SINE[0])) * g
    return sine * sine


@scalar
def _column(table, direction, x, y):  # type: ignore[no-untyped-def]  # numba infers
    """Return the bin from the middle and the depth of a column of voxels in one direction."""
    across = table[direction, 0] + table[direction, 1] * x + table[direction, 2] * y
    return across, table[direction, 3] + table[direction, 4] * x + table[direction, 5] * y


@scalar
def _place(source_z, paths, across, depth, group, view, spacing_z):  # type: ignore[no-untyped-def]  # numba infers
    """Return bin, its fraction, row at z = 0 and rows per slice; a bin of -1 where a view does not see the column."""
    n_bins = paths.shape[1]
    bin_at = across + (n_bins - 1) * 0.5
    low = floor(bin_at)
    if low < 0 or low >= n_bins - 1 or paths[group, low, 3] == 0.0 or paths[group, low + 1, 3] == 0.0:
        return -1, 0.0, 0.0, 0.0
    part = bin_at - low
    away = paths[group, low, 0] + part * (paths[group, low + 1, 0] - paths[group, low, 0]) + depth
    per_slope = paths[group, low, 1] + part * (paths[group, low + 1, 1] - paths[group, low, 1])
    middle = paths[group, low, 2] + part * (paths[group, low + 1, 2] - paths[group, low, 2])
    z = source_z[group, view, low] + part * (source_z[group, view, low + 1] - source_z[group, view, low])
    rise = per_slope * spacing_z / away
    return low, part, middle - rise * z, rise


@scalar
def _between(filtered, group, view, low, part, row_at):  # type: ignore[no-untyped-def]  # numba infers
    """Return a filtered view between its bins and rows; row 0 is sample 1 of a line."""
    k = floor(row_at) + 1
    at = row_at + 1 - k
    one, other = filtered[group, view, low], filtered[group, view, low + 1]
    first = one[k] + at * (one[k + 1] - one[k])
    second = other[k] + at * (other[k + 1] - other[k])
    return first + part * (second - first)


@scalar
def _voxel_element(index, image, filtered, source_z, paths, table, columns, n_half, spacing_z, n_rows, full):  # type: ignore[no-untyped-def]  # numba infers
    """Sum one voxel over all directions; nothing where a direction is not seen at all."""
    n_x, n_z = image.shape[1], image.shape[2]
    y, rest = index // (n_x * n_z), index % (n_x * n_z)
    x, z = rest // n_z, rest % n_z
    total = 0.0
    if columns[y, 0] <= x < columns[y, 1]:
        for direction in range(n_half):
            above, below = 0.0, 0.0
            across, depth = _column(table, direction, x, y)
            for group in range(filtered.shape[0]):
                for view in range(direction, filtered.shape[1], n_half):
                    sign = 1.0 - 2.0 * ((view // n_half) & 1)
                    low, part, row0, rise = _place(source_z, paths, sign * across, sign * depth, group, view, spacing_z)
                    if low >= 0:
                        weight = _row_weight(row0 + rise * z, n_rows, full)
                        if weight > 0.0:
                            above += weight * _between(filtered, group, view, low, part, row0 + rise * z)
                            below += weight
            if below <= 0.0:
                image[y, x, z] = 0.0
                return
            total += above / below
    image[y, x, z] = total


@scalar
def _blend(line, samples, one, other, first, last, part):  # type: ignore[no-untyped-def]  # numba infers
    """Put samples `first` to `last` between two bins, whose lines begin at `one` and `other`, into a line."""
    for k in range(first - first % LANES, last + 1, LANES):
        near = load(samples, one + k)
        store(line, k, near + spread(part) * (load(samples, other + k) - near))


@scalar
def _add_view(above, below, line, row0, rise, n_rows, full):  # type: ignore[no-untyped-def]  # numba infers
    """Add one view to the weighted sums of a line of voxels: its blended rows, of which row 0 is sample 1."""
    for z in range(0, above.size, LANES):
        first = row0 + rise * z
        last = first + rise * (LANES - 1)
        if max(first, last) <= -0.5 or min(first, last) >= n_rows - 0.5:
            continue
        row_at = spread(np.float32(first)) + spread(np.float32(rise)) * counting(full)
        weight = _row_weights(row_at, np.float32(n_rows), full)
        inside = at_most(at_least(row_at + spread(np.float32(1)), np.float32(0)), np.float32(n_rows))
        store(above, z, load(above, z) + weight * interpolated(line, inside))
        store(below, z, load(below, z) + weight)


@scalar
def _add_means(line, n_seen, above, below):  # type: ignore[no-untyped-def]  # numba infers
    """Add weighted means to a line of voxels, count where there was one, and clear the sums."""
    nothing, one = spread(np.float32(0)), np.float32(1)
    for z in range(0, line.size, LANES):
        weight = load(below, z)
        store(line, z, load(line, z) + load(above, z) / at_least(weight, _TINY))
        store(n_seen, z, load(n_seen, z) + at_most(weight / spread(_TINY), one))
        store(above, z, nothing)
        store(below, z, nothing)


@threads
def _helix_threads(image, filtered, source_z, paths, table, columns, n_half, spacing_z, n_rows, full, n_z):  # type: ignore[no-untyped-def]  # numba infers
    n_y, n_x, n_line = image.shape
    n_groups, n_views, n_bins, n_samples = filtered.shape
    samples = filtered.reshape(-1)
    for tile in prange((n_y + _COLUMNS - 1) // _COLUMNS):
        start, stop = tile * _COLUMNS, min((tile + 1) * _COLUMNS, n_y)
        above, below = np.zeros(n_line, dtype=np.float32), np.zeros(n_line, dtype=np.float32)
        line = np.zeros(n_samples, dtype=np.float32)
        n_seen = np.zeros((stop - start, n_x, n_line), dtype=np.float32)
        for direction in range(n_half):
            for y in range(start, stop):
                for x in range(columns[y, 0], columns[y, 1]):
                    across, depth = _column(table, direction, x, y)
                    for group in range(n_groups):
                        for view in range(direction, n_views, n_half):
                            sign = 1.0 - 2.0 * ((view // n_half) & 1)
                            low, part, row0, rise = _place(
                                source_z, paths, sign * across, sign * depth, group, view, spacing_z
                            )
                            at_end = row0 + rise * (n_z - 1)
                            lowest, highest = min(row0, at_end), max(row0, at_end)
                            if low < 0 or highest <= -0.5 or lowest >= n_rows - 0.5:
                                continue
                            one = ((group * n_views + view) * n_bins + low) * n_samples
                            _blend(
                                line, samples, one, one + n_samples, floor(max(lowest, -1.0)) + 1,
                                floor(min(highest, n_rows - 0.5)) + 2, np.float32(part),
                            )  # fmt: skip
                            _add_view(above, below, line, row0, rise, n_rows, np.float32(full))
                    _add_means(image[y, x], n_seen[y - start, x], above, below)
        for y in range(start, stop):
            for x in range(columns[y, 0], columns[y, 1]):
                for z in range(n_z):
                    image[y, x, z] = image[y, x, z] if n_seen[y - start, x, z] == n_half else np.float32(0)


def framed(n_rows: int) -> int:
    """Return how many samples a line of rows takes: a row beyond either edge, and whole lanes."""
    return -(-(n_rows + 2) // LANES) * LANES


def backproject_helix(
    filtered: Any,
    source_z: Any,
    paths: Any,
    table: Any,
    columns: Any,
    shape: tuple[int, int, int],
    *,
    n_half: int,
    spacing_z: float,
    n_rows: int,
    full: float,
) -> Any:
    """Return the sum over directions on a volume (z, y, x) in float32; arrays as the module says.

    `n_half` views make half a turn, `spacing_z` is the distance of the slices in mm, `full` the middle part of the
    detector that counts fully. A voxel that some direction does not see is 0.
    """
    xp = array_namespace(filtered)
    n_z, n_y, n_x = shape
    there = tuple(xp.asarray(array) for array in (source_z, paths, table, columns))
    if on_gpu(filtered):
        image = xp.zeros((n_y, n_x, n_z), dtype=np.float32)
        launch(_voxel_element, image.size, image, filtered, *there, n_half, spacing_z, n_rows, full)
    else:
        image = xp.zeros((n_y, n_x, -(-n_z // LANES) * LANES), dtype=np.float32)
        _helix_threads(image, np.ascontiguousarray(filtered), *there, n_half, spacing_z, n_rows, full, n_z)
    return xp.permute_dims(image[..., :n_z], (2, 0, 1))
