"""Joseph's line integrals over an image and their exact adjoint, for any set of rays in a plane.

A ray is a pair of points in index coordinates, (column, row) of its start and its end, both outside
the image. Along the axis in which it advances fastest it visits every index once and interpolates
linearly along the other: the weight of a sample is max(0, 1 - distance) times the step length.

On a CPU the rays of a view that share their fast axis walk together, index by index of that axis; the adjoint gives
each thread whole rows (or columns) of the image, so that no two write to one place and sums keep their order.

Arrays: image (slice, row, column); rays (view, bin, 4) in float64; data (slice, view, bin).
Source: P. M. Joseph, IEEE Trans. Med. Imaging 1 (1982) 192-196.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, sqrt
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.rays.joseph_lanes import (
    FRAME,
    MAX_TAPS,
    adjoint_even,
    forward_even,
    frame,
    pack,
    room,
    taps,
    unpack,
)

# Zeros around the image, so that the walk needs no bounds check: one sample beyond each edge and one for rounding.
PAD = 2


@scalar
def _walk(x0, y0, x1, y1, n_x, n_y, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Return first and last major index, minor coordinate at 0, slope, whether x is major, step in mm."""
    across, down = x1 - x0, y1 - y0
    length_mm = sqrt((across * dx_mm) ** 2 + (down * dy_mm) ** 2)
    x_is_major = abs(across) >= abs(down)
    if x_is_major:
        slope, low, high, n_major, n_minor = down / across, min(x0, x1), max(x0, x1), n_x, n_y
        base, step_mm = y0 - x0 * slope, length_mm / abs(across)
    else:
        slope, low, high, n_major, n_minor = across / down, min(y0, y1), max(y0, y1), n_y, n_x
        base, step_mm = x0 - y0 * slope, length_mm / abs(down)
    low, high = max(low, 0.0), min(high, n_major - 1.0)
    if abs(slope) > 1e-12:
        enter, leave = (-1.0 - base) / slope, (n_minor - base) / slope
        low, high = max(low, min(enter, leave)), min(high, max(enter, leave))
    elif base < -1.0 or base > n_minor:
        high = low - 2.0
    return ceil(low), floor(high), base, slope, x_is_major, step_mm


@scalar
def _ray_sum(padded, plane, width, walk):  # type: ignore[no-untyped-def]  # numba infers
    """Return the line integral of one ray through one flat padded slice."""
    first, last, base, slope, x_is_major, step_mm = walk
    major_stride, minor_stride = (1, width) if x_is_major else (width, 1)
    total = 0.0
    for major in range(first, last + 1):
        minor = base + slope * major + PAD
        below = int(minor)
        fraction = minor - below
        at = (major + PAD) * major_stride + below * minor_stride
        total += (1.0 - fraction) * padded[plane, at] + fraction * padded[plane, at + minor_stride]
    return total * step_mm


@scalar
def _walk_of(rays, view, bin_index, n_x, n_y, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Return the walk of one ray of the table."""
    x0, y0 = rays[view, bin_index, 0], rays[view, bin_index, 1]
    return _walk(x0, y0, rays[view, bin_index, 2], rays[view, bin_index, 3], n_x, n_y, dx_mm, dy_mm)


@scalar
def _weight(walk, column, row):  # type: ignore[no-untyped-def]  # numba infers
    """Return the weight in mm with which one ray sees one sample."""
    first, last, base, slope, x_is_major, step_mm = walk
    major, minor = (column, row) if x_is_major else (row, column)
    if major < first or major > last:
        return 0.0
    return max(0.0, 1.0 - abs(base + slope * major - minor)) * step_mm


@scalar
def _last_bin_before(rays, view, column, row):  # type: ignore[no-untyped-def]  # numba infers
    """Return by bisection the last bin whose ray passes a sample on the side where bins are lower."""
    low, high = 0, rays.shape[1] - 1
    while low < high:
        middle = (low + high + 1) // 2
        x0, y0 = rays[view, middle, 0], rays[view, middle, 1]
        across, down = rays[view, middle, 2] - x0, rays[view, middle, 3] - y0
        # Bins ascend along u, and d x u points to -z: see `isocenter.operators.projection`.
        if across * (row - y0) - down * (column - x0) <= 0.0:
            low = middle
        else:
            high = middle - 1
    return low


@scalar
def _forward_element(index, out, padded, rays, n_x, n_y, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Compute one bin of one view of one slice."""
    n_views, n_bins = rays.shape[0], rays.shape[1]
    plane, rest = index // (n_views * n_bins), index % (n_views * n_bins)
    view, bin_index = rest // n_bins, rest % n_bins
    walk = _walk_of(rays, view, bin_index, n_x, n_y, dx_mm, dy_mm)
    out[plane, view, bin_index] = _ray_sum(padded, plane, n_x + 2 * PAD, walk)


@scalar
def _adjoint_element(index, out, data, rays, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Gather one sample of one slice from the rays that see it, with the weights of `_ray_sum`."""
    n_y, n_x = out.shape[1], out.shape[2]
    plane, rest = index // (n_y * n_x), index % (n_y * n_x)
    row, column = rest // n_x, rest % n_x
    total = 0.0
    for view in range(rays.shape[0]):
        nearest = _last_bin_before(rays, view, float(column), float(row))
        for upwards in range(2):
            bin_index, n_missed = nearest + upwards, 0
            while 0 <= bin_index < rays.shape[1] and n_missed < 2:
                weight = _weight(_walk_of(rays, view, bin_index, n_x, n_y, dx_mm, dy_mm), column, row)
                n_missed = n_missed + 1 if weight == 0.0 else 0
                total += weight * data[plane, view, bin_index]
                bin_index += 2 * upwards - 1
    out[plane, row, column] = total


class Walks(NamedTuple):
    """What rays look like along the axis in which they advance fastest, (view, bin) each.

    `base` and `slope` give the other coordinate, `step_mm` the length per index; `runs` (run, 4) are view, axis
    (0 for x), first and one past the last bin of rays that share their axis. In single precision runs of parallel rays
    at even distances are kept apart: `where` and `even` as in `isocenter.kernels.rays.joseph_lanes`, for each axis.
    """

    base: FloatArray
    slope: FloatArray
    step_mm: FloatArray
    runs: IndexArray
    where: tuple[IndexArray, IndexArray]
    even: tuple[FloatArray, FloatArray]


def walks_of(rays: FloatArray, spacing_mm: tuple[float, float], dtype: Any) -> Walks:
    """Return the walks of rays (view, bin, 4) in the precision of the data; spacing is (row, column)."""
    dy_mm, dx_mm = spacing_mm
    x0, y0, x1, y1 = np.moveaxis(rays, -1, 0)
    across, down = x1 - x0, y1 - y0
    x_is_major = np.abs(across) >= np.abs(down)
    along, aside = np.where(x_is_major, across, down), np.where(x_is_major, down, across)
    slope = aside / along
    base = np.where(x_is_major, y0 - x0 * slope, x0 - y0 * slope)
    step_mm = np.hypot(across * dx_mm, down * dy_mm) / np.abs(along)
    is_single = np.dtype(dtype) == np.float32
    runs: list[tuple[int, int, int, int]] = []
    where: tuple[list[Any], list[Any]] = ([], [])
    even: tuple[list[Any], list[Any]] = ([], [])
    for view, is_x in enumerate(x_is_major):
        ends = [0, *(np.flatnonzero(np.diff(is_x)) + 1).tolist(), is_x.size]
        for first, last in pairwise(ends):
            axis = 0 if is_x[first] else 1
            line = _even(base[view, first:last], slope[view, first:last]) if is_single else None
            if line is None:
                runs.append((view, axis, first, last))
            else:
                where[axis].append((view, axis, first, last, line[3]))
                even[axis].append(line[:3])
    return Walks(
        base=np.ascontiguousarray(base, dtype=dtype),
        slope=np.ascontiguousarray(slope, dtype=dtype),
        step_mm=np.ascontiguousarray(step_mm, dtype=dtype),
        runs=np.array(runs, dtype=np.int64).reshape(-1, 4),
        where=(np.array(where[0], dtype=np.int64).reshape(-1, 5), np.array(where[1], dtype=np.int64).reshape(-1, 5)),
        even=(np.array(even[0], dtype=float).reshape(-1, 3), np.array(even[1], dtype=float).reshape(-1, 3)),
    )


def _even(base: FloatArray, slope: FloatArray) -> tuple[float, float, float, bool] | None:
    """Return start, spacing, slope and whether bins run against the rays; None where rays are not parallel and even."""
    if base.size < 2 or np.ptp(slope) > 1e-12:
        return None
    spacing = float(base[-1] - base[0]) / (base.size - 1)
    is_turned = spacing < 0
    away = base - base[0] - spacing * np.arange(base.size)
    most = max(counts.item() for counts in taps(np.array(max(abs(spacing), 1e-9))))
    if np.abs(away).max() > 1e-9 or most > MAX_TAPS:
        return None
    return float(base[-1] if is_turned else base[0]), abs(spacing), float(slope[0]), is_turned


@threads
def _lines(image, lines):  # type: ignore[no-untyped-def]  # numba infers
    """Fill lines (major, minor + 4, 2) with intercept and slope between padded samples of an image (major, minor)."""
    n_minor = image.shape[1]
    for major in prange(image.shape[0]):
        line, samples = lines[major], image[major]
        for index in range(n_minor + 1):
            low = samples[index - 1] if index > 0 else samples[0] * 0
            high = samples[index] if index < n_minor else samples[0] * 0
            line[index, 1] = high - low
            line[index, 0] = low - line[index, 1] * index


@scalar
def _inside(position, highest):  # type: ignore[no-untyped-def]  # numba infers
    """Return a padded position, held within the zeros around the line."""
    return min(max(position, highest * 0), highest)


@scalar
def _on(line, position):  # type: ignore[no-untyped-def]  # numba infers
    """Return a line of intercepts and slopes at a padded position."""
    index = np.uint32(np.int32(position))
    return line[index, 0] + position * line[index, 1]


@threads
def _forward_runs(out, lines, runs, base, slope, step_mm, axis, n_minor):  # type: ignore[no-untyped-def]  # numba infers
    """Fill the bins of all runs of one axis; `lines` are of the image along it."""
    kind = base.dtype.type
    n_major = lines.shape[0]
    for run in prange(runs.shape[0]):
        if runs[run, 1] != axis:
            continue
        view, first, last = runs[run, 0], runs[run, 2], runs[run, 3]
        sums, start, rise = out[view, first:last], base[view, first:last], slope[view, first:last]
        highest = kind(n_minor + 1)
        sums[:] = 0
        for major in range(0, n_major - 3, 4):
            r0, r1, r2, r3 = lines[major], lines[major + 1], lines[major + 2], lines[major + 3]
            at = kind(major)
            for index in range(sums.size):
                step = rise[index]
                p0 = start[index] + kind(1) + step * at
                p1 = p0 + step
                p2, p3 = p1 + step, p1 + step + step
                sums[index] += (_on(r0, _inside(p0, highest)) + _on(r1, _inside(p1, highest))) + (
                    _on(r2, _inside(p2, highest)) + _on(r3, _inside(p3, highest))
                )
        for major in range(n_major // 4 * 4, n_major):
            for index in range(sums.size):
                position = start[index] + kind(1) + rise[index] * kind(major)
                sums[index] += _on(lines[major], _inside(position, highest))
        for index in range(sums.size):
            sums[index] *= step_mm[view, first + index]


@scalar
def _spread(line, position, value):  # type: ignore[no-untyped-def]  # numba infers
    """Add a value to the two samples around a padded position."""
    below = np.int32(position)
    upper = (position - below) * value
    line[np.uint32(below)] += value - upper
    line[np.uint32(below + np.int32(1))] += upper


@threads
def _adjoint_runs(out, scaled, runs, base, slope, axis):  # type: ignore[no-untyped-def]  # numba infers
    """Fill lines (major, minor) from all runs of one axis; a run's quarters are added to lines of their own at once."""
    kind = base.dtype.type
    n_major, n_minor = out.shape
    for major in prange(n_major):
        parts = np.zeros((4, n_minor + 4), dtype=out.dtype)
        l0, l1, l2, l3 = parts[0], parts[1], parts[2], parts[3]
        at, highest = kind(major), kind(n_minor + 1)
        for run in range(runs.shape[0]):
            if runs[run, 1] == axis:
                view, first, last = runs[run, 0], runs[run, 2], runs[run, 3]
                start, rise, values = base[view, first:last], slope[view, first:last], scaled[view, first:last]
                quarter = values.size // 4
                for i0 in range(quarter):
                    i1 = i0 + quarter
                    i2, i3 = i1 + quarter, i1 + quarter + quarter
                    _spread(l0, _inside(start[i0] + kind(1) + rise[i0] * at, highest), values[i0])
                    _spread(l1, _inside(start[i1] + kind(1) + rise[i1] * at, highest), values[i1])
                    _spread(l2, _inside(start[i2] + kind(1) + rise[i2] * at, highest), values[i2])
                    _spread(l3, _inside(start[i3] + kind(1) + rise[i3] * at, highest), values[i3])
                for index in range(4 * quarter, values.size):
                    _spread(l0, _inside(start[index] + kind(1) + rise[index] * at, highest), values[index])
        for minor in range(n_minor):
            out[major, minor] = (l0[minor + 1] + l1[minor + 1]) + (l2[minor + 1] + l3[minor + 1])


def forward(image: Any, rays: Any, spacing_mm: tuple[float, float], walks: Walks | None = None) -> Any:
    """Return the line integrals (slice, view, bin) of an image (slice, row, column); spacing is (row, column).

    `walks` are `walks_of` the rays in the image's precision, where the caller keeps them.
    """
    n_slices, n_y, n_x = image.shape
    dy_mm, dx_mm = spacing_mm
    xp = array_namespace(image)
    if on_gpu(image):
        framed = xp.zeros((n_slices, n_y + 2 * PAD, n_x + 2 * PAD), dtype=image.dtype)
        framed[:, PAD:-PAD, PAD:-PAD] = image
        out = xp.empty((n_slices, *rays.shape[:2]), dtype=image.dtype)
        launch(_forward_element, out.size, out, framed.reshape(n_slices, -1), rays, n_x, n_y, dx_mm, dy_mm)
        return out
    walks = walks_of(rays, spacing_mm, image.dtype) if walks is None else walks
    out = np.empty((n_slices, *rays.shape[:2]), dtype=image.dtype)
    for plane, data in zip(image, out, strict=True):
        for axis in (0, 1):
            if walks.where[axis].size:
                _forward_even(data, plane, walks, axis)
        if not walks.runs.size:
            continue
        for axis, turned in ((0, plane.T), (1, plane)):
            lines = np.zeros((turned.shape[0], turned.shape[1] + 4, 2), dtype=image.dtype)
            _lines(np.ascontiguousarray(turned), lines)
            _forward_runs(data, lines, walks.runs, walks.base, walks.slope, walks.step_mm, axis, turned.shape[1])
    return out


def adjoint(
    data: Any, rays: Any, shape: tuple[int, int], spacing_mm: tuple[float, float], walks: Walks | None = None
) -> Any:
    """Return the exact adjoint of `forward`: data (slice, view, bin) to an image (slice, row, column)."""
    dy_mm, dx_mm = spacing_mm
    n_y, n_x = shape
    if on_gpu(data):
        out = array_namespace(data).empty((data.shape[0], *shape), dtype=data.dtype)
        launch(_adjoint_element, out.size, out, data, rays, dx_mm, dy_mm)
        return out
    walks = walks_of(rays, spacing_mm, data.dtype) if walks is None else walks
    image = np.empty((data.shape[0], *shape), dtype=data.dtype)
    by_x, by_y = np.empty((n_x, n_y), dtype=data.dtype), np.empty((n_y, n_x), dtype=data.dtype)
    for plane, sinogram in zip(image, data, strict=True):
        plane[:] = 0
        for axis in (0, 1):
            if walks.where[axis].size:
                _adjoint_even(plane, sinogram, walks, axis)
        if not walks.runs.size:
            continue
        scaled = np.ascontiguousarray(sinogram * walks.step_mm)
        for axis, lines in ((0, by_x), (1, by_y)):
            _adjoint_runs(lines, scaled, walks.runs, walks.base, walks.slope, axis)
        plane += by_x.T + by_y
    return image


def _forward_even(data: FloatArray, plane: FloatArray, walks: Walks, axis: int) -> None:
    """Fill the bins of the even runs of one axis."""
    where, even = walks.where[axis], walks.even[axis]
    n_lines, n_samples = plane.shape[::-1] if axis == 0 else plane.shape
    image = np.zeros((n_lines, room(n_samples)), dtype=plane.dtype)
    frame(image, plane, axis == 0)
    n_rays = where[:, 3] - where[:, 2]
    sums = np.zeros((n_rays.size, room(int(n_rays.max()))), dtype=plane.dtype)
    forward_even(sums, image, even, n_rays, taps(even[:, 1])[0].astype(np.int64))
    unpack(data, sums, where, walks.step_mm)


def _adjoint_even(plane: FloatArray, data: FloatArray, walks: Walks, axis: int) -> None:
    """Add what the even runs of one axis hold to an image."""
    where, even = walks.where[axis], walks.even[axis]
    n_lines, n_samples = plane.shape[::-1] if axis == 0 else plane.shape
    n_rays = where[:, 3] - where[:, 2]
    rays = np.zeros((n_rays.size, room(int(n_rays.max()))), dtype=plane.dtype)
    pack(rays, data, where, walks.step_mm)
    image = np.zeros((n_lines, room(n_samples)), dtype=plane.dtype)
    adjoint_even(image, rays, even, n_rays, taps(even[:, 1])[1].astype(np.int64))
    lines = image[:, FRAME : FRAME + n_samples]
    plane += lines.T if axis == 0 else lines
