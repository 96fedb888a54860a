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
from isocenter.operators.projection import center_in_plane_mm, directions
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
    n_channels, n_views, n_bins = line_integrals.shape
    _require_turn(angles_rad)
    fan = (np.arange(n_bins) - middle_bin) * bin_angle_rad
    weighted = line_integrals * (np.cos(fan) * (np.pi / n_views))
    filtered = ramp_filter(weighted, bin_angle_rad, window=window, cutoff=cutoff, bin_angle_rad=bin_angle_rad)
    # On the straight line through the isocenter the curved fan's weight 1/L^2 becomes the flat one's 1/U^2.
    spacing = source_isocenter_mm * bin_angle_rad
    first, last = (source_isocenter_mm * np.tan(fan[[0, -1]]) / spacing).tolist()
    low, high = int(np.ceil(first)), int(np.floor(last))
    wanted = np.arctan(np.arange(low, high + 1) * bin_angle_rad)
    straight = CubicSpline(fan, filtered, axis=-1)(wanted) * (np.cos(wanted) ** 2 / source_isocenter_mm)
    padded = np.pad(straight.astype(np.float32), ((0, 0), (0, 0), (PAD, PAD)))
    (n_y, n_x), (dy_mm, dx_mm) = grid.shape[-2:], grid.spacing_mm[-2:]
    x_mm, y_mm = center_in_plane_mm(grid)
    x = x_mm + (np.arange(n_x) - (n_x - 1) / 2) * dx_mm
    y = y_mm + (np.arange(n_y) - (n_y - 1) / 2) * dy_mm
    along, across = directions(angles_rad)
    corner, steps = np.array([x[0], y[0]]), np.array([dx_mm, dy_mm])
    depth = np.column_stack([1 + along @ corner / source_isocenter_mm, along * steps / source_isocenter_mm])
    position = np.column_stack([across @ corner, across * steps]) / spacing - low * depth
    radius = source_isocenter_mm * np.sin(min(abs(fan[0]), abs(fan[-1])))
    table, columns = np.hstack([position, depth]), columns_in_circle(x, y, float(radius))
    images: FloatArray = backproject(padded, table, columns, (n_y, n_x), is_fan=True)
    return images.reshape(n_channels, n_y, n_x)


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
