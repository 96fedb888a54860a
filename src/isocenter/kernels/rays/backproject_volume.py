"""Voxel-driven back-projection of filtered views into a volume, for any trajectory.

A voxel meets the detector of a view at bin and row (see `isocenter.kernels.rays.joseph_volume.Rays`), between which
the view is interpolated linearly, and takes it with the weight one over the squared depth. Where the rows run along z,
bin and weight are those of the whole column of voxels: two bins are blended once, and what is left is one linear
interpolation along z, the axis along which image and views lie contiguously.

Arrays: filtered (view, bin, row) in float32; image (y, x, z); columns (y, 2), first and one past last x of the circle.
Source: Feldkamp, Davis and Kress, J. Opt. Soc. Am. A 1 (1984) 612-619.
"""

from __future__ import annotations

from math import atan2, ceil, floor, sqrt
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.lanes import (
    LANES,
    MAX_PIECES,
    add_five_pieces,
    add_four_pieces,
    add_three_pieces,
    add_two_pieces,
)
from isocenter.kernels.rays.joseph_volume import _sample_of

# A tile of columns meets one view after the other: tile and the bins under it stay in the cache.
_TILE = 8
# Room around the rows of a column for what eight lanes load without using it.
FRAME = 16


@scalar
def _depth_weight(maps, is_curved, view, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Return one over the squared depth of a voxel; on a curved detector, over its squared distance in the plane."""
    w = maps[view, 2, 0] * x + maps[view, 2, 1] * y + maps[view, 2, 2] * z + maps[view, 2, 3]
    if is_curved:
        u = maps[view, 0, 0] * x + maps[view, 0, 1] * y + maps[view, 0, 2] * z + maps[view, 0, 3]
        return 1.0 / (u * u + w * w)
    return 1.0 / (w * w)


@scalar
def _between(filtered, view, bin_at, row_at):  # type: ignore[no-untyped-def]  # numba infers
    """Return a view between its samples; half a sample beyond the outermost ones it is what they are, then nothing."""
    n_bins, n_rows = filtered.shape[1], filtered.shape[2]
    if bin_at < -0.5 or bin_at > n_bins - 0.5 or row_at < -0.5 or row_at > n_rows - 0.5:
        return 0.0
    bin_at, row_at = min(max(bin_at, 0.0), n_bins - 1.0), min(max(row_at, 0.0), n_rows - 1.0)
    i, k = min(floor(bin_at), max(n_bins - 2, 0)), min(floor(row_at), max(n_rows - 2, 0))
    i1, k1 = min(i + 1, n_bins - 1), min(k + 1, n_rows - 1)
    fi, fk = bin_at - i, row_at - k
    low = filtered[view, i, k] + fk * (filtered[view, i, k1] - filtered[view, i, k])
    high = filtered[view, i1, k] + fk * (filtered[view, i1, k1] - filtered[view, i1, k])
    return low + fi * (high - low)


@scalar
def _voxel(filtered, maps, arcs, is_curved, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Sum one voxel over all views."""
    total = 0.0
    for view in range(filtered.shape[0]):
        bin_at, row_at = _sample_of(maps, arcs, is_curved, view, x, y, z)
        total += _depth_weight(maps, is_curved, view, x, y, z) * _between(filtered, view, bin_at, row_at)
    return total


@scalar
def _voxel_element(index, image, filtered, maps, arcs, columns, is_curved):  # type: ignore[no-untyped-def]  # numba infers
    """Compute one voxel of the image."""
    n_x, n_z = image.shape[1], image.shape[2]
    y, rest = index // (n_x * n_z), index % (n_x * n_z)
    x, z = rest // n_z, rest % n_z
    if columns[y, 0] <= x < columns[y, 1]:
        image[y, x, z] = _voxel(filtered, maps, arcs, is_curved, float(x), float(y), float(z))


@threads
def _voxel_threads(image, filtered, maps, arcs, columns, is_curved):  # type: ignore[no-untyped-def]  # numba infers
    for y in prange(image.shape[0]):
        for x in range(columns[y, 0], columns[y, 1]):
            for z in range(image.shape[2]):
                image[y, x, z] = _voxel(filtered, maps, arcs, is_curved, float(x), float(y), float(z))


@scalar
def _blend(column, low, high, part, weight, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Fill column[row + FRAME] with the blend of two bins, for rows first ... last; ends repeat the outermost rows."""
    n_rows = low.size
    for row in range(first, last + 1):
        column[row + FRAME] = weight * (low[row] + part * (high[row] - low[row]))
    if first == 0:
        column[FRAME - 1] = column[FRAME]
    if last == n_rows - 1:
        column[n_rows + FRAME] = column[n_rows + FRAME - 1]


@scalar
def _add_one_by_one(line, column, begin, start, rise):  # type: ignore[no-untyped-def]  # numba infers
    """Add the column at start + rise z to the voxels z of a line, from z = begin on."""
    for z in range(begin, line.size):
        at = start + rise * np.float32(np.int32(z))
        below = np.int32(at)
        here = column[np.uint32(below)]
        line[z] += here + (at - np.float32(below)) * (column[np.uint32(below + np.int32(1))] - here)


@scalar
def _add_column(line, column, start, rise):  # type: ignore[no-untyped-def]  # numba infers
    """Add the column at start, start + rise, ... to a line of voxels, eight at a time where rows are about as dense."""
    extra = rise - np.float32(1)
    span = abs(extra) * np.float32(LANES - 1)
    n_whole = line.size // LANES * LANES
    if not 0 <= span < MAX_PIECES - 1:
        n_whole = 0
    # Of eight positions the lowest lies in the first piece.
    lead = min(np.float32(0), extra * np.float32(LANES - 1))
    for z in range(0, n_whole, LANES):
        at = start + rise * np.float32(np.int32(z))
        below = floor(at + lead)
        part = at - np.float32(below)
        if span < 1:
            add_two_pieces(line, z, column, below, part, extra)
        elif span < 2:
            add_three_pieces(line, z, column, below, part, extra)
        elif span < 3:
            add_four_pieces(line, z, column, below, part, extra)
        else:
            add_five_pieces(line, z, column, below, part, extra)
    _add_one_by_one(line, column, n_whole, start, rise)


@threads
def _column_threads(image, filtered, maps, arcs, columns, is_curved):  # type: ignore[no-untyped-def]  # numba infers
    n_y, n_x, n_z = image.shape
    n_views, n_bins, n_rows = filtered.shape
    across = (n_x + _TILE - 1) // _TILE
    for tile in prange((n_y + _TILE - 1) // _TILE * across):
        column = np.zeros(n_rows + 2 * FRAME, dtype=np.float32)
        first_y, first_x = tile // across * _TILE, tile % across * _TILE
        for view in range(n_views):
            for y in range(first_y, min(n_y, first_y + _TILE)):
                for x in range(max(first_x, columns[y, 0]), min(first_x + _TILE, columns[y, 1])):
                    u = maps[view, 0, 0] * x + maps[view, 0, 1] * y + maps[view, 0, 3]
                    v = maps[view, 1, 0] * x + maps[view, 1, 1] * y + maps[view, 1, 3]
                    w = maps[view, 2, 0] * x + maps[view, 2, 1] * y + maps[view, 2, 3]
                    if is_curved:
                        inverse = 1.0 / sqrt(u * u + w * w)
                        bin_at = arcs[view, 0] + atan2(u, w) * arcs[view, 1]
                        row_at = arcs[view, 2] + v * inverse * arcs[view, 3]
                        rise = maps[view, 1, 2] * inverse * arcs[view, 3]
                    else:
                        inverse = 1.0 / w
                        bin_at, row_at, rise = u * inverse, v * inverse, maps[view, 1, 2] * inverse
                    if bin_at < -0.5 or bin_at > n_bins - 0.5:
                        continue
                    bin_at = min(max(bin_at, 0.0), n_bins - 1.0)
                    low = min(floor(bin_at), max(n_bins - 2, 0))
                    # Which slices the rows cover, with half a row beyond the outermost ones.
                    to_low, to_high = (-0.5 - row_at) / rise, (n_rows - 0.5 - row_at) / rise
                    first = max(0, ceil(min(to_low, to_high)))
                    last = min(n_z - 1, floor(max(to_low, to_high)))
                    if last < first:
                        continue
                    begin, end = row_at + rise * first, row_at + rise * last
                    first_row = max(0, floor(min(begin, end)) - 1)
                    last_row = min(n_rows - 1, floor(max(begin, end)) + 2)
                    high = filtered[view, min(low + 1, n_bins - 1)]
                    part, weight = np.float32(bin_at - low), np.float32(inverse * inverse)
                    _blend(column, filtered[view, low], high, part, weight, first_row, last_row)
                    _add_column(image[y, x, first : last + 1], column, np.float32(begin + FRAME), np.float32(rise))


def backproject_volume(
    filtered: Any, maps: FloatArray, arcs: FloatArray, shape: tuple[int, int, int], columns: IndexArray, **flags: bool
) -> Any:
    """Return the sum over views on a volume (z, y, x), in float32.

    Parameters
    ----------
    filtered
        Filtered and weighted views (view, bin, row), float32.
    maps, arcs
        From voxel indices to the detector; see `isocenter.kernels.rays.joseph_volume.Rays`.
    shape
        (z, y, x).
    columns
        Per row of the image the first and one past the last column that is filled, shape (y, 2).
    flags
        `is_curved`, and `is_axial` if the detector's rows run along z in every view.
    """
    xp = array_namespace(filtered)
    n_z, n_y, n_x = shape
    image = xp.zeros((n_y, n_x, n_z), dtype=np.float32)
    if on_gpu(filtered):
        there = tuple(xp.asarray(array) for array in (maps, arcs, columns))
        launch(_voxel_element, image.size, image, filtered, *there, flags["is_curved"])
    elif flags["is_axial"]:
        _column_threads(image, np.ascontiguousarray(filtered), maps, arcs, columns, flags["is_curved"])
    else:
        _voxel_threads(image, np.ascontiguousarray(filtered), maps, arcs, columns, flags["is_curved"])
    return xp.permute_dims(image, (2, 0, 1))
