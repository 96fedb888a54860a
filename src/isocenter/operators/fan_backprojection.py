"""Filtered back-projection of full turns of a fan on a curved detector.

Source: Kak and Slaney, Principles of Computerized Tomographic Imaging, 1988, sec. 3.4.1.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.kernels.rays.backproject import PAD, backproject, columns_in_circle
from isocenter.operators.projection import axes_in_plane_mm, directions
from isocenter.operators.ramp_filter import ramp_filter

_UNEVEN = 0.05


def fan_fbp(
    line_integrals: FloatArray,
    grid: Grid,
    *,
    angles_rad: FloatArray,
    bin_angle_rad: float,
    source_isocenter_mm: float,
    middle_bin: float,
    window: str = "ram-lak",
    cutoff: float = 1.0,
) -> FloatArray:
    """Return images (channel, y, x) per mm of line integrals (channel, view, bin), all on the plane of `grid`.

    Parameters
    ----------
    angles_rad
        Even steps that close a full turn, shape (view,).
    bin_angle_rad, middle_bin
        Angle between bins seen from the source, and the bin (with its fraction) of the central ray.

    Raises
    ------
    GeometryError
        If the views do not close a turn in even steps.
    """
    _, n_views, n_bins = line_integrals.shape
    _require_turn(angles_rad)
    fan = (np.arange(n_bins) - middle_bin) * bin_angle_rad
    weighted = line_integrals * (np.cos(fan) * (np.pi / n_views))
    filtered = ramp_filter(weighted, bin_angle_rad, window=window, cutoff=cutoff, bin_angle_rad=bin_angle_rad)
    straight, spacing_mm, middle = straightened(filtered, fan, source_isocenter_mm, bin_angle_rad)
    padded = np.pad(straight, ((0, 0), (0, 0), (PAD, PAD)))
    x, y = axes_in_plane_mm(grid)
    table = bin_table(angles_rad, x, y, spacing_mm, middle, source_isocenter_mm)
    radius = source_isocenter_mm * np.sin(min(abs(fan[0]), abs(fan[-1])))
    columns = columns_in_circle(x, y, float(radius))
    images: FloatArray = backproject(padded, table, columns, (y.size, x.size), is_fan=True)
    return images


def straightened(
    views: FloatArray, fan_rad: FloatArray, radius_mm: float, bin_angle_rad: float
) -> tuple[FloatArray, float, float]:
    """Return curved views (..., bin) on the straight line through the isocenter, its spacing in mm and its middle bin.

    One back-projector then serves both detectors: the curved fan's weight is 1/L^2 with the distance
    L = radius U / cos(fan angle), the straight one's 1/U^2.
    """
    spacing_mm = radius_mm * bin_angle_rad
    bounds = radius_mm * np.tan(fan_rad[[0, -1]]) / spacing_mm
    first, last = int(np.ceil(bounds[0])), int(np.floor(bounds[1]))
    wanted = np.arctan(np.arange(first, last + 1) * bin_angle_rad)
    resampled = CubicSpline(fan_rad, views, axis=-1)(wanted) * (np.cos(wanted) ** 2 / radius_mm)
    return resampled.astype(np.float32), spacing_mm, float(-first)


def bin_table(
    angles_rad: FloatArray,
    x_mm: FloatArray,
    y_mm: FloatArray,
    spacing_mm: float,
    middle_bin: float,
    source_isocenter_mm: float | None,
) -> FloatArray:
    """Return the table (view, 6) of `isocenter.kernels.rays.backproject`; rays without a source are parallel."""
    along, across = directions(angles_rad)
    corner = np.array([x_mm[0], y_mm[0]])
    # A lone row or column has no step; any will do.
    steps = np.array([axis[1] - axis[0] if axis.size > 1 else 1.0 for axis in (x_mm, y_mm)])
    position = np.column_stack([across @ corner, across * steps]) / spacing_mm
    depth = np.zeros_like(position)
    depth[:, 0] = 1.0
    if source_isocenter_mm is not None:
        depth += np.column_stack([along @ corner, along * steps]) / source_isocenter_mm
    return np.hstack([position + middle_bin * depth, depth])


def _require_turn(angles_rad: FloatArray) -> None:
    folded = np.sort(np.mod(angles_rad + 1e-9, 2 * np.pi))
    gaps = np.diff(folded, append=folded[0] + 2 * np.pi)
    if gaps.size < 2 or np.ptp(gaps) > _UNEVEN * gaps.mean():
        raise GeometryError(
            "The views do not close a turn in even steps.",
            field="angles_rad",
            found=f"steps of {np.degrees(gaps.min()):.3g} to {np.degrees(gaps.max()):.3g} degrees",
            expected=f"{gaps.size} steps of {360 / gaps.size:.3g} degrees",
            remedy="Check for missing or doubled views.",
        )
