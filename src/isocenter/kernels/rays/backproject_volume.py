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
from isocenter.kernels.lanes import LANES, aligned_zeros, counting, load, spread, store, tent
from isocenter.kernels.rays.joseph_volume import _sample_of

# A tile of columns meets one view after the other: so many voxels, and the bins under them, stay in the cache.
_IN_CACHE = 65536
# Room around the rows of a column for what eight lanes load without using it.
FRAME = 16
MAX_TAPS = 8


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
def _blend(column, begin, filtered, low, high, part, weight, first, last, n_rows):  # type: ignore[no-untyped-def]  # numba infers
    """Fill column[begin + row] with the blend of the bins at `low` and `high`, for rows first ... last at least."""
    near, far = spread(weight * (np.float32(1) - part)), spread(weight * part)
    for row in range(first // LANES * LANES, last + 1, LANES):
        store(column, begin + row, near * load(filtered, low + row) + far * load(filtered, high + row))
    # Beyond the outermost rows the view is what they are.
    if first == 0:
        column[begin - 1] = column[begin]
    if last == n_rows - 1:
        column[begin + n_rows] = column[begin + n_rows - 1]


@scalar
def _cut(z, first, last, ends):  # type: ignore[no-untyped-def]  # numba infers
    """Return 1 in the lanes of slices first ... last and 0 in others; `ends` are eight ones between eights of zeros."""
    leading, trailing = max(first - z, 0), max(z + LANES - 1 - last, 0)
    return load(ends, LANES - leading) * load(ends, LANES + trailing)


@scalar
def _add_four(image, lines, column, stride, start, rise, first, last, ends, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add four columns to slices first ... last of four lines of voxels that meet them at the same rows."""
    l0, l1, l2, l3 = lines[0], lines[1], lines[2], lines[3]
    c1, c2, c3 = stride, 2 * stride, 3 * stride
    zero = spread(np.float32(0))
    drift = spread(rise - np.float32(1)) * counting(rise)
    lead = min(np.float32(0), (rise - np.float32(1)) * np.float32(LANES - 1))
    for z in range(first // LANES * LANES, last + 1, LANES):
        at = start + rise * np.float32(np.int32(z))
        under = np.int64(np.int32(at + lead))
        place = spread(at - np.float32(np.int32(under))) + drift
        t0, t1, t2, t3 = zero, zero, zero, zero
        for tap in range(n_taps):
            weight, here = tent(place, np.float32(np.int32(tap))), under + tap
            t0 = t0 + weight * load(column, here)
            t1 = t1 + weight * load(column, here + c1)
            t2 = t2 + weight * load(column, here + c2)
            t3 = t3 + weight * load(column, here + c3)
        if z < first or z + LANES - 1 > last:
            kept = _cut(z, first, last, ends)
            t0, t1, t2, t3 = t0 * kept, t1 * kept, t2 * kept, t3 * kept
        store(image, l0 + z, load(image, l0 + z) + t0)
        store(image, l1 + z, load(image, l1 + z) + t1)
        store(image, l2 + z, load(image, l2 + z) + t2)
        store(image, l3 + z, load(image, l3 + z) + t3)


@scalar
def _add_one(image, lines, column, start, rise, first, last, ends, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add one column to slices first ... last of one line of voxels."""
    line = lines[0]
    drift = spread(rise - np.float32(1)) * counting(rise)
    lead = min(np.float32(0), (rise - np.float32(1)) * np.float32(LANES - 1))
    for z in range(first // LANES * LANES, last + 1, LANES):
        at = start + rise * np.float32(np.int32(z))
        under = np.int64(np.int32(at + lead))
        place = spread(at - np.float32(np.int32(under))) + drift
        total = spread(np.float32(0))
        for tap in range(n_taps):
            total = total + tent(place, np.float32(np.int32(tap))) * load(column, under + tap)
        if z < first or z + LANES - 1 > last:
            total = total * _cut(z, first, last, ends)
        store(image, line + z, load(image, line + z) + total)


@scalar
def _add_by_sample(image, line, column, begin, start, rise, first, last):  # type: ignore[no-untyped-def]  # numba infers
    """Add one column to one line, sample by sample: for rows much denser or wider than slices."""
    for z in range(first, last + 1):
        at = start + rise * np.float32(np.int32(z))
        under = np.int32(at)
        here = column[begin + under]
        image[line + z] += here + (at - np.float32(under)) * (column[begin + under + 1] - here)


@scalar
def _add_columns(image, lines, column, stride, start, rise, first, last, ends, n_turns):  # type: ignore[no-untyped-def]  # numba infers
    """Add the columns of all turns, eight slices at a time where rows are about as dense as slices."""
    span = abs(rise - np.float32(1)) * np.float32(LANES - 1)
    # Eight positions begin in the first piece and end `span` further.
    n_taps = np.int64(np.int32(span)) + 3 if span < MAX_TAPS else MAX_TAPS + 1
    if n_taps > MAX_TAPS:
        for turn in range(n_turns):
            _add_by_sample(image, lines[turn], column, turn * stride, start, rise, first, last)
    elif n_turns == 4:
        if n_taps == 3:
            _add_four(image, lines, column, stride, start, rise, first, last, ends, 3)
        elif n_taps == 4:
            _add_four(image, lines, column, stride, start, rise, first, last, ends, 4)
        elif n_taps == 5:
            _add_four(image, lines, column, stride, start, rise, first, last, ends, 5)
        else:
            _add_four(image, lines, column, stride, start, rise, first, last, ends, n_taps)
    elif n_taps == 3:
        _add_one(image, lines, column, start, rise, first, last, ends, 3)
    elif n_taps == 4:
        _add_one(image, lines, column, start, rise, first, last, ends, 4)
    else:
        _add_one(image, lines, column, start, rise, first, last, ends, n_taps)


@threads
def _column_threads(image, filtered, shape, maps, arcs, columns, is_curved, n_turns, tile):  # type: ignore[no-untyped-def]  # numba infers
    """Add all views to the columns of voxels; with four turns, those of a quadrant and their images in the others."""
    n_y, n_x, depth, n_slices, n_bins, room, n_rows = shape
    n_views = maps.shape[0]
    quarter = n_views // 4
    end_y, end_x = (n_y // 2, (n_x + 1) // 2) if n_turns == 4 else (n_y, n_x)
    across = (end_x + tile - 1) // tile
    stride = (n_rows + 2 * FRAME + LANES) // LANES * LANES
    for job in prange((end_y + tile - 1) // tile * across):
        column, lines = np.zeros(n_turns * stride, dtype=np.float32), np.zeros(n_turns, dtype=np.int64)
        ends = np.zeros(3 * LANES, dtype=np.float32)
        ends[LANES : 2 * LANES] = 1
        first_y, first_x = job // across * tile, job % across * tile
        for view in range(n_views):
            for y in range(first_y, min(end_y, first_y + tile)):
                for x in range(max(first_x, columns[y, 0]), min(first_x + tile, columns[y, 1], end_x)):
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
                    low = min(np.int64(bin_at), max(n_bins - 2, 0))
                    # Which slices the rows cover, with half a row beyond the outermost ones.
                    to_low, to_high = (-0.5 - row_at) / rise, (n_rows - 0.5 - row_at) / rise
                    first = max(0, ceil(min(to_low, to_high)))
                    last = min(n_slices - 1, floor(max(to_low, to_high)))
                    if last < first:
                        continue
                    begin, end = row_at + rise * first, row_at + rise * last
                    first_row = max(0, floor(min(begin, end)) - 1)
                    last_row = min(n_rows - 1, floor(max(begin, end)) + 2)
                    part, weight = np.float32(bin_at - low), np.float32(inverse * inverse)
                    turned_y, turned_x = y, x
                    for turn in range(n_turns):
                        lines[turn] = (turned_y * n_x + turned_x) * depth
                        turned_y, turned_x = turned_x, n_x - 1 - turned_y
                        near = ((view + turn * quarter) % n_views * n_bins + low) * room
                        far = near + room if low + 1 < n_bins else near
                        _blend(
                            column,
                            turn * stride + FRAME,
                            filtered,
                            near,
                            far,
                            part,
                            weight,
                            first_row,
                            last_row,
                            n_rows,
                        )
                    start = np.float32(row_at + FRAME)
                    _add_columns(image, lines, column, stride, start, np.float32(rise), first, last, ends, n_turns)


def _turns_by_quarters(maps: FloatArray, arcs: FloatArray, shape: tuple[int, int], columns: IndexArray) -> bool:
    """Return whether every view turned by a quarter of a turn about the middle of a square grid is a view again.

    Views a quarter of their number apart then see the same columns of voxels, turned, at the same rows.
    """
    n_y, n_x = shape
    n_views = maps.shape[0]
    if n_y != n_x or n_y < 2 or n_views % 4 or (arcs != arcs[0]).any():
        return False
    rows = np.arange(n_y)
    counted = (rows >= columns[:, :1]) & (rows < columns[:, 1:])
    # A quarter takes (x, y) to (n - 1 - y, x).
    quarter = np.array([[0.0, -1.0, 0.0, n_x - 1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    turned = np.roll(maps, -(n_views // 4), axis=0) @ quarter
    scale = np.abs(maps).max(axis=(1, 2), keepdims=True)
    return bool((counted == np.rot90(counted)).all() and (np.abs(turned - maps) <= 1e-9 * scale).all())


@threads
def _slices_first(image, out):  # type: ignore[no-untyped-def]  # numba infers
    """Copy an image (y, x, z) to one (z, y, x), a few lines at a time."""
    n_z, n_y, n_x = out.shape
    for job in prange(n_y * ((n_x + 15) // 16)):
        y, first = job % n_y, job // n_y * 16
        for z in range(n_z):
            for x in range(first, min(n_x, first + 16)):
                out[z, y, x] = image[y, x, z]


def _of_columns(
    filtered: FloatArray,
    maps: FloatArray,
    arcs: FloatArray,
    shape: tuple[int, int, int],
    columns: IndexArray,
    is_curved: bool,
) -> FloatArray:
    n_z, n_y, n_x = shape
    # Lines of whole lanes, in the image and in the views: eight samples are read and written at once.
    n_rows = filtered.shape[2]
    if n_rows % LANES:
        filtered = np.pad(filtered, ((0, 0), (0, 0), (0, -n_rows % LANES)))
    image = aligned_zeros((n_y, n_x, (n_z + LANES - 1) // LANES * LANES))
    n_turns = 4 if _turns_by_quarters(maps, arcs, (n_y, n_x), columns) else 1
    tile = int(np.clip(np.sqrt(_IN_CACHE / (image.shape[2] * n_turns)), 4, 16))
    sizes = (*image.shape, n_z, *filtered.shape[1:], n_rows)
    where = (image.reshape(-1), filtered.reshape(-1), sizes, maps, arcs)
    _column_threads(*where, columns, is_curved, n_turns, tile)
    if n_turns == 4 and n_x % 2:
        alone = np.zeros_like(columns)
        alone[n_y // 2] = n_x // 2, n_x // 2 + 1
        _column_threads(*where, alone, is_curved, 1, tile)
    out = np.empty(shape, dtype=np.float32)
    _slices_first(image, out)
    return out


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
    if not on_gpu(filtered) and flags["is_axial"]:
        return _of_columns(np.ascontiguousarray(filtered), maps, arcs, shape, columns, flags["is_curved"])
    image = xp.zeros((n_y, n_x, n_z), dtype=np.float32)
    if on_gpu(filtered):
        there = tuple(xp.asarray(array) for array in (maps, arcs, columns))
        launch(_voxel_element, image.size, image, filtered, *there, flags["is_curved"])
    else:
        _voxel_threads(image, np.ascontiguousarray(filtered), maps, arcs, columns, flags["is_curved"])
    return xp.permute_dims(image, (2, 0, 1))
