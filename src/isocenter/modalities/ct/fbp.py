"""Filtered back-projection of parallel and fan scans, full and short.

Source: Kak and Slaney, Principles of Computerized Tomographic Imaging, 1988, sec. 3.3 and 3.4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.rays.backproject import PAD, backproject, columns_in_circle
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.half_fan import made_whole
from isocenter.modalities.ct.truncation import extended
from isocenter.modalities.ct.views import view_weights_rad
from isocenter.operators.fan_backprojection import bin_table, straightened
from isocenter.operators.projection import axes_in_plane_mm
from isocenter.operators.ramp_filter import ramp_filter


class _Filtered(NamedTuple):
    """Filtered views on a straight line through the isocenter."""

    views: FloatArray
    spacing_mm: float
    middle_bin: float


def fbp(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    window: str = "ram-lak",
    cutoff: float = 1.0,
    extrapolate: bool = False,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return linear attenuation in 1/mm on `grid`, zero outside the circle that every view sees.

    Raises
    ------
    GeometryError
        If the views do not cover half a turn, for a fan plus its opening.
    OptionError
        If the window is unknown or the cut-off is not above 0 and at most 1.
    """
    radius_mm = acquisition.fov_radius_mm
    acquisition, line_integrals = made_whole(acquisition, line_integrals)
    weights = (view_weights_rad(acquisition) * np.cos(acquisition.fan_rad)).astype(np.float32)
    if acquisition.geometry == "cone":
        raise GeometryError(
            "This is the method for planes.", field="geometry", found="cone", remedy="Reconstruct with fdk or wfbp."
        )
    slices = line_integrals.reshape(acquisition.n_slices, acquisition.n_views, acquisition.n_bins)
    x_mm, y_mm = axes_in_plane_mm(grid)
    columns = columns_in_circle(x_mm, y_mm, radius_mm)
    image = np.zeros((acquisition.n_slices, *grid.shape[-2:]), dtype=np.float32)
    for index, views in enumerate(slices):
        weighted = views.astype(np.float32, copy=False) * weights
        filtered = _filter(acquisition, weighted, window, cutoff, extrapolate=extrapolate)
        padded = np.pad(filtered.views, ((0, 0), (PAD, PAD)))
        is_fan = acquisition.geometry == "fan"
        source_mm = acquisition.source_isocenter_mm if is_fan else None
        where = (filtered.spacing_mm, filtered.middle_bin, source_mm)
        table = bin_table(acquisition.angles_rad, x_mm, y_mm, *where)
        image[index] = backproject(padded[None], table, columns, (y_mm.size, x_mm.size), is_fan=is_fan)[0]
        report(on_progress, index + 1, acquisition.n_slices, "filtered back-projection")
    return image.reshape(grid.shape)


def _filter(
    acquisition: Acquisition, weighted: FloatArray, window: str, cutoff: float, *, extrapolate: bool
) -> _Filtered:
    """Return the ramp-filtered views, of a fan on the virtual detector through the isocenter."""

    def ramp(spacing: float, bin_angle_rad: float | None = None) -> FloatArray:
        views, first = extended(weighted) if extrapolate else (weighted, 0)
        filtered = ramp_filter(views, spacing, window=window, cutoff=cutoff, bin_angle_rad=bin_angle_rad)
        return filtered[..., first : first + acquisition.n_bins]

    middle_bin = (acquisition.n_bins - 1) / 2 - acquisition.detector_offset_mm / acquisition.bin_width_mm
    if acquisition.geometry == "parallel":
        spacing_mm = acquisition.bin_width_mm
        return _Filtered(ramp(spacing_mm), spacing_mm, middle_bin)
    radius_mm = acquisition.source_isocenter_mm
    if acquisition.detector == "flat":
        spacing_mm = acquisition.bin_width_mm * radius_mm / acquisition.source_detector_mm
        return _Filtered(ramp(spacing_mm), spacing_mm, middle_bin)
    angle = acquisition.bin_width_mm / acquisition.source_detector_mm
    return _Filtered(*straightened(ramp(angle, angle), acquisition.fan_rad, radius_mm, angle))
