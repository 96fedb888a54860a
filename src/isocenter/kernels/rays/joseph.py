"""Joseph's line integrals over an image and their exact adjoint, for any set of rays in a plane.

A ray is a pair of points in index coordinates, (column, row) of its start and its end, both outside
the image. Along the axis in which it advances fastest it visits every index once and interpolates
linearly along the other: the weight of a sample is max(0, 1 - distance) times the step length.

Arrays: image (slice, row, column); rays (view, bin, 4) in float64; data (slice, view, bin).
Source: P. M. Joseph, IEEE Trans. Med. Imaging 1 (1982) 192-196.
"""

from __future__ import annotations

from math import ceil, floor, sqrt
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads

# Zeros around the image, so that the walk needs no bounds check: one sample beyond each edge and one for rounding.
PAD = 2
# The adjoint adds views in this many groups, whatever the number of threads: the same bits on every machine.
_N_GROUPS = 16


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
def _ray_spread(padded, group, width, walk, value):  # type: ignore[no-untyped-def]  # numba infers
    """Add one ray's value to the samples of one flat padded image with the weights of `_ray_sum`."""
    first, last, base, slope, x_is_major, step_mm = walk
    major_stride, minor_stride = (1, width) if x_is_major else (width, 1)
    scaled = value * step_mm
    for major in range(first, last + 1):
        minor = base + slope * major + PAD
        below = int(minor)
        fraction = minor - below
        at = (major + PAD) * major_stride + below * minor_stride
        padded[group, at] += (1.0 - fraction) * scaled
        padded[group, at + minor_stride] += fraction * scaled


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


@threads
def _forward_threads(out, padded, rays, n_x, n_y, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    for view in prange(rays.shape[0]):
        for bin_index in range(rays.shape[1]):
            walk = _walk_of(rays, view, bin_index, n_x, n_y, dx_mm, dy_mm)
            for plane in range(out.shape[0]):
                out[plane, view, bin_index] = _ray_sum(padded, plane, n_x + 2 * PAD, walk)


@threads
def _adjoint_threads(groups, data, rays, n_x, n_y, dx_mm, dy_mm):  # type: ignore[no-untyped-def]  # numba infers
    n_views, n_groups = rays.shape[0], groups.shape[0]
    for group in prange(n_groups):
        for view in range(group * n_views // n_groups, (group + 1) * n_views // n_groups):
            for bin_index in range(rays.shape[1]):
                walk = _walk_of(rays, view, bin_index, n_x, n_y, dx_mm, dy_mm)
                _ray_spread(groups, group, n_x + 2 * PAD, walk, data[view, bin_index])


def forward(image: Any, rays: Any, spacing_mm: tuple[float, float]) -> Any:
    """Return the line integrals (slice, view, bin) of an image (slice, row, column); spacing is (row, column)."""
    n_slices, n_y, n_x = image.shape
    dy_mm, dx_mm = spacing_mm
    xp = array_namespace(image)
    framed = xp.zeros((n_slices, n_y + 2 * PAD, n_x + 2 * PAD), dtype=image.dtype)
    framed[:, PAD:-PAD, PAD:-PAD] = image
    padded = framed.reshape(n_slices, -1)
    out = xp.empty((n_slices, *rays.shape[:2]), dtype=image.dtype)
    if on_gpu(image):
        launch(_forward_element, out.size, out, padded, rays, n_x, n_y, dx_mm, dy_mm)
    else:
        _forward_threads(out, padded, rays, n_x, n_y, dx_mm, dy_mm)
    return out


def adjoint(data: Any, rays: Any, shape: tuple[int, int], spacing_mm: tuple[float, float]) -> Any:
    """Return the exact adjoint of `forward`: data (slice, view, bin) to an image (slice, row, column)."""
    dy_mm, dx_mm = spacing_mm
    if on_gpu(data):
        out = array_namespace(data).empty((data.shape[0], *shape), dtype=data.dtype)
        launch(_adjoint_element, out.size, out, data, rays, dx_mm, dy_mm)
        return out
    return np.stack([_adjoint_plane(plane, rays, shape, dx_mm, dy_mm) for plane in data])


def _adjoint_plane(
    plane: FloatArray, rays: FloatArray, shape: tuple[int, int], dx_mm: float, dy_mm: float
) -> FloatArray:
    """Return one slice: groups of views, each into its own image, summed in a fixed order."""
    n_y, n_x = shape
    groups = np.zeros((min(_N_GROUPS, rays.shape[0]), (n_y + 2 * PAD) * (n_x + 2 * PAD)), dtype=plane.dtype)
    _adjoint_threads(groups, np.ascontiguousarray(plane), rays, n_x, n_y, dx_mm, dy_mm)
    total: FloatArray = groups.sum(axis=0).reshape(n_y + 2 * PAD, n_x + 2 * PAD)
    return total[PAD:-PAD, PAD:-PAD]
