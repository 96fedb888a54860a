"""Filtered back-projection of cone scans on a circle: Feldkamp's method, for panels, curved detectors and C-arms.

Sources: Feldkamp, Davis and Kress, J. Opt. Soc. Am. A 1 (1984) 612-619; projection matrices, Wiesent et al., IEEE
Trans. Med. Imaging 19 (2000) 391-403.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.rays.backproject import columns_in_circle
from isocenter.kernels.rays.backproject_volume import backproject_volume
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import detector_views
from isocenter.modalities.ct.half_fan import made_whole
from isocenter.modalities.ct.truncation import extended
from isocenter.modalities.ct.views import view_weights_rad
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.projection import axes_in_plane_mm, index_maps
from isocenter.operators.ramp_filter import ramp_filter

# Views that are filtered at a time: their spectra fit in the cache's neighbourhood, and progress is seen.
_CHUNK = 24


def fdk(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    window: str = "ram-lak",
    cutoff: float = 1.0,
    extrapolate: bool = False,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return linear attenuation in 1/mm on `grid`, zero outside the cylinder that every view sees.

    Raises
    ------
    GeometryError
        If the source moves along the table, or the views do not cover half a turn plus the fan's opening.
    OptionError
        If the window is unknown or the cut-off is not above 0 and at most 1.
    """
    if acquisition.is_helical or acquisition.focus_shift_mm is not None:
        raise GeometryError(
            "Feldkamp's method takes a source on a circle.",
            field="source_z_mm" if acquisition.is_helical else "focus_shift_mm",
            found="a helix" if acquisition.is_helical else "a flying focal spot",
            remedy="Reconstruct with wfbp.",
        )
    radius_mm = acquisition.fov_radius_mm
    acquisition, line_integrals = made_whole(acquisition, line_integrals)
    views = detector_views(acquisition)
    maps, arcs = index_maps(grid, views)
    filtered = filtered_views(
        acquisition,
        views,
        line_integrals,
        window=window,
        cutoff=cutoff,
        extrapolate=extrapolate,
        on_progress=on_progress,
    )
    x_mm, y_mm = axes_in_plane_mm(grid)
    image = backproject_volume(
        filtered,
        maps,
        arcs,
        grid.shape_zyx,
        columns_in_circle(x_mm, y_mm, radius_mm),
        is_curved=views.is_curved,
        is_axial=views.is_axial,
    )
    report(on_progress, acquisition.n_views, acquisition.n_views, "back-projection")
    return np.ascontiguousarray(image).reshape(grid.shape)


def filtered_views(
    acquisition: Acquisition,
    views: DetectorViews,
    line_integrals: FloatArray,
    *,
    window: str,
    cutoff: float,
    extrapolate: bool,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return the weighted and filtered views (view, bin, row), ready to be added with one over the squared depth."""
    weights = np.broadcast_to(view_weights_rad(acquisition), (acquisition.n_views, acquisition.n_bins))
    origin = np.array([0.0, 0.0, acquisition.z_in_gantry_mm])
    maps, _ = views.sample_maps()
    # On a flat detector the depth is a part of the detector's: this part at the isocenter makes the detector there.
    at_isocenter = np.abs(maps[:, 2, :3] @ origin + maps[:, 2, 3])
    pitch_mm = np.linalg.norm(views.u_mm, axis=1)
    depth_mm = np.abs(np.einsum("vi,vi->v", views.centers_mm - views.sources_mm, views.normals))
    angles = pitch_mm / depth_mm
    out = np.empty((acquisition.n_views, acquisition.n_bins, acquisition.n_rows), dtype=np.float32)
    # On a circle every view sees the same angles.
    same = _cosines(views, slice(0, 1)) if acquisition.projection_matrices is None else None
    for start in range(0, acquisition.n_views, _CHUNK):
        part = slice(start, min(start + _CHUNK, acquisition.n_views))
        cosines = _cosines(views, part) if same is None else same
        values: FloatArray = np.asarray(line_integrals[part], dtype=np.float32) * cosines
        values = values * weights[part, None].astype(np.float32)
        first = 0
        if extrapolate:
            values, first = extended(values)
        spacing = angles[part] if views.is_curved else pitch_mm[part] * at_isocenter[part]
        # The filter's kernel scales with one over the spacing: views of slightly different scale share one filter.
        filtered = ramp_filter(
            values,
            float(spacing[0]),
            window=window,
            cutoff=cutoff,
            bin_angle_rad=float(angles[start]) if views.is_curved else None,
        )[..., first : first + acquisition.n_bins]
        factor = (at_isocenter[part] if views.is_curved else at_isocenter[part] ** 2) * spacing[0] / spacing
        out[part] = (filtered * factor.astype(np.float32)[:, None, None]).transpose(0, 2, 1)
        report(on_progress, part.stop // 2, acquisition.n_views, "filtering")
    return out


def _cosines(views: DetectorViews, part: slice) -> FloatArray:
    """Return the cosine of every ray's angle to the detector's normal, shape (view, row, bin), float32."""
    some = views.subset(part)
    starts, ends = some.rays_mm(0.0)
    rays = ends - starts
    length = np.sqrt(np.einsum("vrbi,vrbi->vrb", rays, rays))
    cosines: FloatArray = (np.abs(np.einsum("vrbi,vi->vrb", rays, some.normals)) / length).astype(np.float32)
    return cosines
