"""The noise of filtered back-projection without drawing any: variances of the bins carried through filter and pixels.

Source: Wunderlich and Noo, Phys. Med. Biol. 53 (2008) 2471-2493 (covariance of direct fan-beam reconstruction).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from isocenter.core.arrays import FloatArray, require_shape
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.noise.variance import backproject_variance
from isocenter.kernels.rays.backproject import columns_in_circle
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.views import view_weights_rad
from isocenter.operators.projection import axes_in_plane_mm, directions
from isocenter.operators.ramp_filter import ramp_filter


class _Responses(NamedTuple):
    """What each bin leaves in the filtered view on a straight line through the isocenter, (bin, filtered bin)."""

    values: FloatArray
    spacing_mm: float
    middle_bin: float


def fbp_variance(
    acquisition: Acquisition,
    grid: Grid,
    variance: FloatArray,
    *,
    window: str = "ram-lak",
    cutoff: float = 1.0,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the variance of `fbp` in 1/mm2 on `grid`, from that of every line integral (shape of the data).

    Bins are taken to be independent; what the filter and the interpolation between bins correlate is counted.

    Raises
    ------
    GeometryError
        If the scan is a cone or a half fan, or its views do not suffice for filtered back-projection.
    """
    if acquisition.geometry == "cone" or acquisition.is_half_fan:
        raise GeometryError(
            "Noise is propagated through planes whose views are whole.",
            field="geometry",
            found="half fan" if acquisition.is_half_fan else "cone",
            expected="parallel or fan",
            remedy="Draw it instead: noise.noise_map.",
        )
    require_shape(variance, acquisition.data_shape, "variance of the line integrals")
    weights = view_weights_rad(acquisition) * np.cos(acquisition.fan_rad)
    responses = _responses(acquisition, window, cutoff)
    x_mm, y_mm = axes_in_plane_mm(grid)
    columns = columns_in_circle(x_mm, y_mm, acquisition.fov_radius_mm)
    table = _table(acquisition, responses, x_mm, y_mm)
    squares = responses.values**2
    products = responses.values[:, :-1] * responses.values[:, 1:]
    slices = variance.reshape(acquisition.n_slices, acquisition.n_views, acquisition.n_bins)
    image = np.zeros((acquisition.n_slices, *grid.shape[-2:]))
    for index, views in enumerate(slices):
        weighted = views * weights**2
        own, shared = weighted @ squares, weighted @ products
        curves = np.zeros((*own.shape, 3))
        curves[..., 0] = own
        curves[:, :-1, 1] = 2 * (shared - own[:, :-1])
        curves[:, :-1, 2] = own[:, :-1] + own[:, 1:] - 2 * shared
        image[index] = backproject_variance(
            curves, table, columns, (y_mm.size, x_mm.size), is_fan=acquisition.geometry == "fan"
        )
        report(on_progress, index + 1, acquisition.n_slices, "noise")
    return image.reshape(grid.shape)


def _responses(acquisition: Acquisition, window: str, cutoff: float) -> _Responses:
    """Return the filter as a matrix; of a curved detector with what lays it on a straight line."""
    impulses = np.eye(acquisition.n_bins)
    middle_bin = (acquisition.n_bins - 1) / 2 - acquisition.detector_offset_mm / acquisition.bin_width_mm
    radius_mm = acquisition.source_isocenter_mm
    if acquisition.geometry == "parallel" or acquisition.detector == "flat":
        spacing_mm = acquisition.bin_width_mm
        if acquisition.geometry == "fan":
            spacing_mm *= radius_mm / acquisition.source_detector_mm
        return _Responses(ramp_filter(impulses, spacing_mm, window=window, cutoff=cutoff), spacing_mm, middle_bin)
    angle = acquisition.bin_width_mm / acquisition.source_detector_mm
    filtered = ramp_filter(impulses, angle, window=window, cutoff=cutoff, bin_angle_rad=angle)
    spacing_mm, fan = radius_mm * angle, acquisition.fan_rad
    first, last = (int(end) for end in np.trunc(radius_mm * np.tan(fan[[0, -1]]) / spacing_mm))
    wanted = np.arctan(np.arange(first, last + 1) * spacing_mm / radius_mm)
    # The curved fan's weight is 1/L^2 with L = radius U / cos(fan angle), the straight one's 1/U^2.
    straight = CubicSpline(fan, filtered, axis=-1)(wanted) * (np.cos(wanted) ** 2 / radius_mm)
    return _Responses(straight, spacing_mm, float(-first))


def _table(acquisition: Acquisition, responses: _Responses, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """Return the six numbers per view of `isocenter.kernels.noise.variance`, shape (view, 6)."""
    along, across = directions(acquisition.angles_rad)
    corner = np.array([x_mm[0], y_mm[0]])
    # A lone row or column has no step; any will do.
    steps = np.array([axis[1] - axis[0] if axis.size > 1 else 1.0 for axis in (x_mm, y_mm)])
    position = np.column_stack([across @ corner, across * steps]) / responses.spacing_mm
    depth = np.zeros_like(position)
    depth[:, 0] = 1.0
    if acquisition.geometry == "fan":
        depth += np.column_stack([along @ corner, along * steps]) / acquisition.source_isocenter_mm
    return np.hstack([position + responses.middle_bin * depth, depth])
