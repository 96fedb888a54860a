"""Joseph's line integrals through a volume and their exact adjoint, for rays given view by view.

Rays are given in index coordinates (x, y, z): `origins` (view, 3) is the source, or the common direction of parallel
rays; `bins` (view, bin, 3) a point of each bin's column of rows; `rows` (view, 3) the step from row to row. A ray
visits every plane of the axis in which it advances fastest once and interpolates bilinearly in it. Where the rows
run along z (is_axial) that axis is x or y, and the whole column of rows shares one path in the plane.

Arrays: volume (y, x, z), z contiguous, framed by `PAD` planes of zeros; data (view,
bin, row), so that both inner loops run along z. Adjoint: every thread owns planes of the major axis and walks
all rays through them, so no two threads write to one place, and the sum does not depend on how many there are.

Sources: P. M. Joseph, IEEE Trans. Med. Imaging 1 (1982) 192-196; z as the inner axis, Treibig et al., Int. J. High
Perform. Comput. Appl. 27 (2013) 162-177.
"""

from __future__ import annotations

from math import atan2, ceil, floor, sqrt
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads

# Zeros around the volume, so that the walk needs no bounds check: one sample beyond each edge and one for rounding.
PAD = 2


class Rays(NamedTuple):
    """The rays of a scan in index coordinates, the grid's spacing (x, y, z) in mm, and the way back to the detector.

    `maps` (view, 3, 4) take (x, y, z, 1) to (u, v, w). On a flat detector bin and row are u / w and v / w; on a curved
    one `arcs` (view, 4) hold the bin of angle 0, bins per radian, the row of height 0, and rows per slope.
    """

    origins: FloatArray
    bins: FloatArray
    rows: FloatArray
    n_rows: int
    is_parallel: bool
    is_axial: bool
    spacing_mm: FloatArray
    maps: FloatArray
    arcs: FloatArray
    is_curved: bool


@scalar
def _direction(origins, bins, rows, middle, is_parallel, view, row, bin_index):  # type: ignore[no-untyped-def]  # numba infers
    """Return a point of the ray and its direction."""
    x = bins[view, bin_index, 0] + (row - middle) * rows[view, 0]
    y = bins[view, bin_index, 1] + (row - middle) * rows[view, 1]
    z = bins[view, bin_index, 2] + (row - middle) * rows[view, 2]
    ox, oy, oz = origins[view, 0], origins[view, 1], origins[view, 2]
    if is_parallel:
        return x, y, z, ox, oy, oz
    return x, y, z, x - ox, y - oy, z - oz


@scalar
def _major(dx, dy, dz, is_axial):  # type: ignore[no-untyped-def]  # numba infers
    """Return the axis in which a ray advances fastest: 0 for x, 1 for y, 2 for z."""
    ax, ay, az = abs(dx), abs(dy), abs(dz)
    if not is_axial and az > ax and az > ay:
        return 2
    return 0 if ax >= ay else 1


@scalar
def _path(ray, axis, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Return both minor coordinates at major 0, their slopes, and the step in mm; minors keep the order x, y, z."""
    x, y, z, dx, dy, dz = ray
    length_mm = sqrt((dx * sx) ** 2 + (dy * sy) ** 2 + (dz * sz) ** 2)
    if axis == 0:
        a, b = dy / dx, dz / dx
        return y - a * x, a, z - b * x, b, length_mm / abs(dx)
    if axis == 1:
        a, b = dx / dy, dz / dy
        return x - a * y, a, z - b * y, b, length_mm / abs(dy)
    a, b = dx / dz, dy / dz
    return x - a * z, a, y - b * z, b, length_mm / abs(dz)


@scalar
def _narrow(low, high, base, slope, n):  # type: ignore[no-untyped-def]  # numba infers
    """Return the part of the major range in which a minor coordinate lies between -1 and n."""
    if abs(slope) > 1e-12:
        enter, leave = (-1.0 - base) / slope, (n - base) / slope
        return max(low, min(enter, leave)), min(high, max(enter, leave))
    if base <= -1.0 or base >= n:
        return low, low - 2.0
    return low, high


@scalar
def _range(a0, a, b0, b, n_major, n_a, n_b):  # type: ignore[no-untyped-def]  # numba infers
    """Return first and last plane in which a ray can meet the volume."""
    low, high = _narrow(0.0, n_major - 1.0, a0, a, n_a)
    low, high = _narrow(low, high, b0, b, n_b)
    return ceil(low), floor(high)


@scalar
def _bilinear(volume, axis, major, a, b):  # type: ignore[no-untyped-def]  # numba infers
    """Return the padded volume between its samples, in one plane of an axis."""
    ia, ib = floor(a), floor(b)
    fa, fb = a - ia, b - ib
    ia, ib, at = ia + PAD, ib + PAD, major + PAD
    if axis == 0:
        v00, v01 = volume[ia, at, ib], volume[ia, at, ib + 1]
        v10, v11 = volume[ia + 1, at, ib], volume[ia + 1, at, ib + 1]
    elif axis == 1:
        v00, v01 = volume[at, ia, ib], volume[at, ia, ib + 1]
        v10, v11 = volume[at, ia + 1, ib], volume[at, ia + 1, ib + 1]
    else:
        v00, v01 = volume[ib, ia, at], volume[ib + 1, ia, at]
        v10, v11 = volume[ib, ia + 1, at], volume[ib + 1, ia + 1, at]
    return (1 - fa) * ((1 - fb) * v00 + fb * v01) + fa * ((1 - fb) * v10 + fb * v11)


@scalar
def _ray_sum(volume, ray, is_axial, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Return the line integral of one ray through a padded volume."""
    n_y, n_x, n_z = volume.shape[0] - 2 * PAD, volume.shape[1] - 2 * PAD, volume.shape[2] - 2 * PAD
    axis = _major(ray[3], ray[4], ray[5], is_axial)
    a0, a, b0, b, step_mm = _path(ray, axis, sx, sy, sz)
    n_major = n_x if axis == 0 else (n_y if axis == 1 else n_z)
    n_a, n_b = (n_y if axis == 0 else n_x), (n_y if axis == 2 else n_z)
    first, last = _range(a0, a, b0, b, n_major, n_a, n_b)
    total = 0.0
    for major in range(first, last + 1):
        total += _bilinear(volume, axis, major, a0 + a * major, b0 + b * major)
    return total * step_mm


@scalar
def _forward_element(index, out, volume, origins, bins, rows, is_parallel, is_axial, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Compute one sample of the data (view, bin, row)."""
    n_bins, n_rows = out.shape[1], out.shape[2]
    view, rest = index // (n_bins * n_rows), index % (n_bins * n_rows)
    bin_index, row = rest // n_rows, rest % n_rows
    ray = _direction(origins, bins, rows, (n_rows - 1) / 2.0, is_parallel, view, row, bin_index)
    out[view, bin_index, row] = _ray_sum(volume, ray, is_axial, sx, sy, sz)


@scalar
def _weight(ray, is_axial, x, y, z, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Return the weight in mm with which one ray sees one sample."""
    axis = _major(ray[3], ray[4], ray[5], is_axial)
    a0, a, b0, b, step_mm = _path(ray, axis, sx, sy, sz)
    major = x if axis == 0 else (y if axis == 1 else z)
    minor_a, minor_b = (y if axis == 0 else x), (y if axis == 2 else z)
    away_a, away_b = abs(a0 + a * major - minor_a), abs(b0 + b * major - minor_b)
    return max(0.0, 1.0 - away_a) * max(0.0, 1.0 - away_b) * step_mm


@scalar
def _sample_of(maps, arcs, is_curved, view, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Return the bin and the row that a point in index coordinates projects to."""
    u = maps[view, 0, 0] * x + maps[view, 0, 1] * y + maps[view, 0, 2] * z + maps[view, 0, 3]
    v = maps[view, 1, 0] * x + maps[view, 1, 1] * y + maps[view, 1, 2] * z + maps[view, 1, 3]
    w = maps[view, 2, 0] * x + maps[view, 2, 1] * y + maps[view, 2, 2] * z + maps[view, 2, 3]
    if is_curved:
        angle = atan2(u, w)
        return arcs[view, 0] + angle * arcs[view, 1], arcs[view, 2] + v / sqrt(u * u + w * w) * arcs[view, 3]
    return u / w, v / w


@scalar
def _adjoint_element(index, out, data, origins, bins, rows, maps, arcs, is_curved, is_parallel, is_axial, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Gather one sample of the volume (y, x, z) from the rays that may see it: those of its window in each view."""
    n_x, n_z = out.shape[1], out.shape[2]
    n_bins, n_rows = data.shape[1], data.shape[2]
    y, rest = index // (n_x * n_z), index % (n_x * n_z)
    x, z = rest // n_z, rest % n_z
    middle, total = (n_rows - 1) / 2.0, 0.0
    for view in range(origins.shape[0]):
        low_bin, high_bin, low_row, high_row = 1e9, -1e9, 1e9, -1e9
        for corner in range(8):
            cx, cy, cz = x - 1.0 + 2 * (corner & 1), y - 1.0 + (corner & 2), z - 1.0 + (corner & 4) / 2
            u, v = _sample_of(maps, arcs, is_curved, view, cx, cy, cz)
            low_bin, high_bin, low_row, high_row = min(low_bin, u), max(high_bin, u), min(low_row, v), max(high_row, v)
        for bin_index in range(max(0, floor(low_bin)), min(n_bins - 1, ceil(high_bin)) + 1):
            for row in range(max(0, floor(low_row) - 1), min(n_rows - 1, ceil(high_row) + 1) + 1):
                ray = _direction(origins, bins, rows, middle, is_parallel, view, row, bin_index)
                total += _weight(ray, is_axial, x, y, z, sx, sy, sz) * data[view, bin_index, row]
    out[y, x, z] = total


@threads
def _forward_threads(out, volume, origins, bins, rows, is_parallel, is_axial, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    n_views, n_bins, n_rows = out.shape
    middle = (n_rows - 1) / 2.0
    for job in prange(n_views * n_bins):
        view, bin_index = job // n_bins, job % n_bins
        for row in range(n_rows):
            ray = _direction(origins, bins, rows, middle, is_parallel, view, row, bin_index)
            out[view, bin_index, row] = _ray_sum(volume, ray, is_axial, sx, sy, sz)


@threads
def _adjoint_threads(out, data, origins, bins, rows, axis, is_parallel, is_axial, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Add, to planes (major, a, b) padded along a and b, every ray whose major axis is `axis`."""
    n_views, n_bins, n_rows = data.shape
    middle, n_a, n_b = (n_rows - 1) / 2.0, out.shape[1] - 2 * PAD, out.shape[2] - 2 * PAD
    for major in prange(out.shape[0]):
        plane = out[major]
        for view in range(n_views):
            for bin_index in range(n_bins):
                for row in range(n_rows):
                    ray = _direction(origins, bins, rows, middle, is_parallel, view, row, bin_index)
                    if _major(ray[3], ray[4], ray[5], is_axial) == axis:
                        a0, a, b0, b, step_mm = _path(ray, axis, sx, sy, sz)
                        at_a, at_b = a0 + a * major, b0 + b * major
                        if -1.0 < at_a < n_a and -1.0 < at_b < n_b:
                            ia, ib = floor(at_a), floor(at_b)
                            fa, fb = at_a - ia, at_b - ib
                            ia, ib = ia + PAD, ib + PAD
                            value = data[view, bin_index, row] * step_mm
                            plane[ia, ib] += (1 - fa) * (1 - fb) * value
                            plane[ia, ib + 1] += (1 - fa) * fb * value
                            plane[ia + 1, ib] += fa * (1 - fb) * value
                            plane[ia + 1, ib + 1] += fa * fb * value


@scalar
def _column_path(origins, bins, rows, is_parallel, view, bin_index, n_rows, sx, sy):  # type: ignore[no-untyped-def]  # numba infers
    """Return what all rows of a bin share: axis, minor at 0, slope and step in the plane; then the height of each row.

    The height is z0 + zr row + (s0 + sr row) major, all four at the end.
    """
    x, y, z, dx, dy, dz = _direction(origins, bins, rows, 0.0, is_parallel, view, 0, bin_index)
    middle = (n_rows - 1) / 2.0
    axis = _major(dx, dy, 0.0, True)
    along, at = (dx, x) if axis == 0 else (dy, y)
    slope = dy / dx if axis == 0 else dx / dy
    base = (y - slope * x) if axis == 0 else (x - slope * y)
    step_mm = sqrt((dx * sx) ** 2 + (dy * sy) ** 2) / abs(along)
    step = rows[view, 2]
    # Of parallel rays only the height changes from row to row, of a fan the slope too.
    rise0, rise = dz / along, 0.0
    if not is_parallel:
        rise0, rise = (dz - middle * step) / along, step / along
    z0 = z - middle * step - rise0 * at
    return axis, base, slope, step_mm, z0, step - rise * at, rise0, rise


@threads
def _axial_forward_threads(out, volume, origins, bins, rows, is_parallel, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    n_views, n_bins, n_rows = out.shape
    n_y, n_x, depth = volume.shape[0] - 2 * PAD, volume.shape[1] - 2 * PAD, volume.shape[2]
    for view in prange(n_views):
        column = np.zeros(depth, dtype=out.dtype)
        sums = np.zeros(n_rows, dtype=out.dtype)
        last_z = column.dtype.type(depth - 2)
        for bin_index in range(n_bins):
            axis, base, slope, step_mm, z0, zr, s0, sr = _column_path(
                origins, bins, rows, is_parallel, view, bin_index, n_rows, sx, sy
            )
            first, last = _range(base, slope, 0.0, 0.0, n_x if axis == 0 else n_y, n_y if axis == 0 else n_x, 1)
            sums[:] = 0
            for major in range(first, last + 1):
                minor = base + slope * major
                below = floor(minor)
                part = column.dtype.type(minor - below)
                if axis == 0:
                    low, high = volume[below + PAD, major + PAD], volume[below + PAD + 1, major + PAD]
                else:
                    low, high = volume[major + PAD, below + PAD], volume[major + PAD, below + PAD + 1]
                for z in range(depth):
                    column[z] = low[z] + part * (high[z] - low[z])
                start = column.dtype.type(z0 + s0 * major + PAD)
                rise = column.dtype.type(zr + sr * major)
                for row in range(n_rows):
                    at = min(max(start + rise * column.dtype.type(np.int32(row)), column.dtype.type(0)), last_z)
                    under = np.int32(at)
                    here = column[np.uint32(under)]
                    sums[row] += here + (at - column.dtype.type(under)) * (
                        column[np.uint32(under + np.int32(1))] - here
                    )
            for row in range(n_rows):
                tilt = (s0 + sr * row) * sz
                out[view, bin_index, row] = sums[row] * sqrt(step_mm * step_mm + tilt * tilt)


@threads
def _axial_adjoint_threads(out, scaled, origins, bins, rows, axis_wanted, is_parallel, sx, sy):  # type: ignore[no-untyped-def]  # numba infers
    """Add, to lines (major, minor, z) padded along minor and z, every column of rays whose major axis is wanted."""
    n_views, n_bins, n_rows = scaled.shape
    n_minor, depth = out.shape[1] - 2 * PAD, out.shape[2]
    for major in prange(out.shape[0]):
        lines = out[major]
        column = np.zeros(depth, dtype=out.dtype)
        last_z = column.dtype.type(depth - 2)
        for view in range(n_views):
            for bin_index in range(n_bins):
                axis, base, slope, _, z0, zr, s0, sr = _column_path(
                    origins, bins, rows, is_parallel, view, bin_index, n_rows, sx, sy
                )
                minor = base + slope * major
                if axis == axis_wanted and -1.0 < minor < n_minor:
                    below = floor(minor)
                    part = column.dtype.type(minor - below)
                    column[:] = 0
                    start = column.dtype.type(z0 + s0 * major + PAD)
                    rise = column.dtype.type(zr + sr * major)
                    values = scaled[view, bin_index]
                    for row in range(n_rows):
                        at = min(max(start + rise * column.dtype.type(np.int32(row)), column.dtype.type(0)), last_z)
                        under = np.int32(at)
                        upper = (at - column.dtype.type(under)) * values[row]
                        column[np.uint32(under)] += values[row] - upper
                        column[np.uint32(under + np.int32(1))] += upper
                    low, high = lines[below + PAD], lines[below + PAD + 1]
                    for z in range(depth):
                        more = part * column[z]
                        low[z] += column[z] - more
                        high[z] += more


@threads
def _scale_threads(out, data, origins, bins, rows, is_parallel, sx, sy, sz):  # type: ignore[no-untyped-def]  # numba infers
    """Multiply data (view, bin, row) with the length of each ray's step in mm."""
    n_views, n_bins, n_rows = data.shape
    for view in prange(n_views):
        for bin_index in range(n_bins):
            _, _, _, step_mm, _, _, s0, sr = _column_path(
                origins, bins, rows, is_parallel, view, bin_index, n_rows, sx, sy
            )
            for row in range(n_rows):
                tilt = (s0 + sr * row) * sz
                out[view, bin_index, row] = data[view, bin_index, row] * sqrt(step_mm * step_mm + tilt * tilt)


def forward(volume: Any, rays: Rays) -> Any:
    """Return line integrals (view, row, bin) of a volume (z, y, x)."""
    xp = array_namespace(volume)
    n_z, n_y, n_x = volume.shape
    padded = xp.zeros((n_y + 2 * PAD, n_x + 2 * PAD, n_z + 2 * PAD), dtype=volume.dtype)
    padded[PAD:-PAD, PAD:-PAD, PAD:-PAD] = xp.permute_dims(volume, (1, 2, 0))
    n_views, n_bins = rays.bins.shape[:2]
    out = xp.zeros((n_views, n_bins, rays.n_rows), dtype=volume.dtype)
    sx, sy, sz = (float(step) for step in rays.spacing_mm)
    where = (rays.origins, rays.bins, rays.rows)
    if on_gpu(volume):
        there = tuple(xp.asarray(array) for array in where)
        launch(_forward_element, out.size, out, padded, *there, rays.is_parallel, rays.is_axial, sx, sy, sz)
    elif rays.is_axial:
        _axial_forward_threads(out, padded, *where, rays.is_parallel, sx, sy, sz)
    else:
        _forward_threads(out, padded, *where, rays.is_parallel, rays.is_axial, sx, sy, sz)
    return xp.permute_dims(out, (0, 2, 1))


def adjoint(data: Any, rays: Rays, shape: tuple[int, int, int]) -> Any:
    """Return the exact adjoint of `forward`: data (view, row, bin) to a volume (z, y, x)."""
    xp = array_namespace(data)
    n_z, n_y, n_x = shape
    values = xp.asarray(xp.permute_dims(data, (0, 2, 1)), copy=True)
    sx, sy, sz = (float(step) for step in rays.spacing_mm)
    where = (rays.origins, rays.bins, rays.rows)
    if on_gpu(data):
        there = tuple(xp.asarray(array) for array in (*where, rays.maps, rays.arcs))
        out = xp.zeros((n_y, n_x, n_z), dtype=data.dtype)
        flags = (rays.is_curved, rays.is_parallel, rays.is_axial)
        launch(_adjoint_element, out.size, out, values, *there, *flags, sx, sy, sz)
        return xp.permute_dims(out, (2, 0, 1))
    values = np.ascontiguousarray(values)
    by_x = np.zeros((n_x, n_y + 2 * PAD, n_z + 2 * PAD), dtype=data.dtype)
    by_y = np.zeros((n_y, n_x + 2 * PAD, n_z + 2 * PAD), dtype=data.dtype)
    if rays.is_axial:
        scaled = np.empty_like(values)
        _scale_threads(scaled, values, *where, rays.is_parallel, sx, sy, sz)
        for axis, lines in ((0, by_x), (1, by_y)):
            _axial_adjoint_threads(lines, scaled, *where, axis, rays.is_parallel, sx, sy)
    else:
        by_z = np.zeros((n_z, n_x + 2 * PAD, n_y + 2 * PAD), dtype=data.dtype)
        for axis, planes in ((0, by_x), (1, by_y), (2, by_z)):
            _adjoint_threads(planes, values, *where, axis, rays.is_parallel, rays.is_axial, sx, sy, sz)
    volume = by_x[:, PAD:-PAD, PAD:-PAD].transpose(2, 1, 0) + by_y[:, PAD:-PAD, PAD:-PAD].transpose(2, 0, 1)
    if not rays.is_axial:
        volume += by_z[:, PAD:-PAD, PAD:-PAD].transpose(0, 2, 1)
    return np.ascontiguousarray(volume)
