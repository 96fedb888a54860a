"""Weighted back-projection of a helix whose fans were rebinned to parallel views, row by row.

Views of one direction recur every half turn. Each voxel takes, for every direction, the mean of all of them that see
it, weighted by how near the middle of the detector its row lies; so rays near the edge of the cone fade in and out.

Arrays: filtered (set, view, bin, row) in float32, view k at k pi / n_half; source_z (set, view, bin) in index
coordinates of z; paths (set, bin, 4) the distance from the source to the foot of the isocenter's perpendicular
on the ray, rows per slope, the row of slope 0, and whether the bin holds data; image (y, x, z); table (direction, 6) as
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

_HALF_PI = 1.5707963267948966


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
def _place(source_z, paths, table, n_half, group, view, x, y, spacing_z):  # type: ignore[no-untyped-def]  # numba infers
    """Return bin, its fraction, row at z = 0 and rows per slice; a bin of -1 where a view does not see the column."""
    sign = 1.0 - 2.0 * ((view // n_half) & 1)
    direction = view % n_half
    n_bins = paths.shape[1]
    across = table[direction, 0] + table[direction, 1] * x + table[direction, 2] * y
    depth = sign * (table[direction, 3] + table[direction, 4] * x + table[direction, 5] * y)
    bin_at = sign * across + (n_bins - 1) * 0.5
    low = floor(bin_at)
    if low < 0 or low >= n_bins - 1 or paths[group, low, 3] == 0.0 or paths[group, low + 1, 3] == 0.0:
        return -1, 0.0, 0.0, 0.0
    part = bin_at - low
    near, far = paths[group, low], paths[group, low + 1]
    away = near[0] + part * (far[0] - near[0]) + depth
    per_slope = near[1] + part * (far[1] - near[1])
    middle = near[2] + part * (far[2] - near[2])
    z = source_z[group, view, low] + part * (source_z[group, view, low + 1] - source_z[group, view, low])
    rise = per_slope * spacing_z / away
    return low, part, middle - rise * z, rise


@scalar
def _between(filtered, group, view, low, part, row_at):  # type: ignore[no-untyped-def]  # numba infers
    """Return a filtered view between its bins and rows; beyond the outermost rows it is what they are."""
    n_rows = filtered.shape[3]
    row_at = min(max(row_at, 0.0), n_rows - 1.0)
    k = min(floor(row_at), max(n_rows - 2, 0))
    k1 = min(k + 1, n_rows - 1)
    at = row_at - k
    one, other = filtered[group, view, low], filtered[group, view, low + 1]
    first = one[k] + at * (one[k1] - one[k])
    second = other[k] + at * (other[k1] - other[k])
    return first + part * (second - first)


@scalar
def _voxel_element(index, image, filtered, source_z, paths, table, columns, n_half, spacing_z, full):  # type: ignore[no-untyped-def]  # numba infers
    """Sum one voxel over all directions; nothing where a direction is not seen at all."""
    n_x, n_z = image.shape[1], image.shape[2]
    y, rest = index // (n_x * n_z), index % (n_x * n_z)
    x, z = rest // n_z, rest % n_z
    total, n_rows = 0.0, filtered.shape[3]
    if columns[y, 0] <= x < columns[y, 1]:
        for direction in range(n_half):
            above, below = 0.0, 0.0
            for group in range(filtered.shape[0]):
                for view in range(direction, filtered.shape[1], n_half):
                    low, part, row0, rise = _place(source_z, paths, table, n_half, group, view, x, y, spacing_z)
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
def _add_means(line, n_seen, above, below):  # type: ignore[no-untyped-def]  # numba infers
    """Add weighted means to a line of voxels, and count where there was one."""
    for z in range(line.size):
        if below[z] > 0:
            line[z] += above[z] / below[z]
            n_seen[z] += 1


@threads
def _helix_threads(image, filtered, source_z, paths, table, columns, n_half, spacing_z, full):  # type: ignore[no-untyped-def]  # numba infers
    n_y, _, n_z = image.shape
    n_groups, n_views, _, n_rows = filtered.shape
    for y in prange(n_y):
        above, below = np.zeros(n_z, dtype=np.float32), np.zeros(n_z, dtype=np.float32)
        n_seen = np.zeros(n_z, dtype=np.int32)
        for x in range(columns[y, 0], columns[y, 1]):
            line = image[y, x]
            n_seen[:] = 0
            for direction in range(n_half):
                above[:] = 0
                below[:] = 0
                for group in range(n_groups):
                    for view in range(direction, n_views, n_half):
                        low, part, row0, rise = _place(source_z, paths, table, n_half, group, view, x, y, spacing_z)
                        if low < 0 or rise == 0.0:
                            continue
                        to_low, to_high = (-0.5 - row0) / rise, (n_rows - 0.5 - row0) / rise
                        first = max(0, floor(min(to_low, to_high)) + 1)
                        last = min(n_z - 1, floor(max(to_low, to_high)))
                        if last < first:
                            continue
                        for z in range(first, last + 1):
                            row_at = row0 + rise * z
                            weight = _row_weight(row_at, n_rows, full)
                            above[z] += weight * _between(filtered, group, view, low, part, row_at)
                            below[z] += weight
                _add_means(line, n_seen, above, below)
            for z in range(n_z):
                line[z] = line[z] if n_seen[z] == n_half else 0


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
    full: float,
) -> Any:
    """Return the sum over directions on a volume (z, y, x) in float32; arrays as the module says.

    `n_half` views make half a turn, `spacing_z` is the distance of the slices in mm, `full` the middle part of the
    detector that counts fully. A voxel that some direction does not see is 0.
    """
    xp = array_namespace(filtered)
    n_z, n_y, n_x = shape
    image = xp.zeros((n_y, n_x, n_z), dtype=np.float32)
    there = tuple(xp.asarray(array) for array in (source_z, paths, table, columns))
    if on_gpu(filtered):
        launch(_voxel_element, image.size, image, filtered, *there, n_half, spacing_z, full)
    else:
        _helix_threads(image, filtered, *there, n_half, spacing_z, full)
    return xp.permute_dims(image, (2, 0, 1))
